#include "base/siphash.h"

#include "tests/support/unit.h"

#define COUNTING_KEY ((struct siphash_key){0x0706050403020100, 0x0f0e0d0c0b0a0908})

static void it_agrees_with_the_published_vectors(void **state)
{
    static const char counting[] = {0, 1, 2, 3};
    struct siphash_key zero = {0, 0};

    assert_true(siphash13(COUNTING_KEY, SPAN_NONE) == 0xabac0158050fc4dc);
    assert_true(siphash13(COUNTING_KEY, span_make(counting, 1)) == 0xc9f49bf37d57ca93);
    assert_true(siphash13(COUNTING_KEY, span_make(counting, 2)) == 0x82cb9b024dc7d44d);
    assert_true(siphash13(COUNTING_KEY, span_make(counting, 3)) == 0x8bf80ab8e7ddf7fb);
    assert_true(siphash13(zero, SPAN_NONE) == 0xd1fba762150c532c);
    assert_true(siphash13(zero, span_make(counting, 1)) == 0x68a914128e01e473);
    (void)state;
}

/* Python 3.11 and newer, PYTHONHASHSEED=0, is the same function with key 0. */
static void it_agrees_with_python(void **state)
{
    struct siphash_key zero = {0, 0};

    assert_true(siphash13(zero, span_of("a")) == 0x407448d2b89b1813);
    assert_true(siphash13(zero, span_of("abc")) == 0xc03bc3a0042630f2);
    assert_true(siphash13(zero, span_of("12345678")) == 0x3489982430560a87);
    assert_true(siphash13(zero, span_of("hello, live room")) == 0x3ce46d347c2ac231);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_agrees_with_the_published_vectors),
        cmocka_unit_test(it_agrees_with_python),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
