#include "gateway/http.h"

#include "tests/gateway/http_server.h"
#include "tests/support/failing_malloc.h"
#include "tests/support/unit.h"

#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <string.h>

#define KEY "Authorization: Bearer s3cret-key\r\n"

static int start(void **state)
{
    static struct http_server server;

    http_server_start(&server, NULL, NULL);
    *state = &server;

    return 0;
}

static int start_with_key(void **state)
{
    static struct http_server server;
    const struct http_settings settings = {.key = "s3cret-key"};

    http_server_start(&server, &settings, NULL);
    *state = &server;

    return 0;
}

static int start_for_all(void **state)
{
    static struct http_server server;
    const struct http_settings settings = {.address = "0.0.0.0:0"};

    http_server_start(&server, &settings, NULL);
    *state = &server;

    return 0;
}

static int stop(void **state)
{
    http_server_stop(*state);

    return 0;
}

/* ---- probes ---- */

static void a_gateway_that_turns_its_loop_is_live(void **state)
{
    struct http_response response;

    assert_int_equal(http_ask(*state, "GET /livez", "", NULL, &response), 200);
    assert_string_equal(http_response_body(&response), "{\"live\":true}");
    assert_string_equal(http_response_header(&response, "Content-Type"), "application/json");

    http_response_dispose(&response);
}

static void a_gateway_without_reasons_against_it_is_ready(void **state)
{
    struct http_response response;

    assert_int_equal(http_ask(*state, "GET /readyz", "", NULL, &response), 200);
    assert_string_equal(http_response_body(&response), "{\"ready\":true,\"reasons\":[]}");

    http_response_dispose(&response);
}

static void readiness_names_what_is_broken(void **state)
{
    struct http_server *server = *state;
    struct http_response response;

    server->workers[1].not_ready = "connection refused";

    assert_int_equal(http_ask(server, "GET /readyz", "", NULL, &response), 503);
    assert_string_equal(http_response_body(&response),
                        "{\"ready\":false,\"reasons\":[\"broker: connection refused\"]}");

    http_response_dispose(&response);
}

static void what_several_workers_say_is_told_once(void **state)
{
    struct http_server *server = *state;
    struct http_response response;

    server->workers[0].not_ready = "loading";
    server->workers[1].not_ready = "loading";

    assert_int_equal(http_ask(server, "GET /readyz", "", NULL, &response), 503);
    assert_string_equal(http_response_body(&response),
                        "{\"ready\":false,\"reasons\":[\"broker: loading\"]}");

    http_response_dispose(&response);
}

static void a_worker_that_is_stuck_is_named(void **state)
{
    struct http_response response;

    http_server_stick(*state);

    assert_int_equal(http_ask(*state, "GET /readyz", "", NULL, &response), 503);
    assert_string_equal(http_response_body(&response),
                        "{\"ready\":false,\"reasons\":[\"worker 1: does not answer\"]}");
    http_response_dispose(&response);

    assert_int_equal(http_ask(*state, "GET /livez", "", NULL, &response), 503);
    assert_string_equal(http_response_body(&response),
                        "{\"live\":false,\"reasons\":[\"worker 1: does not answer\"]}");
    http_response_dispose(&response);
}

static void metrics_are_in_prometheus_text(void **state)
{
    struct http_response response;

    assert_int_equal(http_ask(*state, "GET /metrics", "", NULL, &response), 200);
    assert_string_equal(http_response_header(&response, "Content-Type"),
                        "text/plain; version=0.0.4; charset=utf-8");
    assert_non_null(strstr(http_response_body(&response), "\nlivegate_connections 0\n"));
    assert_non_null(strstr(http_response_body(&response), "\nprocess_open_fds "));

    http_response_dispose(&response);
}

/* ---- routes ---- */

static void unknown_paths_and_bad_room_ids_are_not_found(void **state)
{
    static const char *const targets[] = {
        "GET /",
        "GET /v2/rooms",
        "GET /v1/rooms/",
        "GET /v1/rooms/7/",
        "GET /v1/rooms/7/members",
        "GET /livez/",
        "GET //livez",
        "GET /v1/rooms/a%20b",
        "GET /v1/rooms/%00",
        "GET /v1/rooms/7%00",
        "GET /v1/rooms/%2",
        "GET /v1/rooms/%zz",
        "GET /v1/rooms/%4",
        "GET /v1/rooms/..%2f7",
        "GET /v1/rooms/!worker",
        "GET /v1/rooms/@all",
        "GET /v1/rooms/12345678901234567890123456789012345678901234567890123456789012345",
        "POST /v1/rooms/a%0d%0ab/messages",
    };
    struct http_response response;

    for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
        assert_int_equal(http_ask(*state, targets[i], "", NULL, &response), 404);
        assert_string_equal(http_response_body(&response),
                            "{\"code\":\"not_found\",\"message\":\"there is no such thing\"}");
        http_response_dispose(&response);
    }
}

static void another_method_is_told_which_are_allowed(void **state)
{
    static const struct {
        const char *target;
        const char *allow;
    } cases[] = {
        {"POST /livez", "GET, HEAD"},
        {"DELETE /v1/rooms/7", "GET, HEAD"},
        {"PUT /v1/rooms/7/messages", "GET, HEAD, POST"},
        {"OPTIONS /v1/rooms/7/messages", "GET, HEAD, POST"},
        {"PATCH /v1/rooms", "GET, HEAD"},
    };
    struct http_response response;
    struct http_client client;
    char request[128];

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        (void)snprintf(request, sizeof(request), "%s HTTP/1.1\r\nHost: a\r\n\r\n", cases[i].target);
        http_client_open(&client, *state);
        http_client_send(&client, request, strlen(request));
        assert_true(http_client_receive_head(&client, &response));
        assert_int_equal(response.status, 405);
        assert_string_equal(http_response_header(&response, "Allow"), cases[i].allow);
        http_response_dispose(&response);
        http_client_close(&client);
    }
}

