/* Clients that do anything at any time, networks that fail as they like: nothing crashes, nothing
 * is left behind, and who stands beside loses nothing. */
#include "gateway/hub.h"

#include "tests/gateway/site.h"
#include "tests/support/unit.h"
#include "tests/support/watched_send.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { CLIENTS = 12, ROUNDS = 10000 };

/* The same numbers each time (xorshift). */
static uint32_t draw(uint32_t below)
{
    static uint32_t x = 88172645;

    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;

    return x % below;
}

static const char *const targets[] = {
    "/?room_id=a", "/?room_id=a",    "/?room_id=b&from_uid=u1", "/?room_id=a&dialect=plain",
    "/?room_id=c", "/?dialect=plain"};

static const char *const texts[] = {
    "{\"msg_type\":\"join\",\"room_id\":\"a\",\"from_uid\":\"u1\"}",
    "{\"msg_type\":\"join\",\"room_id\":\"a\",\"from_uid\":\"u2\",\"from_name\":\"B\"}",
    "{\"msg_type\":\"join\",\"room_id\":\"b\",\"from_uid\":\"u1\"}",
    "{\"msg_type\":\"join\",\"room_id\":\"c\"}",
    "{\"msg_type\":\"leave\"}",
    "{\"msg_type\":\"leave\",\"room_id\":\"a\"}",
    "{\"type\":\"logout\"}",
    "{\"msg_type\":\"ping\"}",
    "0123456789abcdEFping",
    "{\"msg_type\":\"message\",\"content\":\"hello\",\"id\":\"i\"}",
    "{\"msg_type\":\"message\",\"content\":\"there\"}",
    "{\"msg_type\":\"on_off_shelf\",\"goods_id\":1,\"status\":\"on\"}",
    "{\"msg_type\":\"on_off_shelf\",\"goods_id\":1,\"status\":\"off\"}",
    "{\"msg_type\":\"like\"}",
    "{\"data\":\"text\"}",
    "text"};

static void open_somehow(struct site *site, struct viewer **viewer)
{
    if (*viewer)
        viewer_free(*viewer);

    *viewer = viewer_open(site, targets[draw(sizeof targets / sizeof *targets)]);
    watched_send_accept((*viewer)->port); /* the port may have been another's */
}

static void say_somehow(struct site *site, struct viewer **viewer)
{
    const char *text = texts[draw(sizeof texts / sizeof *texts)];
    unsigned char frame[200];
    size_t size = ws_client_make_frame(frame, 0x81, text, strlen(text));

    (void)site;
    (void)ws_client_try_send(&(*viewer)->ws, frame, size);
}

static void read_somehow(struct site *site, struct viewer **viewer)
{
    static char bytes[1 << 16];

    (void)site;
    while (recv((*viewer)->ws.fd, bytes, sizeof bytes, MSG_DONTWAIT) > 0)
        continue;
}

static void refuse(struct site *site, struct viewer **viewer)
{
    (void)site;
    watched_send_refuse((*viewer)->port);
}

static void take_again(struct site *site, struct viewer **viewer)
{
    (void)site;
    watched_send_accept((*viewer)->port);
}

static void break_off(struct site *site, struct viewer **viewer)
{
    (void)site;
    watched_send_break((*viewer)->port);
}

static void end_stream(struct site *site, struct viewer **viewer)
{
    (void)site;
    (void)shutdown((*viewer)->ws.fd, SHUT_WR);
}

/* Whoever is the newest; the canary is the oldest of several. */
static void be_sent_away(struct site *site, struct viewer **viewer)
{
    (void)viewer;
    if (site_sessions(site) > 1)
        session_close(site_newest(site), CLOSE_POLICY);
}

static void abort_it(struct site *site, struct viewer **viewer)
{
    (void)site;
    ws_client_abort(&(*viewer)->ws);
    viewer_free(*viewer);
    *viewer = NULL;
}

/* What happens to a client, of a hundred times. */
static const struct {
    unsigned chance;
    void (*happens)(struct site *site, struct viewer **viewer);
} happenings[] = {
    {2, refuse},       {1, break_off}, {2, take_again},    {1, end_stream},
    {1, be_sent_away}, {1, abort_it},  {12, read_somehow}, {80, say_somehow},
};

static void act(struct site *site, struct viewer **viewer)
{
    unsigned chance = draw(100);
    size_t i = 0;

    if (!*viewer || draw(200) == 0) {
        open_somehow(site, viewer);
        return;
    }

    while (chance >= happenings[i].chance)
        chance -= happenings[i++].chance;
    happenings[i].happens(site, viewer);
}

static void publish_order(struct site *site, int n)
{
    char text[64];

    (void)snprintf(text, sizeof text, "{\"msg_type\":\"buy\",\"n\":%d,\"end\":0}", n);
    site_publish(site, "a", text);
}

/* Reads what has come, and sees the orders in it come one after the other. */
static void watch(struct viewer *canary, int *seen)
{
    struct pollfd waiting = {.fd = canary->ws.fd, .events = POLLIN};

    while (poll(&waiting, 1, 0) > 0) {
        const char *text = viewer_read(canary), *n;

        assert_non_null(text);
        n = strstr(text, "\"buy\",\"n\":");
        if (n)
            assert_int_equal(strtol(n + strlen("\"buy\",\"n\":"), NULL, 10), (*seen)++);
    }
}

static void a_storm_leaves_nothing_behind_and_takes_nothing_from_others(void **state)
{
    struct viewer *clients[CLIENTS] = {NULL};
    struct viewer *canary;
    struct site site;
    int published = 0, seen = 0;

    (void)state;
    site_start(&site, &(struct site_settings){.room_log = 100, .leave_grace_ms = 20});
    canary = viewer_join(&site, "a", "canary");

    for (int i = 0; i < ROUNDS; i++) {
        act(&site, &clients[draw(CLIENTS)]);
        if (draw(3) == 0)
            publish_order(&site, published++);
        for (uint32_t turns = draw(4); turns > 0; turns--)
            site_step(&site);
        watch(canary, &seen);
        if (i % 1500 == 0)
            watched_send_reset();
    }

    site_settle(&site);
    watch(canary, &seen);
    assert_int_equal(seen, published);
    for (size_t i = 0; i < CLIENTS; i++) {
        if (clients[i])
            viewer_free(clients[i]);
    }
    viewer_free(canary);
    site_stop(&site);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_storm_leaves_nothing_behind_and_takes_nothing_from_others),
    };

    return cmocka_run_group_tests_name("hub_storm", tests, NULL, NULL);
}
