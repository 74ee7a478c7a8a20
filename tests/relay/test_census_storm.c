/* Viewers wander at random between two workers whose messages take their time, some seeds with
 * links that break.  In the end the count is right, whatever happened. */
#include "tests/relay/storm.h"
#include "tests/support/unit.h"

enum { STEPS = 300, SEEDS = 400 };

static void a_patient_wanderer_is_announced_and_counted_exactly(void **state)
{
    static struct storm storm;

    for (uint32_t seed = 1; seed <= SEEDS; seed++) {
        storm_begin(&storm, seed);

        /* A step in its own time: the one before is known to all, but for the grace. */
        for (int i = 0; i < STEPS / 3; i++) {
            int uid = (int)storm_below(&storm, MODEL_UIDS);
            int worker = (int)storm_below(&storm, MODEL_WORKERS);

            if (storm_below(&storm, 2)) {
                struct wanderer *old = storm_some_socket(&storm, uid);

                storm_lose(&storm, uid, old->visit.room ? old : NULL);
                storm_settle(&storm);
                storm_enter(&storm, uid, worker);
                storm_settle(&storm);
                visit_leave(&old->visit, LEAVING_LOST);
            } else {
                storm_lose(&storm, uid, NULL);
            }
            storm_settle(&storm);
            storm_pass(&storm, storm_below(&storm, STORM_GRACE_MS));
            storm_settle(&storm);
        }

        storm_calm(&storm);
        assert_int_equal(model_online(&storm.model), storm_viewers(&storm));
        assert_false(storm.model.doubled);
        for (int uid = 0; uid < MODEL_UIDS; uid++)
            assert_int_equal(storm.model.announced[uid], storm_is_here(&storm, uid));
        storm_newcomer_is_told(&storm);
        storm_end(&storm);
    }

    (void)state;
}

static void haste_does_not_spoil_the_count(void **state)
{
    static struct storm storm;

    for (uint32_t seed = 1; seed <= SEEDS; seed++) {
        storm_begin(&storm, seed);

        for (int i = 0; i < STEPS; i++) {
            if (storm_below(&storm, 3) == 0)
                storm_wander(&storm);
            else
                storm_move_something(&storm);
            if (storm_below(&storm, 10) == 0)
                storm_pass(&storm, storm_below(&storm, STORM_GRACE_MS / 2));
            storm_turn(&storm);
        }

        storm_calm(&storm);
        assert_int_equal(model_online(&storm.model), storm_viewers(&storm));
        storm_newcomer_is_told(&storm);
        storm_end(&storm);
    }

    (void)state;
}

static void links_that_break_spoil_the_count_only_while_dead_sockets_linger(void **state)
{
    static struct storm storm;

    for (uint32_t seed = 1; seed <= SEEDS; seed++) {
        storm_begin(&storm, seed);

        for (int i = 0; i < STEPS; i++) {
            if (storm_below(&storm, 3) == 0)
                storm_wander(&storm);
            else
                storm_move_something(&storm);
            if (storm_below(&storm, 10) == 0)
                storm_pass(&storm, storm_below(&storm, STORM_GRACE_MS / 2));
            if (storm_below(&storm, 20) == 0)
                storm_break_or_mend(&storm);
            storm_turn(&storm);
        }

        /* In the end nobody has sockets but those who come anew. */
        for (int uid = 0; uid < MODEL_UIDS; uid++)
            storm_lose(&storm, uid, NULL);
        storm_calm(&storm);
        assert_int_equal(model_online(&storm.model), 0);
        for (int uid = 0; uid < MODEL_UIDS; uid += 2)
            storm_enter(&storm, uid, uid % MODEL_WORKERS);
        storm_calm(&storm);
        assert_int_equal(model_online(&storm.model), storm_viewers(&storm));
        storm_newcomer_is_told(&storm);

        storm_end(&storm);
    }

    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_patient_wanderer_is_announced_and_counted_exactly),
        cmocka_unit_test(haste_does_not_spoil_the_count),
        cmocka_unit_test(links_that_break_spoil_the_count_only_while_dead_sockets_linger),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
