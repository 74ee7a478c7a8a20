#include "tests/gateway/site.h"

#include "base/burden.h"
#include "base/clock.h"
#include "base/wheel.h"
#include "gateway/fanout.h"
#include "gateway/loop.h"
#include "relay/broker_memory.h"
#include "relay/relay.h"
#include "tests/support/unit.h"
#include "tests/support/watched_send.h"

#include <arpa/inet.h>
#include <event2/event.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum {
    TICK_MS = 10,
    HOUR_MS = 3600000,
    PATIENCE_MS = 5000,
    TURNS_TO_SETTLE = 20,
    MAX_TEXT = 1 << 24
};

static const struct dialect_rule rules[] = {{SPAN_LITERAL("*/webSocketServer.mn"), &dialect_plain}};

static void open_rooms(struct site *site, const struct site_settings *settings)
{
    struct relay_settings relay = {
        .loop = site->loop,
        .wheel = site->wheel,
        .metrics = site->metrics,
        .region = "local",
        .worker = "test",
        .leave_grace_ms = settings->leave_grace_ms,
        .tick_ms = TICK_MS,
        .big_room = 100,
    };
    struct hub_settings hub = {
        .wheel = site->wheel,
        .metrics = site->metrics,
        .fanout = site->fanout,
        .banners = &banners_default,
        .dialects = {.rules = rules, .n_rules = 1, .fallback = &dialect_live},
        .default_room = "lobby",
        .ping_interval_ms = settings->ping_interval_ms ? settings->ping_interval_ms : HOUR_MS,
        .room_log_frames = settings->room_log ? settings->room_log : 256,
        .room_log_bytes = settings->room_log_bytes ? settings->room_log_bytes : 256 << 10,
        .room_logs_bytes = settings->room_logs_bytes ? settings->room_logs_bytes : SIZE_MAX,
        .admit = {.keys = settings->keys,
                  .anonymous = settings->anonymous ? ANONYMOUS_VIEWER : ANONYMOUS_NONE,
                  .open = !settings->watch_only,
                  .patience_ms = PATIENCE_MS,
                  .allowances = settings->allowances},
    };
    struct broker_memory_settings broker = {
        .loop = site->loop, .wheel = site->wheel, .history = 1000, .room_ttl_ms = HOUR_MS};

    site->hub = hub_new(&hub);
    assert_non_null(site->hub);
    site->relay = relay_new(&relay, broker_memory_new(&broker),
                            settings->events ? settings->events : &hub_relay_events);
    assert_non_null(site->relay);
    hub_use_relay(site->hub, site->relay);
}

void site_start(struct site *site, const struct site_settings *settings)
{
    static const char *const protocols[] = {"protocol1", "chat", "livegate.v1.json",
                                            "livegate.v1.msgpack", NULL};
    struct fanout_settings fanout = {.slow_ms = settings->slow_ms ? settings->slow_ms : HOUR_MS};
    struct ws_settings door = {.max_message = 16384, .events = &session_events};
    struct listener_settings listener = {.address = "127.0.0.1:0",
                                         .policy = {.protocols = protocols},
                                         .limits = {.handshake_ms = 10000}};

    watched_send_reset();
    *site = (struct site){.loop = loop_new()};
    site->wheel = wheel_new(TICK_MS, clock_now());
    site->metrics = metrics_new();
    assert_true(site->loop && site->wheel && site->metrics);
    fanout.loop = site->loop;
    fanout.wheel = site->wheel;
    fanout.metrics = site->metrics;
    fanout.memory_limit = settings->memory_limit ? settings->memory_limit : SIZE_MAX;
    fanout.first = true;
    site->fanout = fanout_new(&fanout);
    assert_non_null(site->fanout);
    open_rooms(site, settings);

    door.loop = site->loop;
    door.metrics = site->metrics;
    door.owner = site->hub;
    site->door = ws_door_new(&door);
    assert_non_null(site->door);

    listener.loop = site->loop;
    listener.wheel = site->wheel;
    listener.metrics = site->metrics;
    listener.door = site->door;
    listener.pressure = fanout_pressure(site->fanout);
    listener.admit = &site->hub->settings.admit;
    assert_int_equal(listener_new(&site->listener, &listener), 0);
    site_settle(site);
}

void site_stop(struct site *site)
{
    listener_free(site->listener);
    ws_door_free(site->door);
    assert_int_equal(site_sessions(site), 0);
    assert_int_equal(hub_room_count(site->hub), 0);
    relay_free(site->relay);
    hub_free(site->hub);
    fanout_free(site->fanout);
    metrics_free(site->metrics);
    wheel_free(site->wheel);
    event_base_free(site->loop);
    assert_int_equal(burden_bytes(), 0);
}

int site_setup(void **state)
{
    static struct site site;

    site_start(&site, &(struct site_settings){0});
    *state = &site;

    return 0;
}

int site_setup_short_log(void **state)
{
    static struct site site;

    site_start(&site, &(struct site_settings){.room_log = SITE_SHORT_LOG});
    *state = &site;

    return 0;
}

int site_teardown(void **state)
{
    site_stop(*state);

    return 0;
}

void site_step(void *owner)
{
    struct site *site = owner;

    (void)event_base_loop(site->loop, EVLOOP_ONCE | EVLOOP_NONBLOCK);
    (void)wheel_advance(site->wheel, clock_now());
}

void site_settle(struct site *site)
{
    for (int i = 0; i < TURNS_TO_SETTLE; i++)
        site_step(site);
}

static void on_published(void *arg, const struct broker_status *status,
                         const struct broker_published *published)
{
    struct site *site = arg;

    (void)published;
    assert_int_equal(status->refusal, REFUSAL_NONE);
    site->unanswered--;
}

