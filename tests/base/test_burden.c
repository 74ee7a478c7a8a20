#include "base/burden.h"

#include "base/bytes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void what_is_added_is_there_until_it_is_taken_off(void **state)
{
    (void)state;

    burden_add(100);
    burden_add(20);
    burden_sub(100);

    assert_int_equal(burden_bytes(), 20);
    burden_sub(20);
    assert_int_equal(burden_bytes(), 0);
}

static void counted_bytes_are_a_burden_once_and_until_the_last_holder_lets_go(void **state)
{
    struct bytes *b = bytes_copy("like", 4);
    struct bytes *other = bytes_share(b);

    (void)state;
    assert_int_equal(burden_bytes(), 0);

    bytes_count(b);
    bytes_count(b);
    bytes_release(b);

    assert_int_equal(burden_bytes(), 4);
    bytes_release(other);
    assert_int_equal(burden_bytes(), 0);
}

static void what_is_left_to_those_who_share_it_is_a_burden(void **state)
{
    struct bytes *b = bytes_copy("like", 4), *shared = bytes_share(b);

    (void)state;

    bytes_leave(b);

    assert_int_equal(burden_bytes(), 4);
    bytes_release(shared);
    assert_int_equal(burden_bytes(), 0);
}

static void what_nobody_shares_is_just_freed(void **state)
{
    (void)state;

    bytes_leave(bytes_copy("like", 4));
    bytes_leave(NULL);

    assert_int_equal(burden_bytes(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_added_is_there_until_it_is_taken_off),
        cmocka_unit_test(counted_bytes_are_a_burden_once_and_until_the_last_holder_lets_go),
        cmocka_unit_test(what_is_left_to_those_who_share_it_is_a_burden),
        cmocka_unit_test(what_nobody_shares_is_just_freed),
    };

    return cmocka_run_group_tests_name("burden", tests, NULL, NULL);
}
