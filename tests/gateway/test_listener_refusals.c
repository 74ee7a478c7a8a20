/* Requests that are not served, over real sockets. */
#include "gateway/listener.h"

#include "tests/gateway/door_server.h"

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

enum { HANDSHAKE_MS = 150 };

static int start(void **state)
{
    static const char *const origins[] = {"https://shop.example", NULL};
    const struct door_server_settings settings = {.origins = origins, .handshake_ms = HANDSHAKE_MS};

    return door_scene_begin(state, &settings, false);
}

struct refused {
    const char *request;
    int status;
    const char *part;
};

static const struct refused refused_ones[] = {
    {"GET / HTTP/1.0\r\n" WS_CLIENT_HEADERS "\r\n", 400, "\"malformed\""},
    {"GET / HTTP/1.1\r\nHost: a\r\n" WS_CLIENT_HEADERS "\r\n", 400, "\"malformed\""},
    {"\x16\x03\x01\x02", 400, "\"malformed\""},
    {"GET / HTTP/1.1\r\n" WS_CLIENT_HEADERS "Origin: https://evil.example\r\n\r\n", 403,
     "\"not_allowed\""},
    {"GET /?room_id=a/b HTTP/1.1\r\n" WS_CLIENT_HEADERS "\r\n", 404, "\"not_found\""},
    {"POST / HTTP/1.1\r\n" WS_CLIENT_HEADERS "Content-Length: 5\r\n\r\nhello", 405,
     "\r\nAllow: GET\r\n"},
    {"GET / HTTP/1.1\r\nHost: x\r\n\r\n", 426, "\r\nSec-WebSocket-Version: 13\r\n"},
};

static void a_refusal_arrives_whole_and_the_connection_ends_without_a_reset(void **state)
{
    struct door_scene *f = *state;

    for (size_t i = 0; i < sizeof refused_ones / sizeof *refused_ones; i++) {
        const struct refused *refused = &refused_ones[i];
        unsigned label = metrics_code(METRIC_UPGRADES_REFUSED, (unsigned)refused->status);
        int64_t before = door_server_count(&f->server, METRIC_UPGRADES_REFUSED, label);
        struct ws_client client;
        char response[4096];
        size_t size;

        door_server_connect(&f->server, &client);
        assert_true(ws_client_send(&client, refused->request, strlen(refused->request)));
        assert_int_equal(ws_client_read_head(&client), refused->status);
        size = ws_client_receive(&client, response, sizeof response - 1);
        response[size] = '\0';

        assert_non_null(strstr(client.head, "\r\nConnection: close"));
        assert_true(strstr(client.head, refused->part) || strstr(response, refused->part));
        assert_true(client.ended);
        assert_false(client.reset);
        assert_int_equal(door_server_count(&f->server, METRIC_UPGRADES_REFUSED, label), before + 1);
        ws_client_close(&client);
    }
}

static void a_refusal_arrives_although_the_client_goes_on_sending(void **state)
{
    struct door_scene *f = *state;
    char request[30000];

    memset(request, 'x', sizeof request);
    memcpy(request, "GET / HTTP/1.1\r\nA: ", 19);
    assert_true(ws_client_try_send(&f->client, request, sizeof request) > UPGRADE_MAX_BYTES);

    assert_int_equal(ws_client_read_head(&f->client), 431);
    ws_client_wait_for_end(&f->client);
    assert_false(f->client.reset);
}

static void a_slow_request_is_ended_by_one_deadline_for_all_of_it(void **state)
{
    struct door_scene *f = *state;
    size_t sent = 0;

    while (!f->client.ended && sent < strlen(WS_CLIENT_REQUEST)) {
        struct pollfd answer = {.fd = f->client.fd, .events = POLLIN};

        assert_true(ws_client_send_raw(&f->client, "G"));
        sent++;
        door_server_step(&f->server);
        if (poll(&answer, 1, 20) > 0)
            break;
    }

    assert_in_range(sent, 2, 30);
    assert_true(ws_client_read_head(&f->client) >= 400);
}

static void half_a_request_is_told_that_it_took_too_long(void **state)
{
    struct door_scene *f = *state;

    assert_true(ws_client_send_raw(&f->client, "GET / HTTP/1.1\r\nHost: x\r\n"));

    assert_int_equal(ws_client_read_head(&f->client), 408);
}

static void who_says_nothing_is_closed_without_a_word(void **state)
{
    struct door_scene *f = *state;

    ws_client_wait_for_end(&f->client);

    assert_false(f->client.reset);
    assert_int_equal(door_server_count(&f->server, METRIC_UPGRADES_REFUSED,
                                       metrics_code(METRIC_UPGRADES_REFUSED, 408)),
                     0);
}

int main(void)
{
#define WITH_FIXTURE(test) cmocka_unit_test_setup_teardown(test, start, door_scene_end)
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(a_refusal_arrives_whole_and_the_connection_ends_without_a_reset),
        WITH_FIXTURE(a_refusal_arrives_although_the_client_goes_on_sending),
        WITH_FIXTURE(a_slow_request_is_ended_by_one_deadline_for_all_of_it),
        WITH_FIXTURE(half_a_request_is_told_that_it_took_too_long),
        WITH_FIXTURE(who_says_nothing_is_closed_without_a_word),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
