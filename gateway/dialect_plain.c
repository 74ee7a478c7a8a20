/* Plain text: what a viewer types is what the others get.  No greeting, no join or leave,
 * no likes; two heartbeats, each answered in its own language. */
#include "base/metrics.h"
#include "gateway/client_message.h"
#include "gateway/dialect.h"
#include "gateway/entrance.h"
#include "gateway/hub.h"
#include "gateway/live_frame.h"
#include "gateway/session.h"
#include "gateway/upgrade.h"
#include "relay/relay.h"
#include "schema/entry.h"
#include "schema/message.h"

#include <ctype.h>

#define HEARTBEAT_LETTERS 16
#define HEARTBEAT_END "ping"

/* ^[0-9A-Za-z]{16}ping$ */
static bool is_heartbeat(struct span text)
{
    if (text.size != HEARTBEAT_LETTERS + sizeof HEARTBEAT_END - 1 ||
        !span_ends_with(text, span_of(HEARTBEAT_END)))
        return false;

    for (size_t i = 0; i < HEARTBEAT_LETTERS; i++) {
        if (!isalnum((unsigned char)text.data[i]))
            return false;
    }

    return true;
}

static void say(struct session *session, struct span text)
{
    struct buffer content;

    buffer_init(&content, (size_t)8 * MESSAGE_MAX_BYTES);
    json_write_content(&content, text);

    if (buffer_status(&content) == 0)
        client_message_say(session, buffer_span(&content), ENTRY_PLAIN_TEXT, false);
    else
        client_message_drop(session, DROP_OVERLOAD, KIND_CHAT);

    buffer_dispose(&content);
}

static void on_object(struct session *session, struct message *message)
{
    const struct json_value *type = &message->fields[FIELD_MSG_TYPE];
    enum message_kind kind = KIND_UNKNOWN;

    if (type->type == JSON_STRING)
        (void)!kind_from_name(type->raw.data, type->raw.size, &kind);

    if (type->type == JSON_STRING && span_is(type->raw, "ping"))
        session_pong(session, PONG_OBJECT);
    else if (type->type != JSON_STRING || kind == KIND_JOIN || kind == KIND_LEAVE)
        client_message_drop(session, DROP_UNKNOWN, kind);
    else
        client_message_publish(session, message);
}

static void on_text(struct session *session, struct span text)
{
    struct message message;

    if (is_heartbeat(text))
        session_pong(session, PONG_WORD);
    else if (text.size > 0 && text.data[0] == '{' && message_read(&message, text, NULL) == 0)
        on_object(session, &message);
    else if (text.size > 0)
        say(session, text);
}

static void on_open(struct session *session, const struct upgrade *upgrade)
{
    enter_by_upgrade(session, upgrade, session->hub->settings.default_room);
}

static bool encode(const struct hub_room *room, const struct relayed *relayed, struct buffer *out)
{
    const struct message *message = relayed->message;

    if (kind_traits(message->kind)->class == CLASS_DROPPABLE || message->kind == KIND_RECALL)
        return false; /* who shows each frame as it is would show a recall too */

    if (relayed->entry->flags & ENTRY_PLAIN_TEXT)
        json_decode_into(message->fields[FIELD_CONTENT], out);
    else
        live_frame_write(room->hub->settings.banners, relayed, false, out);

    return true;
}

const struct dialect dialect_plain = {
    .id = DIALECT_PLAIN,
    .name = "plain",
    .opcode = WS_TEXT,
    .one_room = true,
    .drain_turn = DRAIN_COMES_SELDOM,
    .on_open = on_open,
    .on_text = on_text,
    .encode = encode,
};
