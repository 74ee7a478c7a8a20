/* Any bytes as a server that the broker takes for Redis: it is down or up, asks again or gives in,
 * but each request ends once, and nothing is read past its end.
 *
 * The first byte says whether it greets as Redis does and in what pieces it talks.  Then comes,
 * with two bytes 0xff between: what it says on either connection, and what it says there once it
 * was asked for something.  At `~` it waits to be spoken to, and `@` is the canary's song, as a
 * message. */
#include "relay/broker_redis.h"

#include "base/log.h"
#include "base/metrics.h"
#include "tests/fuzz/claim.h"
#include "tests/fuzz/fuzz.h"
#include "tests/relay/fake_redis.h"

#include <event2/event.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PEERS = 2, ACTS = 2, REQUESTS = 5, TURNS = 80, IDLE_TURNS = 4, PIECE = 5, MAX_SONG = 512 };

/* One connection, and what is left to say on it. */
struct peer {
    int fd; /* -1: not made yet */
    bool spoken_to;
    struct span greeting, scripts[ACTS];
};

static int ends[REQUESTS];
static char song[MAX_SONG]; /* as the message that brings it; "": not heard yet */

static void on_entry(void *owner, void *listener, struct span bytes)
{
    (void)owner;
    claim(listener == song && !span_is_none(bytes));
}

static void on_listening(void *owner, void *listener)
{
    (void)owner;
    claim(listener == song);
}

static void on_state(void *owner, enum broker_state state, const char *why)
{
    (void)owner;
    (void)state;
    claim(why && *why);
}

static void on_published(void *arg, const struct broker_status *status,
                         const struct broker_published *published)
{
    claim(status && published);
    ++*(int *)arg;
}

static void on_snapshot(void *arg, const struct broker_status *status,
                        const struct broker_snapshot *snapshot)
{
    claim(status->refusal != REFUSAL_NONE ||
          (snapshot->n_chat <= BROKER_CHAT && snapshot->n_shelf <= BROKER_MAX_SHELF));
    ++*(int *)arg;
}

static void on_history(void *arg, const struct broker_status *status,
                       const struct broker_history *history)
{
    claim(status->refusal != REFUSAL_NONE || history->n_entries <= BROKER_HISTORY_MAX);
    ++*(int *)arg;
}

static void on_counted(void *arg, const struct broker_status *status,
                       const struct broker_counted *counted)
{
    claim(status && counted);
    ++*(int *)arg;
}

static void ask(struct broker *broker)
{
    const struct broker_publish publish = {
        .room = span_of("a"), .message = span_of("{\"msg_type\":\"message\",\"content\":\"x\"}")};
    const struct census_item item = {.verb = CENSUS_ENTER, .uid = span_of("u")};
    const struct broker_census census = {
        .room = span_of("a"), .count = 1, .items = &item, .n_items = 1};

    broker_publish(broker, &publish, on_published, &ends[0]);
    broker_snapshot(broker, span_of("a"), on_snapshot, &ends[1]);
    broker_history(broker, span_of("a"), (struct position){1, 1}, BROKER_HISTORY_MAX, on_history,
                   &ends[2]);
    broker_census(broker, &census, on_counted, &ends[3]);
    broker_publish(broker, &publish, on_published, &ends[4]);
}

/* Listens once for all inputs; its port. */
static int listen_somewhere(uint16_t *port)
{
    static struct sockaddr_in address = {.sin_family = AF_INET};
    static int listener = -1;
    socklen_t size = sizeof address;

    if (listener < 0) {
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        claim(listener >= 0);
        claim(bind(listener, (struct sockaddr *)&address, size) == 0);
        claim(listen(listener, 64) == 0);
        claim(getsockname(listener, (struct sockaddr *)&address, &size) == 0);
    }
    *port = ntohs(address.sin_port);

    return listener;
}

