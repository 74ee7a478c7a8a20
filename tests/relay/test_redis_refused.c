#include "relay/redis_refused.h"

#include "tests/support/failing_malloc.h"
#include "tests/support/unit.h"

#include <event2/event.h>
#include <stdbool.h>

struct fixture {
    struct event_base *loop;
    struct redis_refused *refused;
    size_t told;
    size_t last;
    size_t more; /* to be refused from inside */
};

static int set_up(void **state)
{
    static struct fixture f;

    f = (struct fixture){.loop = event_base_new()};
    f.refused = redis_refused_new(f.loop);
    *state = &f;

    return f.refused ? 0 : -1;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    redis_refused_free(f->refused);
    event_base_free(f->loop);

    return 0;
}

static void refuse(struct fixture *f, size_t n);

static void on_refused(const struct redis_call *call, const struct broker_status *status)
{
    struct fixture *f = call->owner;

    assert_int_equal(status->refusal, REFUSAL_UNAVAILABLE);
    f->told++;
    f->last = call->n;
    if (f->more > 0) {
        f->more--;
        refuse(f, 1000);
    }
}

static void refuse(struct fixture *f, size_t n)
{
    const struct redis_refusal refusal = {
        .call = {.owner = f, .n = n}, .refuse = on_refused, .status = {REFUSAL_UNAVAILABLE, NULL}};

    redis_refused_add(f->refused, &refusal);
}

static void turn(struct fixture *f)
{
    assert_true(event_base_loop(f->loop, EVLOOP_ONCE) >= 0);
}

static void all_are_told_in_order_on_the_next_turn(void **state)
{
    struct fixture *f = *state;

    for (size_t i = 0; i < 1000; i++)
        refuse(f, i);
    assert_int_equal(f->told, 0);

    turn(f);

    assert_int_equal(f->told, 1000);
    assert_int_equal(f->last, 999);
}

static void who_asks_again_at_once_waits_for_another_turn(void **state)
{
    struct fixture *f = *state;

    f->more = 3;
    refuse(f, 1);
    for (size_t i = 1; i <= 4; i++) {
        turn(f);
        assert_int_equal(f->told, i);
    }
}

static void whoever_is_left_is_told_at_the_end(void **state)
{
    struct fixture *f = *state;

    f->more = 1;
    refuse(f, 1);
    redis_refused_free(f->refused);
    f->refused = NULL;

    assert_int_equal(f->told, 2);
}

static void without_memory_the_oldest_are_told_at_once(void **state)
{
    struct fixture *f = *state;

    fail_malloc_after(0);
    for (size_t i = 0; i < 1000; i++)
        refuse(f, i);
    assert_true(f->told > 0 && f->told < 1000);
    turn(f);
    fail_malloc_never();

    assert_int_equal(f->told, 1000);
    assert_int_equal(f->last, 999);
}

static void without_memory_there_is_none(void **state)
{
    struct fixture *f = *state;

    for (int i = 0; i < 2; i++) {
        struct redis_refused *refused;

        fail_malloc_after(i);
        refused = redis_refused_new(f->loop);
        fail_malloc_never();
        assert_null(refused);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(all_are_told_in_order_on_the_next_turn),
        TEST(who_asks_again_at_once_waits_for_another_turn),
        TEST(whoever_is_left_is_told_at_the_end),
        TEST(without_memory_the_oldest_are_told_at_once),
        TEST(without_memory_there_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
