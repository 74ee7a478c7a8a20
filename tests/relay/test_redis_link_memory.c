/* Each allocation fails in turn, libevent's too, while a link connects, greets, asks and is asked
 * to renew itself: what was asked is ended once, and it comes up by itself when there is memory. */
#include "relay/redis_link.h"

#include "tests/relay/link_stage.h"
#include "tests/support/redis_server.h"
#include "tests/support/torture.h"

#include <string.h>

enum { ASKED = 3 };

static struct redis_server *server;

static int begin(void **state)
{
    (void)state;
    server = redis_server_new(NULL);

    return 0;
}

static int end(void **state)
{
    (void)state;
    redis_server_free(server);

    return 0;
}

/* True when all went as if nothing lacked. */
static bool ask_some(struct link_stage *stage, struct torture *torture)
{
    size_t asked = 0, before = stage->n_ends;

    torture_begin(torture);
    for (int i = 0; i < ASKED; i++) {
        if (link_stage_ask(stage, "ECHO", "hello") == 0)
            asked++;
    }
    torture_end(torture);

    while (stage->n_ends - before < asked) {
        torture_begin(torture);
        (void)event_base_loop(stage->loop, EVLOOP_ONCE);
        torture_end(torture);
    }
    assert_int_equal(stage->n_ends - before, asked);

    return asked == ASKED && stage->downs == 0;
}

/* Where libevent had no memory to wait for the socket it tells nobody: then the deadline ends the
 * first one that is asked, and the connection. */
static void assert_well(struct link_stage *stage, const struct torture *torture)
{
    for (int i = 0; i < 2; i++) {
        LINK_UNTIL(stage, redis_link_is_up(stage->link));
        link_stage_hear(stage, "ECHO", "again");
        if (stage->last_end == REDIS_REPLIED)
            break;
        assert_true(torture_refused(torture));
    }
    assert_string_equal(stage->last_text, "again");
}

static void what_is_asked_without_memory_is_ended_once(void **state)
{
    struct link_stage *stage;

    (void)state;

    TORTURE (torture) {
        void *fresh;

        assert_int_equal(link_stage_set_up(&fresh), 0);
        stage = fresh;
        link_stage_connect(stage, redis_server_url(server));
        LINK_UNTIL(stage, stage->ups == 1);

        assert_true(ask_some(stage, &torture) || torture_refused(&torture));

        assert_well(stage, &torture);
        assert_int_equal(link_stage_tear_down(&fresh), 0);
    }
}

static void a_link_that_connects_without_memory_comes_up_later(void **state)
{
    struct link_stage *stage;

    (void)state;

    TORTURE (torture) {
        void *fresh;

        assert_int_equal(link_stage_set_up(&fresh), 0);
        stage = fresh;
        link_stage_connect(stage, redis_server_url(server));
        while (stage->ups == 0 && stage->downs == 0) {
            torture_begin(&torture);
            (void)event_base_loop(stage->loop, EVLOOP_ONCE);
            torture_end(&torture);
        }
        assert_true(stage->downs == 0 || torture_refused(&torture));

        assert_well(stage, &torture);
        assert_int_equal(link_stage_tear_down(&fresh), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_asked_without_memory_is_ended_once),
        cmocka_unit_test(a_link_that_connects_without_memory_comes_up_later),
    };

    return cmocka_run_group_tests_name("redis_link_memory", tests, begin, end);
}
