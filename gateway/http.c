#include "gateway/http.h"

#include "base/list.h"
#include "base/percent.h"
#include "gateway/http_call.h"
#include "gateway/http_guard.h"
#include "gateway/listen_address.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/listener.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define DEFAULT_CONNECTIONS 256
#define DEFAULT_REQUEST_MS 10000
#define DEFAULT_IDLE_MS 75000

#define BACKLOG 256

struct http_route {
    const char *path;
    void (*handle)(struct http_call *call);
    enum evhttp_cmd_type method;
    bool open; /* answered whoever asks */
};

/* {room} stands for one segment that is a valid room id, {uid} for one that can be a uid, {id} for
 * one that can be a message's id. */
static const struct http_route routes[] = {
    {"/v1/rooms/{room}/messages", http_post_message, EVHTTP_REQ_POST, false},
    {"/v1/rooms/{room}/messages", http_get_messages, EVHTTP_REQ_GET, false},
    {"/v1/rooms/{room}/messages/{id}", http_delete_message, EVHTTP_REQ_DELETE, false},
    {"/v1/rooms/{room}", http_get_room, EVHTTP_REQ_GET, false},
    {"/v1/rooms/{room}/bans/{uid}", http_put_ban, EVHTTP_REQ_PUT, false},
    {"/v1/rooms/{room}/bans/{uid}", http_delete_ban, EVHTTP_REQ_DELETE, false},
    {"/v1/rooms/{room}/mutes/{uid}", http_put_mute, EVHTTP_REQ_PUT, false},
    {"/v1/rooms/{room}/mutes/{uid}", http_delete_mute, EVHTTP_REQ_DELETE, false},
    {"/v1/rooms/{room}/kicks/{uid}", http_post_kick, EVHTTP_REQ_POST, false},
    {"/v1/rooms/{room}/settings", http_put_settings, EVHTTP_REQ_PUT, false},
    {"/v1/rooms/{room}/settings", http_get_settings, EVHTTP_REQ_GET, false},
    {"/v1/rooms/{room}/moderation", http_get_moderation, EVHTTP_REQ_GET, false},
    {"/v1/rooms", http_get_rooms, EVHTTP_REQ_GET, false},
    {"/v1/bans/{uid}", http_put_ban, EVHTTP_REQ_PUT, false},
    {"/v1/bans/{uid}", http_delete_ban, EVHTTP_REQ_DELETE, false},
    {"/v1/mutes/{uid}", http_put_mute, EVHTTP_REQ_PUT, false},
    {"/v1/mutes/{uid}", http_delete_mute, EVHTTP_REQ_DELETE, false},
    {"/v1/kicks/{uid}", http_post_kick, EVHTTP_REQ_POST, false},
    {"/v1/moderation", http_get_moderation, EVHTTP_REQ_GET, false},
    {"/livez", http_get_livez, EVHTTP_REQ_GET, true},
    {"/readyz", http_get_readyz, EVHTTP_REQ_GET, true},
    {"/metrics", http_get_metrics, EVHTTP_REQ_GET, true},
};

#define ROUTE_COUNT (sizeof(routes) / sizeof(routes[0]))

struct http {
    struct http_settings settings;
    bool loopback;
    uint16_t port;
    struct evhttp *evhttp;
    struct http_guard *guard;
};

/* ---- who is asked ---- */

static bool take_room(struct span segment, struct http_call *call)
{
    int length = percent_decode(segment, call->room, sizeof call->room);

    return length > 0 && room_id_valid(span_make(call->room, (size_t)length));
}

static bool take_uid(struct span segment, struct http_call *call)
{
    return percent_decode(segment, call->uid, sizeof call->uid) > 0;
}

static bool take_id(struct span segment, struct http_call *call)
{
    return percent_decode(segment, call->id, sizeof call->id) > 0;
}

static bool segment_matches(struct span segment, struct span expected, struct http_call *call)
{
    if (span_is(expected, "{room}"))
        return take_room(segment, call);

    if (span_is(expected, "{uid}"))
        return take_uid(segment, call);

    return span_is(expected, "{id}") ? take_id(segment, call) : span_equal(expected, segment);
}

