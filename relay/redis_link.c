#include "relay/redis_link.h"

#include "base/clock.h"
#include "base/log.h"
#include "relay/backoff.h"
#include "relay/redis_attempt.h"
#include "relay/redis_dial.h"
#include "relay/redis_greeting.h"
#include "relay/redis_pipeline.h"
#include "relay/redis_stream.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <stdlib.h>
#include <sys/socket.h>

enum {
    CONNECT_MS = 5000, /* from asking for the address to having been let in */
    READ_BYTES = 256 << 10,
    RECV_BYTES = 64 << 10
};

enum link_state {
    LINK_PAUSED, /* until the next attempt, or the start */
    LINK_CONNECTING,
    LINK_GREETING,
    LINK_UP
};

struct redis_link {
    struct redis_link_settings settings;
    const struct redis_link_events *events;
    void *owner;
    enum link_state state;
    struct event *timer;             /* what it means depends on the state */
    struct redis_attempt *attempt;   /* while LINK_CONNECTING */
    struct bufferevent *stream;      /* from LINK_GREETING on */
    struct redis_pipeline *pipeline; /* likewise */
    struct redis_greeting greeting;
    const char *renew_why; /* not NULL: to be given up */
    struct backoff backoff;
    unsigned attempts;
    uint64_t up_since_ms;
    uint64_t heard_ms; /* when something last came */
    char *received;    /* RECV_BYTES */
    bool was_up;
    bool moved; /* elsewhere it may be better: no pause */
};

/* ---- losing and pausing ---- */

static void wait_ms(struct redis_link *link, uint64_t ms)
{
    const struct timeval time = {.tv_sec = (time_t)(ms / 1000),
                                 .tv_usec = (suseconds_t)(ms % 1000 * 1000)};

    if (evtimer_add(link->timer, &time) != 0)
        event_active(link->timer, EV_TIMEOUT, 0);
}

/* A connection that was up longer than the pause before it was a good one: whoever cuts us off
 * again and again finds us back at once, and who hangs up at once is not tried in a hurry. */
static uint64_t next_pause(struct redis_link *link)
{
    if (link->up_since_ms > 0 && clock_now() - link->up_since_ms >= link->backoff.limit_ms)
        backoff_reset(&link->backoff);

    return link->moved ? 0 : backoff_next(&link->backoff);
}

static void disconnect(struct redis_link *link, bool freed)
{
    struct redis_pipeline *pipeline = link->pipeline;
    uint64_t unsent = 0;

    redis_attempt_free(link->attempt);
    link->attempt = NULL;
    link->pipeline = NULL;
    if (link->stream) {
        unsent = evbuffer_get_length(bufferevent_get_output(link->stream));
        bufferevent_free(link->stream);
        link->stream = NULL;
    }

    if (pipeline)
        redis_pipeline_end(pipeline, unsent, freed);

    redis_pipeline_free(pipeline);
}

static void lose(struct redis_link *link, enum broker_error error, const char *why)
{
    bool was_up = link->state == LINK_UP;
    uint64_t pause_ms = next_pause(link);

    link->state = LINK_PAUSED;
    link->up_since_ms = 0;
    link->renew_why = NULL;
    metrics_add(link->settings.metrics, METRIC_BROKER_ERRORS, error, 1);
    LOG_LIMITED(WARN, 10, 60000, was_up ? "redis lost, retrying" : "no redis, retrying",
                LOG_TEXT("host", link->settings.url->host),
                LOG_UINT("port", link->settings.url->port), LOG_TEXT("link", link->settings.name),
                LOG_TEXT("why", why), LOG_UINT("retry_ms", pause_ms));

    disconnect(link, false);
    wait_ms(link, pause_ms);
    link->events->on_down(link->owner, why);
}

/* ---- reading ---- */

static void take(struct redis_link *link, struct span bytes)
{
    int error = redis_pipeline_take(link->pipeline, bytes);

    if (error != 0)
        lose(link, BROKER_ERROR_PROTOCOL,
             error == -ENOMEM ? "redis: no memory for its answers" : "redis: not its protocol");
}

