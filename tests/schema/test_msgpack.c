#include "schema/msgpack.h"

#include "tests/support/failing_malloc.h"
#include "tests/support/unit.h"

#include <errno.h>
#include <stdlib.h>

#define BYTES(literal) span_make(literal, sizeof(literal) - 1)

static void assert_json(struct span payload, const char *json)
{
    struct buffer out;

    buffer_init(&out, 1000);
    assert_int_equal(msgpack_to_json(payload, &out), 0);
    assert_string_equal(buffer_text(&out), json);
    buffer_dispose(&out);
}

static void assert_refused(struct span payload, int error)
{
    struct buffer out;

    buffer_init(&out, 1000);
    assert_int_equal(msgpack_to_json(payload, &out), error);
    buffer_dispose(&out);
}

static void a_map_is_told_by_its_first_byte(void **state)
{
    assert_true(msgpack_is_map(BYTES("\x80")));
    assert_true(msgpack_is_map(BYTES("\x8f")));
    assert_true(msgpack_is_map(BYTES("\xde")));
    assert_true(msgpack_is_map(BYTES("\xdf")));
    assert_false(msgpack_is_map(BYTES("\x90")));
    assert_false(msgpack_is_map(BYTES("{")));
    assert_false(msgpack_is_map(BYTES("1")));
    assert_false(msgpack_is_map(SPAN_NONE));
    (void)state;
}

static void maps_become_objects(void **state)
{
    assert_json(BYTES("\x80"), "{}");
    assert_json(BYTES("\x82\xa1"
                      "a\x93\x01\x80\x90\xa1"
                      "b\x81\xa1"
                      "c\xa1"
                      "d"),
                "{\"a\":[1,{},[]],\"b\":{\"c\":\"d\"}}");
    assert_json(BYTES("\xdf\x00\x00\x00\x01\xdb\x00\x00\x00\x01"
                      "a\xdc\x00\x02\xc0\xc2"),
                "{\"a\":[null,false]}");
    (void)state;
}

static void integers_keep_all_their_digits(void **state)
{
    assert_json(BYTES("\x81\xa1n\x9a\x00\x7f\xff\xe0\xcc\xff\xcd\xff\xff\xce\xff\xff\xff\xff"
                      "\xcf\xff\xff\xff\xff\xff\xff\xff\xff\xd0\x80"
                      "\xd3\x80\x00\x00\x00\x00\x00\x00\x00"),
                "{\"n\":[0,127,-1,-32,255,65535,4294967295,18446744073709551615,-128,"
                "-9223372036854775808]}");
    (void)state;
}

static void floats_are_written_with_as_few_digits_as_do(void **state)
{
    assert_json(BYTES("\x81\xa1n\xca\x3d\xcc\xcc\xcd"), "{\"n\":0.1}");
    assert_json(BYTES("\x81\xa1n\xcb\x3f\xb9\x99\x99\x99\x99\x99\x9a"), "{\"n\":0.1}");
    assert_json(BYTES("\x81\xa1n\xcb\x3f\xd5\x55\x55\x55\x55\x55\x55"),
                "{\"n\":0.3333333333333333}");
    assert_json(BYTES("\x81\xa1n\xcb\x40\x09\x21\xfb\x54\x44\x2d\x18"),
                "{\"n\":3.141592653589793}");
    assert_json(BYTES("\x81\xa1n\xcb\x7f\xef\xff\xff\xff\xff\xff\xff"),
                "{\"n\":1.7976931348623157e+308}");
    (void)state;
}

static void whole_floats_beyond_what_a_double_counts_keep_their_value(void **state)
{
    (void)state;

    assert_json(BYTES("\x81\xa1n\xca\x5a\x00\x00\x00"), "{\"n\":9007199254740992.0}");
    assert_json(BYTES("\x81\xa1n\xca\xff\x7f\xff\xff"), "{\"n\":-3.4028234663852886e+38}");
}