/* So that no port stays taken for a while. */
static void hang_up(struct peer *peer)
{
    const struct linger at_once = {.l_onoff = 1, .l_linger = 0};

    if (peer->fd < 0)
        return;

    (void)setsockopt(peer->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    (void)close(peer->fd);
    peer->fd = -1;
}

/* The call is *5 FCALL livegate_canary 1 CHANNEL SONG. */
static void hear(struct span call)
{
    const char *at = call.size > 0 ? memmem(call.data, call.size, "livegate_canary", 15) : NULL;
    struct span rest = at ? span_skip(call, (size_t)(at - call.data)) : SPAN_NONE, words[7];

    for (size_t i = 0; i < 7; i++) {
        words[i] = span_cut(&rest, '\n');
        if (words[i].size < 2)
            return;
    }
    (void)snprintf(song, sizeof song, "*3\r\n$7\r\nmessage\r\n%.*s\n%.*s\n%.*s\n%.*s\n",
                   SPAN_ARGS(words[3]), SPAN_ARGS(words[4]), SPAN_ARGS(words[5]),
                   SPAN_ARGS(words[6]));
}

static void send_it(const struct peer *peer, struct span text)
{
    (void)!send(peer->fd, text.data, text.size, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* How much of it goes out as it is. */
static size_t plain_size(struct span text, size_t most)
{
    size_t size = 0;

    while (size < most && size < text.size && text.data[size] != '@' && text.data[size] != '~')
        size++;

    return size;
}

static void say(struct peer *peer, struct span *text, size_t piece)
{
    size_t size = plain_size(*text, piece);

    if (text->data[0] != '@') {
        send_it(peer, span_make(text->data, size));
        *text = span_skip(*text, size);
    } else if (song[0] != '\0') {
        send_it(peer, span_of(song));
        *text = span_skip(*text, 1);
    }

    if (text->size > 0 && text->data[0] == '~') {
        peer->spoken_to = false;
        *text = span_skip(*text, 1);
    }
}

/* Says the next piece once it was spoken to.  True: it had one to say. */
static bool talk(struct peer *peer, int act, size_t piece)
{
    char heard[1 << 16];
    ssize_t size;

    if (peer->fd < 0)
        return false;

    while ((size = recv(peer->fd, heard, sizeof heard, MSG_DONTWAIT)) > 0) {
        peer->spoken_to = true;
        hear(span_make(heard, (size_t)size));
    }
    if (!peer->spoken_to || peer->greeting.size + peer->scripts[act].size == 0)
        return false;

    if (peer->greeting.size > 0)
        say(peer, &peer->greeting, SIZE_MAX);
    else
        say(peer, &peer->scripts[act], piece);

    return true;
}

/* Until nobody has anything to say. */
static void converse(struct event_base *loop, struct peer *peers, int act, size_t piece)
{
    uint16_t port;
    const int at_once = 1;
    int idle = 0, listener = listen_somewhere(&port);

    for (int turn = 0; turn < TURNS && idle < IDLE_TURNS; turn++, idle++) {
        int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

        for (size_t i = 0; fd >= 0 && i < PEERS; i++) {
            if (peers[i].fd >= 0)
                continue;
            (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once);
            peers[i].fd = fd;
            fd = -1;
            idle = 0;
        }
        if (fd >= 0)
            (void)close(fd);

        for (size_t i = 0; i < PEERS; i++) {
            if (talk(&peers[i], act, piece))
                idle = 0;
        }
        (void)event_base_loop(loop, EVLOOP_ONCE | EVLOOP_NONBLOCK);
    }
}

/* What is said on each connection. */
static void share_out(struct span input, bool greets, struct peer *peers)
{
    for (size_t i = 0; i < (size_t)PEERS * ACTS; i++) {
        const char *end = input.size > 0 ? memmem(input.data, input.size, "\xff\xff", 2) : NULL;
        size_t size = end ? (size_t)(end - input.data) : input.size;
        struct peer *peer = &peers[i % PEERS];

        if (i < PEERS)
            *peer = (struct peer){.fd = -1, .greeting = span_of(greets ? FAKE_WELCOME : "")};
        peer->scripts[i / PEERS] = span_make(input.data, size);
        input = span_skip(input, end ? size + 2 : size);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct broker_events events = {on_entry, on_listening, on_state};
    struct broker_redis_settings settings = {
        .prefix = "live", .worker = "w", .history = 100, .room_ttl_ms = 60000};
    struct peer peers[PEERS];
    struct broker *broker;
    char url[64];
    uint16_t port;

    if (size == 0)
        return 0;

    log_set_level(LEVEL_ERROR);
    memset(ends, 0, sizeof ends);
    song[0] = '\0';
    (void)listen_somewhere(&port);
    (void)snprintf(url, sizeof url, "redis://127.0.0.1:%u", port);
    settings.url = url;
    settings.loop = event_base_new();
    settings.metrics = metrics_new();
    broker = broker_redis_new(&settings);
    claim(settings.loop && settings.metrics && broker);
    share_out(span_make(data + 1, size - 1), data[0] & 1, peers);

    broker_start(broker, &events, NULL);
    claim(broker_listen(broker, span_of("a"), song) == 0);
    converse(settings.loop, peers, 0, SIZE_MAX);
    ask(broker);
    converse(settings.loop, peers, 1, data[0] & 2 ? PIECE : SIZE_MAX);

    for (size_t i = 0; i < PEERS; i++)
        hang_up(&peers[i]);
    broker_free(broker);
    for (size_t i = 0; i < REQUESTS; i++)
        claim(ends[i] == 1);
    metrics_free(settings.metrics);
    event_base_free(settings.loop);

    return 0;
}
