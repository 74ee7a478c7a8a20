#include "schema/utf8.h"

#include "tests/support/unit.h"

#define ASSERT_VALID(literal) assert_true(utf8_valid(span_make(literal, sizeof(literal) - 1)))
#define ASSERT_INVALID(literal) assert_false(utf8_valid(span_make(literal, sizeof(literal) - 1)))

static void text_of_all_lengths_is_valid(void **state)
{
    assert_true(utf8_valid(SPAN_NONE));
    ASSERT_VALID("");
    ASSERT_VALID("a\0b");
    ASSERT_VALID("eight by eight bytes of ASCII and more");
    ASSERT_VALID("$ ¢ € 𐍈 小程序來了");
    ASSERT_VALID("\xC2\x80\xDF\xBF\xE0\xA0\x80\xED\x9F\xBF\xEE\x80\x80\xEF\xBF\xBF");
    ASSERT_VALID("\xF0\x90\x80\x80\xF4\x8F\xBF\xBF");
    (void)state;
}

static void what_is_no_utf8_is_refused(void **state)
{
    ASSERT_INVALID("\x80");
    ASSERT_INVALID("\xC3");
    ASSERT_INVALID("\xC3(");
    ASSERT_INVALID("\xE7\x9B");
    ASSERT_INVALID("\xE7\x9B(");
    ASSERT_INVALID("\xF0\x90\x80");
    ASSERT_INVALID("\xF0\x90\x80(");
    ASSERT_INVALID("\xC0\xAF");
    ASSERT_INVALID("\xC1\xBF");
    ASSERT_INVALID("\xE0\x9F\xBF");
    ASSERT_INVALID("\xF0\x8F\xBF\xBF");
    ASSERT_INVALID("\xED\xA0\x80");
    ASSERT_INVALID("\xF4\x90\x80\x80");
    ASSERT_INVALID("\xF5\x80\x80\x80");
    ASSERT_INVALID("\xFF");
    ASSERT_INVALID("twelve bytes\xE7");
    (void)state;
}

static void characters_are_code_points(void **state)
{
    assert_int_equal(utf8_length(span_of("a¢€𐍈")), 4);
    assert_int_equal(utf8_length(SPAN_NONE), 0);
    (void)state;
}

static void every_code_point_is_written_as_it_is_read(void **state)
{
    for (uint32_t code_point = 0; code_point <= 0x10FFFF; code_point++) {
        char bytes[4];
        size_t size;

        if (code_point == 0xD800)
            code_point = 0xE000;
        size = utf8_write(code_point, bytes);

        if (utf8_character(bytes, bytes + size) != size || utf8_length(span_make(bytes, size)) != 1)
            fail_msg("U+%04X", (unsigned)code_point);
    }
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_of_all_lengths_is_valid),
        cmocka_unit_test(what_is_no_utf8_is_refused),
        cmocka_unit_test(characters_are_code_points),
        cmocka_unit_test(every_code_point_is_written_as_it_is_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
