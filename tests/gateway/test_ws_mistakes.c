/* What clients do wrong, over real sockets: each mistake ends with the code it deserves. */
#include "gateway/ws.h"

#include "tests/gateway/door_server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

enum { CLOSE_MS = 300 };

static int start(void **state)
{
    const struct door_server_settings settings = {.max_message = 1000, .close_ms = CLOSE_MS};

    return door_scene_begin(state, &settings, true);
}

struct mistake {
    const char *bytes;
    size_t size;
    int code;
};

#define MISTAKE(literal, code)             \
    {                                      \
        literal, sizeof(literal) - 1, code \
    }

/* All masked with zeroes but the unmasked ones. */
static const struct mistake mistakes[] = {
    MISTAKE("\x81\x05hello", 1002),    /* unmasked */
    MISTAKE("\x89\x00", 1002),         /* unmasked */
    MISTAKE("\xc1\x80\0\0\0\0", 1002), /* RSV1 without an extension */
    MISTAKE("\xa1\x80\0\0\0\0", 1002), /* RSV2 */
    MISTAKE("\x91\x80\0\0\0\0", 1002), /* RSV3 */
    MISTAKE("\x83\x80\0\0\0\0", 1002), /* an opcode that is none */
    MISTAKE("\x8b\x80\0\0\0\0", 1002), /* a control opcode that is none */
    MISTAKE("\x80\x80\0\0\0\0", 1002), /* continues nothing */
    MISTAKE("\x01\x81\0\0\0\0"
            "a\x81\x81\0\0\0\0"
            "b",
            1002),                                         /* a message within one */
    MISTAKE("\x09\x80\0\0\0\0", 1002),                     /* a fragmented Ping */
    MISTAKE("\x89\xfe\0\x7e\0\0\0\0", 1002),               /* a Ping of 126 bytes */
    MISTAKE("\x88\xff\0\0\0\0\0\0\0\x01\0\0\0\0", 1002),   /* a Close with a long length */
    MISTAKE("\x82\xff\x80\0\0\0\0\0\0\x01\0\0\0\0", 1002), /* the highest bit of a length */
    MISTAKE("\x88\x81\0\0\0\0x", 1002),                    /* half a close code */
    MISTAKE("\x88\x82\0\0\0\0\x03\xed", 1002),             /* 1005 */
    MISTAKE("\x88\x82\0\0\0\0\x03\xe7", 1002),             /* 999 */
    MISTAKE("\x88\x82\0\0\0\0\x13\x88", 1002),             /* 5000 */
    MISTAKE("\x88\x82\0\0\0\0\xff\xff", 1002),             /* 65535 */
    MISTAKE("\x88\x83\0\0\0\0\x03\xe8\xff", 1007),         /* a reason that is not UTF-8 */
    MISTAKE("\x81\x82\0\0\0\0\xc0\x80", 1007),             /* overlong */
    MISTAKE("\x81\x83\0\0\0\0\xed\xa0\x80", 1007),         /* a surrogate */
    MISTAKE("\x81\x81\0\0\0\0\xe6", 1007),                 /* cut */
    MISTAKE("\x01\x81\0\0\0\0\xe6\x80\x80\0\0\0\0", 1007), /* cut by an empty fragment */
    MISTAKE("\x82\xfe\x03\xe9\0\0\0\0x", 1009),            /* 1001 bytes announced */
    MISTAKE("\x82\xff\x40\0\0\0\0\0\0\0\0\0\0\0x", 1009),  /* 4 EiB */
};

static void a_mistake_ends_with_the_code_it_deserves(void **state)
{
    struct door_scene *f = *state;

    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        struct ws_client client;
        size_t closed = f->server.closed;
        int code;

        door_server_open(&f->server, &client);
        assert_true(ws_client_send(&client, mistakes[i].bytes, mistakes[i].size));
        code = ws_client_read_close(&client);
        if (code != mistakes[i].code)
            print_message("mistake %zu\n", i);

        assert_int_equal(code, mistakes[i].code);
        door_server_wait(&f->server, &f->server.closed, closed + 1);
        assert_int_equal(f->server.messages, 0);
        ws_client_close(&client);
    }
}