static void on_read(struct bufferevent *stream, void *arg)
{
    struct redis_link *link = arg;
    ssize_t total = 0;
    ssize_t n;
    bool more;

    link->heard_ms = clock_now();
    do {
        n = redis_stream_read(stream, link->received, RECV_BYTES);
        if (n > 0)
            take(link, span_make(link->received, (size_t)n));
        more = n == RECV_BYTES || (n > 0 && total == 0);
        total += n;
    } while (link->stream == stream && redis_stream_goes_on(stream, more && total < READ_BYTES));
}

/* ---- greeting ---- */

static void on_greeted(void *owner, const char *why)
{
    struct redis_link *link = owner;

    if (why)
        redis_link_renew(link, why);

    if (link->renew_why)
        return;

    link->state = LINK_UP;
    link->up_since_ms = clock_now();
    wait_ms(link, REDIS_LINK_IDLE_MS);
    LOG(INFO, "redis connected", LOG_TEXT("host", link->settings.url->host),
        LOG_UINT("port", link->settings.url->port), LOG_TEXT("link", link->settings.name));
    if (link->was_up)
        metrics_add(link->settings.metrics, METRIC_BROKER_RECONNECTS, 0, 1);
    link->was_up = true;
    link->events->on_up(link->owner);
}

static void greet(struct redis_link *link)
{
    link->state = LINK_GREETING;
    if (redis_greeting_begin(&link->greeting, link->pipeline, bufferevent_get_output(link->stream),
                             clock_now() + REDIS_LINK_DEADLINE_MS) != 0)
        redis_link_renew(link, redis_dial_why(ENOMEM));
}

/* ---- connecting ---- */

static void on_event(struct bufferevent *stream, short what, void *arg)
{
    struct redis_link *link = arg;
    int error = EVUTIL_SOCKET_ERROR();

    if (what & BEV_EVENT_EOF)
        lose(link, BROKER_ERROR_LOST, "redis: closed the connection");
    else if (what & BEV_EVENT_ERROR)
        lose(link, BROKER_ERROR_LOST, redis_stream_why(stream, error));
}

static void on_attempted(void *owner, struct bufferevent *stream, const char *why)
{
    struct redis_link *link = owner;

    redis_attempt_free(link->attempt);
    link->attempt = NULL;
    if (!stream) {
        lose(link, BROKER_ERROR_CONNECT, why);
        return;
    }

    link->stream = stream;
    bufferevent_setcb(stream, on_read, NULL, on_event, link);
    link->pipeline = redis_pipeline_new(link->events->on_message, link->owner);
    if (link->pipeline)
        greet(link);
    else
        lose(link, BROKER_ERROR_CONNECT, redis_dial_why(ENOMEM));
}

static void connect_now(struct redis_link *link)
{
    const struct redis_attempt_settings settings = {.loop = link->settings.loop,
                                                    .url = link->settings.url,
                                                    .tls = link->settings.tls,
                                                    .turn = link->attempts++,
                                                    .on_end = on_attempted,
                                                    .owner = link};

    link->moved = false;
    link->state = LINK_CONNECTING;
    if (link->settings.url->host[0] == '\0') {
        lose(link, BROKER_ERROR_CONNECT, "redis: no sentinel names the master");
        return;
    }

    link->heard_ms = clock_now();
    wait_ms(link, CONNECT_MS);
    link->attempt = redis_attempt_new(&settings);
    if (!link->attempt)
        lose(link, BROKER_ERROR_CONNECT, redis_dial_why(ENOMEM));
}

/* ---- time ---- */

/* How long all may be left alone: until the oldest answer is due, or until it is idle. */
static uint64_t peace_ms(const struct redis_link *link, uint64_t now)
{
    uint64_t next = redis_pipeline_due(link->pipeline);

    if (redis_pipeline_calls(link->pipeline) == 0)
        next = link->heard_ms + REDIS_LINK_IDLE_MS;

    if (next > now + REDIS_LINK_IDLE_MS)
        next = now + REDIS_LINK_IDLE_MS;

    return next > now ? next - now : 0;
}