static bool path_matches(struct span path, const char *pattern, struct http_call *call)
{
    struct span wanted = span_of(pattern);

    while (!span_is_none(wanted) && !span_is_none(path)) {
        struct span expected = span_cut(&wanted, '/');
        struct span segment = span_cut(&path, '/');

        if (!segment_matches(segment, expected, call))
            return false;
    }

    return span_is_none(wanted) && span_is_none(path);
}

/* A HEAD is a GET without a body. */
static bool method_matches(enum evhttp_cmd_type asked, enum evhttp_cmd_type method)
{
    return asked == method || (asked == EVHTTP_REQ_HEAD && method == EVHTTP_REQ_GET);
}

/* What a path may be asked with, as it is said in `Allow`. */
static const struct {
    enum evhttp_cmd_type method;
    const char *name;
} methods[] = {
    {EVHTTP_REQ_GET, "GET, HEAD"},
    {EVHTTP_REQ_POST, "POST"},
    {EVHTTP_REQ_PUT, "PUT"},
    {EVHTTP_REQ_DELETE, "DELETE"},
};

static void allow_methods(struct evhttp_request *request, unsigned allowed)
{
    char text[48] = "";
    size_t size = 0;

    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        if (allowed & methods[i].method)
            size += (size_t)snprintf(text + size, sizeof text - size, "%s%s", size > 0 ? ", " : "",
                                     methods[i].name);
    }

    (void)evhttp_add_header(evhttp_request_get_output_headers(request), "Allow", text);
}

/* The route asked for; NULL with the methods that are `*allowed` (0: there is no such path). */
static const struct http_route *find_route(struct http_call *call, unsigned *allowed)
{
    const char *path =
        evhttp_uri_get_path(evhttp_request_get_evhttp_uri(call->request)); /* still encoded */
    enum evhttp_cmd_type method = evhttp_request_get_command(call->request);

    *allowed = 0;

    for (size_t i = 0; path && i < ROUTE_COUNT; i++) {
        call->room[0] = '\0';
        call->uid[0] = '\0';
        call->id[0] = '\0';
        if (!path_matches(span_of(path), routes[i].path, call))
            continue;
        if (method_matches(method, routes[i].method))
            return &routes[i];
        *allowed |= routes[i].method;
    }

    return NULL;
}

/* ---- who asks ---- */

/* Takes as long whatever is given, so that a key cannot be found letter by letter. */
static bool same_secret(struct span given, struct span secret)
{
    unsigned difference = given.size != secret.size;

    for (size_t i = 0; i < given.size; i++)
        difference |= (unsigned char)given.data[i] ^ (unsigned char)secret.data[i % secret.size];

    return difference == 0;
}

static bool has_key(const struct http_call *call, const char *key)
{
    struct span given = http_call_header(call, "Authorization");
    struct span scheme = span_cut(&given, ' ');

    return span_equal_ignoring_case(scheme, span_of("Bearer")) &&
           same_secret(span_trim(given), span_of(key));
}

/* REFUSAL_NONE, or why not with `*detail`. */
static enum refusal judge(const struct http *http, const struct http_call *call,
                          const char **detail)
{
    const char *key = http->settings.key;

    if (key && *key) {
        *detail = "the internal key is needed: Authorization: Bearer KEY";
        return has_key(call, key) ? REFUSAL_NONE : REFUSAL_UNAUTHORIZED;
    }

    if (!http->loopback) {
        *detail = "closed on this address until --internal-key is set";
        return REFUSAL_NOT_ALLOWED;
    }

    /* Any page in a browser on this machine could post here; its requests say where it is from. */
    if (!span_is_none(http_call_header(call, "Origin"))) {
        *detail = "not for web pages";
        return REFUSAL_NOT_ALLOWED;
    }

    return REFUSAL_NONE;
}

static void on_request(struct evhttp_request *request, void *arg)
{
    const struct http *http = arg;
    struct http_call *call = http_call_new(http->guard, &http->settings, request);
    const struct http_route *route;
    enum refusal refusal = REFUSAL_NONE;
    const char *detail = NULL;
    unsigned allowed;

    if (!call)
        return;

    route = find_route(call, &allowed);
    if (!route && allowed) {
        allow_methods(request, allowed);
        http_refuse(call, REFUSAL_METHOD, NULL);
        return;
    }
    if (!route) {
        http_refuse(call, REFUSAL_NOT_FOUND, NULL);
        return;
    }

    if (!route->open)
        refusal = judge(http, call, &detail);

    if (refusal == REFUSAL_NONE)
        route->handle(call);
    else
        http_refuse(call, refusal, detail);
}

