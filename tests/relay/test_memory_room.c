#include "relay/memory_room.h"

#include "base/clock.h"
#include "relay/memory_ids.h"
#include "relay/publication.h"

#include "tests/support/failing_malloc.h"
#include "tests/support/unit.h"

#include <stdlib.h>
#include <string.h>

/* What a room does with messages is said in tests/contract. */

struct fixture {
    struct memory_rooms_shared shared;
    struct memory_room *room;
    struct publication publication;
    struct memory_cut cut;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);

    f->shared.ids = memory_ids_new(BROKER_ID_MS, 100);
    f->shared.history = 3;
    buffer_init(&f->shared.entry, 1000);
    assert_non_null(buffer_reserve(&f->shared.entry, 1000));
    f->room = memory_room_new(&f->shared, span_of("8"), 7);
    publication_init(&f->publication);
    *state = f;

    return f->room ? 0 : -1;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    publication_dispose(&f->publication);
    memory_room_free(f->room);
    memory_ids_free(f->shared.ids);
    buffer_dispose(&f->shared.entry);
    clock_real_for_test();
    free(f);

    return 0;
}

static enum refusal publish(struct fixture *f, const char *message, struct memory_outcome *outcome)
{
    const struct broker_publish what = {.room = span_of("8"), .message = span_of(message)};

    assert_int_equal(publication_check(&f->publication, &what), REFUSAL_NONE);

    return memory_room_publish(f->room, &f->publication, outcome);
}

static void the_log_holds_the_last_sequenced_messages(void **state)
{
    struct fixture *f = *state;
    struct memory_outcome outcome;

    for (int i = 0; i < 5; i++) {
        assert_int_equal(publish(f, "{\"msg_type\":\"x_gift\"}", &outcome), REFUSAL_NONE);
        assert_int_equal(publish(f, "{\"msg_type\":\"like\"}", &outcome), REFUSAL_NONE);
    }

    assert_int_equal(f->room->log.count, 3);
    for (size_t i = 0; i < 3; i++) {
        struct entry entry;

        assert_int_equal(entry_parse(&entry, memory_log_at(&f->room->log, i)), 0);
        assert_int_equal(entry.position.seq, 3 + i);
    }
}

static void an_id_is_known_for_five_minutes(void **state)
{
    static const char message[] = "{\"msg_type\":\"buy\",\"id\":\"o1\"}";
    struct fixture *f = *state;
    struct memory_outcome outcome;

    clock_set_for_test(1000);
    assert_int_equal(publish(f, message, &outcome), REFUSAL_NONE);

    clock_advance_for_test(BROKER_ID_MS - 1);
    assert_int_equal(publish(f, message, &outcome), REFUSAL_NONE);
    assert_int_equal(outcome.published.position.seq, 1);
    assert_int_equal(outcome.entry.size, 0);

    clock_advance_for_test(1);
    assert_int_equal(publish(f, message, &outcome), REFUSAL_NONE);
    assert_int_equal(outcome.published.position.seq, 2);
    assert_true(outcome.entry.size > 0);
}

static void without_memory_a_message_changes_nothing(void **state)
{
    static const char *const messages[] = {
        "{\"msg_type\":\"message\",\"content\":\"x\",\"id\":\"1\"}",
        "{\"msg_type\":\"on_off_shelf\",\"goods_id\":1,\"status\":\"on\",\"id\":\"2\"}",
        "{\"msg_type\":\"subscribe\"}",
        "{\"msg_type\":\"like\",\"id\":\"3\"}",
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < sizeof messages / sizeof messages[0]; i++) {
        struct memory_outcome outcome;
        enum refusal refusal;
        int failures = 0;

        memory_room_free(f->room);
        f->room = memory_room_new(&f->shared, span_of("8"), 7);
        for (;; failures++) {
            fail_malloc_after(failures);
            refusal = publish(f, messages[i], &outcome);
            fail_malloc_never();
            if (refusal == REFUSAL_NONE)
                break;

            assert_int_equal(refusal, REFUSAL_INTERNAL);
            memory_room_cut(f->room, &f->cut);
            assert_int_equal(f->cut.snapshot.position.seq, 0);
            assert_int_equal(f->cut.snapshot.n_chat + f->cut.snapshot.n_shelf, 0);
            assert_int_equal(f->cut.snapshot.likes + f->cut.snapshot.follows, 0);
            assert_int_equal(f->room->log.count, 0);
        }

        assert_true(failures > 0);
        assert_true(outcome.entry.size > 0); /* so its id was not known from a failed try */
    }
}

static void an_announcement_too_big_is_left_out(void **state)
{
    static char big[2000];
    struct fixture *f = *state;
    const struct census_item item = {.verb = CENSUS_ENTER,
                                     .announcement = span_make(big, sizeof big)};

    memset(big, 'a', sizeof big);

    assert_int_equal(memory_room_announce(f->room, &item, OUTCOME_ANNOUNCED).size, 0);
}

static void making_one_without_memory_fails_cleanly(void **state)
{
    struct fixture *f = *state;
    struct memory_room *room = NULL;
    int failures = 0;

    for (; !room; failures++) {
        fail_malloc_after(failures);
        room = memory_room_new(&f->shared, span_of("9"), 7);
        fail_malloc_never();
    }

    assert_true(failures > 1);
    assert_true(span_is(memory_room_id(room), "9"));
    memory_room_free(room);
    memory_room_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_log_holds_the_last_sequenced_messages, setup, teardown),
        cmocka_unit_test_setup_teardown(an_id_is_known_for_five_minutes, setup, teardown),
        cmocka_unit_test_setup_teardown(without_memory_a_message_changes_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(an_announcement_too_big_is_left_out, setup, teardown),
        cmocka_unit_test_setup_teardown(making_one_without_memory_fails_cleanly, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
