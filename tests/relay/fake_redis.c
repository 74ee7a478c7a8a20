#include "tests/relay/fake_redis.h"

#include "base/list.h"
#include "tests/support/unit.h"

#include <arpa/inet.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/listener.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct peer {
    struct list_node node;
    struct fake_redis *fake;
    struct bufferevent *stream;
    bool has_spoken;
};

struct fake_redis {
    struct event_base *loop;
    struct evconnlistener *listener;
    const char *says;
    bool hangs_up;
    size_t connections;
    struct list peers;
    char url[64];
};

static void part(struct peer *peer)
{
    list_remove(&peer->node);
    bufferevent_free(peer->stream);
    free(peer);
}

static void on_read(struct bufferevent *stream, void *arg)
{
    struct peer *peer = arg;
    struct evbuffer *input = bufferevent_get_input(stream);

    (void)evbuffer_drain(input, evbuffer_get_length(input));
    if (!peer->has_spoken)
        assert_int_equal(bufferevent_write(stream, peer->fake->says, strlen(peer->fake->says)), 0);
    peer->has_spoken = true;
}

static void on_written(struct bufferevent *stream, void *arg)
{
    struct peer *peer = arg;

    (void)stream;
    if (peer->has_spoken && peer->fake->hangs_up)
        part(peer);
}

static void on_event(struct bufferevent *stream, short what, void *arg)
{
    (void)stream;
    if (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR))
        part(arg);
}

static void on_accept(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *address,
                      int size, void *arg)
{
    struct fake_redis *fake = arg;
    struct peer *peer = calloc(1, sizeof *peer);

    (void)listener;
    (void)address;
    (void)size;
    assert_non_null(peer);
    fake->connections++;
    peer->fake = fake;
    peer->stream = bufferevent_socket_new(fake->loop, fd, BEV_OPT_CLOSE_ON_FREE);
    assert_non_null(peer->stream);
    list_append(&fake->peers, &peer->node);
    bufferevent_setcb(peer->stream, on_read, on_written, on_event, peer);
    assert_int_equal(bufferevent_enable(peer->stream, EV_READ | EV_WRITE), 0);
}

void fake_redis_free(struct fake_redis *fake)
{
    if (!fake)
        return;

    LIST_FOR_EACH (node, &fake->peers)
        part(CONTAINER_OF(node, struct peer, node));
    evconnlistener_free(fake->listener);
    free(fake);
}

struct fake_redis *fake_redis_new(struct event_base *loop, const char *says, bool hangs_up)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof address;
    struct fake_redis *fake = calloc(1, sizeof *fake);

    if (!fake)
        return NULL;

    fake->loop = loop;
    fake->says = says;
    fake->hangs_up = hangs_up;
    list_init(&fake->peers);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    fake->listener = evconnlistener_new_bind(loop, on_accept, fake, LEV_OPT_CLOSE_ON_FREE, -1,
                                             (struct sockaddr *)&address, sizeof address);
    assert_non_null(fake->listener);
    assert_int_equal(
        getsockname(evconnlistener_get_fd(fake->listener), (struct sockaddr *)&address, &size), 0);
    (void)snprintf(fake->url, sizeof fake->url, "redis://127.0.0.1:%u",
                   (unsigned)ntohs(address.sin_port));

    return fake;
}

const char *fake_redis_url(const struct fake_redis *fake)
{
    return fake->url;
}

size_t fake_redis_connections(const struct fake_redis *fake)
{
    return fake->connections;
}
