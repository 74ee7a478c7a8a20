#include "relay/memory_recall.h"

#include "relay/memory_ids.h"
#include "relay/memory_room.h"
#include "relay/publication.h"
#include "tests/support/failing_malloc.h"
#include "tests/support/unit.h"

#include <stdlib.h>

/* What recalling does is said in tests/contract. */

struct fixture {
    struct memory_rooms_shared shared;
    struct memory_room *room;
    struct publication publication;
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
    free(f);

    return 0;
}

static void publish(struct fixture *f, const char *message)
{
    const struct broker_publish what = {.room = span_of("8"), .message = span_of(message)};
    struct memory_outcome outcome;

    assert_int_equal(publication_check(&f->publication, &what), REFUSAL_NONE);
    assert_int_equal(memory_room_publish(f->room, &f->publication, &outcome), REFUSAL_NONE);
}

static enum refusal recall(struct fixture *f, const char *id, struct span *entry)
{
    const char *detail;

    return memory_recall(f->room, span_of(id), entry, &detail);
}

#define SAY(id) "{\"msg_type\":\"message\",\"content\":\"bad\",\"id\":\"" id "\"}"
#define GIFT "{\"msg_type\":\"x_gift\"}"

static void what_only_the_chat_still_has_leaves_it(void **state)
{
    struct fixture *f = *state;
    struct span entry;

    publish(f, SAY("a"));
    for (int i = 0; i < 3; i++)
        publish(f, GIFT);

    assert_int_equal(recall(f, "a", &entry), REFUSAL_NONE);
    assert_true(entry.size > 0);
    assert_int_equal(f->room->chat.count, 0);

    assert_int_equal(recall(f, "a", &entry), REFUSAL_NONE); /* the log has that it was recalled */
    assert_int_equal(entry.size, 0);
    assert_int_equal(f->room->position.seq, 5);
}

static void what_is_in_the_log_no_more_is_not_known(void **state)
{
    struct fixture *f = *state;
    struct span entry;

    publish(f, "{\"msg_type\":\"buy\",\"id\":\"a\"}");
    for (int i = 0; i < 3; i++)
        publish(f, GIFT);

    assert_int_equal(recall(f, "a", &entry), REFUSAL_NOT_IN_HISTORY);
    assert_int_equal(f->room->position.seq, 4);
}

static void without_memory_nothing_is_recalled(void **state)
{
    struct fixture *f = *state;
    enum refusal refusal = REFUSAL_INTERNAL;
    struct span entry;

    publish(f, SAY("a"));
    publish(f, GIFT);

    for (int failures = 0; refusal != REFUSAL_NONE; failures++) {
        fail_malloc_after(failures);
        refusal = recall(f, "a", &entry);
        fail_malloc_never();

        assert_true(refusal == REFUSAL_NONE || refusal == REFUSAL_INTERNAL);
        assert_int_equal(f->room->position.seq, refusal == REFUSAL_NONE ? 3 : 2);
        assert_int_equal(f->room->chat.count, refusal == REFUSAL_NONE ? 0 : 1);
        assert_int_equal(entry.size > 0, refusal == REFUSAL_NONE);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(what_only_the_chat_still_has_leaves_it),
        TEST(what_is_in_the_log_no_more_is_not_known),
        TEST(without_memory_nothing_is_recalled),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
