#include "gateway/deadline_queue.h"

#include "base/clock.h"
#include "tests/support/failing_malloc.h"

#include <event2/event.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

enum { WAIT_MS = 20, LONG_MS = 3600000 };

struct waiter {
    struct deadline deadline;
    uint64_t expired_ms;
    struct deadline_queue *again;
};

static void on_expire(struct deadline *deadline)
{
    struct waiter *waiter = CONTAINER_OF(deadline, struct waiter, deadline);

    waiter->expired_ms = clock_now();
    if (waiter->again) {
        deadline_queue_add(waiter->again, deadline);
        waiter->again = NULL;
    }
}

static void add(struct deadline_queue *queue, struct waiter *waiter)
{
    *waiter = (struct waiter){.expired_ms = 0};
    list_node_init(&waiter->deadline.node);
    deadline_queue_add(queue, &waiter->deadline);
}

static void each_expires_once_in_order_and_not_early(void **state)
{
    struct event_base *loop = event_base_new();
    struct deadline_queue *queue = deadline_queue_new(loop, WAIT_MS, on_expire);
    struct waiter waiters[3];
    uint64_t began = clock_now();

    (void)state;

    for (size_t i = 0; i < 3; i++)
        add(queue, &waiters[i]);
    (void)event_base_dispatch(loop); /* ends when no timer is left */

    for (size_t i = 0; i < 3; i++)
        assert_in_range(waiters[i].expired_ms, began + WAIT_MS, began + 50 * WAIT_MS);
    assert_null(deadline_queue_first(queue));

    deadline_queue_free(queue);
    event_base_free(loop);
}

static void who_leaves_does_not_expire(void **state)
{
    struct event_base *loop = event_base_new();
    struct deadline_queue *queue = deadline_queue_new(loop, WAIT_MS, on_expire);
    struct waiter waiters[3];

    (void)state;

    for (size_t i = 0; i < 3; i++)
        add(queue, &waiters[i]);
    list_remove(&waiters[0].deadline.node);
    list_remove(&waiters[2].deadline.node);
    (void)event_base_dispatch(loop);

    assert_int_equal(waiters[0].expired_ms, 0);
    assert_int_not_equal(waiters[1].expired_ms, 0);
    assert_int_equal(waiters[2].expired_ms, 0);

    deadline_queue_free(queue);
    event_base_free(loop);
}

static void who_expires_may_wait_again(void **state)
{
    struct event_base *loop = event_base_new();
    struct deadline_queue *queue = deadline_queue_new(loop, WAIT_MS, on_expire);
    uint64_t began = clock_now();
    struct waiter waiter;

    (void)state;

    add(queue, &waiter);
    waiter.again = queue;
    (void)event_base_dispatch(loop);

    assert_in_range(waiter.expired_ms, began + 2 * WAIT_MS, began + 50 * WAIT_MS);

    deadline_queue_free(queue);
    event_base_free(loop);
}

static void another_wait_counts_for_those_who_wait_too(void **state)
{
    struct event_base *loop = event_base_new();
    struct deadline_queue *queue = deadline_queue_new(loop, LONG_MS, on_expire);
    uint64_t began = clock_now();
    struct waiter waiters[2];

    (void)state;

    add(queue, &waiters[0]);
    deadline_queue_change_wait(queue, WAIT_MS);
    add(queue, &waiters[1]);
    (void)event_base_dispatch(loop);

    for (size_t i = 0; i < 2; i++)
        assert_in_range(waiters[i].expired_ms, began + WAIT_MS, began + 50 * WAIT_MS);

    deadline_queue_free(queue);
    event_base_free(loop);
}

static void a_longer_wait_spares_those_who_wait(void **state)
{
    struct event_base *loop = event_base_new();
    struct deadline_queue *queue = deadline_queue_new(loop, WAIT_MS, on_expire);
    uint64_t began = clock_now();
    struct waiter waiter;

    (void)state;

    add(queue, &waiter);
    deadline_queue_change_wait(queue, 4 * WAIT_MS);
    (void)event_base_dispatch(loop);

    assert_in_range(waiter.expired_ms, began + 4 * WAIT_MS, began + 50 * WAIT_MS);

    deadline_queue_free(queue);
    event_base_free(loop);
}

static void without_memory_there_is_no_queue(void **state)
{
    struct event_base *loop = event_base_new();

    (void)state;

    fail_malloc_after(0);
    assert_null(deadline_queue_new(loop, WAIT_MS, on_expire));
    fail_malloc_never();

    event_base_free(loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_expires_once_in_order_and_not_early),
        cmocka_unit_test(who_leaves_does_not_expire),
        cmocka_unit_test(who_expires_may_wait_again),
        cmocka_unit_test(another_wait_counts_for_those_who_wait_too),
        cmocka_unit_test(a_longer_wait_spares_those_who_wait),
        cmocka_unit_test(without_memory_there_is_no_queue),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
