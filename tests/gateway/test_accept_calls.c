/* accept4() fails in every way it can, at each listener: who comes then is served a moment later,
 * and nobody spins meanwhile.  What the internal HTTP reads and writes with fails likewise. */
#include "tests/gateway/door_server.h"
#include "tests/gateway/http_server.h"
#include "tests/support/failing_calls.h"
#include "tests/support/unit.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#define ASK "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n"

enum { CROWD = 5, TURNS = 30, ENOUGH = 100 };

static const struct {
    int error;
    bool passes; /* it is tried again at once */
} refusals[] = {{EMFILE, false},      {ENFILE, false}, {ENOBUFS, false},
                {ENOMEM, false},      {EPROTO, false}, {ENETDOWN, false},
                {ECONNABORTED, true}, {EINTR, true},   {EAGAIN, true}};

static const size_t n_refusals = sizeof refusals / sizeof refusals[0];

/* ---- viewers ---- */

static void a_viewer_who_comes_when_accept_fails_is_served_later(void **state)
{
    struct door_scene *f = *state;

    for (size_t i = 0; i < n_refusals; i++) {
        size_t before = calls_seen(CALL_ACCEPT);
        struct ws_client client;

        fail_call_after(CALL_ACCEPT, 0, refusals[i].error);
        door_server_connect(&f->server, &client);
        assert_true(ws_client_send_raw(&client, WS_CLIENT_REQUEST));
        for (int turn = 0; turn < TURNS; turn++)
            door_server_step(&f->server);

        assert_int_equal(fail_call_never(CALL_ACCEPT), -1);
        if (!refusals[i].passes)
            assert_int_equal(calls_seen(CALL_ACCEPT), before + 1);
        assert_int_equal(ws_client_read_head(&client), 101);
        ws_client_close(&client);
    }
}

static void whichever_accept_of_a_crowd_fails_all_are_served(void **state)
{
    struct door_scene *f = *state;

    for (size_t i = 0; i < n_refusals * CROWD; i++) {
        struct ws_client clients[CROWD];

        fail_call_after(CALL_ACCEPT, (int)(i % CROWD), refusals[i / CROWD].error);
        for (size_t c = 0; c < CROWD; c++) {
            door_server_connect(&f->server, &clients[c]);
            assert_true(ws_client_send_raw(&clients[c], WS_CLIENT_REQUEST));
        }

        for (size_t c = 0; c < CROWD; c++)
            assert_int_equal(ws_client_read_head(&clients[c]), 101);
        assert_int_equal(fail_call_never(CALL_ACCEPT), -1);
        for (size_t c = 0; c < CROWD; c++)
            ws_client_close(&clients[c]);
    }
}

static int start_door(void **state)
{
    return door_scene_begin(state, &(struct door_server_settings){0}, false);
}

/* ---- who asks the internal HTTP ---- */

static int start_http(void **state)
{
    static struct http_server server;

    http_server_start(&server, NULL, NULL);
    *state = &server;

    return 0;
}

static int stop_http(void **state)
{
    http_server_stop(*state);

    return 0;
}

static void who_asks_when_accept_fails_is_answered_later(void **state)
{
    for (size_t i = 0; i < n_refusals; i++) {
        size_t before = calls_seen(CALL_ACCEPT);
        struct http_response response;
        struct http_client client;

        fail_call_after(CALL_ACCEPT, 0, refusals[i].error);
        http_client_open(&client, *state);
        http_client_send(&client, ASK, strlen(ASK));
        for (int turn = 0; turn < TURNS; turn++)
            http_server_turn(*state);

        assert_int_equal(fail_call_never(CALL_ACCEPT), -1);
        if (!refusals[i].passes)
            assert_int_equal(calls_seen(CALL_ACCEPT), before + 1);
        assert_true(http_client_receive(&client, &response));
        assert_int_equal(response.status, 200);
        http_response_dispose(&response);
        http_client_close(&client);
    }
}

/* Was it answered twice on one connection? */
static bool ask_twice(struct http_server *server)
{
    bool served = true;
    struct http_client client;

    http_client_open(&client, server);
    for (int i = 0; i < 2 && served; i++) {
        struct http_response response;

        http_client_send(&client, ASK, strlen(ASK));
        served = http_client_receive(&client, &response);
        http_response_dispose(&response);
    }
    http_client_close(&client);

    return served;
}

static void fail_each(struct http_server *server, enum failing_call call)
{
    static const struct {
        int error;
        bool passes;
    } failures[] = {{EINTR, true},    {EAGAIN, true},  {ECONNRESET, false}, {EPIPE, false},
                    {ENOBUFS, false}, {ENOMEM, false}, {ETIMEDOUT, false}};

    for (size_t i = 0; i < sizeof failures / sizeof failures[0]; i++) {
        bool failed = true;
        int n = 0;

        for (; failed; n++) {
            bool served;

            fail_call_after(call, n, failures[i].error);
            served = ask_twice(server);
            failed = fail_call_never(call) < 0;
            for (int turn = 0; turn < TURNS; turn++) /* it reads the end of that one */
                http_server_turn(server);
            if (served != (failures[i].passes || !failed))
                fail_msg("errno %d of call %d: served %d", failures[i].error, n, served);
            assert_true(n < ENOUGH);
        }
        assert_true(n > 2);
    }
}

static void a_read_of_a_request_that_fails_ends_its_connection_at_most(void **state)
{
    fail_each(*state, CALL_READV);
}

static void a_write_of_an_answer_that_fails_ends_its_connection_at_most(void **state)
{
    fail_each(*state, CALL_WRITEV);
}

#define DOOR_TEST(test) cmocka_unit_test_setup_teardown(test, start_door, door_scene_end)
#define HTTP_TEST(test) cmocka_unit_test_setup_teardown(test, start_http, stop_http)

int main(void)
{
    const struct CMUnitTest tests[] = {
        DOOR_TEST(a_viewer_who_comes_when_accept_fails_is_served_later),
        DOOR_TEST(whichever_accept_of_a_crowd_fails_all_are_served),
        HTTP_TEST(who_asks_when_accept_fails_is_answered_later),
        HTTP_TEST(a_read_of_a_request_that_fails_ends_its_connection_at_most),
        HTTP_TEST(a_write_of_an_answer_that_fails_ends_its_connection_at_most),
    };

    return cmocka_run_group_tests_name("accept_calls", tests, NULL, NULL);
}
