/* How connections end, over real sockets: always with a Close frame that has a code. */
#include "gateway/ws.h"

#include "tests/gateway/door_server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { CLOSE_MS = 300 };

static int start(void **state)
{
    const struct door_server_settings settings = {.max_message = 1000, .close_ms = CLOSE_MS};

    return door_scene_begin(state, &settings, true);
}

/* ---- we close ---- */

static void a_close_says_code_and_reason_and_waits_for_the_answer(void **state)
{
    struct door_scene *f = *state;

    ws_close(f->server.newest->ws, CLOSE_KICKED, "bye");

    assert_int_equal(f->server.closed, 0);
    assert_false(ws_ready(f->server.newest->ws));
    assert_true(ws_client_read_frame(&f->client, &f->frame));
    assert_int_equal(f->frame.first, 0x88);
    assert_memory_equal(f->frame.payload,
                        "\x11\x4e"
                        "bye",
                        5);
    assert_int_equal(f->frame.size, 5);
    assert_int_equal(f->server.closed, 0);

    assert_true(ws_client_send_frame(&f->client, 0x88, "\x11\x4e", 2));
    ws_client_wait_for_end(&f->client);
    assert_false(f->client.reset);
    assert_int_equal(f->server.closed, 1);
    assert_int_equal(f->server.ending_code, 0);
}

static void the_first_of_several_closes_counts(void **state)
{
    struct door_scene *f = *state;
    unsigned label = metrics_code(METRIC_SESSIONS_CLOSED, 4408);

    ws_close(f->server.newest->ws, CLOSE_TOO_SLOW, NULL);
    ws_close(f->server.newest->ws, CLOSE_NORMAL, NULL);

    assert_int_equal(ws_client_read_close(&f->client), 4408);
    door_server_wait(&f->server, &f->server.closed, 1);
    assert_int_equal(door_server_count(&f->server, METRIC_SESSIONS_CLOSED, label), 1);
}

static void close_on_message(struct echo *echo, enum ws_opcode opcode, struct span message)
{
    (void)opcode;
    (void)echo_write(echo, WS_TEXT, message.data, message.size);
    ws_close(echo->ws, CLOSE_POLICY, NULL);
}

static void a_close_within_a_message_lets_no_other_message_in(void **state)
{
    struct door_scene *f = *state;
    unsigned char frames[2 * 20];
    size_t size = ws_client_make_frame(frames, 0x81, "one", 3);

    f->server.on_message = close_on_message;
    size += ws_client_make_frame(frames + size, 0x81, "two", 3);
    assert_true(ws_client_send(&f->client, frames, size));

    assert_true(ws_client_read_frame(&f->client, &f->frame)); /* what was said before */
    assert_memory_equal(f->frame.payload, "one", 3);
    assert_int_equal(ws_client_read_close(&f->client), 1008);
    assert_int_equal(f->server.messages, 1);
}

static void close_on_open(struct echo *echo)
{
    ws_close(echo->ws, CLOSE_TOKEN, NULL);
}

static void a_close_within_the_opening_works(void **state)
{
    struct door_scene *f = *state;
    struct ws_client client;

    f->server.on_open = close_on_open;
    door_server_open(&f->server, &client);

    assert_int_equal(ws_client_read_close(&client), 4401);
    ws_client_close(&client);
}

static void who_is_turned_away_is_told_to_try_later(void **state)
{
    struct door_scene *f = *state;
    struct ws_client client;

    f->server.turn_away = true;
    door_server_open(&f->server, &client);

    assert_int_equal(ws_client_read_close(&client), 1013);
    ws_client_close(&client);
}

static void a_close_follows_what_is_buffered(void **state)
{
    struct door_scene *f = *state;
    size_t written = echo_flood(f->server.newest);
    size_t received = 0;

    ws_close(f->server.newest->ws, CLOSE_RESTART, NULL);
    while (received < written) {
        assert_true(ws_client_read_frame(&f->client, &f->frame));
        assert_int_equal(f->frame.first, 0x82);
        received += f->frame.size;
    }

    assert_int_equal(ws_client_read_close(&f->client), 1012);
}

static void who_takes_nothing_is_cut(void **state)
{
    struct door_scene *f = *state;

    (void)echo_flood(f->server.newest);
    ws_close(f->server.newest->ws, CLOSE_TOO_SLOW, NULL);

    door_server_wait(&f->server, &f->server.closed, 1);
    ws_client_wait_for_end(&f->client);
    assert_true(f->client.reset);
}

static void who_does_not_answer_a_close_is_let_go_without_a_reset(void **state)
{
    struct door_scene *f = *state;

    ws_close(f->server.newest->ws, CLOSE_NORMAL, NULL);
    assert_true(ws_client_read_frame(&f->client, &f->frame));

    door_server_wait(&f->server, &f->server.closed, 1);
}

static void a_client_that_goes_on_talking_after_a_close_is_not_heard(void **state)
{
    struct door_scene *f = *state;

    ws_close(f->server.newest->ws, CLOSE_NORMAL, NULL);
    assert_true(ws_client_send_text(&f->client, "still here"));
    assert_true(ws_client_send_frame(&f->client, 0x89, "ping", 4));

    assert_true(ws_client_read_frame(&f->client, &f->frame));
    assert_int_equal(f->frame.first, 0x88);
    assert_int_equal(f->server.messages, 0);
}

