/* Messages, in and out, over real sockets. */
#include "gateway/ws.h"

#include "tests/gateway/door_server.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int start(void **state)
{
    const struct door_server_settings settings = {.max_message = 16384};

    return door_scene_begin(state, &settings, true);
}

static void expect(struct door_scene *f, unsigned first, const void *payload, size_t size)
{
    assert_true(ws_client_read_frame(&f->client, &f->frame));
    assert_int_equal(f->frame.first, first);
    assert_int_equal(f->frame.size, size);
    assert_memory_equal(f->frame.payload, payload, size);
}

static void a_message_comes_back(void **state)
{
    struct door_scene *f = *state;

    assert_true(ws_client_send_text(&f->client, "hello"));

    expect(f, 0x81, "hello", 5);
    assert_int_equal(f->server.opened, 1);
    assert_int_equal(f->server.messages, 1);
    assert_true(f->server.alive > 0);
}

static void text_and_binary_stay_what_they_are(void **state)
{
    struct door_scene *f = *state;

    assert_true(ws_client_send_frame(&f->client, 0x82, "\xff\x00", 2));
    assert_true(ws_client_send_frame(&f->client, 0x81, "\xe6\x9d\xa5", 3));

    expect(f, 0x82, "\xff\x00", 2);
    expect(f, 0x81, "\xe6\x9d\xa5", 3);
}

static void an_empty_message_arrives(void **state)
{
    struct door_scene *f = *state;

    assert_true(ws_client_send_text(&f->client, ""));

    expect(f, 0x81, "", 0);
}

static void sizes_around_the_borders_come_back_whole(void **state)
{
    static const size_t sizes[] = {1, 125, 126, 127, 223, 224, 225, 240, 241, 4096, 16384};
    struct door_scene *f = *state;
    char payload[16384];

    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        memset(payload, 'a' + (int)i, sizes[i]);
        assert_true(ws_client_send_frame(&f->client, 0x81, payload, sizes[i]));
        expect(f, 0x81, payload, sizes[i]);
    }
}

static void fragments_become_one_message_even_around_control_frames(void **state)
{
    struct door_scene *f = *state;

    assert_true(ws_client_send_frame(&f->client, 0x01, "\xe6\x9d", 2));
    assert_true(ws_client_send_frame(&f->client, 0x89, "p", 1));
    expect(f, 0x8a, "p", 1);
    assert_true(ws_client_send_frame(&f->client, 0x8a, "\xff", 1)); /* is not part of the text */
    assert_true(ws_client_send_frame(&f->client, 0x00, "", 0));
    assert_true(ws_client_send_frame(&f->client, 0x80, "\xa5!", 2));

    expect(f, 0x81, "\xe6\x9d\xa5!", 4);
    assert_int_equal(f->server.messages, 1);
}

static void a_large_message_may_come_byte_by_byte(void **state)
{
    struct door_scene *f = *state;
    char payload[16384];
    unsigned char frame[sizeof payload + 14];
    size_t size;

    memset(payload, 'x', sizeof payload);
    size = ws_client_make_frame(frame, 0x81, payload, sizeof payload);

    for (size_t i = 0; i < size; i++) {
        assert_true(ws_client_send(&f->client, frame + i, 1));
        door_server_step(&f->server);
    }

    expect(f, 0x81, payload, sizeof payload);
}

static void many_messages_in_one_packet_all_arrive(void **state)
{
    struct door_scene *f = *state;
    unsigned char frames[100 * 20];
    size_t size = 0;

    for (int i = 0; i < 100; i++)
        size += ws_client_make_frame(frames + size, 0x81, "0123456789", 10);
    assert_true(ws_client_send(&f->client, frames, size));

    for (int i = 0; i < 100; i++)
        expect(f, 0x81, "0123456789", 10);
}

static void a_ping_is_answered_and_a_later_one_replaces_it(void **state)
{
    struct door_scene *f = *state;
    unsigned char pings[2 * 20];
    size_t size = ws_client_make_frame(pings, 0x89, "first", 5);

    size += ws_client_make_frame(pings + size, 0x89, "second", 6);
    assert_true(ws_client_send(&f->client, pings, size));

    expect(f, 0x8a, "second", 6);
}

static void our_ping_is_a_frame_of_its_own_and_its_pong_a_sign_of_life(void **state)
{
    struct door_scene *f = *state;
    size_t alive = f->server.alive;

    ws_ping(f->server.newest->ws);
    assert_true(ws_client_read_frame(&f->client, &f->frame));
    assert_int_equal(f->frame.first, 0x89);
    assert_true(f->frame.size > 0);
    assert_true(ws_client_send_frame(&f->client, 0x8a, f->frame.payload, f->frame.size));

    door_server_wait(&f->server, &f->server.alive, alive + 1);
}

