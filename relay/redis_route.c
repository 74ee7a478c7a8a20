#include "relay/redis_route.h"

#include "base/log.h"
#include "base/span.h"
#include "relay/redis_link.h"
#include "relay/redis_sentinel.h"
#include "schema/word.h"

#include <errno.h>
#include <event2/event.h>
#include <hiredis/hiredis.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SENTINEL_PORT = 26379, TICK_MS = 200, CALM_TICKS = 5, MAX_NAME = 63, MAX_URL = 1024 };

static const struct span scheme = SPAN_LITERAL("sentinel://");
static const struct span secure_scheme = SPAN_LITERAL("sentinels://");

struct redis_route {
    struct redis_route_settings settings;
    const struct redis_route_events *events;
    void *owner;
    struct redis_url url; /* Redis' */
    uint64_t epoch;       /* of the configuration it is from */
    char master[MAX_NAME + 1];
    struct redis_sentinel sentinels[REDIS_ROUTE_MAX_SENTINELS];
    size_t n_sentinels;
    bool secure;
    struct event *timer;
    unsigned ticks;
    bool urgent;
    struct redis_url news_url; /* one of the sentinels' */
    struct redis_link *news;   /* subscribed to +switch-master */
    size_t turn;               /* which sentinel's news */
};

/* ---- the url ---- */

static int read_sentinel(struct redis_route *route, struct span credentials, struct span place)
{
    struct redis_sentinel *sentinel = &route->sentinels[route->n_sentinels];
    char text[MAX_URL];
    int size = snprintf(text, sizeof text, "%.*s%.*s", (int)credentials.size, credentials.data,
                        (int)place.size, place.data);

    if (route->n_sentinels == REDIS_ROUTE_MAX_SENTINELS || size < 0 || size >= MAX_URL ||
        span_find(place, '/') < place.size ||
        redis_url_read(&sentinel->url, span_of(text), SENTINEL_PORT) != 0)
        return -EINVAL;

    sentinel->url.tls = route->secure;
    route->n_sentinels++;

    return 0;
}

static int read_master(struct redis_route *route, struct span text)
{
    size_t slash = span_find(text, '/');
    struct span name = span_make(text.data, slash);
    struct span db = span_skip(text, slash + 1);
    uint64_t number = 0;

    if (!name.data || !word_valid(name, MAX_NAME) ||
        (db.size > 0 && (span_to_u64(db, &number) != 0 || number > UINT16_MAX)))
        return -EINVAL;

    memcpy(route->master, name.data, name.size);
    route->url = route->sentinels[0].url; /* user and password */
    route->url.host[0] = '\0';
    route->url.db = (uint16_t)number;

    return 0;
}

/* sentinel://[user[:password]@]host[:port][,host[:port]...]/master[/db] */
static int read_sentinels(struct redis_route *route, struct span text)
{
    size_t at = redis_url_find_place(text);
    struct span credentials = span_make(text.data, at);
    struct span places = span_skip(text, at);
    size_t slash = span_find(places, '/');
    struct span master = span_skip(places, slash + 1);

    places = span_make(places.data, slash);
    while (places.size > 0) {
        size_t comma = span_find(places, ',');

        if (read_sentinel(route, credentials, span_make(places.data, comma)) != 0)
            return -EINVAL;
        places = span_skip(places, comma + 1);
    }

    return route->n_sentinels > 0 ? read_master(route, master) : -EINVAL;
}

static int read_url(struct redis_route *route, const char *text)
{
    if (strlen(text) >= MAX_URL)
        return -EINVAL;

    if (span_starts_with(span_of(text), scheme))
        return read_sentinels(route, span_skip(span_of(text), scheme.size));

    route->secure = span_starts_with(span_of(text), secure_scheme);
    if (route->secure)
        return read_sentinels(route, span_skip(span_of(text), secure_scheme.size));

    return redis_url_parse(&route->url, text);
}

/* Takes the place of what the url says.  0, or -EINVAL. */
static int read_auth(struct redis_url *url, const char *auth)
{
    struct span password = span_of(auth);
    struct span user = SPAN_NONE;

    if (span_find(password, ':') < password.size)
        user = span_cut(&password, ':');

    if (user.size >= sizeof url->user || password.size >= sizeof url->password ||
        password.size == 0)
        return -EINVAL;

    memset(url->user, 0, sizeof url->user);
    memset(url->password, 0, sizeof url->password);
    if (user.size > 0)
        memcpy(url->user, user.data, user.size);
    memcpy(url->password, password.data, password.size);

    return 0;
}

int redis_route_check_auth(const char *sentinel_auth)
{
    struct redis_url url;

    return read_auth(&url, sentinel_auth);
}

static int use_auth(struct redis_route *route, const char *auth)
{
    int error = 0;

    for (size_t i = 0; auth && i < route->n_sentinels && error == 0; i++)
        error = read_auth(&route->sentinels[i].url, auth);

    return error;
}

/* ---- what the sentinels say ---- */

static bool leads_here(const struct redis_route *route, const struct redis_sentinel *sentinel)
{
    return sentinel->port == route->url.port && strcmp(sentinel->host, route->url.host) == 0;
}

