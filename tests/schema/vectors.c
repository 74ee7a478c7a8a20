#include "tests/schema/vectors.h"

#include "base/buffer.h"
#include "tests/support/unit.h"

#include <dirent.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#define FOLDER "schema/vectors"
#define MARK "$FILL"
#define DEFAULT_MAX_BYTES 16384

static const char *text_of(const json_t *json, const char *key, const char *otherwise)
{
    const char *text = json_string_value(json_object_get(json, key));

    return text ? text : otherwise;
}

/* The text may hold zero bytes. */
static struct span span_of_string(const json_t *json)
{
    return span_make(json_string_value(json), json_string_length(json));
}

static void add_fill(struct buffer *out, const json_t *fill)
{
    struct span what = span_of_string(json_array_get(fill, 0));

    for (json_int_t i = json_integer_value(json_array_get(fill, 1)); i > 0; i--)
        (void)buffer_add_span(out, what);
}

static void add_filled(struct buffer *out, const json_t *fill, struct span text)
{
    while (text.size > 0) {
        const char *mark = fill ? memmem(text.data, text.size, MARK, strlen(MARK)) : NULL;
        size_t before = mark ? (size_t)(mark - text.data) : text.size;

        (void)buffer_add(out, text.data, before);
        if (mark)
            add_fill(out, fill);
        text = span_skip(text, before + (mark ? strlen(MARK) : 0));
    }
}

static int hex_digit(unsigned char c)
{
    return c <= '9' ? c - '0' : c - 'a' + 10;
}

/* In place. */
static void unhex(struct buffer *b)
{
    assert_int_equal(b->size % 2, 0);
    for (size_t i = 0; i < b->size / 2; i++)
        b->data[i] =
            (unsigned char)(hex_digit(b->data[2 * i]) << 4 | hex_digit(b->data[2 * i + 1]));
    buffer_truncate(b, b->size / 2);
}

static void write_payload(struct buffer *payload, const json_t *json)
{
    const json_t *hex = json_object_get(json, "hex");

    add_filled(payload, json_object_get(json, "fill"),
               span_of_string(hex ? hex : json_object_get(json, "text")));
    if (hex)
        unhex(payload);
    assert_int_equal(buffer_status(payload), 0);
}

static void read_texts(struct vector *vector, json_t *texts)
{
    const char *field;
    json_t *text;
    size_t count = 0;

    json_object_foreach(texts, field, text)
    {
        assert_true(count < VECTOR_TEXTS);
        vector->texts[count].field = field;
        vector->texts[count].text = span_of_string(text);
        count++;
    }
}

static void run_vector(const json_t *json, void (*run)(const struct vector *))
{
    const json_t *max = json_object_get(json, "max");
    struct buffer payload;
    struct vector vector = {
        .name = text_of(json, "name", "?"),
        .room = text_of(json, "room", "8"),
        .max_bytes = max ? (size_t)json_integer_value(max) : DEFAULT_MAX_BYTES,
        .summed = json_is_true(json_object_get(json, "summed")),
        .good = span_is(span_of(text_of(json, "verdict", "")), "ok"),
        .kind = text_of(json, "kind", ""),
        .refusal = text_of(json, "refusal", ""),
        .field = text_of(json, "field", ""),
    };

    buffer_init(&payload, 1 << 20);
    write_payload(&payload, json);
    vector.payload = buffer_span(&payload);
    read_texts(&vector, json_object_get(json, "texts"));

    print_message("%s\n", vector.name);
    run(&vector);
    buffer_dispose(&payload);
}

static size_t run_file(const char *name, void (*run)(const struct vector *))
{
    char path[512];
    json_error_t error;
    json_t *file;
    json_t *vectors;
    size_t count;

    assert_true(snprintf(path, sizeof path, FOLDER "/%s", name) < (int)sizeof path);
    print_message("-- %s\n", path);
    file = json_load_file(path, JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, &error);
    if (!file)
        fail_msg("%s:%d: %s", path, error.line, error.text);

    vectors = json_object_get(file, "vectors");
    count = json_array_size(vectors);
    for (size_t i = 0; i < count; i++)
        run_vector(json_array_get(vectors, i), run);
    json_decref(file);

    return count;
}

static int is_vectors(const struct dirent *entry)
{
    return span_ends_with(span_of(entry->d_name), span_of(".json"));
}

size_t vectors_run(void (*run)(const struct vector *vector))
{
    struct dirent **entries;
    int n = scandir(FOLDER, &entries, is_vectors, alphasort);
    size_t ran = 0;

    assert_true(n > 0);
    for (int i = 0; i < n; i++) {
        ran += run_file(entries[i]->d_name, run);
        free(entries[i]);
    }
    free(entries);

    return ran;
}

bool vectors_mean_the_same(struct span json, struct span other)
{
    const size_t flags = JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL; /* 99.00 may become 99 */
    json_t *a = json_loadb(json.data, json.size, flags, NULL);
    json_t *b = json_loadb(other.data, other.size, flags, NULL);
    bool same = json_equal(a, b);

    json_decref(a);
    json_decref(b);

    return same;
}
