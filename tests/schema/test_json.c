#include "schema/json.h"

#include "tests/support/unit.h"

#include <errno.h>
#include <stdlib.h>

/* In memory of its own without a closing zero, so that a sanitizer sees a read past the end. */
static int check(const char *text, enum json_type *type)
{
    size_t size = strlen(text);
    char *copy = malloc(size ? size : 1);
    int result;

    assert_non_null(copy);
    memcpy(copy, text, size);
    result = json_check(span_make(copy, size), type);
    free(copy);

    return result;
}

static struct json_value value_of(const char *text)
{
    struct json_value value = {.raw = span_of(text)};

    assert_int_equal(json_check(value.raw, &value.type), 0);
    if (value.type == JSON_STRING)
        value.raw = span_make(text + 1, strlen(text) - 2);

    return value;
}

static void every_type_is_told(void **state)
{
    static const struct {
        const char *text;
        enum json_type type;
    } texts[] = {
        {"{}", JSON_OBJECT},       {" { \"a\" : { } } ", JSON_OBJECT},
        {"[]", JSON_ARRAY},        {"\t[1, [2,\r\n3]]\n", JSON_ARRAY},
        {"\"\"", JSON_STRING},     {"0", JSON_NUMBER},
        {"-0.5e-10", JSON_NUMBER}, {"true", JSON_TRUE},
        {"false", JSON_FALSE},     {"null", JSON_NULL},
    };

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        enum json_type type = JSON_NONE;

        assert_int_equal(check(texts[i].text, &type), 0);
        assert_int_equal(type, texts[i].type);
    }
    (void)state;
}

static void a_text_cut_anywhere_is_refused(void **state)
{
    static const char text[] = "{\"a\":[1,-2.5e+3,\"\\u4f60\\ud83d\\ude00\xE4\xBD\xA0\",true,null,"
                               "{\"long enough for words of eight bytes\":\"\\\"\"}]}";
    enum json_type type;

    assert_int_equal(check(text, &type), 0);
    for (size_t size = 0; size < sizeof text - 1; size++) {
        char *copy = malloc(size + 1);

        assert_non_null(copy);
        memcpy(copy, text, size);
        copy[size] = '\0';
        if (check(copy, &type) != -EBADMSG)
            fail_msg("%s", copy);
        free(copy);
    }
    (void)state;
}

static void control_characters_are_found_wherever_they_stand(void **state)
{
    for (size_t at = 1; at < 33; at++) {
        char text[] = "\"0123456789abcdef0123456789abcdef\"";
        enum json_type type;

        text[at] = '\x1f';
        assert_int_equal(json_check(span_make(text, sizeof text - 1), &type), -EBADMSG);
        text[at] = '\0';
        assert_int_equal(json_check(span_make(text, sizeof text - 1), &type), -EBADMSG);
        text[at] = '\xff';
        assert_int_equal(json_check(span_make(text, sizeof text - 1), &type), -EBADMSG);
        text[at] = '\x7f';
        assert_int_equal(json_check(span_make(text, sizeof text - 1), &type), 0);
    }
    (void)state;
}

static void depth_is_limited(void **state)
{
    char text[2 * (JSON_MAX_DEPTH + 1) + 1] = "";
    enum json_type type;

    for (size_t depth = 1; depth <= JSON_MAX_DEPTH + 1; depth++) {
        memset(text, '[', depth);
        memset(text + depth, ']', depth);
        assert_int_equal(check(text, &type), depth <= JSON_MAX_DEPTH ? 0 : -E2BIG);
    }
    (void)state;
}

static void members_are_walked_in_order(void **state)
{
    struct span object = span_of(" { \"a\" : 1 ,\"b\\n\":\"x\\\"}\", \"c\":{\"d\":[]} } ");
    struct json_member member;
    size_t at = 0;

    assert_true(json_next_member(object, &at, &member));
    assert_true(span_is(member.name, "a"));
    assert_int_equal(member.value.type, JSON_NUMBER);
    assert_true(span_is(member.value.raw, "1"));
    assert_true(span_is(member.whole, "\"a\" : 1"));

    assert_true(json_next_member(object, &at, &member));
    assert_true(span_is(member.name, "b\\n"));
    assert_int_equal(member.value.type, JSON_STRING);
    assert_true(span_is(member.value.raw, "x\\\"}"));
    assert_true(span_is(member.whole, "\"b\\n\":\"x\\\"}\""));

    assert_true(json_next_member(object, &at, &member));
    assert_int_equal(member.value.type, JSON_OBJECT);
    assert_true(span_is(member.value.raw, "{\"d\":[]}"));

    assert_false(json_next_member(object, &at, &member));
    assert_false(json_next_member(object, &at, &member));
    (void)state;
}

static void items_are_walked_in_order(void **state)
{
    struct span array = span_of("[ null,\"]\" , [1,2],-3.5]");
    static const char *const raws[] = {"null", "]", "[1,2]", "-3.5"};
    struct json_value item;
    size_t at = 0;

    for (size_t i = 0; i < sizeof raws / sizeof raws[0]; i++) {
        assert_true(json_next_item(array, &at, &item));
        assert_true(span_is(item.raw, raws[i]));
    }

    assert_false(json_next_item(array, &at, &item));
    (void)state;
}

