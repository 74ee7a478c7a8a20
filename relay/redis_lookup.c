#include "relay/redis_lookup.h"

#include "relay/nameservers.h"

#include <event2/dns.h>
#include <event2/event.h>
#include <event2/util.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct redis_lookup {
    struct event_base *loop;
    struct evdns_base *dns; /* NULL: none needed, or done */
    struct event *tell;     /* the next turn of the loop */
    char *host;
    uint16_t port;
    int n_asked; /* of the servers that know names */
    bool more;   /* servers are left */
    redis_on_found *on_found;
    void *owner;
    unsigned turn;
    bool abandoned; /* only waits for evdns to let go of it */
    bool asking;    /* evdns holds it */
    socklen_t size; /* 0: nothing found */
    struct sockaddr_storage address;
};

static void dispose(struct redis_lookup *lookup)
{
    if (lookup->tell)
        event_free(lookup->tell);

    free(lookup->host);
    free(lookup);
}

void redis_lookup_free(struct redis_lookup *lookup)
{
    struct evdns_base *dns;

    if (!lookup)
        return;

    dns = lookup->dns;
    lookup->dns = NULL;
    lookup->abandoned = true;
    if (!lookup->asking)
        dispose(lookup);

    /* Answers what is being asked, later: on_answer() disposes of the lookup then. */
    if (dns)
        evdns_base_free(dns, 1);
}

static const struct evutil_addrinfo *choose(const struct evutil_addrinfo *all, unsigned turn)
{
    const struct evutil_addrinfo *one = all;
    unsigned n = 0;

    for (; one; one = one->ai_next)
        n++;

    one = all;
    for (unsigned i = n > 0 ? turn % n : 0; i > 0; i--)
        one = one->ai_next;

    return one;
}

static void on_answer(int error, struct evutil_addrinfo *found, void *arg)
{
    struct redis_lookup *lookup = arg;
    const struct evutil_addrinfo *one = error == 0 ? choose(found, lookup->turn) : NULL;

    lookup->asking = false;
    if (one && one->ai_addrlen <= sizeof lookup->address) {
        memcpy(&lookup->address, one->ai_addr, one->ai_addrlen);
        lookup->size = (socklen_t)one->ai_addrlen;
    }

    if (found)
        evutil_freeaddrinfo(found);

    if (lookup->abandoned)
        dispose(lookup);
    else /* not now: evdns must not be freed in here, nor the lookup in redis_lookup_new() */
        event_active(lookup->tell, EV_TIMEOUT, 0);
}

static bool read_address(struct redis_lookup *lookup, const char *host, uint16_t port)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)&lookup->address;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&lookup->address;

    if (evutil_inet_pton(AF_INET, host, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(port);
        lookup->size = sizeof *v4;
    } else if (evutil_inet_pton(AF_INET6, host, &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(port);
        lookup->size = sizeof *v6;
    }

    return lookup->size > 0;
}

/* Asks the next server.  False when out of memory. */
static bool ask(struct redis_lookup *lookup)
{
    const struct evutil_addrinfo hints = {.ai_family = AF_UNSPEC,
                                          .ai_socktype = SOCK_STREAM,
                                          .ai_protocol = IPPROTO_TCP,
                                          .ai_flags = EVUTIL_AI_ADDRCONFIG};
    char service[8];

    lookup->dns = evdns_base_new(lookup->loop, EVDNS_BASE_DISABLE_WHEN_INACTIVE);
    if (!lookup->dns)
        return false;

    (void)snprintf(service, sizeof service, "%u", (unsigned)lookup->port);
    lookup->more = nameservers_use(lookup->dns, "/etc/resolv.conf", lookup->n_asked++);
    lookup->asking = true;
    /* Calls on_answer() before it returns when the host stands in /etc/hosts. */
    (void)evdns_getaddrinfo(lookup->dns, lookup->host, service, &hints, on_answer, lookup);

    return true;
}

static void on_tell(evutil_socket_t fd, short what, void *arg)
{
    struct redis_lookup *lookup = arg;
    const struct sockaddr *address = (const struct sockaddr *)&lookup->address;

    (void)fd;
    (void)what;
    if (lookup->size == 0 && lookup->more) {
        evdns_base_free(lookup->dns, 0);
        if (ask(lookup))
            return;
    }

    lookup->on_found(lookup->owner, lookup->size > 0 ? address : NULL, lookup->size);
}

struct redis_lookup *redis_lookup_new(struct event_base *loop, const char *host, uint16_t port,
                                      unsigned turn, redis_on_found *on_found, void *owner)
{
    struct redis_lookup *lookup = calloc(1, sizeof *lookup);

    if (!lookup)
        return NULL;

    lookup->loop = loop;
    lookup->on_found = on_found;
    lookup->owner = owner;
    lookup->port = port;
    lookup->turn = turn;
    lookup->host = strdup(host);
    lookup->tell = evtimer_new(loop, on_tell, lookup);
    if (!lookup->host || !lookup->tell)
        goto fail;

    if (read_address(lookup, host, port)) {
        event_active(lookup->tell, EV_TIMEOUT, 0);
        return lookup;
    }

    if (!ask(lookup))
        goto fail;

    return lookup;

fail:
    dispose(lookup);

    return NULL;
}