static void look_after(struct redis_link *link)
{
    const struct redis_call nobody_cares = {.on_end = NULL};
    const struct span ping = SPAN_LITERAL("PING");
    uint64_t now = clock_now();

    if (redis_pipeline_due(link->pipeline) <= now) {
        lose(link, BROKER_ERROR_TIMEOUT, "redis: does not answer");
        return;
    }

    if (redis_pipeline_calls(link->pipeline) == 0 && now >= link->heard_ms + REDIS_LINK_IDLE_MS &&
        redis_link_ask(link, &ping, 1, &nobody_cares) != 0) {
        lose(link, BROKER_ERROR_LOST, "redis: no memory to ask it");
        return;
    }

    wait_ms(link, peace_ms(link, now));
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
    struct redis_link *link = arg;

    (void)fd;
    (void)what;
    if (link->renew_why) {
        lose(link, BROKER_ERROR_LOST, link->renew_why);
        return;
    }

    switch (link->state) {
    case LINK_PAUSED:
        connect_now(link);
        return;
    case LINK_CONNECTING:
    case LINK_GREETING:
        lose(link, BROKER_ERROR_TIMEOUT, "redis: connection timed out");
        return;
    case LINK_UP:
        look_after(link);
        return;
    }
}

/* ---- the life of a link ---- */

static void dispose(struct redis_link *link)
{
    if (link->timer)
        event_free(link->timer);

    free(link->received);
    free(link);
}

void redis_link_free(struct redis_link *link)
{
    if (!link)
        return;

    link->state = LINK_PAUSED;
    disconnect(link, true);
    dispose(link);
}

struct redis_link *redis_link_new(const struct redis_link_settings *settings,
                                  const struct redis_link_events *events, void *owner)
{
    struct redis_link *link = calloc(1, sizeof *link);

    if (!link)
        return NULL;

    link->settings = *settings;
    link->events = events;
    link->owner = owner;
    link->greeting = (struct redis_greeting){
        .url = settings->url, .name = settings->name, .on_end = on_greeted, .owner = link};
    link->timer = evtimer_new(settings->loop, on_timer, link);
    link->received = malloc(RECV_BYTES);
    if (link->timer && link->received)
        return link;

    dispose(link);

    return NULL;
}

void redis_link_start(struct redis_link *link)
{
    wait_ms(link, 0);
}

bool redis_link_is_up(const struct redis_link *link)
{
    return link->state == LINK_UP && !link->renew_why;
}

size_t redis_link_calls(const struct redis_link *link)
{
    return link->pipeline ? redis_pipeline_calls(link->pipeline) : 0;
}

int redis_link_ask(struct redis_link *link, const struct span *words, size_t n,
                   const struct redis_call *call)
{
    if (!redis_link_is_up(link))
        return -ENOTCONN;

    if (redis_pipeline_calls(link->pipeline) >= REDIS_LINK_MAX_CALLS ||
        redis_pipeline_bytes(link->pipeline) >= REDIS_LINK_MAX_BYTES)
        return -ENOBUFS;

    return redis_pipeline_ask(link->pipeline, bufferevent_get_output(link->stream), words, n, call,
                              clock_now() + REDIS_LINK_DEADLINE_MS);
}

void redis_link_renew(struct redis_link *link, const char *why)
{
    if (link->state < LINK_CONNECTING || link->renew_why)
        return;

    link->renew_why = why;
    wait_ms(link, 0);
}

void redis_link_move(struct redis_link *link)
{
    link->moved = true;
    backoff_reset(&link->backoff);
    if (link->state != LINK_PAUSED)
        link->renew_why = "redis: the master has moved";

    wait_ms(link, 0);
}

void redis_link_flush(struct redis_link *link)
{
    if (link->state == LINK_UP)
        redis_stream_flush(link->stream);
}