static void whole_floats_are_written_as_integers(void **state)
{
    assert_json(BYTES("\x81\xa1n\xcb\x40\x14\x00\x00\x00\x00\x00\x00"), "{\"n\":5}");
    assert_json(BYTES("\x81\xa1n\xca\xc0\xa0\x00\x00"), "{\"n\":-5}");
    assert_json(BYTES("\x81\xa1n\xca\x59\xff\xff\xff"), "{\"n\":9007198717870080}");
    assert_json(BYTES("\x81\xa1n\xcb\x43\x3f\xff\xff\xff\xff\xff\xff"), "{\"n\":9007199254740991}");
    assert_json(BYTES("\x81\xa1n\xcb\x43\x40\x00\x00\x00\x00\x00\x00"),
                "{\"n\":9007199254740992.0}");
    assert_json(BYTES("\x81\xa1n\xcb\x80\x00\x00\x00\x00\x00\x00\x00"), "{\"n\":-0.0}");
    (void)state;
}

static void strings_are_escaped(void **state)
{
    assert_json(BYTES("\x81\xa3\"\n\0\xa6\xe7\x9b\xb4\xe6\x92\xad"),
                "{\"\\\"\\n\\u0000\":\"直播\"}");
    (void)state;
}

/* Every cut in memory of its own, so that a sanitizer sees a read past the end. */
static void a_map_cut_anywhere_is_refused(void **state)
{
    struct span whole = BYTES("\x84\xa1"
                              "a\xcb\x3f\xb9\x99\x99\x99\x99\x99\x9a\xa1"
                              "b\xdd\x00\x00\x00\x02\xd9\x02xy\xcd\x01\x00\xa1"
                              "c\xda\x00\x01z\xa1"
                              "d\xde\x00\x01\xa1"
                              "e\xd3\x80\x00\x00\x00\x00\x00\x00\x00");

    assert_json(whole,
                "{\"a\":0.1,\"b\":[\"xy\",256],\"c\":\"z\",\"d\":{\"e\":-9223372036854775808}}");
    for (size_t size = 0; size < whole.size; size++) {
        char *cut = malloc(size ? size : 1);

        assert_non_null(cut);
        memcpy(cut, whole.data, size);
        assert_refused(span_make(cut, size), -EBADMSG);
        free(cut);
    }
    (void)state;
}

static void depth_is_limited(void **state)
{
    assert_json(BYTES("\x81\xa1"
                      "a\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x90"),
                "{\"a\":[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]}");
    assert_refused(BYTES("\x81\xa1"
                         "a\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x90"),
                   -E2BIG);
    (void)state;
}

static void a_full_buffer_is_told(void **state)
{
    struct buffer out;

    buffer_init(&out, 6);
    assert_int_equal(msgpack_to_json(BYTES("\x81\xa1"
                                           "a\xa1"
                                           "b"),
                                     &out),
                     -EMSGSIZE);
    buffer_dispose(&out);
    (void)state;
}

static void it_survives_each_allocation_that_fails(void **state)
{
    struct buffer out;
    int error;
    int successes = 0;

    buffer_init(&out, 1000);
    do {
        fail_malloc_after(successes++);
        error = msgpack_to_json(BYTES("\x81\xa1"
                                      "a\xa1"
                                      "b"),
                                &out);
        fail_malloc_never();
        assert_true(error == 0 || error == -ENOMEM);
        if (error != 0)
            buffer_clear(&out);
    } while (error != 0);

    assert_int_equal(successes, 2);
    assert_string_equal(buffer_text(&out), "{\"a\":\"b\"}");
    buffer_dispose(&out);
    (void)state;
}

static void assert_packed(const char *json, struct span expected)
{
    struct buffer out;

    buffer_init(&out, 1000);
    assert_int_equal(msgpack_from_json(span_of(json), &out), 0);
    assert_int_equal(out.size, expected.size);
    assert_memory_equal(out.data, expected.data, expected.size);
    buffer_dispose(&out);
}

