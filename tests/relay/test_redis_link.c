/* One connection to a real redis-server, which is killed, hangs, and comes back. */
#include "relay/redis_link.h"

#include "base/random.h"
#include "tests/relay/link_stage.h"
#include "tests/support/failing_malloc.h"
#include "tests/support/redis_client.h"
#include "tests/support/redis_server.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

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

static void connect_to_server(struct link_stage *stage)
{
    link_stage_connect(stage, redis_server_url(server));
    LINK_UNTIL(stage, stage->ups == 1);
}

static void it_comes_up_and_answers(void **state)
{
    struct link_stage *stage = *state;

    connect_to_server(stage);
    link_stage_hear(stage, "ECHO", "hello");

    assert_true(redis_link_is_up(stage->link));
    assert_int_equal(stage->last_end, REDIS_REPLIED);
    assert_string_equal(stage->last_text, "hello");
    assert_int_equal(stage->downs, 0);
}

static void before_it_is_up_nothing_can_be_asked(void **state)
{
    struct link_stage *stage = *state;

    link_stage_connect(stage, redis_server_url(server));

    assert_false(redis_link_is_up(stage->link));
    assert_int_equal(link_stage_ask(stage, "PING", NULL), -ENOTCONN);
}

static void thousands_are_answered_in_order(void **state)
{
    struct link_stage *stage = *state;

    connect_to_server(stage);
    for (int i = 0; i < 5000; i++)
        assert_int_equal(link_stage_ask(stage, "INCR", "thousands"), 0);
    link_stage_hear(stage, "GET", "thousands");
    LINK_UNTIL(stage, stage->n_ends == 5001);

    assert_string_equal(stage->last_text, "5000");
}

static void large_answers_arrive_whole(void **state)
{
    struct link_stage *stage = *state;
    static char value[3000000];

    memset(value, 'x', sizeof value - 1);
    connect_to_server(stage);
    link_stage_hear(stage, "ECHO", value);

    assert_int_equal(stage->last_type, REDIS_REPLY_STRING);
    assert_true(redis_link_is_up(stage->link));
}

static void an_idle_link_stays_up(void **state)
{
    struct link_stage *stage = *state;
    uint64_t until;

    connect_to_server(stage);
    until = clock_now() + 2500;
    LINK_UNTIL(stage, clock_now() > until);

    assert_int_equal(stage->downs, 0);
    link_stage_hear(stage, "ECHO", "still");
    assert_string_equal(stage->last_text, "still");
}

static void without_a_host_it_waits_until_there_is_one(void **state)
{
    struct link_stage *stage = *state;
    struct redis_url url;
    uint64_t moved_ms;

    link_stage_connect(stage, redis_server_url(server));
    url = stage->url;
    stage->url.host[0] = '\0';
    LINK_UNTIL(stage, stage->downs == 4);
    assert_string_equal(stage->why, "redis: no sentinel names the master");

    stage->url = url;
    moved_ms = clock_now();
    redis_link_move(stage->link);
    LINK_UNTIL(stage, stage->ups == 1);
    assert_true(clock_now() - moved_ms < 50);
}

static void told_to_move_it_leaves_and_connects_at_once(void **state)
{
    struct link_stage *stage = *state;
    uint64_t moved_ms;

    connect_to_server(stage);
    moved_ms = clock_now();
    redis_link_move(stage->link);
    assert_int_equal(stage->downs, 0); /* not from inside */
    LINK_UNTIL(stage, stage->ups == 2);

    assert_true(clock_now() - moved_ms < 50);
    assert_int_equal(stage->downs, 1);
    assert_string_equal(stage->why, "redis: the master has moved");
}

