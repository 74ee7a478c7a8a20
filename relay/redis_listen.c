#include "relay/redis_listen.h"

#include "base/list.h"
#include "base/table.h"
#include "relay/redis_link.h"
#include "schema/room.h"

#include <errno.h>
#include <event2/event.h>
#include <hiredis/hiredis.h>
#include <stdlib.h>
#include <string.h>

enum {
    BATCH = 500,           /* channels in one command */
    MAX_ASKED = 2 * BATCH, /* channels that Redis has not confirmed yet */
    BUSY_MS = 10
};

struct channel {
    struct list_node node; /* among those that changed, or in no list */
    void *listener;        /* who wants it; NULL: nobody any more */
    bool announced;        /* on_listening has come since it was last wanted and renewed */
    bool stale;            /* and has to come again */
    bool subscribed;       /* as last asked of Redis */
    unsigned unsure;       /* confirmations that are to come */
    size_t size;
    char name[];
};

struct redis_listen {
    const char *prefix;
    const struct redis_listen_events *events;
    void *owner;
    struct redis_link *link; /* NULL: not for now */
    struct table *channels;  /* by room */
    struct list changed;
    struct event *turn;
    size_t asked; /* channels in commands under way */
};

static void want_turn(struct redis_listen *listen, suseconds_t ms)
{
    const struct timeval time = {0, ms * 1000};

    if (!event_pending(listen->turn, EV_TIMEOUT, NULL) && event_add(listen->turn, &time) != 0)
        event_active(listen->turn, EV_TIMEOUT, 0);
}

static void change(struct redis_listen *listen, struct channel *channel)
{
    if (!list_node_linked(&channel->node))
        list_append(&listen->changed, &channel->node);

    want_turn(listen, 0);
}

/* ---- channels ---- */

static bool is_wanted(const struct channel *channel)
{
    return channel->listener != NULL;
}

static struct span room_of(const struct redis_listen *listen, struct span name)
{
    return room_of_channel(span_of(listen->prefix), name);
}

static struct channel *find(const struct redis_listen *listen, struct span room)
{
    return table_get(listen->channels, room);
}

static void forget(struct redis_listen *listen, struct channel *channel)
{
    list_remove(&channel->node);
    (void)table_remove(listen->channels, room_of(listen, span_make(channel->name, channel->size)));
    free(channel);
}

static struct channel *add(struct redis_listen *listen, struct span room)
{
    char name[ROOM_NAME_MAX];
    size_t size = room_channel(name, span_of(listen->prefix), room);
    struct channel *channel = calloc(1, sizeof *channel + size + 1);

    if (!channel)
        return NULL;

    channel->size = size;
    memcpy(channel->name, name, size);
    list_node_init(&channel->node);
    if (table_put(listen->channels, room, channel) != 0) {
        free(channel);
        return NULL;
    }

    return channel;
}

int redis_listen_add(struct redis_listen *listen, struct span room, void *listener)
{
    struct channel *channel = find(listen, room);

    if (!room_id_valid_internally(room))
        return 0; /* there is no such room, so nothing will ever be heard of it */

    if (!channel)
        channel = add(listen, room);

    if (!channel)
        return -ENOMEM;

    if (!is_wanted(channel)) {
        channel->announced = false;
        change(listen, channel);
    }

    channel->listener = listener;

    return 0;
}

void redis_listen_remove(struct redis_listen *listen, struct span room)
{
    struct channel *channel = find(listen, room);

    if (channel && is_wanted(channel)) {
        channel->listener = NULL;
        change(listen, channel);
    }
}

/* ---- what Redis says ---- */

/* Nothing is under way about this channel: is it as it is wanted? */
static void settle(struct redis_listen *listen, struct channel *channel)
{
    if (channel->unsure > 0)
        return;

    if (is_wanted(channel) != channel->subscribed) {
        change(listen, channel);
    } else if (!is_wanted(channel)) {
        forget(listen, channel);
    } else if (!channel->announced || channel->stale) {
        channel->announced = true;
        channel->stale = false;
        listen->events->on_listening(listen->owner, channel->listener);
    }
}

static struct channel *named_by(const struct redis_listen *listen, const redisReply *reply)
{
    const redisReply *name = reply->elements >= 2 ? reply->element[1] : NULL;

    if (!name || name->type != REDIS_REPLY_STRING)
        return NULL;

    return find(listen, room_of(listen, span_make(name->str, (size_t)name->len)));
}

static void on_confirmed(const struct redis_call *call, enum redis_end end, const redisReply *reply)
{
    struct redis_listen *listen = call->owner;
    struct channel *channel;

    if (end != REDIS_REPLIED)
        return; /* the link is lost: redis_listen_lost() will come */

    if (reply->type != REDIS_REPLY_ARRAY) {
        listen->events->on_denied(listen->owner, reply);
        return;
    }

    if (listen->asked > 0)
        listen->asked--;

    channel = named_by(listen, reply);
    if (channel && channel->unsure > 0) {
        channel->unsure--;
        settle(listen, channel);
    }

    if (!list_empty(&listen->changed))
        want_turn(listen, 0);
}

