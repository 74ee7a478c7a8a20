#include "relay/memory_queue.h"

#include "schema/message.h"
#include "tests/support/failing_malloc.h"
#include "tests/support/unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int setup(void **state)
{
    struct memory_queue *queue = malloc(sizeof *queue);

    *state = queue;

    return queue && memory_queue_init(queue) == 0 ? 0 : -1;
}

static int teardown(void **state)
{
    memory_queue_dispose(*state);
    free(*state);

    return 0;
}

static struct memory_request take(struct memory_queue *queue)
{
    struct memory_request request;

    assert_true(memory_queue_take(queue, &request));

    return request;
}

static void requests_come_out_in_the_order_they_came(void **state)
{
    static const enum memory_verb expected[] = {MEMORY_START, MEMORY_LISTEN, MEMORY_PUBLISH,
                                                MEMORY_SNAPSHOT, MEMORY_CENSUS};
    struct memory_queue *queue = *state;
    struct memory_request request;

    memory_queue_start(queue);
    assert_int_equal(memory_queue_listen(queue, span_of("8")), 0);
    memory_queue_publish(queue, &(struct broker_publish){.room = span_of("8")}, NULL, NULL);
    memory_queue_snapshot(queue, span_of("8"), NULL, NULL);
    memory_queue_census(queue, &(struct broker_census){.room = span_of("8")}, NULL, NULL);

    for (size_t i = 0; i < 5; i++) {
        request = take(queue);
        assert_int_equal(request.verb, expected[i]);
        assert_int_equal(request.refusal, REFUSAL_NONE);
        memory_request_dispose(&request);
    }
    assert_false(memory_queue_take(queue, &request));
}

static void a_publish_keeps_a_copy_of_its_arguments(void **state)
{
    struct memory_queue *queue = *state;
    char text[] = "8{}idorigin";
    const struct broker_publish publish = {.room = span_make(text, 1),
                                           .message = span_make(text + 1, 2),
                                           .id = span_make(text + 3, 2),
                                           .origin = span_make(text + 5, 6),
                                           .flags = ENTRY_SUMMED};
    struct memory_request request;

    memory_queue_publish(queue, &publish, NULL, text);
    memset(text, '!', sizeof text);

    request = take(queue);
    assert_ptr_equal(request.arg, text);
    assert_true(span_is(request.publish.room, "8"));
    assert_true(span_is(request.publish.message, "{}"));
    assert_true(span_is(request.publish.id, "id"));
    assert_true(span_is(request.publish.origin, "origin"));
    assert_int_equal(request.publish.flags, ENTRY_SUMMED);
    memory_request_dispose(&request);
}

static void a_census_keeps_a_copy_of_its_items(void **state)
{
    struct memory_queue *queue = *state;
    char text[] = "8uidjoinorigin";
    const struct census_item items[] = {{.verb = CENSUS_LEAVE},
                                        {.verb = CENSUS_ENTER,
                                         .uid = span_make(text + 1, 3),
                                         .announcement = span_make(text + 4, 4),
                                         .origin = span_make(text + 8, 6)}};
    const struct broker_census census = {
        .room = span_make(text, 1), .count = 3, .grace_ms = 9, .items = items, .n_items = 2};
    struct memory_request request;

    memory_queue_census(queue, &census, NULL, text);
    memset(text, '!', sizeof text);

    request = take(queue);
    assert_true(span_is(request.census.room, "8"));
    assert_int_equal(request.census.count, 3);
    assert_int_equal(request.census.grace_ms, 9);
    assert_int_equal(request.census.n_items, 2);
    assert_int_equal(request.census.items[0].verb, CENSUS_LEAVE);
    assert_int_equal(request.census.items[0].uid.size, 0);
    assert_int_equal(request.census.items[1].verb, CENSUS_ENTER);
    assert_true(span_is(request.census.items[1].uid, "uid"));
    assert_true(span_is(request.census.items[1].announcement, "join"));
    assert_true(span_is(request.census.items[1].origin, "origin"));
    memory_request_dispose(&request);
}

static void it_grows_while_requests_wait(void **state)
{
    enum { MANY = 1000 };
    struct memory_queue *queue = *state;
    static char args[MANY];
    int taken = 0;

    for (int i = 0; i < MANY; i++) {
        memory_queue_snapshot(queue, span_of("8"), NULL, &args[i]);
        if (i % 3 == 0) { /* so that the ring turns */
            struct memory_request request = take(queue);

            assert_ptr_equal(request.arg, &args[taken++]);
            memory_request_dispose(&request);
        }
    }

    for (; taken < MANY; taken++) {
        struct memory_request request = take(queue);

        assert_ptr_equal(request.arg, &args[taken]);
        memory_request_dispose(&request);
    }
}

static void a_message_too_big_is_not_even_copied(void **state)
{
    static char text[MESSAGE_MAX_BYTES + 1];
    struct memory_queue *queue = *state;
    const struct broker_publish publish = {.room = span_of("8"),
                                           .message = span_make(text, sizeof text)};
    struct memory_request request;

    memory_queue_publish(queue, &publish, NULL, NULL);

    request = take(queue);
    assert_int_equal(request.refusal, REFUSAL_TOO_BIG);
    assert_null(request.copy);
}

static void without_memory_requests_wait_as_refused(void **state)
{
    struct memory_queue *queue = *state;
    const struct broker_publish publish = {.room = span_of("8"), .message = span_of("{}")};
    const struct broker_census census = {.room = span_of("8")};
    struct memory_request request;
    size_t n = 0;

    fail_malloc_after(0);
    for (; n < MEMORY_QUEUE_SPARE; n += 3) {
        memory_queue_publish(queue, &publish, NULL, NULL);
        memory_queue_snapshot(queue, span_of("8"), NULL, NULL);
        memory_queue_census(queue, &census, NULL, NULL);
    }
    assert_int_equal(memory_queue_listen(queue, span_of("8")), -ENOMEM);
    fail_malloc_never();

    for (; n > 0; n--)
        assert_int_equal(take(queue).refusal, REFUSAL_INTERNAL);
    assert_false(memory_queue_take(queue, &request));
}

static void making_one_without_memory_fails(void **state)
{
    struct memory_queue queue;

    (void)state;
    fail_malloc_after(0);
    assert_int_equal(memory_queue_init(&queue), -ENOMEM);
    fail_malloc_never();
    memory_queue_dispose(&queue);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(requests_come_out_in_the_order_they_came, setup, teardown),
        cmocka_unit_test_setup_teardown(a_publish_keeps_a_copy_of_its_arguments, setup, teardown),
        cmocka_unit_test_setup_teardown(a_census_keeps_a_copy_of_its_items, setup, teardown),
        cmocka_unit_test_setup_teardown(it_grows_while_requests_wait, setup, teardown),
        cmocka_unit_test_setup_teardown(a_message_too_big_is_not_even_copied, setup, teardown),
        cmocka_unit_test_setup_teardown(without_memory_requests_wait_as_refused, setup, teardown),
        cmocka_unit_test(making_one_without_memory_fails),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
