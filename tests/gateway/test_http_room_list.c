#include "gateway/http.h"
#include "tests/gateway/http_server.h"
#include "tests/support/failing_malloc.h"
#include "tests/support/unit.h"

#include <stdio.h>
#include <string.h>

#define ASK "GET /v1/rooms HTTP/1.1\r\nHost: a\r\n\r\n"

static int start(void **state)
{
    static struct http_server server;

    http_server_start(&server, NULL, NULL);
    *state = &server;

    return 0;
}

static int stop(void **state)
{
    struct http_server *server = *state;

    if (server->loop)
        http_server_stop(server);

    return 0;
}

static void assert_answer(struct http_server *server, const char *target, int status,
                          const char *expected)
{
    struct http_response response;

    assert_int_equal(http_ask(server, target, "", NULL, &response), status);
    if (!strstr(http_response_body(&response), expected))
        fail_msg("%s\nlacks\n%s", http_response_body(&response), expected);

    http_response_dispose(&response);
}

static void add_room(struct http_server *server, size_t worker, const char *name, uint64_t viewers)
{
    struct http_server_worker *w = &server->workers[worker];

    w->rooms[w->n_rooms++] = (struct http_room){span_of(name), viewers};
}

static void rooms_with_viewers_are_listed_in_order_and_in_pages(void **state)
{
    struct http_server *server = *state;

    assert_answer(server, "GET /v1/rooms", 200, "{\"count\":0,\"rooms\":[]}");

    add_room(server, 0, "b", 2);
    add_room(server, 0, "c", 3);
    add_room(server, 0, "a", 1);
    add_room(server, 0, "ab", 4);

    assert_answer(server, "GET /v1/rooms", 200,
                  "{\"count\":4,\"rooms\":[{\"room_id\":\"a\",\"viewers\":1},"
                  "{\"room_id\":\"ab\",\"viewers\":4},{\"room_id\":\"b\",\"viewers\":2},"
                  "{\"room_id\":\"c\",\"viewers\":3}]}");
    assert_answer(server, "GET /v1/rooms?limit=2", 200,
                  "{\"count\":4,\"rooms\":[{\"room_id\":\"a\",\"viewers\":1},"
                  "{\"room_id\":\"ab\",\"viewers\":4}],\"next\":\"ab\"}");
    assert_answer(server, "GET /v1/rooms?limit=2&after=ab", 200,
                  "{\"count\":4,\"rooms\":[{\"room_id\":\"b\",\"viewers\":2},"
                  "{\"room_id\":\"c\",\"viewers\":3}]}");
    assert_answer(server, "GET /v1/rooms?after=z", 200, "{\"count\":4,\"rooms\":[]}");
}

static void a_room_on_several_workers_is_one_with_all_its_viewers(void **state)
{
    struct http_server *server = *state;

    add_room(server, 0, "a", 1);
    add_room(server, 0, "b", 2);
    add_room(server, 1, "b", 40);
    add_room(server, 1, "c", 3);

    assert_answer(server, "GET /v1/rooms", 200,
                  "{\"count\":3,\"rooms\":[{\"room_id\":\"a\",\"viewers\":1},"
                  "{\"room_id\":\"b\",\"viewers\":42},{\"room_id\":\"c\",\"viewers\":3}]}");
}

static void a_list_that_lacks_a_worker_is_not_given(void **state)
{
    http_server_stick(*state);

    assert_answer(*state, "GET /v1/rooms", 503, "\"code\":\"unavailable\"");
}

static void a_bad_page_is_refused(void **state)
{
    static const char *const bad[] = {
        "limit=0", "limit=1001",  "limit=x", "limit=", "limit=999999999999",
        "limit",   "after=a%20b", "after="};
    char target[64];

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        (void)snprintf(target, sizeof(target), "GET /v1/rooms?%s", bad[i]);
        assert_answer(*state, target, 400, "\"code\":\"malformed\"");
    }

    assert_answer(*state, "GET /v1/rooms?other=1", 200, "\"rooms\":[]");
}

/* ---- who asked has gone ---- */

static void a_client_that_goes_before_the_workers_have_answered_harms_nobody(void **state)
{
    struct http_server *server = *state;
    struct http_client client;

    http_server_stick(server);
    http_client_open(&client, server);
    http_client_send(&client, ASK, strlen(ASK));
    for (int i = 0; i < 20; i++)
        http_server_turn(server);

    http_client_close(&client);

    assert_answer(server, "GET /v1/rooms", 503, "\"code\":\"unavailable\"");
}

static void a_server_may_be_stopped_while_the_workers_are_asked(void **state)
{
    struct http_server *server = *state;
    struct http_client client;

    http_server_stick(server);
    http_client_open(&client, server);
    http_client_send(&client, ASK, strlen(ASK));
    for (int i = 0; i < 20; i++)
        http_server_turn(server);

    http_server_stop(server); /* leaks, or worse, are the sanitizer's to find */

    http_client_close(&client);
}

static void without_memory_the_list_is_refused_and_the_next_is_good(void **state)
{
    struct http_server *server = *state;
    struct http_response response;
    struct http_client client;
    int status = 0;

    add_room(server, 0, "a", 1);
    add_room(server, 1, "b", 1);

    for (int n = 0; status != 200; n++) {
        http_client_open(&client, server);
        http_client_send(&client, ASK, strlen(ASK));
        fail_malloc_after(n);
        http_client_wait(&client);
        fail_malloc_never();
        assert_true(http_client_receive(&client, &response));
        status = response.status;
        assert_true(status == 200 || status == 500 || status == 503);
        if (status == 200)
            assert_string_equal(http_response_body(&response),
                                "{\"count\":2,\"rooms\":[{\"room_id\":\"a\",\"viewers\":1},"
                                "{\"room_id\":\"b\",\"viewers\":1}]}");
        http_response_dispose(&response);
        http_client_close(&client);
    }
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(rooms_with_viewers_are_listed_in_order_and_in_pages),
        TEST(a_room_on_several_workers_is_one_with_all_its_viewers),
        TEST(a_list_that_lacks_a_worker_is_not_given),
        TEST(a_bad_page_is_refused),
        TEST(a_client_that_goes_before_the_workers_have_answered_harms_nobody),
        TEST(a_server_may_be_stopped_while_the_workers_are_asked),
        TEST(without_memory_the_list_is_refused_and_the_next_is_good),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
