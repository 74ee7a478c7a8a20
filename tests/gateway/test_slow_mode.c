#include "gateway/slow_mode.h"

#include "tests/support/failing_malloc.h"
#include "tests/support/unit.h"

#include <errno.h>
#include <stddef.h>

static const struct span anna = SPAN_LITERAL("anna");

static void each_speaker_has_a_turn_and_then_waits(void **state)
{
    struct slow_mode *slow = NULL;

    (void)state;
    assert_int_equal(slow_mode_take(&slow, anna, 60000), 0);
    assert_int_equal(slow_mode_take(&slow, anna, 60000), -EAGAIN);
    assert_int_equal(slow_mode_take(&slow, span_of("bert"), 60000), 0);
    slow_mode_free(slow);
}

static void when_the_pause_is_over_it_is_her_turn_again(void **state)
{
    struct slow_mode *slow = NULL;

    (void)state;
    assert_int_equal(slow_mode_take(&slow, anna, 60000), 0);

    assert_int_equal(slow_mode_take(&slow, anna, 0), 0);
    slow_mode_free(slow);
}

static void who_gives_her_turn_back_may_speak_again(void **state)
{
    struct slow_mode *slow = NULL;

    (void)state;
    slow_mode_give_back(slow, anna); /* nobody has spoken yet */
    assert_int_equal(slow_mode_take(&slow, anna, 60000), 0);
    slow_mode_give_back(slow, span_of("bert"));
    assert_int_equal(slow_mode_take(&slow, anna, 60000), -EAGAIN);

    slow_mode_give_back(slow, anna);

    assert_int_equal(slow_mode_take(&slow, anna, 60000), 0);
    slow_mode_free(slow);
}

static void without_memory_nobody_is_remembered(void **state)
{
    struct slow_mode *slow = NULL;
    int failures = 0, rc = -ENOMEM;

    (void)state;
    for (int n = 0; rc != 0 && n < 20; n++) {
        slow_mode_free(slow);
        slow = NULL;
        fail_malloc_after(n);
        rc = slow_mode_take(&slow, anna, 60000);
        fail_malloc_never();
        assert_true(rc == 0 || rc == -ENOMEM);
        failures += rc != 0;
    }

    assert_true(failures >= 3);
    assert_int_equal(slow_mode_take(&slow, anna, 60000), -EAGAIN);
    slow_mode_free(slow);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_speaker_has_a_turn_and_then_waits),
        cmocka_unit_test(when_the_pause_is_over_it_is_her_turn_again),
        cmocka_unit_test(who_gives_her_turn_back_may_speak_again),
        cmocka_unit_test(without_memory_nobody_is_remembered),
    };

    return cmocka_run_group_tests_name("slow_mode", tests, NULL, NULL);
}
