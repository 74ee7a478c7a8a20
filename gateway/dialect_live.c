/* The mini-programs' live room: JSON objects, one room at a time, and a heartbeat every
 * three seconds.  Accepts whatever it does not understand in silence: these clients
 * parse every frame and have no place to show an error. */
#include "base/bytes.h"
#include "base/metrics.h"
#include "gateway/client_message.h"
#include "gateway/dialect.h"
#include "gateway/entrance.h"
#include "gateway/frame.h"
#include "gateway/hub.h"
#include "gateway/live_frame.h"
#include "gateway/session.h"
#include "gateway/upgrade.h"
#include "relay/relay.h"
#include "relay/snapshot.h"
#include "schema/message.h"

#include <errno.h>
#include <stdio.h>

#define PING "{\"msg_type\":\"ping\"}"
#define DEVICE_HEARTBEAT "heart-check-mobile"

/* ---- what the client says ---- */

static void on_ping(struct session *session, struct message *message)
{
    (void)message;
    session_pong(session, PONG_OBJECT);
}

static void on_join(struct session *session, struct message *join)
{
    metrics_add(session->hub->settings.metrics, METRIC_MESSAGES_IN, KIND_JOIN, 1);
    enter_by_join(session, join);
}

/* Of another room: it has switched already, and says goodbye behind it. */
static void on_leave(struct session *session, struct message *message)
{
    struct membership *membership = session_membership(session);

    metrics_add(session->hub->settings.metrics, METRIC_MESSAGES_IN, KIND_LEAVE, 1);

    if (membership && message_room_matches(message, span_of(membership->room->id)))
        hub_leave(membership, LEAVING_CLEANLY);
    else
        client_message_drop(session, DROP_NOT_JOINED, KIND_LEAVE);
}

static const struct {
    const char *msg_type;
    void (*handle)(struct session *session, struct message *message);
} words[] = {
    {"ping", on_ping},
    {"join", on_join},
    {"leave", on_leave},
};

static void on_typed_object(struct session *session, struct message *message)
{
    struct span type = message->fields[FIELD_MSG_TYPE].raw;

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (span_is(type, words[i].msg_type)) {
            words[i].handle(session, message);
            return;
        }
    }

    client_message_publish(session, message);
}

/* Objects without a msg_type: the chat page's {"data":…}, the device page's {"type":"logout"}. */
static void on_untyped_object(struct session *session, const struct message *message)
{
    const struct json_value *data = &message->fields[FIELD_DATA];
    const struct json_value *type = &message->fields[FIELD_TYPE];

    if (data->type == JSON_STRING && data->raw.size > 0) {
        client_message_say(session, data->raw, 0, true);
    } else if (type->type == JSON_STRING && span_is(type->raw, "logout")) {
        session->said_goodbye = true;
        hub_leave_all(session, LEAVING_CLEANLY);
    } else {
        client_message_drop(session, DROP_UNKNOWN, KIND_UNKNOWN);
    }
}

static void on_text(struct session *session, struct span text)
{
    struct message message;

    if (span_is(text, PING)) { /* the most frequent frame of all, every three seconds from each */
        session_pong(session, PONG_OBJECT);
        return;
    }

    if (span_is(text, DEVICE_HEARTBEAT))
        return; /* it wants silence */

    if (message_read(&message, text, NULL) != 0)
        client_message_drop(session, DROP_UNKNOWN, KIND_UNKNOWN);
    else if (message.fields[FIELD_MSG_TYPE].type == JSON_STRING)
        on_typed_object(session, &message);
    else
        on_untyped_object(session, &message);
}

/* ---- what the client is told ---- */

/* The list is the last member, and the same for all: a long one follows in fragments. */
static void end_welcome(const struct membership *membership, struct span welcome,
                        struct buffer *block)
{
    const struct join_cache *cache = &membership->room->cache;
    unsigned char head[FRAME_HEAD_MAX];

    if (cache->list_is_framed) {
        frame_write_part(block, WS_TEXT, welcome, false);
        answer_add(&membership->session->answer, cache->list);
        return;
    }

    (void)buffer_add(block, head, frame_head(head, WS_TEXT, welcome.size + cache->list->size));
    (void)buffer_add_span(block, welcome);
    (void)buffer_add_span(block, bytes_span(cache->list));
}

static int answer(struct membership *membership, struct buffer *block)
{
    struct hub_room *room = membership->room;
    const struct banners *banners = room->hub->settings.banners;
    const struct snapshot *snapshot = relay_snapshot(room->relay);
    struct buffer *out = &room->hub->scratch;
    const struct live_welcome welcome = {
        .join = bytes_span(membership->join),
        .online_num = relay_online(room->relay),
        .like_num = snapshot_likes(snapshot),
        .subscribe_num = snapshot_follows(snapshot),
    };

    if (join_cache_refresh(&room->cache, banners, snapshot, hub_room_position(room)) != 0)
        return -ENOMEM;

    buffer_clear(out);
    live_frame_begin_welcome(banners, &welcome, out);
    if (buffer_status(out) != 0)
        return -ENOMEM;

    end_welcome(membership, buffer_span(out), block);
    answer_add(&membership->session->answer, room->cache.shelf);

    return buffer_status(block);
}

static void greet(struct session *session)
{
    static const char init[] = "{\"msg_type\":\"init\",\"client_id\":\"%.*s\"}";
    char text[sizeof init + CLIENT_ID_DIGITS];
    int size = snprintf(text, sizeof text, init, CLIENT_ID_DIGITS, session->client_id);

    session_reply(session, span_make(text, (size_t)size));
}

static void on_open(struct session *session, const struct upgrade *upgrade)
{
    greet(session);
    enter_by_upgrade(session, upgrade, NULL);
}

static void on_open_data(struct session *session, const struct upgrade *upgrade)
{
    greet(session);
    enter_by_upgrade(session, upgrade, session->hub->settings.default_room);
}

/* What stands in the place of a message that was recalled: nobody here was shown that message. */
static bool is_tombstone(const struct relayed *relayed)
{
    return relayed->message->kind == KIND_RECALL && relayed->entry->id.size > 0;
}

static bool encode(const struct hub_room *room, const struct relayed *relayed, struct buffer *out)
{
    if (is_tombstone(relayed))
        return false;

    live_frame_write(room->hub->settings.banners, relayed, false, out);

    return true;
}

static bool encode_data(const struct hub_room *room, const struct relayed *relayed,
                        struct buffer *out)
{
    if (relayed->message->kind == KIND_RECALL)
        return false; /* it prints what it gets, and has no ids to find a message by */

    live_frame_write(room->hub->settings.banners, relayed, true, out);

    return true;
}

const struct dialect dialect_live = {
    .id = DIALECT_LIVE,
    .name = "live",
    .opcode = WS_TEXT,
    .one_room = true,
    .drain_turn = DRAIN_COMES_BACK,
    .on_open = on_open,
    .on_text = on_text,
    .answer = answer,
    .encode = encode,
};

const struct dialect dialect_live_data = {
    .id = DIALECT_LIVE_DATA,
    .name = "live",
    .opcode = WS_TEXT,
    .one_room = true,
    .drain_turn = DRAIN_STAYS_AWAY, /* it reconnects on errors only */
    .on_open = on_open_data,
    .on_text = on_text,
    .answer = answer,
    .encode = encode_data,
};