static void objects_become_maps(void **state)
{
    assert_packed(" {} ", BYTES("\x80"));
    assert_packed("{\"a\":[1,{},[ ]],\"b\":true,\"c\":null,\"d\":false}",
                  BYTES("\x84\xa1"
                        "a\x93\x01\x80\x90\xa1"
                        "b\xc3\xa1"
                        "c\xc0\xa1"
                        "d\xc2"));
    (void)state;
}

static void integers_are_packed_to_the_last_digit(void **state)
{
    assert_packed("[18446744073709551615,-9223372036854775808,127,-32]",
                  BYTES("\x94\xcf\xff\xff\xff\xff\xff\xff\xff\xff"
                        "\xd3\x80\x00\x00\x00\x00\x00\x00\x00\x7f\xe0"));
    (void)state;
}

static void other_numbers_are_packed_as_doubles(void **state)
{
    assert_packed("[1.5,18446744073709551616,1e999]",
                  BYTES("\x93\xcb\x3f\xf8\x00\x00\x00\x00\x00\x00"
                        "\xcb\x43\xf0\x00\x00\x00\x00\x00\x00"
                        "\xcb\x7f\xf0\x00\x00\x00\x00\x00\x00"));
    (void)state;
}

static void strings_are_packed_as_what_they_mean(void **state)
{
    assert_packed("[\"\",\"\\u00e9\\n\\u0000\",\"\\ud83d\\ude00\"]",
                  BYTES("\x93\xa0\xa4\xc3\xa9\n\0\xa4\xf0\x9f\x98\x80"));
    assert_packed("{\"\\u006d\":1}", BYTES("\x81\xa1m\x01"));
    (void)state;
}

static void a_long_string_gets_a_longer_head(void **state)
{
    char json[303] = "\"";
    struct buffer out;

    memset(json + 1, 'x', 300);
    json[301] = '"';
    buffer_init(&out, 1000);
    assert_int_equal(msgpack_from_json(span_of(json), &out), 0);
    assert_int_equal(out.size, 303);
    assert_memory_equal(out.data, "\xda\x01\x2cxxx", 6);
    assert_int_equal(out.data[302], 'x');
    buffer_dispose(&out);
    (void)state;
}

static void what_is_no_json_is_not_packed(void **state)
{
    static const char *const texts[] = {"", "{", "{}{}", "nul", "[1,]", "\"\xff\""};
    struct buffer out;

    buffer_init(&out, 1000);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_int_equal(msgpack_from_json(span_of(texts[i]), &out), -EBADMSG);
    assert_int_equal(msgpack_from_json(span_of("[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]"), &out),
                     -E2BIG);
    buffer_dispose(&out);
    (void)state;
}

static void a_buffer_too_small_to_pack_into_is_told(void **state)
{
    for (size_t max = 1; max < 6; max++) {
        struct buffer out;

        buffer_init(&out, max);
        assert_int_equal(msgpack_from_json(span_of("{\"abc\":100}"), &out), -EMSGSIZE);
        buffer_dispose(&out);
    }
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_map_is_told_by_its_first_byte),
        cmocka_unit_test(maps_become_objects),
        cmocka_unit_test(integers_keep_all_their_digits),
        cmocka_unit_test(floats_are_written_with_as_few_digits_as_do),
        cmocka_unit_test(whole_floats_beyond_what_a_double_counts_keep_their_value),
        cmocka_unit_test(whole_floats_are_written_as_integers),
        cmocka_unit_test(strings_are_escaped),
        cmocka_unit_test(a_map_cut_anywhere_is_refused),
        cmocka_unit_test(depth_is_limited),
        cmocka_unit_test(a_full_buffer_is_told),
        cmocka_unit_test(it_survives_each_allocation_that_fails),
        cmocka_unit_test(objects_become_maps),
        cmocka_unit_test(integers_are_packed_to_the_last_digit),
        cmocka_unit_test(other_numbers_are_packed_as_doubles),
        cmocka_unit_test(strings_are_packed_as_what_they_mean),
        cmocka_unit_test(a_long_string_gets_a_longer_head),
        cmocka_unit_test(what_is_no_json_is_not_packed),
        cmocka_unit_test(a_buffer_too_small_to_pack_into_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
