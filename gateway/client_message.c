#include "gateway/client_message.h"

#include "base/metrics.h"
#include "gateway/hub.h"
#include "gateway/session.h"
#include "schema/entry.h"

#include <stdio.h>
#include <string.h>

void client_message_drop(struct session *session, unsigned reason)
{
    metrics_add(session->hub->settings.metrics, METRIC_DROPS, reason, 1);
}

static void on_published(void *arg, const struct broker_status *status,
                         const struct broker_published *published)
{
    struct hub *hub = arg;

    (void)published;

    if (status->refusal != REFUSAL_NONE)
        metrics_add(hub->settings.metrics, METRIC_DROPS,
                    refusal_traits(status->refusal)->retry ? DROP_BROKER_DOWN : DROP_MALFORMED, 1);
}

/* ---- names ---- */

static bool has(const struct message *message, enum message_field field)
{
    return message->fields[field].type != JSON_NONE;
}

/* u.<uid or client_id>.<id>; a uid with other letters than an id may have gives way to the
 * client_id, which only matters for retries across reconnects. */
static struct span scoped_id(const struct session *session, const struct message *message,
                             char scoped[2 * MESSAGE_MAX_UID + 8])
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-";
    char id[MESSAGE_MAX_ID + 1], uid[MESSAGE_MAX_UID + 1];
    int id_size = message_id_text(message, FIELD_ID, id, sizeof id - 1);
    int uid_size = message_id_text(message, FIELD_FROM_UID, uid, sizeof uid - 1);
    int size;

    if (id_size <= 0)
        return SPAN_NONE;

    id[id_size] = '\0';
    uid[uid_size > 0 ? uid_size : 0] = '\0';

    if (uid_size <= 0 || strspn(uid, letters) != (size_t)uid_size)
        memcpy(uid, session->client_id, sizeof session->client_id);

    size = snprintf(scoped, 2 * MESSAGE_MAX_UID + 8, "u.%s.%s", uid, id);

    return span_make(scoped, size > 0 ? (size_t)size : 0);
}

/* Who is speaking, from its join, where the message does not say. */
static void add_speaker(struct session *session, const struct message *message, struct buffer *out)
{
    static const enum message_field fields[] = {FIELD_FROM_UID, FIELD_FROM_NAME};
    const struct bytes *said = session_membership(session)->join;
    struct message join;

    if (message_read(&join, span_make(said->data, said->size), NULL) != 0)
        return;

    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        if ((message && has(message, fields[i])) || !has(&join, fields[i]))
            continue;

        buffer_add_char(out, ',');
        buffer_add_span(out, join.members[fields[i]]);
    }
}

/* ---- publishing ---- */

static bool admitted(struct session *session)
{
    if (!session_membership(session)) {
        client_message_drop(session, DROP_NOT_JOINED);
        return false;
    }

    if (!session->hub->settings.may_send) {
        client_message_drop(session, DROP_NOT_ALLOWED);
        return false;
    }

    return true;
}

static void publish(struct session *session, struct span message, struct span id, unsigned flags)
{
    struct relay_publish request = {
        .room = span_of(session_membership(session)->room->id),
        .message = message,
        .id = id,
        .session = session->number,
        .flags = flags,
    };

    relay_publish(session->hub->relay, &request, on_published, session->hub);
}

static bool names_its_speaker(const struct message *message)
{
    return has(message, FIELD_FROM_UID) && has(message, FIELD_FROM_NAME);
}

/* The client's bytes, or the same members put together anew in the hub's scratch. */
static struct span relayable(struct session *session, const struct message *message)
{
    struct buffer *out = &session->hub->scratch;
    uint32_t without = FIELDS_NEVER_RELAYED;

    if (!(message->written & FIELDS_NEVER_RELAYED) && names_its_speaker(message))
        return message->json;

    if (!has(message, FIELD_FROM_UID)) /* written as null or "": its place is taken */
        without |= FIELD_BIT(FROM_UID);

    if (!has(message, FIELD_FROM_NAME))
        without |= FIELD_BIT(FROM_NAME);

    buffer_clear(out);
    buffer_add_char(out, '{');
    (void)message_copy_members(message, without, out);
    add_speaker(session, message, out);
    buffer_add_char(out, '}');

    return buffer_status(out) == 0 ? buffer_span(out) : SPAN_NONE;
}

static uint32_t taps(const struct message *message)
{
    int64_t count = 1;

    if (message->fields[FIELD_COUNT].type == JSON_NUMBER &&
        json_to_integer(message->fields[FIELD_COUNT], &count) != 0)
        return 1;

    return (uint32_t)count;
}

void client_message_publish(struct session *session, struct message *message)
{
    char scoped[2 * MESSAGE_MAX_UID + 8];
    struct span json;

    if (!admitted(session))
        return;

    if (message_check(message, NULL) != 0) {
        client_message_drop(session, DROP_MALFORMED);
        return;
    }

    metrics_add(session->hub->settings.metrics, METRIC_MESSAGES_IN, message->kind, 1);

    if (!message_room_matches(message, span_of(session_membership(session)->room->id))) {
        client_message_drop(session, DROP_NOT_JOINED);
        return;
    }

    if (message->kind == KIND_LIKE) {
        relay_like(session_membership(session)->room->relay, taps(message));
        return;
    }

    json = relayable(session, message);

    if (span_is_none(json))
        client_message_drop(session, DROP_OVERLOAD);
    else
        publish(session, json, scoped_id(session, message, scoped), 0);
}

void client_message_say(struct session *session, struct span raw, unsigned flags, bool as_data)
{
    struct buffer *out = &session->hub->scratch;

    if (!admitted(session))
        return;

    metrics_add(session->hub->settings.metrics, METRIC_MESSAGES_IN, KIND_CHAT, 1);

    buffer_clear(out);
    buffer_add_text(out, "{\"msg_type\":\"message\",\"content\":\"");
    buffer_add_span(out, raw);
    buffer_add_char(out, '"');

    if (as_data) {
        buffer_add_text(out, ",\"data\":\"");
        buffer_add_span(out, raw);
        buffer_add_char(out, '"');
    }

    add_speaker(session, NULL, out);
    buffer_add_char(out, '}');

    if (buffer_status(out) != 0)
        client_message_drop(session, DROP_OVERLOAD);
    else
        publish(session, buffer_span(out), SPAN_NONE, flags | ENTRY_NOT_TO_SENDER);
}