/* ---- life ---- */

void http_free(struct http *http)
{
    if (!http)
        return;

    if (http->guard)
        http_guard_stop(http->guard);
    if (http->evhttp)
        evhttp_free(http->evhttp); /* with its listener and its connections */
    http_guard_free(http->guard);
    free(http);
}

static void set_defaults(struct http_settings *settings)
{
    if (settings->max_connections == 0)
        settings->max_connections = DEFAULT_CONNECTIONS;
    if (settings->request_ms == 0)
        settings->request_ms = DEFAULT_REQUEST_MS;
    if (settings->idle_ms == 0)
        settings->idle_ms = DEFAULT_IDLE_MS;
}

static int bind_to(struct event_base *loop, const struct listen_address *address,
                   struct evconnlistener **listener)
{
    const unsigned flags = LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_REUSEABLE;
    const int on = 1;

    errno = 0;
    *listener =
        evconnlistener_new_bind(loop, NULL, NULL, flags, BACKLOG,
                                (const struct sockaddr *)&address->socket, (int)address->size);
    if (!*listener)
        return errno ? -errno : -ENOMEM;

    /* Accepted sockets inherit it. */
    (void)setsockopt(evconnlistener_get_fd(*listener), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));

    return 0;
}

/* Takes the listener. */
static int serve(struct http *http, struct evconnlistener *listener)
{
    const struct http_limits limits = {
        .connections = http->settings.max_connections,
        .request_ms = http->settings.request_ms,
        .idle_ms = http->settings.idle_ms,
    };
    const int every_method = EVHTTP_REQ_GET | EVHTTP_REQ_POST | EVHTTP_REQ_HEAD | EVHTTP_REQ_PUT |
                             EVHTTP_REQ_DELETE | EVHTTP_REQ_OPTIONS | EVHTTP_REQ_TRACE |
                             EVHTTP_REQ_CONNECT | EVHTTP_REQ_PATCH;

    http->evhttp = evhttp_new(http->settings.loop);
    if (!http->evhttp || !evhttp_bind_listener(http->evhttp, listener)) {
        evconnlistener_free(listener);
        return -ENOMEM;
    }

    http->guard = http_guard_new(http->settings.loop, &limits, http->evhttp, listener);
    if (!http->guard)
        return -ENOMEM;

    evhttp_set_allowed_methods(http->evhttp, (ev_uint16_t)every_method); /* refused by us */
    evhttp_set_max_headers_size(http->evhttp, HTTP_MAX_HEADERS);
    evhttp_set_max_body_size(http->evhttp, HTTP_MAX_BODY);
    evhttp_set_timeout(http->evhttp, (int)(http->settings.idle_ms / 1000) + 1);
    /* A body that is too large is read to its end, or the client would miss the answer. */
    (void)evhttp_set_flags(http->evhttp, EVHTTP_SERVER_LINGERING_CLOSE);
    evhttp_set_gencb(http->evhttp, on_request, http);

    return 0;
}

int http_new(struct http **http, const struct http_settings *settings)
{
    struct evconnlistener *listener = NULL;
    struct listen_address address;
    struct http *made;
    int rc = listen_address_parse(&address, settings->address);

    if (rc != 0)
        return rc;

    made = calloc(1, sizeof(*made));
    if (!made)
        return -ENOMEM;

    made->settings = *settings;
    made->settings.address = NULL; /* borrowed for the call only */
    set_defaults(&made->settings);

    rc = bind_to(settings->loop, &address, &listener);
    if (rc == 0) {
        made->loopback = listen_address_is_loopback(&address);
        made->port = listen_address_port_of(evconnlistener_get_fd(listener));
        rc = serve(made, listener);
    }
    if (rc != 0) {
        http_free(made);
        return rc;
    }

    *http = made;

    return 0;
}

void http_change_key(struct http *http, const char *key)
{
    http->settings.key = key;
}

uint16_t http_port(const struct http *http)
{
    return http->port;
}