static void what_follows_a_mistake_does_not_keep_it_from_being_told(void **state)
{
    struct door_scene *f = *state;
    static char flood[100000]; /* masked or not, none of it means anything */

    memset(flood, 0xff, sizeof flood);
    flood[0] = (char)0x81;
    flood[1] = 0x05;
    assert_true(ws_client_try_send(&f->client, flood, 40000) > 1000);

    assert_int_equal(ws_client_read_close(&f->client), 1002);
}

static void a_mistake_is_told_behind_what_is_buffered(void **state)
{
    struct door_scene *f = *state;

    (void)echo_flood(f->server.newest);
    assert_true(ws_client_send(&f->client, "\x81\x05hello and more", 16));
    for (int i = 0; i < 10; i++)
        door_server_step(&f->server);

    assert_int_equal(ws_client_read_close(&f->client), 1002);
}

static void too_large_a_message_is_refused_before_it_is_all_there(void **state)
{
    struct door_scene *f = *state;
    char fragment[400];

    memset(fragment, 'x', sizeof fragment);
    assert_true(ws_client_send_frame(&f->client, 0x01, fragment, sizeof fragment));
    assert_true(ws_client_send_frame(&f->client, 0x00, fragment, sizeof fragment));
    assert_true(ws_client_send(&f->client, "\x00\xfe\x01\x90\0\0\0\0x", 9));

    assert_int_equal(ws_client_read_close(&f->client), 1009);
}

static void begin_message(struct door_scene *f)
{
    size_t alive = f->server.alive;

    assert_true(ws_client_send_frame(&f->client, 0x01, "begun", 5));
    door_server_wait(&f->server, &f->server.alive, alive + 1);
}

static void a_message_that_is_not_whole_after_some_pings_is_not_waited_for(void **state)
{
    struct door_scene *f = *state;

    begin_message(f);
    for (int i = 0; i < 3; i++)
        ws_ping(f->server.newest->ws);

    assert_int_equal(ws_client_read_close(&f->client), CLOSE_POLICY);
    assert_int_equal(door_server_count(&f->server, METRIC_LIMITED, LIMIT_UNFINISHED), 1);
}

static void for_one_that_becomes_whole_time_begins_anew(void **state)
{
    struct door_scene *f = *state;

    for (size_t i = 1; i <= 3; i++) {
        begin_message(f);
        ws_ping(f->server.newest->ws);
        ws_ping(f->server.newest->ws);
        assert_true(ws_client_send_frame(&f->client, 0x80, "and done", 8));
        door_server_wait(&f->server, &f->server.messages, i);
    }

    assert_true(ws_ready(f->server.newest->ws));
}

static int64_t busy_us(void)
{
    struct timespec spent;

    assert_int_equal(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent), 0);

    return (int64_t)spent.tv_sec * 1000000 + spent.tv_nsec / 1000;
}

static void who_stays_after_a_mistake_keeps_nobody_busy(void **state)
{
    const struct timeval a_while = {.tv_usec = 300000};
    struct door_scene *f = *state;
    int64_t before;

    assert_true(ws_client_send(&f->client, "\x81\x05hello", 7));
    assert_int_equal(ws_client_read_close(&f->client), 1002);

    before = busy_us();
    assert_int_equal(event_base_loopexit(f->server.loop, &a_while), 0);
    assert_int_equal(event_base_dispatch(f->server.loop), 0);

    assert_in_range(busy_us() - before, 0, 100000);
}

int main(void)
{
#define WITH_FIXTURE(test) cmocka_unit_test_setup_teardown(test, start, door_scene_end)
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(a_mistake_ends_with_the_code_it_deserves),
        WITH_FIXTURE(what_follows_a_mistake_does_not_keep_it_from_being_told),
        WITH_FIXTURE(a_mistake_is_told_behind_what_is_buffered),
        WITH_FIXTURE(too_large_a_message_is_refused_before_it_is_all_there),
        WITH_FIXTURE(a_message_that_is_not_whole_after_some_pings_is_not_waited_for),
        WITH_FIXTURE(for_one_that_becomes_whole_time_begins_anew),
        WITH_FIXTURE(who_stays_after_a_mistake_keeps_nobody_busy),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
