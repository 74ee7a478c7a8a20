/* Each allocation fails in turn while each route of the internal HTTP is asked: it says what is
 * true, or that it cannot; and the next one is answered.
 *
 * libevent's own allocations are not among them, for its HTTP crashes without (2.1.12,
 * bufferevent_setwatermark() is the first). */
#include "base/clock.h"
#include "tests/gateway/http_server.h"
#include "tests/support/torture.h"
#include "tests/support/unit.h"

#include <string.h>

enum { TURNS = 40, SURVEY_MS = 1100 };

#define HEAD " HTTP/1.1\r\nHost: a\r\n"
#define POST "POST /v1/rooms/7/messages" HEAD "Content-Type: application/json\r\nContent-Length: "
#define CHAT "{\"msg_type\":\"message\",\"room_id\":\"7\",\"content\":\"hey\"}"
#define SHELF "{\"msg_type\":\"on_off_shelf\",\"goods_id\":\"g\",\"status\":\"on\"}"

struct route {
    const char *request;
    int status;
    const char *body; /* a part of what is true; NULL: nobody knows before */
};

static int start(void **state)
{
    static struct http_server server;

    http_server_start(&server, NULL, NULL);
    server.workers[0].rooms[0] = (struct http_room){.name = span_of("a"), .viewers = 1};
    server.workers[0].n_rooms = 1;
    server.workers[1].rooms[0] = (struct http_room){.name = span_of("b"), .viewers = 1};
    server.workers[1].n_rooms = 1;
    assert_int_equal(http_ask(&server, "POST /v1/rooms/7/messages", "", SHELF, NULL), 200);
    assert_int_equal(http_ask(&server, "POST /v1/rooms/7/messages", "", CHAT, NULL), 200);
    *state = &server;

    return 0;
}

static int stop(void **state)
{
    http_server_stop(*state);

    return 0;
}

/* True if it was answered as if nothing lacked. */
static bool is_true(struct http_response *response, const struct route *route)
{
    return response->status == route->status &&
           (!route->body || strstr(http_response_body(response), route->body));
}

static void assert_answered(struct http_client *client, const struct route *route,
                            struct http_response *response, bool refused)
{
    assert_true(http_client_receive(client, response));
    if (!is_true(response, route) && !(refused && response->status >= 500))
        fail_msg("%s\n%d %s", route->request, response->status, http_response_body(response));
}

static void ask_each_time(struct http_server *server, const struct route *route)
{
    TORTURE_OURS (torture) {
        struct http_response response;
        struct http_client client;

        http_client_open(&client, server);
        http_client_send(&client, route->request, strlen(route->request));
        torture_begin(&torture);
        for (int i = 0; i < TURNS; i++)
            http_server_turn(server);
        torture_end(&torture);
        assert_answered(&client, route, &response, torture_refused(&torture));
        http_response_dispose(&response);
        http_client_close(&client);

        http_client_open(&client, server);
        http_client_send(&client, route->request, strlen(route->request));
        assert_answered(&client, route, &response, false);
        http_response_dispose(&response);
        http_client_close(&client);
    }
}

static void every_route_tells_the_truth_or_that_it_cannot(void **state)
{
    static const struct route routes[] = {
        {"GET /livez" HEAD "\r\n", 200, "{\"live\":true}"},
        {"GET /readyz" HEAD "\r\n", 200, "{\"ready\":true,\"reasons\":[]}"},
        {"GET /metrics" HEAD "\r\n", 200, "livegate_build_info"},
        {"GET /v1/rooms" HEAD "\r\n", 200,
         "{\"count\":2,\"rooms\":[{\"room_id\":\"a\",\"viewers\":1},"
         "{\"room_id\":\"b\",\"viewers\":1}]}"},
        {"GET /v1/rooms/7" HEAD "\r\n", 200, "\"goods_id\":\"g\""},
        {"GET /v1/rooms/7/messages?after=0:0&limit=2" HEAD "\r\n", 200, "\"on_off_shelf\""},
        {POST "52\r\n\r\n" CHAT, 200, "\"seq\":"},
        {POST "2\r\n\r\n{}", 400, "\"code\":"},
        {"GET /nowhere" HEAD "\r\n", 404, "\"code\":"},
    };

    for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++)
        ask_each_time(*state, &routes[i]);
}

static void a_worker_that_is_not_ready_is_never_said_to_be(void **state)
{
    static const struct route route = {"GET /readyz" HEAD "\r\n", 503, "{\"ready\":false"};
    struct http_server *server = *state;

    server->workers[1].not_ready = "redis: connection refused";

    ask_each_time(server, &route);
}

static void a_gateway_with_a_stuck_worker_is_never_said_to_live(void **state)
{
    static const struct route route = {"GET /livez" HEAD "\r\n", 503, "{\"live\":false"};
    struct http_server *server = *state;

    http_server_stick(server);

    TORTURE_OURS (torture) {
        struct http_response response;
        struct http_client client;

        http_client_open(&client, server);
        http_client_send(&client, route.request, strlen(route.request));
        for (int i = 0; i < TURNS; i++)
            http_server_turn(server);
        clock_advance_for_test(SURVEY_MS);
        torture_begin(&torture);
        http_client_wait(&client);
        torture_end(&torture);

        assert_answered(&client, &route, &response, torture_refused(&torture));
        http_response_dispose(&response);
        http_client_close(&client);
    }

    clock_real_for_test();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_route_tells_the_truth_or_that_it_cannot, start, stop),
        cmocka_unit_test_setup_teardown(a_worker_that_is_not_ready_is_never_said_to_be, start,
                                        stop),
        cmocka_unit_test_setup_teardown(a_gateway_with_a_stuck_worker_is_never_said_to_live, start,
                                        stop),
    };

    return cmocka_run_group_tests_name("http_memory", tests, NULL, NULL);
}
