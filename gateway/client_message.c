#include "gateway/client_message.h"

#include "base/bytes.h"
#include "base/clock.h"
#include "base/metrics.h"
#include "gateway/command.h"
#include "gateway/hub.h"
#include "gateway/moderator.h"
#include "gateway/pass.h"
#include "gateway/session.h"
#include "gateway/turn.h"
#include "schema/entry.h"

#include <stdio.h>
#include <string.h>

void client_message_drop(struct session *session, unsigned reason, enum message_kind kind)
{
    metrics_add_of_kind(session->hub->settings.metrics, METRIC_DROPS, reason, kind, 1);
}

unsigned client_message_drop_reason(enum refusal refusal)
{
    static const unsigned reasons[REFUSAL_COUNT] = {
        [REFUSAL_NOT_JOINED] = DROP_NOT_JOINED,
        [REFUSAL_NOT_ALLOWED] = DROP_NOT_ALLOWED,
        [REFUSAL_TOO_MANY] = DROP_TOO_MANY,
        [REFUSAL_UNAVAILABLE] = DROP_BROKER_DOWN,
        [REFUSAL_TIMEOUT] = DROP_BROKER_DOWN,
        [REFUSAL_INTERNAL] = DROP_OVERLOAD,
        [REFUSAL_UNAUTHORIZED] = DROP_NOT_ALLOWED,
        [REFUSAL_BANNED] = DROP_BANNED,
        [REFUSAL_MUTED] = DROP_MUTED,
        [REFUSAL_ROOM_MUTED] = DROP_ROOM_MUTED,
        [REFUSAL_SLOW_MODE] = DROP_SLOW_MODE,
    };

    return reasons[refusal]; /* DROP_MALFORMED for all others */
}

_Static_assert(DROP_MALFORMED == 0, "what the table has no word for");

static void on_published(void *arg, const struct broker_status *status,
                         const struct broker_published *published)
{
    const struct hub_unheard *unheard = arg;

    (void)published;

    if (status->refusal != REFUSAL_NONE)
        metrics_add_of_kind(unheard->metrics, METRIC_DROPS,
                            client_message_drop_reason(status->refusal), unheard->kind, 1);
}

/* ---- names ---- */

/* The uid that the message gives, else the join, unless the token knows better.  Its size; 0: none.
 */
static size_t speaker_uid(const struct membership *membership, const struct message *message,
                          char uid[MESSAGE_MAX_UID + 1])
{
    int size = message_id_text(message, FIELD_FROM_UID, uid, MESSAGE_MAX_UID);
    struct message join;
    struct span counts;

    if (size == 0 && message_read(&join, bytes_span(membership->join), NULL) == 0)
        size = message_id_text(&join, FIELD_FROM_UID, uid, MESSAGE_MAX_UID);

    counts = pass_uid(membership->session, span_make(uid, size > 0 ? (size_t)size : 0));
    if (counts.size > 0)
        memmove(uid, counts.data, counts.size);
    uid[counts.size] = '\0';

    return counts.size;
}

/* u.<uid or client_id>.<id>; a uid with other letters than an id may have gives way to the
 * client_id, which only matters for retries across reconnects. */
static struct span scoped_id(const struct membership *membership, const struct message *message,
                             char scoped[2 * MESSAGE_MAX_UID + 8])
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-";
    const struct session *session = membership->session;
    char id[MESSAGE_MAX_ID + 1], uid[MESSAGE_MAX_UID + 1];
    int id_size = message_id_text(message, FIELD_ID, id, sizeof id - 1);
    size_t uid_size;
    int size;

    if (id_size <= 0)
        return SPAN_NONE;

    id[id_size] = '\0';
    uid_size = speaker_uid(membership, message, uid);

    if (uid_size == 0 || strspn(uid, letters) != uid_size)
        memcpy(uid, session->client_id, sizeof session->client_id);

    size = snprintf(scoped, 2 * MESSAGE_MAX_UID + 8, "u.%s.%s", uid, id);

    return span_make(scoped, size > 0 ? (size_t)size : 0);
}

/* Those of the two `fields` that are known from its token, else from its join. */
static void add_speaker(const struct membership *membership, uint32_t fields, struct buffer *out)
{
    static const enum message_field both[] = {FIELD_FROM_UID, FIELD_FROM_NAME};
    struct message join;

    fields &= ~pass_write(membership->session, fields, out);
    if (fields == 0 || message_read(&join, bytes_span(membership->join), NULL) != 0)
        return;

    for (size_t i = 0; i < sizeof both / sizeof both[0]; i++) {
        if (!(fields & UINT32_C(1) << both[i]) || !message_has(&join, both[i]))
            continue;

        buffer_add_char(out, ',');
        buffer_add_span(out, join.members[both[i]]);
    }
}

/* ---- publishing ---- */

/* It is not said after all. */
static void unsay(const struct membership *membership, enum message_kind kind)
{
    if (moderator_gave_turn(membership, kind))
        turn_give_back(membership);
}

/* Answered through `command` where there is one, else only counted. */
static void publish(struct membership *membership, enum message_kind kind,
                    struct relay_publish *request, struct command *command)
{
    struct hub *hub = membership->session->hub;
    broker_on_published *done = command ? command_on_published : on_published;
    void *arg = command ? (void *)command : &hub->unheard[kind];
    struct turn *turn =
        moderator_gave_turn(membership, kind) ? turn_new(membership, done, arg) : NULL;

    request->room = span_of(membership->room->id);
    request->session = membership->session->number;

    if (turn)
        relay_publish(hub->relay, request, turn_on_published, turn);
    else
        relay_publish(hub->relay, request, done, arg);
}