static void cut_off_it_connects_anew(void **state)
{
    struct link_stage *stage = *state;
    struct redis_client *client = redis_client_new(server);

    connect_to_server(stage);
    (void)ASK(client, "CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
    LINK_UNTIL(stage, stage->ups == 2);

    assert_int_equal(stage->downs, 1);
    link_stage_hear(stage, "ECHO", "back");
    assert_string_equal(stage->last_text, "back");
    redis_client_free(client);
}

static void cut_again_and_again_it_is_back_each_time_at_once(void **state)
{
    struct link_stage *stage = *state;
    struct redis_client *client = redis_client_new(server);

    connect_to_server(stage);
    for (size_t cuts = 1; cuts <= 6; cuts++) {
        uint64_t cut_ms = clock_now() + 250;

        LINK_UNTIL(stage, clock_now() >= cut_ms);
        (void)ASK(client, "CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
        LINK_UNTIL(stage, stage->ups == 1 + cuts);

        assert_in_range(clock_now() - cut_ms, 0, 500);
    }

    redis_client_free(client);
}

static void however_long_the_server_is_away_it_is_found_soon_after(void **state)
{
    struct link_stage *stage = *state;
    uint64_t back_ms;

    connect_to_server(stage);
    redis_server_kill(server);
    LINK_UNTIL(stage, stage->downs == 7); /* pauses of 0.1, 0.2, … have grown as long as they may */
    redis_server_restart(server);
    back_ms = clock_now();
    LINK_UNTIL(stage, stage->ups == 2);

    assert_in_range(clock_now() - back_ms, 0, 2500);
}

static void after_a_crash_it_waits_for_the_server(void **state)
{
    struct link_stage *stage = *state;

    connect_to_server(stage);
    redis_server_kill(server);
    LINK_UNTIL(stage, stage->downs >= 2);
    assert_string_equal(stage->why, "redis: connection refused");
    assert_int_equal(link_stage_ask(stage, "PING", NULL), -ENOTCONN);

    redis_server_restart(server);
    LINK_UNTIL(stage, stage->ups == 2);

    link_stage_hear(stage, "ECHO", "back");
    assert_string_equal(stage->last_text, "back");
}

static void what_was_asked_before_a_crash_is_unanswered_or_unsent(void **state)
{
    struct link_stage *stage = *state;

    connect_to_server(stage);
    redis_server_hang(server);
    assert_int_equal(link_stage_ask(stage, "PING", NULL), 0);
    link_stage_turn(stage); /* it leaves */
    redis_server_kill(server);
    LINK_UNTIL(stage, stage->n_ends == 1);

    assert_int_equal(stage->last_end, REDIS_UNANSWERED);
    redis_server_restart(server);
}

static void a_server_that_hangs_is_noticed_in_five_seconds(void **state)
{
    struct link_stage *stage = *state;
    uint64_t hung_ms;

    connect_to_server(stage);
    link_stage_hear(stage, "ECHO", "x");
    redis_server_hang(server);
    hung_ms = clock_now();
    LINK_UNTIL(stage, stage->downs == 1);

    assert_string_equal(stage->why, "redis: does not answer");
    assert_in_range(clock_now() - hung_ms, REDIS_LINK_DEADLINE_MS - 500,
                    REDIS_LINK_DEADLINE_MS + REDIS_LINK_IDLE_MS + 500);

    redis_server_go_on(server);
    LINK_UNTIL(stage, stage->ups == 2);
}

static void only_so_much_is_pending(void **state)
{
    struct link_stage *stage = *state;
    static char large[1 << 20];
    int asked = 0;

    connect_to_server(stage);
    redis_server_hang(server);
    while (link_stage_ask(stage, "ECHO", "x") == 0)
        asked++;
    assert_int_equal(asked, REDIS_LINK_MAX_CALLS);
    assert_int_equal(link_stage_ask(stage, "ECHO", "x"), -ENOBUFS);
    redis_server_go_on(server);
    LINK_UNTIL(stage, redis_link_calls(stage->link) == 0);

    redis_server_hang(server);
    memset(large, 'x', sizeof large - 1);
    for (asked = 0; link_stage_ask(stage, "ECHO", large) == 0; asked++)
        ;
    assert_in_range(asked, REDIS_LINK_MAX_BYTES >> 20, (REDIS_LINK_MAX_BYTES >> 20) + 1);
    redis_server_go_on(server);
    LINK_UNTIL(stage, redis_link_calls(stage->link) == 0);
    assert_int_equal(stage->downs, 0);
}

static void it_can_be_told_to_connect_anew(void **state)
{
    struct link_stage *stage = *state;

    connect_to_server(stage);
    assert_int_equal(link_stage_ask(stage, "PING", NULL), 0);
    stage->in_call = true;
    redis_link_renew(stage->link, "because");
    redis_link_renew(stage->link, "of nothing");
    stage->in_call = false;
    assert_int_equal(link_stage_ask(stage, "PING", NULL), -ENOTCONN);

    LINK_UNTIL(stage, stage->ups == 2);

    assert_int_equal(stage->downs, 1);
    assert_string_equal(stage->why, "because");
    assert_int_equal(stage->n_ends, 1);
}

static void messages_come_beside_the_answers(void **state)
{
    struct link_stage *stage = *state;
    struct redis_client *client = redis_client_new(server);

    connect_to_server(stage);
    link_stage_hear(stage, "SUBSCRIBE", "channel");
    assert_int_equal(stage->last_type, REDIS_REPLY_ARRAY);
    for (int i = 0; i < 1000; i++)
        (void)ASK(client, "PUBLISH", "channel", "message");
    LINK_UNTIL(stage, stage->messages == 1000);

    link_stage_hear(stage, "PING", NULL);
    assert_int_equal(stage->n_ends, 2);
    redis_client_free(client);
}

static void freed_it_ends_what_is_asked(void **state)
{
    struct link_stage *stage = *state;

    connect_to_server(stage);
    assert_int_equal(link_stage_ask(stage, "PING", NULL), 0);
    assert_int_equal(link_stage_ask(stage, "PING", NULL), 0);
    stage->in_call = true;
    redis_link_free(stage->link);
    stage->link = NULL;

    assert_int_equal(stage->n_ends, 2);
    assert_int_equal(stage->last_end, REDIS_FREED);
}

static void it_can_be_freed_at_any_time(void **state)
{
    static const char *const urls[] = {NULL, "redis://localhost:1", "redis://nowhere.invalid",
                                       "redis://192.0.2.1"};
    struct link_stage *stage = *state;

    for (size_t i = 0; i < 40; i++) {
        const char *url = urls[i % 4];

        link_stage_connect(stage, url ? url : redis_server_url(server));
        for (size_t turns = 0; turns < i / 4; turns++)
            (void)event_base_loop(stage->loop, EVLOOP_NONBLOCK);
        redis_link_free(stage->link);
        stage->link = NULL;
        for (size_t turns = 0; turns < 3; turns++)
            (void)event_base_loop(stage->loop, EVLOOP_NONBLOCK);
    }
}

static void without_memory_there_is_no_link(void **state)
{
    struct link_stage *stage = *state;
    const struct redis_link_events events = {.on_up = NULL};
    const struct redis_link_settings settings = {.loop = stage->loop, .url = &stage->url};

    for (int i = 0; i < 2; i++) {
        fail_malloc_after(i);
        stage->link = redis_link_new(&settings, &events, stage);
        fail_malloc_never();
        assert_null(stage->link);
    }
}

static void without_memory_it_tries_again(void **state)
{
    struct link_stage *stage = *state;

    link_stage_connect(stage, redis_server_url(server));
    for (int i = 0; i < 3; i++) {
        size_t before = stage->downs;

        fail_malloc_after(i);
        LINK_UNTIL(stage, stage->downs > before || stage->ups > 0);
        fail_malloc_never();
        if (stage->ups > 0)
            break;
        assert_string_equal(stage->why, "redis: no memory to connect");
    }

    LINK_UNTIL(stage, stage->ups == 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, link_stage_set_up, link_stage_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(it_comes_up_and_answers),
        TEST(before_it_is_up_nothing_can_be_asked),
        TEST(thousands_are_answered_in_order),
        TEST(large_answers_arrive_whole),
        TEST(an_idle_link_stays_up),
        TEST(without_a_host_it_waits_until_there_is_one),
        TEST(told_to_move_it_leaves_and_connects_at_once),
        TEST(cut_off_it_connects_anew),
        TEST(cut_again_and_again_it_is_back_each_time_at_once),
        TEST(however_long_the_server_is_away_it_is_found_soon_after),
        TEST(after_a_crash_it_waits_for_the_server),
        TEST(what_was_asked_before_a_crash_is_unanswered_or_unsent),
        TEST(a_server_that_hangs_is_noticed_in_five_seconds),
        TEST(only_so_much_is_pending),
        TEST(it_can_be_told_to_connect_anew),
        TEST(messages_come_beside_the_answers),
        TEST(freed_it_ends_what_is_asked),
        TEST(it_can_be_freed_at_any_time),
        TEST(without_memory_there_is_no_link),
        TEST(without_memory_it_tries_again),
    };

    return cmocka_run_group_tests(tests, begin, end);
}
