#include "schema/word.h"

#include "tests/support/unit.h"

static void only_letters_digits_and_three_signs_are_word_characters(void **state)
{
    static const char expected[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-";
    size_t count = 0;

    for (int c = -128; c < 128; c++)
        count += word_char((char)c);

    assert_int_equal(count, sizeof expected - 1);
    for (size_t i = 0; i < sizeof expected - 1; i++)
        assert_true(word_char(expected[i]));
    (void)state;
}

static void words_have_one_to_so_many_characters(void **state)
{
    assert_true(word_valid(span_of("a"), 3));
    assert_true(word_valid(span_of("a.3"), 3));
    assert_false(word_valid(span_of("a.34"), 3));
    assert_false(word_valid(span_of(""), 3));
    assert_false(word_valid(SPAN_NONE, 3));
    assert_false(word_valid(span_of("a b"), 3));
    assert_false(word_valid(span_make("a\0b", 3), 3));
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_letters_digits_and_three_signs_are_word_characters),
        cmocka_unit_test(words_have_one_to_so_many_characters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
