#include "gateway/http_guard.h"

#include "base/clock.h"
#include "tests/gateway/http_server.h"
#include "tests/gateway/waiting_broker.h"
#include "tests/support/unit.h"

#include <string.h>
#include <sys/socket.h>

static const char probe[] = "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n";
static const char publish[] = "POST /v1/rooms/7/messages HTTP/1.1\r\nHost: a\r\n"
                              "Content-Length: 33\r\n\r\n"
                              "{\"msg_type\":\"like\",\"room_id\":\"7\"}";

struct fixture {
    struct http_server server;
    struct waiting_broker *broker;
};

static int start(void **state)
{
    static struct fixture fixture;
    const struct http_settings settings = {
        .max_connections = 4,
        .request_ms = 400,
        .idle_ms = 1200,
    };

    fixture.broker = waiting_broker_new();
    http_server_start(&fixture.server, &settings, &fixture.broker->broker);
    *state = &fixture;

    return 0;
}

static int stop(void **state)
{
    struct fixture *f = *state;

    http_server_stop(&f->server);

    return 0;
}

static void open_and_send(struct fixture *f, struct http_client *client, const char *text)
{
    http_client_open(client, &f->server);
    http_client_send(client, text, strlen(text));
}

static void assert_answered(struct http_client *client, int status)
{
    struct http_response response;

    assert_true(http_client_receive(client, &response));
    assert_int_equal(response.status, status);
    http_response_dispose(&response);
}

static void wait_for_publishers(struct fixture *f, size_t n)
{
    while (f->broker->n_waiting < n)
        http_server_turn(&f->server);
}

/* ---- deadlines ---- */

static void a_request_that_dribbles_in_is_cut(void **state)
{
    struct fixture *f = *state;
    uint64_t began = clock_now();
    struct http_client client;

    open_and_send(f, &client, "GET /livez HTTP/1.1\r\nHost: a\r\nX: ");
    while (!http_client_sees_the_end(&client, 20)) {
        http_client_send(&client, "x", 1);
        assert_true(clock_now() < began + 5000);
    }
    assert_true(clock_now() >= began + 400);

    http_client_close(&client);
}

static void a_connection_that_says_nothing_is_cut(void **state)
{
    struct http_client client;

    open_and_send(*state, &client, "");

    assert_true(http_client_sees_the_end(&client, 5000));

    http_client_close(&client);
}

static void between_requests_there_is_more_time_but_not_for_the_next_one(void **state)
{
    struct http_client client;

    open_and_send(*state, &client, probe);
    assert_answered(&client, 200);

    assert_false(http_client_sees_the_end(&client, 800));
    http_client_send(&client, probe, strlen(probe));
    assert_answered(&client, 200);
    http_client_send(&client, probe, 5);
    assert_true(http_client_sees_the_end(&client, 1100));

    http_client_close(&client);
}

static void an_idle_connection_is_cut_in_the_end(void **state)
{
    struct http_client client;

    open_and_send(*state, &client, probe);
    assert_answered(&client, 200);

    assert_true(http_client_sees_the_end(&client, 5000));

    http_client_close(&client);
}

static void waiting_for_an_answer_is_not_idleness(void **state)
{
    struct fixture *f = *state;
    struct http_client client;

    open_and_send(f, &client, publish);
    assert_false(http_client_sees_the_end(&client, 1500));

    waiting_broker_answer(f->broker, REFUSAL_NONE);
    assert_answered(&client, 200);

    http_client_close(&client);
}

/* ---- too many ---- */

static void the_longest_silent_makes_room_for_a_new_one(void **state)
{
    struct fixture *f = *state;
    struct http_client clients[5];

    for (int i = 0; i < 4; i++) {
        open_and_send(f, &clients[i], probe);
        assert_answered(&clients[i], 200);
    }
    http_client_send(&clients[0], probe, strlen(probe)); /* the first is not the most silent now */
    assert_answered(&clients[0], 200);

    open_and_send(f, &clients[4], probe);
    assert_answered(&clients[4], 200);

    assert_true(http_client_sees_the_end(&clients[1], 5000));
    http_client_send(&clients[0], probe, strlen(probe));
    assert_answered(&clients[0], 200);

    for (int i = 0; i < 5; i++)
        http_client_close(&clients[i]);
}