void redis_listen_take(struct redis_listen *listen, const redisReply *message)
{
    const redisReply *payload = message->elements >= 3 ? message->element[2] : NULL;
    const struct channel *channel = named_by(listen, message);

    if (!payload || payload->type != REDIS_REPLY_STRING)
        return;

    if (channel && is_wanted(channel) && channel->announced && channel->unsure == 0)
        listen->events->on_entry(listen->owner, channel->listener,
                                 span_make(payload->str, (size_t)payload->len));
}

/* ---- what is asked of Redis ---- */

/* Asks for up to BATCH of the changed channels that are to be (un)subscribed.
 * False when that is not possible now. */
static bool ask_batch(struct redis_listen *listen, bool subscribe)
{
    struct redis_call call = {.on_end = on_confirmed, .owner = listen};
    struct channel *channels[BATCH];
    struct span words[BATCH + 1] = {span_of(subscribe ? "SUBSCRIBE" : "UNSUBSCRIBE")};
    size_t n = 0;

    LIST_FOR_EACH (node, &listen->changed) {
        struct channel *channel = CONTAINER_OF(node, struct channel, node);

        if (n == BATCH)
            break;

        if (is_wanted(channel) == subscribe && channel->subscribed != subscribe) {
            channels[n] = channel;
            words[++n] = span_make(channel->name, channel->size);
        }
    }

    if (n == 0)
        return true;

    call.replies = (uint32_t)n;
    if (redis_link_ask(listen->link, words, n + 1, &call) != 0)
        return false;

    listen->asked += n;
    for (size_t i = 0; i < n; i++) {
        list_remove(&channels[i]->node);
        channels[i]->subscribed = subscribe;
        channels[i]->unsure++;
    }

    return true;
}

/* Those that changed their mind and are as they were, and those that are said again; each may ask
 * for its history. */
static void settle_changed(struct redis_listen *listen)
{
    struct list changed;
    struct list_node *node;

    list_init(&changed);
    list_move_all(&changed, &listen->changed);
    while ((node = list_pop(&changed))) {
        struct channel *channel = CONTAINER_OF(node, struct channel, node);

        if (is_wanted(channel) == channel->subscribed && !listen->events->is_busy(listen->owner))
            settle(listen, channel);
        else
            list_append(&listen->changed, node);
    }
}

static void on_turn(evutil_socket_t fd, short what, void *arg)
{
    struct redis_listen *listen = arg;

    (void)fd;
    (void)what;
    if (!listen->link)
        return; /* comes again when there is one */

    settle_changed(listen);
    if (list_empty(&listen->changed) || listen->asked >= MAX_ASKED)
        return; /* comes again with the confirmations */

    if (listen->events->is_busy(listen->owner) || !ask_batch(listen, true) ||
        !ask_batch(listen, false))
        want_turn(listen, BUSY_MS);
    else if (!list_empty(&listen->changed))
        want_turn(listen, 0);
}

/* While there was no link to use, what came through it may not have been all. */
static void doubt(struct redis_listen *listen)
{
    struct channel *channel;
    size_t cursor = 0;

    while ((channel = table_next(listen->channels, &cursor, NULL))) {
        if (!channel->announced)
            continue;

        channel->stale = true;
        change(listen, channel);
    }
}

void redis_listen_through(struct redis_listen *listen, struct redis_link *link)
{
    if (link && !listen->link)
        doubt(listen);

    listen->link = link;
    if (link && !list_empty(&listen->changed))
        want_turn(listen, 0);
}

void redis_listen_lost(struct redis_listen *listen)
{
    struct channel *channel;
    size_t cursor = 0;

    listen->link = NULL;
    listen->asked = 0;
    while ((channel = table_next(listen->channels, &cursor, NULL))) {
        channel->subscribed = false;
        channel->unsure = 0;
        channel->announced = false;
        if (!is_wanted(channel))
            forget(listen, channel);
        else if (!list_node_linked(&channel->node))
            list_append(&listen->changed, &channel->node);
    }
}

/* ---- its life ---- */

static void dispose(struct redis_listen *listen)
{
    struct channel *channel;
    size_t cursor = 0;

    if (listen->turn)
        event_free(listen->turn);

    while (listen->channels && (channel = table_next(listen->channels, &cursor, NULL)))
        free(channel);

    table_free(listen->channels);
    free(listen);
}

void redis_listen_free(struct redis_listen *listen)
{
    if (listen)
        dispose(listen);
}

struct redis_listen *redis_listen_new(struct event_base *loop, const char *prefix,
                                      const struct redis_listen_events *events, void *owner)
{
    struct redis_listen *listen = calloc(1, sizeof *listen);

    if (!listen)
        return NULL;

    listen->prefix = prefix;
    listen->events = events;
    listen->owner = owner;
    list_init(&listen->changed);
    listen->channels = table_new();
    listen->turn = evtimer_new(loop, on_turn, listen);
    if (listen->channels && listen->turn)
        return listen;

    dispose(listen);

    return NULL;
}
