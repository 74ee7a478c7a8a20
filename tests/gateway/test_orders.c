#include "gateway/orders.h"

#include "gateway/mailbox.h"
#include "gateway/options.h"
#include "gateway/reload.h"
#include "tests/gateway/reading.h"
#include "tests/support/failing_malloc.h"
#include "tests/support/unit.h"

#include <event2/event.h>
#include <stdio.h>

struct fixture {
    struct event_base *loop;
    struct mailbox *mailbox;
    struct orders *orders;
    struct options running;
    struct reload *taken;
    unsigned drains, stops, ends, reloads;
};

static void on_drain(void *owner)
{
    struct fixture *f = owner;

    f->drains++;
}

static void on_stop(void *owner)
{
    struct fixture *f = owner;

    f->stops++;
}

static void on_end(void *owner)
{
    struct fixture *f = owner;

    f->ends++;
}

static void on_reload(void *owner, struct reload *reload)
{
    struct fixture *f = owner;

    f->reloads++;
    reload_release(f->taken);
    f->taken = reload;
}

static const struct orders_events events = {
    .on_drain = on_drain, .on_stop = on_stop, .on_end = on_end, .on_reload = on_reload};

static int set_up(void **state)
{
    static struct fixture f;

    f = (struct fixture){.loop = event_base_new()};
    f.mailbox = mailbox_new(f.loop, &f);
    f.orders = orders_new(f.mailbox, &events, &f);
    *state = &f;

    assert_int_equal(options_read_from(&f.running, reading_sources(NULL), stdout, stderr),
                     OPTIONS_RUN);

    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    mailbox_free(f->mailbox);
    orders_free(f->orders);
    orders_free(NULL);
    reload_release(f->taken);
    options_dispose(&f->running);
    event_base_free(f->loop);

    return 0;
}

static void take(struct fixture *f)
{
    (void)event_base_loop(f->loop, EVLOOP_NONBLOCK);
}

static void give(struct fixture *f, const char *variable)
{
    struct reload *reload = reload_read(reading_sources(variable), &f->running);

    assert_non_null(reload);
    orders_reload(f->orders, reload);
    reload_release(reload);
}

static void to_drain_to_stop_and_to_end_count_once(void **state)
{
    struct fixture *f = *state;

    orders_drain(f->orders);
    orders_drain(f->orders);
    take(f);
    orders_drain(f->orders);
    orders_stop(f->orders);
    orders_stop(f->orders);
    orders_end(f->orders);
    orders_end(f->orders);
    take(f);

    assert_int_equal(f->drains, 1);
    assert_int_equal(f->stops, 1);
    assert_int_equal(f->ends, 1);
}

static void of_settings_not_taken_yet_the_last_count(void **state)
{
    struct fixture *f = *state;

    give(f, "LIVEGATE_MAX_MESSAGE=1KB");
    give(f, "LIVEGATE_MAX_MESSAGE=2KB");
    take(f);

    assert_int_equal(f->reloads, 1);
    assert_int_equal(reload_options(f->taken)->max_message, 2048);
}

static void settings_may_come_again_and_again(void **state)
{
    struct fixture *f = *state;

    give(f, "LIVEGATE_MAX_MESSAGE=1KB");
    take(f);
    give(f, "LIVEGATE_MAX_MESSAGE=2KB");
    take(f);

    assert_int_equal(f->reloads, 2);
    assert_int_equal(reload_options(f->taken)->max_message, 2048);
}

static void what_was_never_taken_is_freed_with_them(void **state)
{
    struct fixture *f = *state;

    give(f, "LIVEGATE_MAX_MESSAGE=1KB");

    assert_int_equal(f->reloads, 0);
}

static void without_memory_there_are_none(void **state)
{
    struct fixture *f = *state;

    fail_malloc_after(0);
    assert_null(orders_new(f->mailbox, &events, f));
    fail_malloc_never();
}

#define SENTENCE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SENTENCE(to_drain_to_stop_and_to_end_count_once),
        SENTENCE(of_settings_not_taken_yet_the_last_count),
        SENTENCE(settings_may_come_again_and_again),
        SENTENCE(what_was_never_taken_is_freed_with_them),
        SENTENCE(without_memory_there_are_none),
    };

    return cmocka_run_group_tests_name("orders", tests, NULL, NULL);
}
