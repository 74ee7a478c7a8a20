/* A v1 client's command is answered once, whenever the broker does, and whoever has gone by then.
 */
#include "gateway/command.h"

#include "gateway/v1_frame.h"
#include "tests/gateway/site.h"
#include "tests/support/failing_malloc.h"
#include "tests/support/unit.h"

static const struct broker_status done = {.refusal = REFUSAL_NONE};
static const struct broker_status refused = {.refusal = REFUSAL_TIMEOUT};
static const struct broker_published published = {.id = SPAN_LITERAL("m-1"), .position = {7, 42}};

struct fixture {
    struct site site;
    struct viewer *viewer;
    struct session *session;
};

static int set_up(void **state)
{
    static struct fixture f;

    site_start(&f.site, &(struct site_settings){0});
    f.viewer = viewer_open(&f.site, "/?dialect=v1&room_id=r");
    viewer_expect(f.viewer, "joined");
    f.session = site_newest(&f.site);
    *state = &f;

    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    viewer_free(f->viewer);
    site_stop(&f->site);

    return 0;
}

static struct command *begin(struct fixture *f, int64_t ack)
{
    struct command *command = command_new(f->session, ack, KIND_BUY);

    assert_non_null(command);

    return command;
}

static void what_was_published_is_acknowledged_with_its_place(void **state)
{
    struct fixture *f = *state;

    command_on_published(begin(f, 3), &done, &published);

    viewer_expect(f->viewer,
                  "{\"msg_type\":\"ack\",\"ack\":3,\"id\":\"m-1\",\"term\":7,\"seq\":42}");
    assert_true(list_empty(&f->session->commands));
}

static void without_a_number_success_is_silent_and_failure_is_not(void **state)
{
    struct fixture *f = *state;

    command_on_published(begin(f, NO_ACK), &done, &published);
    command_on_published(begin(f, NO_ACK), &refused, NULL);

    viewer_expect(f->viewer, "{\"msg_type\":\"error\",\"code\":\"timeout\"");
    viewer_expect_silence(f->viewer);
}

static void what_is_refused_may_be_tried_again_and_is_counted(void **state)
{
    struct fixture *f = *state;

    command_on_published(begin(f, 4), &refused, NULL);

    viewer_expect(f->viewer, "\"ack\":4,\"code\":\"timeout\"");
    assert_int_equal(site_drops(&f->site, DROP_BROKER_DOWN, KIND_BUY), 1);
}

static void answers_may_come_in_any_order(void **state)
{
    struct fixture *f = *state;
    struct command *first = begin(f, 1);
    struct command *second = begin(f, 2);

    command_on_published(second, &done, &published);
    command_on_published(first, &refused, NULL);

    viewer_expect(f->viewer, "\"msg_type\":\"ack\",\"ack\":2,");
    viewer_expect(f->viewer, "\"msg_type\":\"error\",\"ack\":1,");
}

static void one_that_was_not_begun_says_nothing(void **state)
{
    struct fixture *f = *state;

    command_cancel(begin(f, 5));

    viewer_expect_silence(f->viewer);
    assert_true(list_empty(&f->session->commands));
}

static void of_an_orphan_only_the_count_is_left(void **state)
{
    struct fixture *f = *state;
    struct command *good = begin(f, 1);
    struct command *bad = begin(f, 2);

    command_orphan_all(&f->session->commands);
    command_on_published(good, &done, &published);
    command_on_published(bad, &refused, NULL);

    viewer_expect_silence(f->viewer);
    assert_int_equal(site_drops(&f->site, DROP_BROKER_DOWN, KIND_BUY), 1);
}

static void without_memory_there_is_none(void **state)
{
    struct fixture *f = *state;

    fail_malloc_after(0);
    assert_null(command_new(f->session, 1, KIND_CHAT));
    fail_malloc_never();

    assert_true(list_empty(&f->session->commands));
}

#define SENTENCE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SENTENCE(what_was_published_is_acknowledged_with_its_place),
        SENTENCE(without_a_number_success_is_silent_and_failure_is_not),
        SENTENCE(what_is_refused_may_be_tried_again_and_is_counted),
        SENTENCE(answers_may_come_in_any_order),
        SENTENCE(one_that_was_not_begun_says_nothing),
        SENTENCE(of_an_orphan_only_the_count_is_left),
        SENTENCE(without_memory_there_is_none),
    };

    return cmocka_run_group_tests_name("command", tests, NULL, NULL);
}
