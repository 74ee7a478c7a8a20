#include "base/metrics.h"
#include "gateway/http.h"
#include "schema/kinds.h"
#include "tests/gateway/http_server.h"
#include "tests/support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define POST "POST /v1/rooms/7/messages"
#define JSON "Content-Type: application/json\r\n"

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

static void assert_answer(struct http_server *server, const char *target, const char *body,
                          int status, const char *expected)
{
    struct http_response response;

    assert_int_equal(http_ask(server, target, body ? JSON : "", body, &response), status);
    if (!strstr(http_response_body(&response), expected))
        fail_msg("%s\nlacks\n%s", http_response_body(&response), expected);

    http_response_dispose(&response);
}

/* ---- publishing ---- */

static void a_message_is_answered_with_its_id_and_position(void **state)
{
    struct http_response response;
    unsigned long term;
    unsigned long seq;
    char id[65];

    assert_int_equal(http_ask(*state, POST, JSON,
                              "{\"msg_type\":\"message\",\"room_id\":\"7\",\"content\":\"hi\","
                              "\"id\":\"order-1\"}",
                              &response),
                     200);
    assert_string_equal(http_response_header(&response, "Content-Type"), "application/json");
    assert_int_equal(sscanf(http_response_body(&response),
                            "{\"id\":\"%64[^\"]\",\"term\":%lu,\"seq\":%lu}", id, &term, &seq),
                     3);
    assert_string_equal(id, "order-1");
    assert_true(term > 0);
    assert_int_equal(seq, 1);

    http_response_dispose(&response);
}

static void messages_are_counted_by_kind(void **state)
{
    struct http_server *server = *state;
    const struct metrics *const metrics = server->metrics;
    static const char good[] = "{\"msg_type\":\"buy\",\"room_id\":\"7\"}";
    static const char bad[] = "{\"msg_type\":\"buy\",\"room_id\":true}";

    assert_int_equal(http_ask(server, POST, JSON, good, NULL), 200);
    assert_int_equal(http_ask(server, POST, JSON, bad, NULL), 400);

    assert_int_equal(metrics_read(&metrics, 1, METRIC_MESSAGES_IN, KIND_BUY), 1);
}

static void the_same_id_again_gives_the_first_position(void **state)
{
    static const char message[] = "{\"msg_type\":\"buy\",\"room_id\":\"7\",\"id\":\"order-1\"}";
    struct http_response first;
    struct http_response second;

    assert_int_equal(http_ask(*state, POST, JSON, message, &first), 200);
    assert_int_equal(http_ask(*state, POST, JSON, message, &second), 200);

    assert_string_equal(http_response_body(&first), http_response_body(&second));

    http_response_dispose(&first);
    http_response_dispose(&second);
}

static void a_kind_that_is_not_sequenced_has_no_position(void **state)
{
    assert_answer(*state, POST, "{\"msg_type\":\"like\",\"room_id\":\"7\"}", 200,
                  "\"term\":0,\"seq\":0}");
}

static void messages_may_be_msgpack(void **state)
{
    /* {"msg_type":"message","room_id":"7","content":"hi"} */
    static const char message[] = "\x83\xa8msg_type\xa7message\xa7room_id\xa1"
                                  "7\xa7"
                                  "content\xa2hi";

    assert_int_equal(http_ask(*state, POST, "Content-Type: application/msgpack\r\n", message, NULL),
                     200);
    assert_int_equal(http_ask(*state, POST, "", message, NULL), 200);
}

