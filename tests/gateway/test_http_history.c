/* Reading a room's past by HTTP when there is no memory for it. */
#include "tests/gateway/http_server.h"
#include "tests/support/failing_malloc.h"
#include "tests/support/unit.h"

#include <string.h>

#define PATH "/v1/rooms/7/messages"
#define JSON "Content-Type: application/json\r\n"
#define BUY "{\"msg_type\":\"buy\",\"id\":\"order-1\"}"

enum { ENOUGH = 2000 };

/* The client is there and has asked; the answer's status, 0: the connection was closed. */
static int ask_with(struct http_server *server, int successes)
{
    static const char request[] = "GET " PATH " HTTP/1.1\r\nHost: x\r\n\r\n";
    struct http_client client;
    struct http_response response;
    int status = 0;

    http_client_open(&client, server);
    http_client_send(&client, request, strlen(request));
    fail_malloc_after(successes);
    http_client_wait(&client);
    fail_malloc_never();

    if (http_client_receive(&client, &response)) {
        status = response.status;
        http_response_dispose(&response);
    }
    http_client_close(&client);

    return status;
}

static void without_memory_it_is_refused_or_the_connection_closed(void **state)
{
    static struct http_server server;
    int status = 0;

    (void)state;
    http_server_start(&server, NULL, NULL);
    assert_int_equal(http_ask(&server, "POST " PATH, JSON, BUY, NULL), 200);

    for (int successes = 0; status != 200; successes++) {
        assert_true(successes < ENOUGH);
        status = ask_with(&server, successes);
        assert_true(status == 0 || status == 500 || status == 503 || status == 200);
    }

    http_server_stop(&server);
}

static void who_is_gone_before_the_answer_is_answered_by_nobody(void **state)
{
    static const char request[] = "GET " PATH " HTTP/1.1\r\nHost: x\r\n\r\n";
    static struct http_server server;

    (void)state;
    http_server_start(&server, NULL, NULL);
    for (int turns = 0; turns < 6; turns++) {
        struct http_client client;

        http_client_open(&client, &server);
        http_client_send(&client, request, strlen(request));
        for (int i = 0; i < turns; i++)
            http_server_turn(&server);
        http_client_close(&client);
    }

    assert_int_equal(http_ask(&server, "GET " PATH, "", NULL, NULL), 200);
    http_server_stop(&server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_memory_it_is_refused_or_the_connection_closed),
        cmocka_unit_test(who_is_gone_before_the_answer_is_answered_by_nobody),
    };

    return cmocka_run_group_tests_name("http_history", tests, NULL, NULL);
}
