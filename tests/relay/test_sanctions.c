#include "relay/sanctions.h"

#include "tests/support/failing_malloc.h"
#include "tests/support/unit.h"

#include <errno.h>

static const struct span anna = SPAN_LITERAL("anna");

static void a_sanction_holds_until_its_end_and_for_its_kind_only(void **state)
{
    struct sanctions sanctions = {0};

    (void)state;
    assert_int_equal(sanctions_impose(&sanctions, SANCTION_BAN, anna, 100), 0);

    assert_true(sanctions_hold(&sanctions, SANCTION_BAN, anna, 99));
    assert_false(sanctions_hold(&sanctions, SANCTION_BAN, anna, 100));
    assert_false(sanctions_hold(&sanctions, SANCTION_MUTE, anna, 99));
    sanctions_dispose(&sanctions);
}

static void what_is_lifted_or_has_ended_is_forgotten(void **state)
{
    struct sanctions sanctions = {0};

    (void)state;
    assert_int_equal(sanctions_impose(&sanctions, SANCTION_BAN, anna, SANCTION_FOR_EVER), 0);
    assert_int_equal(sanctions_impose(&sanctions, SANCTION_MUTE, span_of("bert"), 100), 0);

    assert_true(sanctions_lift(&sanctions, SANCTION_BAN, anna, 50));
    assert_false(sanctions_lift(&sanctions, SANCTION_BAN, anna, 50));
    assert_int_equal(sanctions_count(&sanctions), 1);
    sanctions_forget_ended(&sanctions, 100);
    assert_int_equal(sanctions_count(&sanctions), 0);
    sanctions_dispose(&sanctions);
}

static void without_memory_nothing_is_imposed(void **state)
{
    struct sanctions sanctions = {0};
    int failures = 0;

    (void)state;
    for (int n = 0; n < 20; n++) {
        int rc;

        fail_malloc_after(n);
        rc = sanctions_impose(&sanctions, SANCTION_BAN, anna, 100);
        fail_malloc_never();
        if (rc == 0)
            break;

        failures++;
        assert_int_equal(rc, -ENOMEM);
        assert_false(sanctions_hold(&sanctions, SANCTION_BAN, anna, 1));
        sanctions_dispose(&sanctions);
    }

    assert_true(failures >= 2);
    assert_true(sanctions_hold(&sanctions, SANCTION_BAN, anna, 1));
    sanctions_dispose(&sanctions);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sanction_holds_until_its_end_and_for_its_kind_only),
        cmocka_unit_test(what_is_lifted_or_has_ended_is_forgotten),
        cmocka_unit_test(without_memory_nothing_is_imposed),
    };

    return cmocka_run_group_tests_name("sanctions", tests, NULL, NULL);
}
