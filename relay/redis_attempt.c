#include "relay/redis_attempt.h"

#include "relay/redis_dial.h"
#include "relay/redis_lookup.h"
#include "relay/redis_stream.h"

#include <errno.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/util.h>
#include <stdlib.h>
#include <sys/socket.h>

struct redis_attempt {
    struct redis_attempt_settings settings;
    struct redis_lookup *lookup;
    struct bufferevent *stream;
};

/* The owner may free it. */
static void fail(const struct redis_attempt *attempt, const char *why)
{
    attempt->settings.on_end(attempt->settings.owner, NULL, why);
}

static void on_event(struct bufferevent *stream, short what, void *arg)
{
    struct redis_attempt *attempt = arg;
    int error = EVUTIL_SOCKET_ERROR();

    if (what & BEV_EVENT_CONNECTED) {
        attempt->stream = NULL;
        attempt->settings.on_end(attempt->settings.owner, stream, NULL);
    } else if (what & BEV_EVENT_EOF) {
        fail(attempt, "redis: closed the connection");
    } else if (what & BEV_EVENT_ERROR) {
        fail(attempt, redis_stream_why(stream, error));
    }
}

/* Takes fd.  Nothing is called from inside. */
static int open_stream(struct redis_attempt *attempt, int fd)
{
    const struct redis_attempt_settings *settings = &attempt->settings;

    attempt->stream = redis_stream_new(settings->loop, settings->url->tls ? settings->tls : NULL,
                                       fd, settings->url->host);
    if (!attempt->stream || bufferevent_enable(attempt->stream, EV_READ | EV_WRITE) != 0)
        return -ENOMEM;

    bufferevent_setcb(attempt->stream, NULL, NULL, on_event, attempt);

    return 0;
}

static void on_found(void *owner, const struct sockaddr *address, socklen_t size)
{
    struct redis_attempt *attempt = owner;
    int fd = address ? redis_dial(address, size) : -1;

    redis_lookup_free(attempt->lookup);
    attempt->lookup = NULL;
    if (!address)
        fail(attempt, "redis: its name is not known");
    else if (fd < 0)
        fail(attempt, redis_dial_why(fd));
    else if (open_stream(attempt, fd) != 0)
        fail(attempt, redis_dial_why(ENOMEM));
}

void redis_attempt_free(struct redis_attempt *attempt)
{
    if (!attempt)
        return;

    redis_lookup_free(attempt->lookup);
    if (attempt->stream)
        bufferevent_free(attempt->stream);

    free(attempt);
}

struct redis_attempt *redis_attempt_new(const struct redis_attempt_settings *settings)
{
    struct redis_attempt *attempt = calloc(1, sizeof *attempt);

    if (!attempt)
        return NULL;

    attempt->settings = *settings;
    attempt->lookup = redis_lookup_new(settings->loop, settings->url->host, settings->url->port,
                                       settings->turn, on_found, attempt);
    if (attempt->lookup)
        return attempt;

    free(attempt);

    return NULL;
}
