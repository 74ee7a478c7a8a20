#include "relay/recent_ids.h"

#include "relay/broker.h"
#include "tests/support/failing_malloc.h"
#include "tests/support/unit.h"

#include <stdio.h>

static bool repeats(struct recent_ids *ids, uint64_t term, int64_t ts, const char *id)
{
    return recent_ids_repeat(ids,
                             &(struct entry){.position = {term, 1}, .ts = ts, .id = span_of(id)});
}

static void an_id_in_another_term_is_a_repetition(void **state)
{
    struct recent_ids ids = {0};

    (void)state;
    assert_false(repeats(&ids, 7, 1000, "order-1"));
    assert_false(repeats(&ids, 7, 1001, "order-2"));

    assert_true(repeats(&ids, 8, 2000, "order-1"));
    assert_true(repeats(&ids, 8, 2000, "order-2"));
    assert_false(repeats(&ids, 8, 2000, "order-3"));
    recent_ids_dispose(&ids);
}

static void within_a_term_redis_has_seen_to_it(void **state)
{
    struct recent_ids ids = {0};

    (void)state;
    assert_false(repeats(&ids, 7, 1000, "daily"));

    assert_false(repeats(&ids, 7, 1001, "daily"));
    recent_ids_dispose(&ids);
}

static void an_id_may_be_used_again_when_redis_would_have_forgotten_it(void **state)
{
    struct recent_ids ids = {0};

    (void)state;
    assert_false(repeats(&ids, 7, 1000, "daily"));

    assert_false(repeats(&ids, 8, 1000 + (int64_t)BROKER_ID_MS, "daily"));
    recent_ids_dispose(&ids);
}

static void without_an_id_nothing_repeats(void **state)
{
    struct recent_ids ids = {0};

    (void)state;
    assert_false(repeats(&ids, 7, 1000, ""));

    assert_false(repeats(&ids, 8, 1000, ""));
    assert_int_equal(ids.capacity, 0);
}

static void so_many_are_known_and_no_more(void **state)
{
    struct recent_ids ids = {0};
    char id[16];

    (void)state;
    for (int i = 0; i < RECENT_IDS_MAX + 10; i++) {
        (void)snprintf(id, sizeof id, "m%d", i);
        assert_false(repeats(&ids, 7, 1000, id));
    }

    assert_int_equal(ids.capacity, RECENT_IDS_MAX);
    assert_true(repeats(&ids, 8, 1000, "m10"));
    assert_true(repeats(&ids, 8, 1000, id));
    assert_false(repeats(&ids, 8, 1000, "m9"));
    recent_ids_dispose(&ids);
}

static void a_quiet_room_keeps_few(void **state)
{
    struct recent_ids ids = {0};
    char id[16];

    (void)state;
    for (int i = 0; i < 1000; i++) {
        (void)snprintf(id, sizeof id, "m%d", i);
        assert_false(repeats(&ids, 7, (int64_t)i * 60000, id));
    }

    assert_int_equal(ids.capacity, 8);
    recent_ids_dispose(&ids);
}

static void without_memory_the_oldest_are_forgotten(void **state)
{
    struct recent_ids ids = {0};
    char id[16];

    (void)state;
    fail_malloc_after(0);
    assert_false(repeats(&ids, 7, 1000, "a"));
    assert_false(repeats(&ids, 8, 1000, "a"));
    fail_malloc_after(1);
    for (int i = 0; i < 20; i++) {
        (void)snprintf(id, sizeof id, "m%d", i);
        assert_false(repeats(&ids, 7, 1000, id));
    }
    fail_malloc_never();

    assert_false(repeats(&ids, 8, 1000, "m11"));
    assert_true(repeats(&ids, 8, 1000, "m19"));
    recent_ids_dispose(&ids);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_id_in_another_term_is_a_repetition),
        cmocka_unit_test(within_a_term_redis_has_seen_to_it),
        cmocka_unit_test(an_id_may_be_used_again_when_redis_would_have_forgotten_it),
        cmocka_unit_test(without_an_id_nothing_repeats),
        cmocka_unit_test(so_many_are_known_and_no_more),
        cmocka_unit_test(a_quiet_room_keeps_few),
        cmocka_unit_test(without_memory_the_oldest_are_forgotten),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
