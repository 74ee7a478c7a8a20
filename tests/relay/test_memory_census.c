#include "relay/memory_census.h"

#include "base/table.h"

#include "tests/support/failing_malloc.h"
#include "tests/support/unit.h"

#include <errno.h>

/* What is announced when is said in tests/contract/contract_census.c. */

enum { GRACE_MS = 1000 };

static struct census_item item(enum census_verb verb, const char *uid)
{
    return (struct census_item){.verb = verb, .uid = span_of(uid)};
}

static enum census_outcome apply(struct memory_census *census, enum census_verb verb,
                                 const char *uid, uint64_t now_ms)
{
    const struct census_item what = item(verb, uid);
    const struct broker_census change = {
        .count = 1, .grace_ms = GRACE_MS, .items = &what, .n_items = 1};
    enum census_outcome outcome;

    assert_int_equal(memory_census_apply(census, &change, &outcome, now_ms), 0);

    return outcome;
}

static size_t away(const struct memory_census *census)
{
    return census->away ? table_count(census->away) : 0;
}

static void only_those_away_are_remembered(void **state)
{
    struct memory_census census = {0};

    (void)state;
    apply(&census, CENSUS_ENTER, "7", 0);
    apply(&census, CENSUS_LEAVE, "8", 0);
    assert_int_equal(away(&census), 0);

    apply(&census, CENSUS_LOST, "7", 0);
    apply(&census, CENSUS_LOST, "8", 0);
    assert_int_equal(away(&census), 2);

    apply(&census, CENSUS_EXPIRE, "7", 0);
    apply(&census, CENSUS_ENTER, "8", 0);
    assert_int_equal(away(&census), 0);
    memory_census_dispose(&census);
}

static void the_grace_ends_at_its_deadline(void **state)
{
    struct memory_census census = {0};

    (void)state;
    apply(&census, CENSUS_LOST, "7", 0);
    assert_int_equal(apply(&census, CENSUS_ENTER, "7", GRACE_MS - 1), OUTCOME_RETURNING);

    apply(&census, CENSUS_LOST, "7", 0);
    assert_int_equal(apply(&census, CENSUS_ENTER, "7", GRACE_MS), OUTCOME_ANNOUNCED);

    memory_census_dispose(&census);
}

static void a_second_loss_gives_a_new_grace(void **state)
{
    struct memory_census census = {0};

    (void)state;
    apply(&census, CENSUS_LOST, "7", 0);
    apply(&census, CENSUS_LOST, "7", 900);

    assert_int_equal(apply(&census, CENSUS_ENTER, "7", 1800), OUTCOME_RETURNING);
    memory_census_dispose(&census);
}

static void the_grace_is_over_when_the_worker_says_so(void **state)
{
    struct memory_census census = {0};

    (void)state;
    apply(&census, CENSUS_LOST, "7", 0);

    assert_int_equal(apply(&census, CENSUS_EXPIRE, "7", 990), OUTCOME_ANNOUNCED);
    assert_int_equal(apply(&census, CENSUS_EXPIRE, "7", 990), OUTCOME_SILENT);
    memory_census_dispose(&census);
}

static void without_memory_nothing_changed(void **state)
{
    const struct census_item items[] = {item(CENSUS_LOST, "8"), item(CENSUS_ENTER, "7"),
                                        item(CENSUS_LOST, "9"), item(CENSUS_LOST, "7")};
    const struct broker_census change = {
        .count = 5, .grace_ms = GRACE_MS, .items = items, .n_items = 4};
    int failures = 0;

    (void)state;
    for (;; failures++) {
        struct memory_census census = {0};
        enum census_outcome outcomes[4];
        int error;

        apply(&census, CENSUS_LOST, "7", 0);
        fail_malloc_after(failures);
        error = memory_census_apply(&census, &change, outcomes, 0);
        fail_malloc_never();

        assert_int_equal(census.online, error == 0 ? 5 : 1);
        assert_int_equal(away(&census), error == 0 ? 3 : 1);
        assert_int_equal(apply(&census, CENSUS_ENTER, "7", 0), OUTCOME_RETURNING);
        memory_census_dispose(&census);
        if (error == 0)
            break;

        assert_int_equal(error, -ENOMEM);
    }

    assert_true(failures > 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_those_away_are_remembered),
        cmocka_unit_test(the_grace_ends_at_its_deadline),
        cmocka_unit_test(a_second_loss_gives_a_new_grace),
        cmocka_unit_test(the_grace_is_over_when_the_worker_says_so),
        cmocka_unit_test(without_memory_nothing_changed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
