/* site.h - a whole worker in one thread with its clients: real sockets, the real door, hub and
 * relay over the memory broker.  Nothing moves but in site_step(). */
#ifndef TESTS_GATEWAY_SITE_H
#define TESTS_GATEWAY_SITE_H

#include "base/buffer.h"
#include "base/metrics.h"
#include "gateway/hub.h"
#include "gateway/listener.h"
#include "gateway/session.h"
#include "gateway/ws.h"
#include "tests/support/ws_client.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SITE_SHORT_LOG = 16 }; /* frames */

struct site_settings {
    size_t room_log;               /* frames; 0: 256 */
    size_t room_log_bytes;         /* 0: 256 KB */
    size_t room_logs_bytes;        /* 0: no limit */
    size_t memory_limit;           /* 0: none */
    uint64_t ping_interval_ms;     /* 0: an hour */
    uint64_t leave_grace_ms;       /* 0: none */
    uint64_t slow_ms;              /* 0: an hour */
    bool watch_only;               /* clients may not send */
    const struct token_keys *keys; /* clients need a token; borrowed */
    bool anonymous;                /* … or watch without one */
    struct allowance_limits allowances;
    const struct relay_events *events; /* what the relay calls; NULL: the hub; borrowed */
};

struct site {
    struct event_base *loop;
    struct wheel *wheel;
    struct metrics *metrics;
    struct fanout *fanout;
    struct hub *hub;
    struct relay *relay;
    struct ws_door *door;
    struct listener *listener;
    size_t unanswered; /* publications */
};

/* Nobody's sending is watched yet. */
void site_start(struct site *site, const struct site_settings *settings);

/* Stops and frees it, with all that is still connected. */
void site_stop(struct site *site);

/* For cmocka: a site without any settings, and one whose rooms keep few frames. */
int site_setup(void **state);
int site_setup_short_log(void **state);
int site_teardown(void **state);

#define SITE_TEST(sentence) cmocka_unit_test_setup_teardown(sentence, site_setup, site_teardown)
#define SITE_TEST_SHORT_LOG(sentence) \
    cmocka_unit_test_setup_teardown(sentence, site_setup_short_log, site_teardown)

/* One turn of the loop without waiting. */
void site_step(void *site);

/* Steps until nothing happens any more that does not come from a client. */
void site_settle(struct site *site);

/* Publishes as a backend and waits for the broker's answer, which is good. */
void site_publish(struct site *site, const char *room, const char *message);

/* The session opened last. */
struct session *site_newest(const struct site *site);

size_t site_sessions(const struct site *site);

int64_t site_metric(const struct site *site, enum metric metric, unsigned label);

/* Messages of this kind that were dropped for this reason. */
int64_t site_drops(const struct site *site, enum drop_reason reason, enum message_kind kind);

/* ---- its clients ---- */

struct viewer {
    struct ws_client ws;
    struct site *site;
    uint16_t port;      /* its own */
    struct buffer text; /* of the last message */
    struct ws_frame frame;
};

/* Connects and upgrades with this path and query. */
struct viewer *viewer_open(struct site *site, const char *target);
struct viewer *viewer_open_with(struct site *site, const char *target, const char *headers);

/* Closes its socket, if it is still open. */
void viewer_free(struct viewer *viewer);

void viewer_say(struct viewer *viewer, const char *text);

/* Reads the next message, its fragments put together; NULL: a Close or the end came instead. */
const char *viewer_read(struct viewer *viewer);

/* The next message, which has `part` in it. */
void viewer_expect(struct viewer *viewer, const char *part);

/* Reads messages up to one that has `part` in it. */
const char *viewer_skip_to(struct viewer *viewer, const char *part);

/* Its socket takes nothing from now on: libwebsockets keeps one pong for it, and what comes then
 * waits here.  It must be the newest session. */
void viewer_stop_reading(struct viewer *viewer);

/* Takes everything again; reads that pong. */
void viewer_read_on(struct viewer *viewer);

/* Nothing comes, however long the site works. */
void viewer_expect_silence(struct viewer *viewer);

/* Reads until the Close frame: its code. */
int viewer_read_close(struct viewer *viewer);

/* A viewer of the dialect live that has read its greeting. */
struct viewer *viewer_greeted(struct site *site);

/* A viewer of the dialect live that has joined and read the answer; NULL as `uid`: by its address,
 * unannounced. */
struct viewer *viewer_join(struct site *site, const char *room, const char *uid);

#endif
