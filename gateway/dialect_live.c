/* The mini-programs' live room: JSON objects, one room at a time, and a heartbeat every
 * three seconds.  Accepts whatever it does not understand in silence: these clients
 * parse every frame and have no place to show an error. */
#include "base/bytes.h"
#include "base/metrics.h"
#include "gateway/client_message.h"
#include "gateway/dialect.h"
#include "gateway/entrance.h"
#include "gateway/hub.h"
#include "gateway/live_frame.h"
#include "gateway/session.h"
#include "gateway/upgrade.h"
#include "relay/relay.h"
#include "relay/snapshot.h"
#include "schema/message.h"

#include <stdio.h>

#define PING "{\"msg_type\":\"ping\"}"
#define PONG "{\"msg_type\":\"pong\"}"
#define DEVICE_HEARTBEAT "heart-check-mobile"

#define MAX_ANSWER_PART ((size_t)4 << 20)

/* ---- what the client says ---- */

static void on_ping(struct session *session, struct message *message)
{
    (void)message;
    session_reply(session, span_of(PONG));
}

static void on_join(struct session *session, struct message *join)
{
    metrics_add(session->hub->settings.metrics, METRIC_MESSAGES_IN, KIND_JOIN, 1);
    enter_by_join(session, join);
}

static void on_leave(struct session *session, struct message *message)
{
    (void)message;
    metrics_add(session->hub->settings.metrics, METRIC_MESSAGES_IN, KIND_LEAVE, 1);
    hub_leave(session, LEAVING_CLEANLY);
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
        hub_leave(session, LEAVING_CLEANLY);
    } else {
        client_message_drop(session, DROP_UNKNOWN);
    }
}

static void on_text(struct session *session, struct span text)
{
    struct message message;

    if (span_is(text, PING)) { /* the most frequent frame of all, every three seconds from each */
        session_reply(session, span_of(PONG));
        return;
    }

    if (span_is(text, DEVICE_HEARTBEAT))
        return; /* it wants silence */

    if (message_read(&message, text, NULL) != 0)
        client_message_drop(session, DROP_UNKNOWN);
    else if (message.fields[FIELD_MSG_TYPE].type == JSON_STRING)
        on_typed_object(session, &message);
    else
        on_untyped_object(session, &message);
}

/* ---- what the client is told ---- */

static struct bytes *written(struct buffer *out)
{
    struct bytes *bytes = buffer_status(out) == 0 ? bytes_copy(out->data, out->size) : NULL;

    buffer_dispose(out);

    return bytes;
}

/* The parts of the answer that are the same for all, made once for each state of the room. */
static bool refresh_answer(struct hub_room *room, const struct snapshot *snapshot)
{
    const struct banners *banners = room->hub->settings.banners;
    struct buffer out;

    if (room->cache.message_list && room->cache.version == snapshot_version(snapshot))
        return true;

    hub_room_forget_answer(room);
    buffer_init(&out, MAX_ANSWER_PART);

    live_frame_write_chat(banners, snapshot, &out);
    room->cache.message_list = written(&out);

    live_frame_write_shelf(snapshot, &out);
    room->cache.shelf = written(&out);
    room->cache.version = snapshot_version(snapshot);

    if (room->cache.message_list && room->cache.shelf)
        return true;

    hub_room_forget_answer(room);

    return false;
}

static struct span span_of_bytes(const struct bytes *bytes)
{
    return span_make(bytes->data, bytes->size);
}

static void on_entered(struct session *session, struct membership *membership, uint64_t online_num)
{
    struct hub_room *room = membership->room;
    const struct snapshot *snapshot = relay_snapshot(room->relay);
    struct buffer *out = &room->hub->scratch;
    struct live_welcome welcome;

    if (!refresh_answer(room, snapshot)) {
        session_close(session, CLOSE_TRY_LATER);
        return;
    }

    welcome = (struct live_welcome){
        .join = span_of_bytes(membership->join),
        .online_num = online_num,
        .like_num = snapshot_likes(snapshot),
        .subscribe_num = snapshot_follows(snapshot),
        .message_list = span_of_bytes(room->cache.message_list),
    };

    buffer_clear(out);
    live_frame_write_welcome(room->hub->settings.banners, &welcome, out);

    if (buffer_status(out) != 0) {
        session_close(session, CLOSE_TRY_LATER);
        return;
    }

    session_reply(session, buffer_span(out));

    if (room->cache.shelf->size > 0)
        session_reply_framed(session, span_of_bytes(room->cache.shelf));
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

static bool encode(const struct banners *banners, const struct relayed *relayed, struct buffer *out)
{
    live_frame_write(banners, relayed, false, out);

    return true;
}

static bool encode_data(const struct banners *banners, const struct relayed *relayed,
                        struct buffer *out)
{
    live_frame_write(banners, relayed, true, out);

    return true;
}

const struct dialect dialect_live = {
    .id = DIALECT_LIVE,
    .name = "live",
    .on_open = on_open,
    .on_text = on_text,
    .on_entered = on_entered,
    .encode = encode,
};

const struct dialect dialect_live_data = {
    .id = DIALECT_LIVE_DATA,
    .name = "live",
    .on_open = on_open_data,
    .on_text = on_text,
    .on_entered = on_entered,
    .encode = encode_data,
};