/* The client's bytes, or the same members put together anew in the hub's scratch. */
static struct span relayable(const struct membership *membership, const struct message *message)
{
    struct buffer *out = &membership->session->hub->scratch;
    uint32_t missing = /* of its speaker: has to come from elsewhere */
        pass_false_fields(membership->session, message) | message_lacks_speaker(message);

    if (!(message->written & FIELDS_NEVER_RELAYED) && missing == 0)
        return message->json;

    buffer_clear(out);
    buffer_add_char(out, '{');
    (void)message_copy_members(message, FIELDS_NEVER_RELAYED | missing, out);
    add_speaker(membership, missing, out);
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

/* Taps are not published one by one: they are counted here, and that is their answer. */
static void like(const struct membership *membership, const struct message *message,
                 struct command *command)
{
    static const struct broker_status done = {.refusal = REFUSAL_NONE};
    static const struct broker_published nowhere = {.id = SPAN_LITERAL("")};

    relay_like(membership->room->relay, taps(message));

    if (command)
        command_on_published(command, &done, &nowhere);
}

/* May it, as somebody who may speak here now, as often as it does? */
static enum refusal judge(struct membership *membership, enum message_kind kind,
                          const struct message *message)
{
    char uid[MESSAGE_MAX_UID + 1];
    size_t size = message ? speaker_uid(membership, message, uid) : 0;
    enum refusal refusal = admit_message(membership->session, kind);

    return refusal == REFUSAL_NONE ? moderator_judge(membership, kind, span_make(uid, size))
                                   : refusal;
}

/* Of what a room's viewers say there is a budget, so that a crowd cannot drown the rest; what
 * backends and the anchor's shelf say is not of these classes. */
static bool over_budget(const struct membership *membership, enum message_kind kind)
{
    const struct hub_settings *settings = &membership->session->hub->settings;

    if (kind_traits(kind)->class != CLASS_CHAT ||
        bucket_take(&membership->room->budget, &settings->admit.room_budget, clock_now()))
        return false;

    metrics_add(settings->metrics, METRIC_MESSAGES_SAMPLED, kind, 1);
    client_message_drop(membership->session, DROP_SAMPLED, kind);
    unsay(membership, kind);

    return true;
}

enum refusal client_message_submit(struct membership *membership, const struct message *message,
                                   struct command *command)
{
    char scoped[2 * MESSAGE_MAX_UID + 8];
    struct relay_publish request = {.flags = 0};
    enum refusal refusal =
        membership ? judge(membership, message->kind, message) : REFUSAL_NOT_JOINED;

    if (refusal != REFUSAL_NONE)
        return refusal;

    metrics_add(membership->session->hub->settings.metrics, METRIC_MESSAGES_IN, message->kind, 1);

    if (message->kind == KIND_LIKE) {
        like(membership, message, command);
        return REFUSAL_NONE;
    }

    if (over_budget(membership, message->kind)) {
        if (command)
            command_drop(command);
        return REFUSAL_NONE;
    }

    request.message = relayable(membership, message);
    if (span_is_none(request.message)) {
        unsay(membership, message->kind);
        return REFUSAL_INTERNAL;
    }

    request.id = scoped_id(membership, message, scoped);
    request.uid = pass_verified_uid(membership->session);
    publish(membership, message->kind, &request, command);

    return REFUSAL_NONE;
}

static enum refusal check_and_submit(struct membership *membership, struct message *message)
{
    int rc = message_check(message, NULL); /* first, for it says of what kind it is */

    if (!membership)
        return REFUSAL_NOT_JOINED;

    if (rc != 0)
        return REFUSAL_MALFORMED;

    if (!message_room_matches(message, span_of(membership->room->id)))
        return REFUSAL_NOT_JOINED;

    return client_message_submit(membership, message, NULL);
}

void client_message_publish(struct session *session, struct message *message)
{
    enum refusal refusal = check_and_submit(session_membership(session), message);

    if (refusal != REFUSAL_NONE)
        client_message_drop(session, client_message_drop_reason(refusal), message->kind);
}

void client_message_say(struct session *session, struct span raw, unsigned flags, bool as_data)
{
    struct membership *membership = session_membership(session);
    struct relay_publish request = {.id = SPAN_NONE, .flags = flags | ENTRY_NOT_TO_SENDER};
    struct buffer *out = &session->hub->scratch;
    enum refusal refusal = membership ? judge(membership, KIND_CHAT, NULL) : REFUSAL_NOT_JOINED;

    if (refusal != REFUSAL_NONE) {
        client_message_drop(session, client_message_drop_reason(refusal), KIND_CHAT);
        return;
    }

    metrics_add(session->hub->settings.metrics, METRIC_MESSAGES_IN, KIND_CHAT, 1);
    if (over_budget(membership, KIND_CHAT))
        return;

    buffer_clear(out);
    buffer_add_text(out, "{\"msg_type\":\"message\",\"content\":\"");
    buffer_add_span(out, raw);
    buffer_add_char(out, '"');

    if (as_data) {
        buffer_add_text(out, ",\"data\":\"");
        buffer_add_span(out, raw);
        buffer_add_char(out, '"');
    }

    add_speaker(membership, FIELDS_OF_SPEAKER, out);
    buffer_add_char(out, '}');

    if (buffer_status(out) != 0) {
        client_message_drop(session, DROP_OVERLOAD, KIND_CHAT);
        unsay(membership, KIND_CHAT);
        return;
    }

    request.message = buffer_span(out);
    publish(membership, KIND_CHAT, &request, NULL);
}