static void a_block_of_several_frames_goes_out_in_one_write(void **state)
{
    static unsigned char block[WS_HEADROOM + 6] = {[WS_HEADROOM] = 0x81, 1, 'a', 0x81, 1, 'b'};
    struct door_scene *f = *state;

    assert_int_equal(ws_write(f->server.newest->ws, block + WS_HEADROOM, 6), 0);

    expect(f, 0x81, "a", 1);
    expect(f, 0x81, "b", 1);
}

static void a_client_that_reads_nothing_makes_it_unready_until_it_does(void **state)
{
    struct door_scene *f = *state;
    size_t written = echo_flood(f->server.newest);

    assert_false(ws_ready(f->server.newest->ws));
    ws_want_writable(f->server.newest->ws);
    for (int i = 0; i < 100; i++)
        door_server_step(&f->server);
    assert_int_equal(f->server.writable, 0);

    for (size_t received = 0; received < written; received += f->frame.size)
        assert_true(ws_client_read_frame(&f->client, &f->frame));
    door_server_wait(&f->server, &f->server.writable, 1);
    for (int i = 0; i < 100; i++)
        door_server_step(&f->server);

    assert_int_equal(f->server.writable, 1); /* asked for once */
}

static void pings_wait_for_a_large_write_and_come_once(void **state)
{
    struct door_scene *f = *state;
    size_t written = echo_flood(f->server.newest);
    size_t received = 0;
    int pings = 0;
    int pongs = 0;

    ws_ping(f->server.newest->ws);
    ws_ping(f->server.newest->ws);
    assert_true(ws_client_send_frame(&f->client, 0x89, "x", 1));

    while (received < written || pings == 0 || pongs == 0) {
        assert_true(ws_client_read_frame(&f->client, &f->frame));
        if (f->frame.first == 0x82)
            received += f->frame.size;
        pings += f->frame.first == 0x89;
        pongs += f->frame.first == 0x8a;
    }

    assert_int_equal(received, written);
    assert_int_equal(pings, 1);
    assert_int_equal(pongs, 1);
}

static void a_client_that_vanishes_is_closed_uncleanly(void **state)
{
    struct door_scene *f = *state;
    unsigned label = metrics_code(METRIC_SESSIONS_CLOSED, 1006);

    ws_client_abort(&f->client);

    door_server_wait(&f->server, &f->server.closed, 1);
    assert_int_equal(f->server.ending_code, 0);
    assert_int_equal(door_server_count(&f->server, METRIC_SESSIONS_CLOSED, label), 1);
}

static void a_client_that_sends_fin_only_is_closed_uncleanly(void **state)
{
    struct door_scene *f = *state;

    ws_client_close(&f->client);

    door_server_wait(&f->server, &f->server.closed, 1);
    assert_int_equal(f->server.ending_code, 0);
}

static void writing_to_a_client_that_vanished_ends_it(void **state)
{
    struct door_scene *f = *state;
    struct pollfd readable;

    ws_client_abort(&f->client);
    (void)poll(&readable, 0, 20);

    while (f->server.newest && ws_ready(f->server.newest->ws) &&
           echo_write(f->server.newest, WS_TEXT, "x", 1) == 0)
        ;

    door_server_wait(&f->server, &f->server.closed, 1);
}

int main(void)
{
#define WITH_FIXTURE(test) cmocka_unit_test_setup_teardown(test, start, door_scene_end)
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(a_message_comes_back),
        WITH_FIXTURE(text_and_binary_stay_what_they_are),
        WITH_FIXTURE(an_empty_message_arrives),
        WITH_FIXTURE(sizes_around_the_borders_come_back_whole),
        WITH_FIXTURE(fragments_become_one_message_even_around_control_frames),
        WITH_FIXTURE(a_large_message_may_come_byte_by_byte),
        WITH_FIXTURE(many_messages_in_one_packet_all_arrive),
        WITH_FIXTURE(a_ping_is_answered_and_a_later_one_replaces_it),
        WITH_FIXTURE(our_ping_is_a_frame_of_its_own_and_its_pong_a_sign_of_life),
        WITH_FIXTURE(a_block_of_several_frames_goes_out_in_one_write),
        WITH_FIXTURE(a_client_that_reads_nothing_makes_it_unready_until_it_does),
        WITH_FIXTURE(pings_wait_for_a_large_write_and_come_once),
        WITH_FIXTURE(a_client_that_vanishes_is_closed_uncleanly),
        WITH_FIXTURE(a_client_that_sends_fin_only_is_closed_uncleanly),
        WITH_FIXTURE(writing_to_a_client_that_vanished_ends_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
