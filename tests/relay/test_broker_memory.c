#include "relay/broker_memory.h"

#include "base/clock.h"
#include "base/wheel.h"

#include "tests/support/failing_malloc.h"
#include "tests/support/unit.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>

/* What a broker does is said in tests/contract; here is what only this one can show: that it
 * keeps its promises when there is no memory. */

struct fixture {
    struct event_base *loop;
    struct wheel *wheel;
    struct broker *broker;
    int entries;
    int listening;
    int answers;
    enum refusal refusal;
    uint64_t seq;
    uint64_t online;
};

static void on_entry(void *owner, void *listener, struct span bytes)
{
    struct fixture *f = owner;

    (void)bytes;
    assert_ptr_equal(listener, f->loop);
    f->entries++;
}

static void on_listening(void *owner, void *listener)
{
    struct fixture *f = owner;

    assert_ptr_equal(listener, f->loop);
    f->listening++;
}

static void on_state(void *owner, enum broker_state state, const char *why)
{
    (void)owner;
    (void)why;
    assert_int_equal(state, BROKER_UP);
}

static int setup(void **state)
{
    static const struct broker_events events = {
        .on_entry = on_entry, .on_listening = on_listening, .on_state = on_state};
    struct fixture *f = calloc(1, sizeof *f);

    f->loop = event_base_new();
    f->wheel = wheel_new(10, clock_now());
    f->broker = broker_memory_new(&(struct broker_memory_settings){
        .loop = f->loop, .wheel = f->wheel, .history = 10, .room_ttl_ms = 1000});
    assert_non_null(f->broker);
    broker_start(f->broker, &events, f);
    *state = f;

    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    broker_free(f->broker);
    wheel_free(f->wheel);
    event_base_free(f->loop);
    free(f);

    return 0;
}

static void note(struct fixture *f, const struct broker_status *status)
{
    f->answers++;
    f->refusal = status->refusal;
}

static void on_published(void *arg, const struct broker_status *status,
                         const struct broker_published *published)
{
    struct fixture *f = arg;

    note(f, status);
    f->seq = published->position.seq;
}

static void on_snapshot(void *arg, const struct broker_status *status,
                        const struct broker_snapshot *snapshot)
{
    struct fixture *f = arg;

    note(f, status);
    f->seq = snapshot->position.seq;
    f->online = snapshot->online;
}

static void on_counted(void *arg, const struct broker_status *status,
                       const struct broker_counted *counted)
{
    struct fixture *f = arg;

    note(f, status);
    f->online = counted->online;
}

/* Turns the loop until the answer has come. */
static void turn(struct fixture *f)
{
    int before = f->answers;

    for (int i = 0; i < 10 && f->answers == before; i++)
        (void)event_base_loop(f->loop, EVLOOP_ONCE);
}

static void publish(struct fixture *f)
{
    const struct broker_publish what = {
        .room = span_of("8"),
        .message = span_of("{\"msg_type\":\"message\",\"content\":\"x\",\"id\":\"m1\"}")};

    broker_publish(f->broker, &what, on_published, f);
    turn(f);
}

static void snapshot(struct fixture *f)
{
    broker_snapshot(f->broker, span_of("8"), on_snapshot, f);
    turn(f);
}

static void count(struct fixture *f)
{
    const struct census_item items[] = {
        {CENSUS_ENTER, span_of("7"), span_of("{\"msg_type\":\"join\"}"), SPAN_NONE},
        {CENSUS_LOST, span_of("7"), SPAN_NONE, SPAN_NONE}};
    const struct broker_census census = {
        .room = span_of("8"), .count = 1, .grace_ms = 1000, .items = items, .n_items = 2};

    broker_census(f->broker, &census, on_counted, f);
    turn(f);
}

/* Calls `request` with 0, 1, 2 … allocations until it is done; each time it is answered once.
 * Number of failures. */
static int with_ever_more_memory(struct fixture *f, void (*request)(struct fixture *f))
{
    int failures = 0;

    for (;; failures++) {
        int answers = f->answers;

        fail_malloc_after(failures);
        request(f);
        fail_malloc_never();
        assert_int_equal(f->answers, answers + 1);
        if (f->refusal == REFUSAL_NONE)
            return failures;

        assert_int_equal(f->refusal, REFUSAL_INTERNAL);
        snapshot(f);
        assert_int_equal(f->refusal, REFUSAL_NONE);
        assert_int_equal(f->seq, 0);
        assert_int_equal(f->online, 0);
    }
}

static void a_message_without_memory_is_refused_and_changes_nothing(void **state)
{
    struct fixture *f = *state;

    assert_true(with_ever_more_memory(f, publish) > 3);
    assert_int_equal(f->seq, 1);
}

static void a_snapshot_without_memory_is_refused(void **state)
{
    struct fixture *f = *state;

    assert_true(with_ever_more_memory(f, snapshot) > 0);
}

static void a_census_without_memory_is_refused_and_changes_nothing(void **state)
{
    struct fixture *f = *state;

    assert_true(with_ever_more_memory(f, count) > 3);
    assert_int_equal(f->online, 1);
}

static void listening_without_memory_fails_at_once(void **state)
{
    struct fixture *f = *state;
    int failures = 0;

    for (;; failures++) {
        int error;

        fail_malloc_after(failures);
        error = broker_listen(f->broker, span_of("8"), f->loop);
        fail_malloc_never();
        if (error == 0)
            break;

        assert_int_equal(error, -ENOMEM);
    }

    assert_true(failures > 1);
    publish(f);
    assert_int_equal(f->listening, 1);
    assert_int_equal(f->entries, 1);
}

static void a_room_nobody_uses_is_forgotten(void **state)
{
    struct fixture *f = *state;

    publish(f);
    assert_int_equal(broker_listen(f->broker, span_of("8"), f->loop), 0);
    broker_unlisten(f->broker, span_of("8"));
    clock_advance_for_test(3000);
    (void)wheel_advance(f->wheel, clock_now());

    snapshot(f);
    clock_real_for_test();

    assert_int_equal(f->refusal, REFUSAL_NONE);
    assert_int_equal(f->seq, 0);
    assert_int_equal(f->listening, 0);
}

static void making_one_without_memory_fails_cleanly(void **state)
{
    struct fixture *f = *state;
    const struct broker_memory_settings settings = {
        .loop = f->loop, .wheel = f->wheel, .history = 10, .room_ttl_ms = 1000};
    struct broker *broker = NULL;
    int failures = 0;

    for (; !broker; failures++) {
        fail_malloc_after(failures);
        broker = broker_memory_new(&settings);
        fail_malloc_never();
    }

    assert_true(failures > 5);
    broker_free(broker);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_message_without_memory_is_refused_and_changes_nothing,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(a_snapshot_without_memory_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(a_census_without_memory_is_refused_and_changes_nothing,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(listening_without_memory_fails_at_once, setup, teardown),
        cmocka_unit_test_setup_teardown(a_room_nobody_uses_is_forgotten, setup, teardown),
        cmocka_unit_test_setup_teardown(making_one_without_memory_fails_cleanly, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