static void a_room_id_may_be_percent_encoded(void **state)
{
    struct http_response response;

    assert_int_equal(http_ask(*state, "GET /v1/rooms/live%2D%37", "", NULL, &response), 200);
    assert_non_null(strstr(http_response_body(&response), "\"room_id\":\"live-7\""));

    http_response_dispose(&response);
}

/* ---- who may ask ---- */

static void without_the_key_only_probes_and_metrics_answer(void **state)
{
    struct http_response response;

    assert_int_equal(http_ask(*state, "GET /livez", "", NULL, NULL), 200);
    assert_int_equal(http_ask(*state, "GET /readyz", "", NULL, NULL), 200);
    assert_int_equal(http_ask(*state, "GET /metrics", "", NULL, NULL), 200);

    assert_int_equal(http_ask(*state, "GET /v1/rooms", "", NULL, &response), 401);
    assert_string_equal(http_response_header(&response, "WWW-Authenticate"), "Bearer");
    assert_non_null(strstr(http_response_body(&response), "\"code\":\"unauthorized\""));

    http_response_dispose(&response);
}

static void only_the_whole_key_opens(void **state)
{
    static const char *const wrong[] = {
        "Authorization: Bearer s3cret-kez\r\n",
        "Authorization: Bearer s3cret-ke\r\n",
        "Authorization: Bearer s3cret-keyy\r\n",
        "Authorization: Bearer s3cret-keys3cret-key\r\n",
        "Authorization: Bearer \r\n",
        "Authorization: Bearer\r\n",
        "Authorization: s3cret-key\r\n",
        "Authorization: Basic s3cret-key\r\n",
        "Authorization:\r\n",
    };

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_int_equal(http_ask(*state, "GET /v1/rooms", wrong[i], NULL, NULL), 401);

    assert_int_equal(http_ask(*state, "GET /v1/rooms", KEY, NULL, NULL), 200);
    assert_int_equal(
        http_ask(*state, "GET /v1/rooms", "authorization: bearer s3cret-key\r\n", NULL, NULL), 200);
}

static void without_a_key_other_addresses_are_closed(void **state)
{
    struct http_response response;

    assert_int_equal(http_ask(*state, "GET /livez", "", NULL, NULL), 200);
    assert_int_equal(http_ask(*state, "GET /metrics", "", NULL, NULL), 200);
    assert_int_equal(http_ask(*state, "GET /v1/rooms", KEY, NULL, &response), 403);
    assert_non_null(strstr(http_response_body(&response), "\"code\":\"not_allowed\""));

    http_response_dispose(&response);
}

static void without_a_key_web_pages_are_kept_out(void **state)
{
    const char *post = "POST /v1/rooms/7/messages";
    const char *message = "{\"msg_type\":\"message\",\"room_id\":\"7\",\"content\":\"hi\"}";

    assert_int_equal(http_ask(*state, post, "Origin: http://evil.test\r\n", message, NULL), 403);
    assert_int_equal(http_ask(*state, post, "Origin: null\r\n", message, NULL), 403);
    assert_int_equal(http_ask(*state, post, "", message, NULL), 200);
}

/* ---- life ---- */

static void an_address_in_use_is_told(void **state)
{
    struct http_server *server = *state;
    struct http_settings settings = {.loop = server->loop};
    struct http *second = NULL;
    char address[32];

    (void)snprintf(address, sizeof(address), "127.0.0.1:%u", http_port(server->http));
    settings.address = address;

    assert_int_equal(http_new(&second, &settings), -EADDRINUSE);
    settings.address = "nowhere";
    assert_int_equal(http_new(&second, &settings), -EINVAL);
    assert_null(second);
}

static void a_server_without_memory_is_not_made(void **state)
{
    struct http_settings settings = {.loop = event_base_new(), .address = "127.0.0.1:0"};
    struct http *http = NULL;
    int rc = -ENOMEM;

    (void)state;

    for (int n = 0; rc == -ENOMEM; n++) {
        fail_malloc_after(n);
        rc = http_new(&http, &settings);
        fail_malloc_never();
    }

    assert_int_equal(rc, 0);
    http_free(http);
    http_free(NULL);
    event_base_free(settings.loop);
}

#define OPEN(test) cmocka_unit_test_setup_teardown(test, start, stop)
#define KEYED(test) cmocka_unit_test_setup_teardown(test, start_with_key, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        OPEN(a_gateway_that_turns_its_loop_is_live),
        OPEN(a_gateway_without_reasons_against_it_is_ready),
        OPEN(readiness_names_what_is_broken),
        OPEN(what_several_workers_say_is_told_once),
        OPEN(a_worker_that_is_stuck_is_named),
        OPEN(metrics_are_in_prometheus_text),
        OPEN(unknown_paths_and_bad_room_ids_are_not_found),
        OPEN(another_method_is_told_which_are_allowed),
        OPEN(a_room_id_may_be_percent_encoded),
        KEYED(without_the_key_only_probes_and_metrics_answer),
        KEYED(only_the_whole_key_opens),
        cmocka_unit_test_setup_teardown(without_a_key_other_addresses_are_closed, start_for_all,
                                        stop),
        OPEN(without_a_key_web_pages_are_kept_out),
        OPEN(an_address_in_use_is_told),
        cmocka_unit_test(a_server_without_memory_is_not_made),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