/* ---- the client closes ---- */

static void a_close_of_the_client_is_answered_with_its_code(void **state)
{
    struct door_scene *f = *state;

    assert_true(ws_client_send_frame(&f->client, 0x88, "\x03\xe8interrupted", 13));

    assert_int_equal(ws_client_read_close(&f->client), 1000);
    assert_int_equal(f->server.ending_code, 1000);
    assert_string_equal(f->server.ending_reason, "interrupted");
}

static void a_close_without_a_code_is_answered_without_one(void **state)
{
    struct door_scene *f = *state;

    assert_true(ws_client_send_frame(&f->client, 0x88, "", 0));

    assert_true(ws_client_read_frame(&f->client, &f->frame));
    assert_int_equal(f->frame.first, 0x88);
    assert_int_equal(f->frame.size, 0);
    ws_client_wait_for_end(&f->client);
    assert_false(f->client.reset);
    assert_int_equal(f->server.ending_code, 1005);
}

static void an_application_code_is_answered(void **state)
{
    struct door_scene *f = *state;

    assert_true(ws_client_send_frame(&f->client, 0x88, "\x13\x87", 2)); /* 4999 */

    assert_int_equal(ws_client_read_close(&f->client), 4999);
    assert_int_equal(f->server.ending_code, 4999);
    assert_string_equal(f->server.ending_reason, "");
}

static void a_close_of_the_client_is_answered_behind_what_is_buffered(void **state)
{
    struct door_scene *f = *state;

    (void)echo_flood(f->server.newest);
    assert_true(ws_client_send_frame(&f->client, 0x88, "\x03\xe9", 2));
    for (int i = 0; i < 10; i++)
        door_server_step(&f->server);

    assert_int_equal(ws_client_read_close(&f->client), 1001);
    assert_int_equal(f->server.ending_code, 1001);
}

static void a_client_that_closes_and_takes_nothing_is_cut(void **state)
{
    struct door_scene *f = *state;

    (void)echo_flood(f->server.newest);
    assert_true(ws_client_send_frame(&f->client, 0x88, "\x03\xe9", 2));

    door_server_wait(&f->server, &f->server.closed, 1);
    assert_int_equal(f->server.ending_code, 1001);
}

static void a_logout_followed_at_once_by_a_close_is_heard_and_answered(void **state)
{
    struct door_scene *f = *state;
    unsigned char frames[2 * 20];
    size_t size = ws_client_make_frame(frames, 0x81, "logout", 6);

    size += ws_client_make_frame(frames + size, 0x88, "\x03\xe8", 2);
    assert_true(ws_client_send(&f->client, frames, size));

    assert_int_equal(ws_client_read_close(&f->client), 1000);
    assert_int_equal(f->server.messages, 1);
}

/* ---- the door closes ---- */

static void no_server(void *owner)
{
    (void)owner;
}

static void freeing_the_door_tells_clients_and_ends_sessions(void **state)
{
    const struct door_server_settings settings = {.max_message = 0};
    struct door_server server;
    struct ws_client clients[3];

    (void)state;
    door_server_start(&server, &settings);
    for (size_t i = 0; i < 3; i++)
        door_server_open(&server, &clients[i]);
    (void)echo_flood(server.newest);
    for (size_t i = 0; i < 3; i++)
        clients[i].step = no_server;

    door_server_stop(&server);

    assert_int_equal(server.closed, 3);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(ws_client_read_close(&clients[i]), 1001);
    for (size_t i = 0; i < 3; i++)
        ws_client_close(&clients[i]);
}

static void a_door_that_nobody_used_can_be_freed(void **state)
{
    const struct door_server_settings settings = {.max_message = 0};
    struct door_server server;

    (void)state;

    door_server_start(&server, &settings);
    door_server_stop(&server);
}

int main(void)
{
#define WITH_FIXTURE(test) cmocka_unit_test_setup_teardown(test, start, door_scene_end)
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(a_close_says_code_and_reason_and_waits_for_the_answer),
        WITH_FIXTURE(the_first_of_several_closes_counts),
        WITH_FIXTURE(a_close_within_a_message_lets_no_other_message_in),
        WITH_FIXTURE(a_close_within_the_opening_works),
        WITH_FIXTURE(who_is_turned_away_is_told_to_try_later),
        WITH_FIXTURE(a_close_follows_what_is_buffered),
        WITH_FIXTURE(who_takes_nothing_is_cut),
        WITH_FIXTURE(who_does_not_answer_a_close_is_let_go_without_a_reset),
        WITH_FIXTURE(a_client_that_goes_on_talking_after_a_close_is_not_heard),
        WITH_FIXTURE(a_close_of_the_client_is_answered_with_its_code),
        WITH_FIXTURE(a_close_without_a_code_is_answered_without_one),
        WITH_FIXTURE(an_application_code_is_answered),
        WITH_FIXTURE(a_close_of_the_client_is_answered_behind_what_is_buffered),
        WITH_FIXTURE(a_client_that_closes_and_takes_nothing_is_cut),
        WITH_FIXTURE(a_logout_followed_at_once_by_a_close_is_heard_and_answered),
        cmocka_unit_test(freeing_the_door_tells_clients_and_ends_sessions),
        cmocka_unit_test(a_door_that_nobody_used_can_be_freed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