static void a_flood_of_connections_does_not_keep_probes_out(void **state)
{
    struct fixture *f = *state;
    struct http_client flood[64];
    struct http_client client;

    for (int i = 0; i < 64; i++)
        open_and_send(f, &flood[i], "GET /livez HT");

    open_and_send(f, &client, probe);
    assert_answered(&client, 200);

    http_client_close(&client);
    for (int i = 0; i < 64; i++)
        http_client_close(&flood[i]);
}

static void who_waits_for_an_answer_is_not_cut_for_a_new_one(void **state)
{
    struct fixture *f = *state;
    struct http_client publishers[4];
    struct http_client probes[3];

    for (int i = 0; i < 4; i++)
        open_and_send(f, &publishers[i], publish);
    wait_for_publishers(f, 4);
    for (int i = 0; i < 3; i++)
        open_and_send(f, &probes[i], probe); /* there is room for one of them at a time */
    for (int i = 0; i < 3; i++)
        assert_answered(&probes[i], 200);

    waiting_broker_answer(f->broker, REFUSAL_NONE);
    for (int i = 0; i < 4; i++)
        assert_answered(&publishers[i], 200);

    for (int i = 0; i < 4; i++)
        http_client_close(&publishers[i]);
    for (int i = 0; i < 3; i++)
        http_client_close(&probes[i]);
}

/* ---- clients that have gone ---- */

static void a_client_that_has_gone_is_not_answered(void **state)
{
    struct fixture *f = *state;
    struct http_client client;

    open_and_send(f, &client, publish);
    wait_for_publishers(f, 1);
    http_client_close(&client);
    for (int i = 0; i < 10; i++)
        http_server_turn(&f->server);

    waiting_broker_answer(f->broker, REFUSAL_NONE);

    open_and_send(f, &client, probe);
    assert_answered(&client, 200);
    http_client_close(&client);
}

static void a_client_reset_while_it_waits_is_not_answered(void **state)
{
    struct fixture *f = *state;
    const struct linger reset = {.l_onoff = 1, .l_linger = 0};
    struct http_client client;

    open_and_send(f, &client, publish);
    wait_for_publishers(f, 1);
    assert_int_equal(setsockopt(client.fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)), 0);
    http_client_close(&client);

    waiting_broker_answer(f->broker, REFUSAL_TIMEOUT);

    open_and_send(f, &client, probe);
    assert_answered(&client, 200);
    http_client_close(&client);
}

static void an_answer_after_the_end_of_the_server_goes_nowhere(void **state)
{
    struct fixture *f = *state;
    struct http_client client;

    open_and_send(f, &client, publish);
    wait_for_publishers(f, 1);

    http_free(f->server.http);
    f->server.http = NULL;
    waiting_broker_answer(f->broker, REFUSAL_NONE);

    http_client_close(&client);
}

static void the_end_of_the_relay_is_an_answer(void **state)
{
    struct fixture *f = *state;
    struct http_client client;

    open_and_send(f, &client, publish);
    wait_for_publishers(f, 1);

    waiting_broker_answer(f->broker, REFUSAL_UNAVAILABLE);
    assert_answered(&client, 503);

    http_client_close(&client);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_request_that_dribbles_in_is_cut),
        TEST(a_connection_that_says_nothing_is_cut),
        TEST(between_requests_there_is_more_time_but_not_for_the_next_one),
        TEST(an_idle_connection_is_cut_in_the_end),
        TEST(waiting_for_an_answer_is_not_idleness),
        TEST(the_longest_silent_makes_room_for_a_new_one),
        TEST(a_flood_of_connections_does_not_keep_probes_out),
        TEST(who_waits_for_an_answer_is_not_cut_for_a_new_one),
        TEST(a_client_that_has_gone_is_not_answered),
        TEST(a_client_reset_while_it_waits_is_not_answered),
        TEST(an_answer_after_the_end_of_the_server_goes_nowhere),
        TEST(the_end_of_the_relay_is_an_answer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
