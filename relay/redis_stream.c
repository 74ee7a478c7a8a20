#include "relay/redis_stream.h"

#include "relay/redis_dial.h"
#include "relay/redis_tls.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <sys/socket.h>
#include <unistd.h>

static bool is_tls(struct bufferevent *stream)
{
    return bufferevent_openssl_get_ssl(stream) != NULL;
}

struct bufferevent *redis_stream_new(struct event_base *loop, struct redis_tls *tls, int fd,
                                     const char *host)
{
    struct bufferevent *stream;

    if (tls)
        stream = redis_tls_stream(tls, loop, fd, host);
    else
        stream = bufferevent_socket_new(loop, fd, BEV_OPT_CLOSE_ON_FREE);

    if (!stream) {
        (void)close(fd);
        return NULL;
    }

    /* Through TLS the handshake waits for the connection. */
    if (!tls && bufferevent_socket_connect(stream, NULL, 0) != 0) {
        bufferevent_free(stream);
        return NULL;
    }

    return stream;
}

ssize_t redis_stream_read(struct bufferevent *stream, char *bytes, size_t size)
{
    struct evbuffer *input = bufferevent_get_input(stream);

    if (is_tls(stream) || evbuffer_get_length(input) > 0)
        return evbuffer_remove(input, bytes, size);

    return recv(bufferevent_getfd(stream), bytes, size, MSG_DONTWAIT);
}

bool redis_stream_goes_on(struct bufferevent *stream, bool wanted)
{
    return evbuffer_get_length(bufferevent_get_input(stream)) > 0 || (wanted && !is_tls(stream));
}

const char *redis_stream_why(struct bufferevent *stream, int error)
{
    const char *why = is_tls(stream) ? redis_tls_why(stream) : NULL;

    if (why)
        return why;

    return error == 0 ? "redis: closed the connection" : redis_dial_why(error);
}

void redis_stream_flush(struct bufferevent *stream)
{
    struct evbuffer *output = bufferevent_get_output(stream);

    /* The bufferevent wants to be the only one to take from it. */
    (void)evbuffer_unfreeze(output, 1);
    if (is_tls(stream))
        redis_tls_flush(stream);
    else
        (void)evbuffer_write(output, bufferevent_getfd(stream));
    (void)evbuffer_freeze(output, 1);
}