static void only_json_and_msgpack_are_taken(void **state)
{
    static const char message[] = "{\"msg_type\":\"message\",\"room_id\":\"7\",\"content\":\"hi\"}";
    static const struct {
        const char *type;
        int status;
    } cases[] = {
        {"Content-Type: application/json; charset=utf-8\r\n", 200},
        {"Content-Type: Application/JSON\r\n", 200},
        {"", 200},
        {"Content-Type: text/plain\r\n", 415},
        {"Content-Type: application/x-www-form-urlencoded\r\n", 200}, /* curl -d */
        {"Content-Type: application/jsonp\r\n", 415},
        {"Content-Type: ;\r\n", 415},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(http_ask(*state, POST, cases[i].type, message, NULL), cases[i].status);

    assert_answer(*state, "GET /v1/rooms/7", NULL, 200, "\"seq\":4,");
}

static void a_malformed_message_is_refused_by_the_name_of_its_field(void **state)
{
    assert_answer(*state, POST, "", 400, "{\"code\":\"malformed\",\"message\":");
    assert_answer(*state, POST, "hello", 400, "\"code\":\"malformed\"");
    assert_answer(*state, POST, "[]", 400, "\"code\":\"malformed\"");
    assert_answer(*state, POST, "{\"msg_type\":\"message\",\"room_id\":\"7\",\"content\":5}", 400,
                  "content");
    assert_answer(*state, POST, "{\"msg_type\":\"message\",\"room_id\":\"8\",\"content\":\"hi\"}",
                  400, "room_id");
    assert_answer(*state, POST, "{\"msg_type\":\"dance\",\"room_id\":\"7\"}", 400, "msg_type");

    assert_answer(*state, "GET /v1/rooms/7", NULL, 200, "\"seq\":0,");
}

static void a_message_over_the_limit_is_too_big(void **state)
{
    static char message[20000];
    struct http_response response;

    memset(message, ' ', sizeof(message) - 1);

    assert_int_equal(http_ask(*state, POST, JSON, message, &response), 413);
    assert_string_equal(http_response_body(&response),
                        "{\"code\":\"too_big\",\"message\":\"the message is too big\"}");

    http_response_dispose(&response);
}

static void a_body_beyond_all_bounds_is_not_kept_and_still_answered(void **state)
{
    static char piece[65536];
    struct http_response response;
    struct http_client client;
    char head[128];

    memset(piece, ' ', sizeof(piece));
    (void)snprintf(head, sizeof(head), "%s HTTP/1.1\r\nHost: a\r\nContent-Length: %zu\r\n\r\n",
                   POST, 64 * sizeof(piece));

    http_client_open(&client, *state);
    http_client_send(&client, head, strlen(head));
    for (int i = 0; i < 64; i++)
        http_client_send(&client, piece, sizeof(piece));

    assert_true(http_client_receive(&client, &response));
    assert_int_equal(response.status, 413);

    http_response_dispose(&response);
    http_client_close(&client);
}

static void chunks_without_end_are_too_big(void **state)
{
    static char chunk[8 + 4096];
    struct http_response response;
    struct http_client client;
    static const char head[] = POST " HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";

    memset(chunk, ' ', sizeof(chunk));
    memcpy(chunk, "1000\r\n", 6);
    memcpy(chunk + 6 + 4096, "\r\n", 2);

    http_client_open(&client, *state);
    http_client_send(&client, head, sizeof(head) - 1);
    for (int i = 0; i < 32; i++)
        http_client_send(&client, chunk, sizeof(chunk));

    assert_true(http_client_receive(&client, &response));
    assert_int_equal(response.status, 413);

    http_response_dispose(&response);
    http_client_close(&client);
}

static void a_message_may_come_in_chunks(void **state)
{
    static const char request[] = POST " HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                                       "b\r\n{\"msg_type\"\r\n"
                                       "1b\r\n:\"like\",    \"room_id\": \"7\"}\r\n0\r\n\r\n";
    struct http_response response;
    struct http_client client;

    http_client_open(&client, *state);
    http_client_send(&client, request, sizeof(request) - 1);

    assert_true(http_client_receive(&client, &response));
    assert_int_equal(response.status, 200);

    http_response_dispose(&response);
    http_client_close(&client);
}

/* ---- recalling ---- */

static void a_message_is_recalled_by_its_id(void **state)
{
    struct http_server *server = *state;

    assert_answer(server, POST, "{\"msg_type\":\"buy\",\"id\":\"order-1\"}", 200, "order-1");

    assert_answer(server, "DELETE /v1/rooms/7/messages/order%2d1", NULL, 200, "{\"changed\":true}");
    assert_answer(server, "DELETE /v1/rooms/7/messages/order-1", NULL, 200, "{\"changed\":false}");
    assert_answer(server, "GET /v1/rooms/7/messages", NULL, 200,
                  "[{\"msg_type\":\"recall\",\"room_id\":\"7\",\"id\":\"order-1\"");
}

static void what_cannot_be_recalled_is_told_why(void **state)
{
    struct http_server *server = *state;

    assert_answer(server, POST, "{\"msg_type\":\"subscribe\",\"id\":\"s\"}", 200, "\"s\"");

    assert_answer(server, "DELETE /v1/rooms/7/messages/none", NULL, 404,
                  "{\"code\":\"not_in_history\",\"message\":\"the history has no such message\"}");
    assert_answer(server, "DELETE /v1/rooms/7/messages/s", NULL, 400, "id must be that of");
    assert_answer(server, "DELETE /v1/rooms/7/messages/a%20b", NULL, 400, "id must be 1 to 256");
    assert_answer(server, "DELETE /v1/rooms/a%20b/messages/s", NULL, 404, "not_found");
    assert_answer(server, "GET /v1/rooms/7/messages/s", NULL, 405, "method_not_allowed");
}

/* ---- rooms ---- */

static void a_room_is_shown_with_its_counts_and_position(void **state)
{
    assert_answer(*state, "GET /v1/rooms/7", NULL, 200,
                  "{\"room_id\":\"7\",\"online_num\":0,\"like_num\":0,\"subscribe_num\":0,"
                  "\"term\":0,\"seq\":0,\"shelf\":[]}");

    assert_int_equal(
        http_ask(*state, POST, JSON, "{\"msg_type\":\"like\",\"room_id\":\"7\",\"count\":5}", NULL),
        200);
    assert_int_equal(http_ask(*state, POST, JSON,
                              "{\"msg_type\":\"subscribe\",\"room_id\":\"7\",\"from_uid\":\"u1\"}",
                              NULL),
                     200);

    assert_answer(*state, "GET /v1/rooms/7", NULL, 200,
                  "\"online_num\":0,\"like_num\":5,\"subscribe_num\":1,\"term\":");
    assert_answer(*state, "GET /v1/rooms/7", NULL, 200, ",\"seq\":1,\"shelf\":[]}");
}

static void the_shelf_shows_the_publishers_own_objects(void **state)
{
    assert_int_equal(
        http_ask(*state, POST, JSON,
                 "{\"msg_type\":\"on_off_shelf\",\"room_id\":\"7\",\"client_id\":\"spy\","
                 "\"goods_id\":\"g1\",\"status\":\"on\",\"goods_price\":99.00,\"tags\":[]}",
                 NULL),
        200);
    assert_int_equal(http_ask(*state, POST, "Content-Type: application/msgpack\r\n",
                              "\x84\xa8msg_type\xacon_off_shelf\xa7room_id\xa1"
                              "7\xa8goods_id\xa2g2\xa6status\xa2on",
                              NULL),
                     200);

    assert_answer(*state, "GET /v1/rooms/7", NULL, 200,
                  "\"shelf\":["
                  "{\"msg_type\":\"on_off_shelf\",\"room_id\":\"7\",\"goods_id\":\"g1\","
                  "\"status\":\"on\",\"goods_price\":99.00,\"tags\":[]},"
                  "{\"msg_type\":\"on_off_shelf\",\"room_id\":\"7\",\"goods_id\":\"g2\","
                  "\"status\":\"on\"}]}");
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_message_is_answered_with_its_id_and_position),
        TEST(messages_are_counted_by_kind),
        TEST(the_same_id_again_gives_the_first_position),
        TEST(a_kind_that_is_not_sequenced_has_no_position),
        TEST(messages_may_be_msgpack),
        TEST(only_json_and_msgpack_are_taken),
        TEST(a_malformed_message_is_refused_by_the_name_of_its_field),
        TEST(a_message_over_the_limit_is_too_big),
        TEST(a_body_beyond_all_bounds_is_not_kept_and_still_answered),
        TEST(chunks_without_end_are_too_big),
        TEST(a_message_may_come_in_chunks),
        TEST(a_room_is_shown_with_its_counts_and_position),
        TEST(the_shelf_shows_the_publishers_own_objects),
        TEST(a_message_is_recalled_by_its_id),
        TEST(what_cannot_be_recalled_is_told_why),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