/* The one to believe: of the latest configuration, and rather what we have. */
static const struct redis_sentinel *elect(const struct redis_route *route, size_t *n_told)
{
    const struct redis_sentinel *best = NULL;

    *n_told = 0;
    for (size_t i = 0; i < route->n_sentinels; i++) {
        const struct redis_sentinel *sentinel = &route->sentinels[i];

        if (!sentinel->told)
            continue;

        (*n_told)++;
        if (!best || sentinel->epoch > best->epoch ||
            (sentinel->epoch == best->epoch && leads_here(route, sentinel)))
            best = sentinel;
    }

    return best;
}

static void on_told(void *owner)
{
    struct redis_route *route = owner;
    size_t n_told;
    const struct redis_sentinel *best = elect(route, &n_told);

    /* An older configuration than we know of is that of sentinels cut off, unless most say so. */
    if (!best || (best->epoch < route->epoch && 2 * n_told <= route->n_sentinels))
        return;

    route->epoch = best->epoch;
    if (leads_here(route, best))
        return;

    LOG(INFO, "sentinels name the master", LOG_TEXT("master", route->master),
        LOG_TEXT("host", best->host), LOG_UINT("port", best->port));
    memcpy(route->url.host, best->host, sizeof route->url.host);
    route->url.port = best->port;
    route->events->on_moved(route->owner);
}

static void ask_all(struct redis_route *route)
{
    for (size_t i = 0; i < route->n_sentinels; i++)
        redis_sentinel_ask(&route->sentinels[i]);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
    struct redis_route *route = arg;

    (void)fd;
    (void)what;
    if (++route->ticks % CALM_TICKS == 0 || route->urgent)
        ask_all(route);
}

void redis_route_hurry(struct redis_route *route, bool urgent)
{
    route->urgent = urgent;
}

/* ---- news ---- */

static void on_news_up(void *owner)
{
    struct redis_route *route = owner;
    const struct redis_call nobody_cares = {.on_end = NULL};
    const struct span words[] = {SPAN_LITERAL("SUBSCRIBE"), SPAN_LITERAL("+switch-master")};

    if (redis_link_ask(route->news, words, sizeof words / sizeof words[0], &nobody_cares) != 0)
        redis_link_renew(route->news, "redis: no memory to subscribe");
}

/* The next sentinel's, then. */
static void on_news_down(void *owner, const char *why)
{
    struct redis_route *route = owner;

    (void)why;
    route->turn = (route->turn + 1) % route->n_sentinels;
    route->news_url = route->sentinels[route->turn].url;
}

/* Whatever it is about: the sentinels tell more, and the epoch. */
static void on_news(void *owner, const redisReply *message)
{
    (void)message;
    ask_all(owner);
}

/* ---- the life of a route ---- */

const struct redis_url *redis_route_url(const struct redis_route *route)
{
    return &route->url;
}

static void dispose(struct redis_route *route)
{
    for (size_t i = 0; i < route->n_sentinels; i++)
        redis_sentinel_dispose(&route->sentinels[i]);

    redis_link_free(route->news);
    if (route->timer)
        event_free(route->timer);

    free(route);
}

void redis_route_free(struct redis_route *route)
{
    if (route)
        dispose(route);
}

static int make_sentinels(struct redis_route *route)
{
    static const struct redis_link_events news = {
        .on_up = on_news_up, .on_down = on_news_down, .on_message = on_news};
    const struct redis_link_settings settings = {.loop = route->settings.loop,
                                                 .metrics = route->settings.metrics,
                                                 .url = &route->news_url,
                                                 .tls = route->settings.tls,
                                                 .name = "livegate-sentinel-news"};

    for (size_t i = 0; i < route->n_sentinels; i++) {
        struct redis_sentinel *sentinel = &route->sentinels[i];

        sentinel->master = route->master;
        sentinel->on_told = on_told;
        sentinel->owner = route;
        if (redis_sentinel_init(sentinel, &settings) != 0)
            return -ENOMEM;
    }

    route->news_url = route->sentinels[0].url;
    route->news = redis_link_new(&settings, &news, route);
    route->timer = event_new(settings.loop, -1, EV_PERSIST, on_timer, route);

    return route->news && route->timer ? 0 : -ENOMEM;
}

struct redis_route *redis_route_new(const struct redis_route_settings *settings,
                                    const struct redis_route_events *events, void *owner)
{
    struct redis_route *route = calloc(1, sizeof *route);

    if (!route)
        return NULL;

    route->settings = *settings;
    route->events = events;
    route->owner = owner;
    if (read_url(route, settings->url) == 0 && use_auth(route, settings->sentinel_auth) == 0 &&
        (route->n_sentinels == 0 || make_sentinels(route) == 0))
        return route;

    dispose(route);

    return NULL;
}

void redis_route_start(struct redis_route *route)
{
    static const struct timeval each = {.tv_usec = 1000L * TICK_MS};

    if (route->n_sentinels == 0)
        return;

    for (size_t i = 0; i < route->n_sentinels; i++)
        redis_link_start(route->sentinels[i].link);

    redis_link_start(route->news);
    if (event_add(route->timer, &each) != 0)
        LOG(ERROR, "no memory to ask the sentinels, only their news will be heard");
}

bool redis_route_needs_tls(const char *url)
{
    return span_starts_with(span_of(url), span_of("rediss://")) ||
           span_starts_with(span_of(url), secure_scheme);
}

int redis_route_check(const char *url)
{
    struct redis_route *route = calloc(1, sizeof *route);
    int error = route ? read_url(route, url) : -ENOMEM;

    free(route);

    return error;
}