static void empty_containers_have_nothing_to_walk(void **state)
{
    struct json_member member;
    struct json_value item;
    size_t at = 0;

    assert_false(json_next_member(span_of("{ }"), &at, &member));
    at = 0;
    assert_false(json_next_item(span_of("[]"), &at, &item));
    at = 0;
    assert_false(json_next_member(SPAN_NONE, &at, &member));
    (void)state;
}

static void strings_are_decoded(void **state)
{
    static const struct {
        const char *json;
        const char *meaning;
        size_t length;
    } strings[] = {
        {"\"\"", "", 0},
        {"\"plain\"", "plain", 5},
        {"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t", 8},
        {"\"\\u0041\\u00e9\\u4F60\"", "Aé你", 3},
        {"\"a\\ud83d\\uDE00b😀\"", "a😀b😀", 4},
        {"\"你好\\n\"", "你好\n", 3},
    };

    for (size_t i = 0; i < sizeof strings / sizeof strings[0]; i++) {
        struct json_value value = value_of(strings[i].json);
        struct buffer out;
        char text[64];
        int length = json_decode(value, text, sizeof text);

        assert_true(length >= 0);
        assert_true(span_is(span_make(text, (size_t)length), strings[i].meaning));
        assert_int_equal(json_length(value), strings[i].length);

        buffer_init(&out, 100);
        json_decode_into(value, &out);
        assert_true(span_is(buffer_span(&out), strings[i].meaning));
        buffer_dispose(&out);
    }
    (void)state;
}

static void zero_characters_are_decoded(void **state)
{
    char text[3];

    assert_int_equal(json_decode(value_of("\"a\\u0000b\""), text, 3), 3);
    assert_memory_equal(text, "a\0b", 3);
    (void)state;
}

static void decoding_stops_at_the_capacity(void **state)
{
    char text[4];

    assert_int_equal(json_decode(value_of("\"abcd\""), text, 4), 4);
    assert_int_equal(json_decode(value_of("\"abcde\""), text, 4), -ENOBUFS);
    assert_int_equal(json_decode(value_of("\"ab\\u4f60\""), text, 4), -ENOBUFS);
    assert_int_equal(json_decode(value_of("\"\""), NULL, 0), 0);
    (void)state;
}

static void only_integers_are_integers(void **state)
{
    static const char *const others[] = {"1.0",   "1e0",  "0.5", "9223372036854775808",
                                         "\"1\"", "true", "null"};
    int64_t integer = 5;

    assert_int_equal(json_to_integer(value_of("0"), &integer), 0);
    assert_int_equal(integer, 0);
    assert_int_equal(json_to_integer(value_of("9223372036854775807"), &integer), 0);
    assert_int_equal(integer, INT64_MAX);
    assert_int_equal(json_to_integer(value_of("-9223372036854775808"), &integer), 0);
    assert_true(integer == INT64_MIN);

    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        assert_int_equal(json_to_integer(value_of(others[i]), &integer), -ERANGE);
    (void)state;
}

static void assert_written(struct span text, const char *json)
{
    struct buffer out;

    buffer_init(&out, 1000);
    json_write_string(&out, text);
    assert_int_equal(buffer_status(&out), 0);
    assert_string_equal(buffer_text(&out), json);
    buffer_dispose(&out);
}

static void strings_are_escaped_where_they_must_be(void **state)
{
    assert_written(SPAN_NONE, "\"\"");
    assert_written(span_of("a\"b\\c/d"), "\"a\\\"b\\\\c/d\"");
    assert_written(span_of("\b\f\n\r\t\x01\x1f\x7f"), "\"\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\"");
    assert_written(span_make("\0", 1), "\"\\u0000\"");
    assert_written(span_of("小程序來了 and 😀"), "\"小程序來了 and 😀\"");
    (void)state;
}

static void members_are_added_behind_others(void **state)
{
    struct buffer out;

    buffer_init(&out, 1000);
    json_add_number(&out, "n", UINT64_MAX);
    json_add_string(&out, "s", span_of("\"7\""));
    assert_string_equal(buffer_text(&out), ",\"n\":18446744073709551615,\"s\":\"\\\"7\\\"\"");
    buffer_dispose(&out);
    (void)state;
}

static void bytes_that_are_no_utf8_are_replaced(void **state)
{
    assert_written(span_of("a\xFFz"), "\"a\uFFFDz\"");
    assert_written(span_of("\xE7\x9B"), "\"\uFFFD\uFFFD\"");
    assert_written(span_of("\xED\xA0\x80"), "\"\uFFFD\uFFFD\uFFFD\"");
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_is_told),
        cmocka_unit_test(a_text_cut_anywhere_is_refused),
        cmocka_unit_test(control_characters_are_found_wherever_they_stand),
        cmocka_unit_test(depth_is_limited),
        cmocka_unit_test(members_are_walked_in_order),
        cmocka_unit_test(items_are_walked_in_order),
        cmocka_unit_test(empty_containers_have_nothing_to_walk),
        cmocka_unit_test(strings_are_decoded),
        cmocka_unit_test(zero_characters_are_decoded),
        cmocka_unit_test(decoding_stops_at_the_capacity),
        cmocka_unit_test(only_integers_are_integers),
        cmocka_unit_test(strings_are_escaped_where_they_must_be),
        cmocka_unit_test(members_are_added_behind_others),
        cmocka_unit_test(bytes_that_are_no_utf8_are_replaced),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
