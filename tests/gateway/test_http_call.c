#include "gateway/http_call.h"

#include "tests/gateway/http_server.h"
#include "tests/support/failing_malloc.h"
#include "tests/support/unit.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/http.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>

static int start(void **state)
{
    static struct http_server server;

    http_server_start(&server, NULL, NULL);
    *state = &server;

    return 0;
}

static int stop(void **state)
{
    http_server_stop(*state);

    return 0;
}

/* ---- connections ---- */

static void head_is_answered_as_get_but_without_the_body(void **state)
{
    static const char requests[] = "HEAD /livez HTTP/1.1\r\nHost: a\r\n\r\n"
                                   "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n";
    struct http_response response;
    struct http_client client;

    http_client_open(&client, *state);
    http_client_send(&client, requests, sizeof(requests) - 1);

    assert_true(http_client_receive_head(&client, &response));
    assert_int_equal(response.status, 200);
    assert_string_equal(http_response_header(&response, "Content-Length"), "13");
    http_response_dispose(&response);

    assert_true(http_client_receive(&client, &response));
    assert_string_equal(http_response_body(&response), "{\"live\":true}");
    http_response_dispose(&response);

    http_client_close(&client);
}

static void ten_thousand_requests_on_one_connection_leave_nothing_behind(void **state)
{
    static const char request[] =
        "POST /v1/rooms/7/messages HTTP/1.1\r\nHost: a\r\n"
        "Content-Length: 53\r\n\r\n"
        "{\"msg_type\":\"message\",\"room_id\":\"7\",\"content\":\"hey\"}\n";
    struct http_response response;
    struct http_client client;
    size_t in_use = 0;

    http_client_open(&client, *state);
    for (int i = 0; i < 10000; i++) {
        http_client_send(&client, request, sizeof(request) - 1);
        assert_true(http_client_receive(&client, &response));
        assert_int_equal(response.status, 200);
        http_response_dispose(&response);
        if (i == 1000) /* the room's history is full */
            in_use = mallinfo2().uordblks;
    }
    assert_true(mallinfo2().uordblks < in_use + 65536);

    http_client_close(&client);
}

static void requests_sent_ahead_are_answered_in_their_order(void **state)
{
    struct http_response response;
    struct http_client client;
    char text[128];

    http_client_open(&client, *state);
    for (int i = 0; i < 20; i++) {
        (void)snprintf(text, sizeof(text), "GET /v1/rooms/%d HTTP/1.1\r\nHost: a\r\n\r\n", i);
        http_client_send(&client, text, strlen(text));
    }

    for (int i = 0; i < 20; i++) {
        assert_true(http_client_receive(&client, &response));
        (void)snprintf(text, sizeof(text), "{\"room_id\":\"%d\",", i);
        assert_memory_equal(http_response_body(&response), text, strlen(text));
        http_response_dispose(&response);
    }

    http_client_close(&client);
}

static void a_client_that_says_close_is_closed(void **state)
{
    static const char *const requests[] = {
        "GET /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        "GET /livez HTTP/1.0\r\n\r\n",
    };
    struct http_response response;
    struct http_client client;

    for (size_t i = 0; i < 2; i++) {
        http_client_open(&client, *state);
        http_client_send(&client, requests[i], strlen(requests[i]));
        assert_true(http_client_receive_head(&client, &response));
        assert_int_equal(response.status, 200);
        http_response_dispose(&response);
        assert_true(http_client_sees_the_end(&client, 5000));
        http_client_close(&client);
    }
}

/* ---- bad input ---- */

static void what_is_no_http_is_refused_and_closed(void **state)
{
    static const char *const requests[] = {
        "hello\r\n\r\n",
        "GET /livez HTTP/1.1\r\nno colon\r\n\r\n",
        "POST /livez HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        "POST /livez HTTP/1.1\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n",
    };
    struct http_response response;
    struct http_client client;

    for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
        http_client_open(&client, *state);
        http_client_send(&client, requests[i], strlen(requests[i]));
        assert_true(http_client_receive(&client, &response));
        assert_int_equal(response.status, 400);
        http_response_dispose(&response);
        assert_true(http_client_sees_the_end(&client, 5000));
        http_client_close(&client);
    }
}

static void headers_that_never_end_are_refused(void **state)
{
    static char line[1024];
    struct http_response response;
    struct http_client client;

    memset(line, 'x', sizeof(line));
    memcpy(line, "A: ", 3);
    memcpy(line + sizeof(line) - 2, "\r\n", 2);

    http_client_open(&client, *state);
    http_client_send(&client, "GET /livez HTTP/1.1\r\n", 21);
    for (int i = 0; i < 64; i++)
        http_client_send(&client, line, sizeof(line));

    assert_true(http_client_receive(&client, &response));
    assert_int_equal(response.status, 400);

    http_response_dispose(&response);
    http_client_close(&client);
}

static void a_request_without_memory_is_refused_and_the_next_one_served(void **state)
{
    static const char request[] = "GET /readyz HTTP/1.1\r\nHost: a\r\n\r\n";
    struct http_server *server = *state;
    struct http_response response;
    struct http_client client;
    int status = 0;

    for (int n = 0; status != 200; n++) {
        http_client_open(&client, server);
        http_client_send(&client, request, sizeof(request) - 1);
        fail_malloc_after(n);
        http_client_wait(&client);
        fail_malloc_never();
        assert_true(http_client_receive(&client, &response));
        status = response.status;
        assert_true(status == 200 || status == 500 || status == 503);
        http_response_dispose(&response);
        http_client_close(&client);
    }
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, start, stop)

/* ---- bodies ---- */

/* It came in two pieces, so to read it is to put them together. */
static void a_body_there_is_no_memory_for_cannot_be_read(void **state)
{
    struct evhttp_request *request = evhttp_request_new(NULL, NULL);
    struct evbuffer *input = evhttp_request_get_input_buffer(request);
    const struct http_call call = {.request = request};
    struct span body;

    (void)state;
    assert_int_equal(evbuffer_add_reference(input, "{\"a\":", 5, NULL, NULL), 0);
    assert_int_equal(evbuffer_add_reference(input, "1}", 2, NULL, NULL), 0);

    fail_libevent_too(true);
    fail_malloc_after(0);
    assert_int_equal(http_call_body(&call, &body), -ENOMEM);
    fail_malloc_never();
    fail_libevent_too(false);
    assert_int_equal(http_call_body(&call, &body), 0);
    assert_true(span_is(body, "{\"a\":1}"));

    evhttp_request_free(request);
}

static void no_body_is_an_empty_one(void **state)
{
    struct evhttp_request *request = evhttp_request_new(NULL, NULL);
    const struct http_call call = {.request = request};
    struct span body;

    (void)state;
    assert_int_equal(http_call_body(&call, &body), 0);
    assert_int_equal(body.size, 0);

    evhttp_request_free(request);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(head_is_answered_as_get_but_without_the_body),
        TEST(ten_thousand_requests_on_one_connection_leave_nothing_behind),
        TEST(requests_sent_ahead_are_answered_in_their_order),
        TEST(a_client_that_says_close_is_closed),
        TEST(what_is_no_http_is_refused_and_closed),
        TEST(headers_that_never_end_are_refused),
        TEST(a_request_without_memory_is_refused_and_the_next_one_served),
        cmocka_unit_test(a_body_there_is_no_memory_for_cannot_be_read),
        cmocka_unit_test(no_body_is_an_empty_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