void site_publish(struct site *site, const char *room, const char *message)
{
    struct relay_publish request = {.room = span_of(room), .message = span_of(message)};

    site->unanswered++;
    relay_publish(site->relay, &request, on_published, site);
    while (site->unanswered > 0)
        site_step(site);
}

struct session *site_newest(const struct site *site)
{
    assert_false(list_empty(&site->hub->sessions));

    return CONTAINER_OF(site->hub->sessions.head.previous, struct session, node);
}

size_t site_sessions(const struct site *site)
{
    size_t n = 0;

    LIST_FOR_EACH (node, &site->hub->sessions)
        n++;

    return n;
}

int64_t site_metric(const struct site *site, enum metric metric, unsigned label)
{
    const struct metrics *workers[] = {site->metrics};

    return metrics_read(workers, 1, metric, label);
}

int64_t site_drops(const struct site *site, enum drop_reason reason, enum message_kind kind)
{
    const struct metrics *workers[] = {site->metrics};

    return metrics_read_of_kind(workers, 1, METRIC_DROPS, reason, kind);
}

/* ---- its clients ---- */

struct viewer *viewer_open_with(struct site *site, const char *target, const char *headers)
{
    struct viewer *viewer = calloc(1, sizeof *viewer);
    struct sockaddr_in own = {.sin_port = 0};
    socklen_t size = sizeof own;
    const int at_once = 1; /* or a second message waits for the acknowledgement of the first */
    char request[1024];

    assert_non_null(viewer);
    buffer_init(&viewer->text, MAX_TEXT);
    viewer->site = site;
    (void)snprintf(request, sizeof request, "GET %s HTTP/1.1\r\n" WS_CLIENT_HEADERS "%s\r\n",
                   target, headers);
    ws_client_connect(&viewer->ws, listener_port(site->listener), site_step, site);
    assert_int_equal(getsockname(viewer->ws.fd, (struct sockaddr *)&own, &size), 0);
    viewer->port = ntohs(own.sin_port);
    assert_int_equal(setsockopt(viewer->ws.fd, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once),
                     0);
    assert_true(ws_client_send_raw(&viewer->ws, request));
    assert_int_equal(ws_client_read_head(&viewer->ws), 101);

    return viewer;
}

struct viewer *viewer_open(struct site *site, const char *target)
{
    return viewer_open_with(site, target, "");
}

void viewer_free(struct viewer *viewer)
{
    if (viewer->ws.fd >= 0)
        ws_client_close(&viewer->ws);

    buffer_dispose(&viewer->text);
    free(viewer);
}

void viewer_say(struct viewer *viewer, const char *text)
{
    assert_true(ws_client_send_text(&viewer->ws, text));
}

const char *viewer_read(struct viewer *viewer)
{
    const struct ws_frame *frame = &viewer->frame;

    buffer_clear(&viewer->text);

    do {
        if (!ws_client_read_frame(&viewer->ws, &viewer->frame))
            return NULL;

        if ((frame->first & 0x0f) == WS_CLOSE)
            return NULL;

        if ((frame->first & 0x0f) >= WS_PING)
            continue;

        assert_int_equal(frame->first & 0x0f, viewer->text.size == 0 ? WS_TEXT : 0);
        assert_int_equal(buffer_add(&viewer->text, frame->payload, frame->size), 0);
    } while (!(frame->first & 0x80) || (frame->first & 0x0f) >= WS_CLOSE);

    return buffer_text(&viewer->text);
}

void viewer_expect(struct viewer *viewer, const char *part)
{
    const char *text = viewer_read(viewer);

    if (!text || !strstr(text, part))
        fail_msg("%s instead of %s", text ? text : "the end", part);
}

const char *viewer_skip_to(struct viewer *viewer, const char *part)
{
    const char *text;

    do {
        text = viewer_read(viewer);
        if (!text)
            fail_msg("the end instead of %s", part);
    } while (!strstr(text, part));

    return text;
}

void viewer_stop_reading(struct viewer *viewer)
{
    watched_send_refuse(viewer->port);
    viewer_say(viewer, "{\"msg_type\":\"ping\"}");
    while (ws_ready(site_newest(viewer->site)->ws))
        site_step(viewer->site);
}

void viewer_read_on(struct viewer *viewer)
{
    watched_send_accept(viewer->port);
    viewer_expect(viewer, "pong");
}

void viewer_expect_silence(struct viewer *viewer)
{
    struct pollfd waiting = {.fd = viewer->ws.fd, .events = POLLIN};

    site_settle(viewer->site);
    if (poll(&waiting, 1, 0) != 0) {
        const char *text = viewer_read(viewer);

        fail_msg("%s instead of silence", text ? text : "the end");
    }
}

int viewer_read_close(struct viewer *viewer)
{
    return ws_client_read_close(&viewer->ws);
}

struct viewer *viewer_greeted(struct site *site)
{
    struct viewer *viewer = viewer_open(site, "/");

    viewer_expect(viewer, "\"init\"");

    return viewer;
}

struct viewer *viewer_join(struct site *site, const char *room, const char *uid)
{
    char text[256];
    struct viewer *viewer;

    (void)snprintf(text, sizeof text, uid ? "/" : "/?room_id=%s", room);
    viewer = viewer_open(site, text);
    viewer_expect(viewer, "\"init\"");

    if (uid) {
        (void)snprintf(text, sizeof text,
                       "{\"msg_type\":\"join\",\"room_id\":\"%s\",\"from_uid\":\"%s\","
                       "\"from_name\":\"%s\"}",
                       room, uid, uid);
        viewer_say(viewer, text);
    }

    viewer_skip_to(viewer, "\"message_list\":[");

    return viewer;
}
