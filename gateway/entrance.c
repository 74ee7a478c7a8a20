#include "gateway/entrance.h"

#include "base/bytes.h"
#include "base/metrics.h"
#include "gateway/admit.h"
#include "gateway/client_message.h"
#include "gateway/hub.h"
#include "gateway/moderator.h"
#include "gateway/pass.h"
#include "gateway/resume.h"
#include "gateway/session.h"
#include "gateway/upgrade.h"
#include "schema/message.h"
#include "schema/room.h"

/* Of a join, these are the gateway's to say. */
#define NOT_FROM_THE_CLIENT                                                                \
    (FIELDS_NEVER_RELAYED | FIELD_BIT(ID) | FIELD_BIT(MSG_TYPE) | FIELD_BIT(MSG_CONTENT) | \
     FIELD_BIT(COUNT) | FIELD_BIT(ONLINE_NUM) | FIELD_BIT(LIKE_NUM) | FIELD_BIT(SUBSCRIBE_NUM))

/* Who may not is told as he can be told. */
static bool admitted(struct session *session, struct span room)
{
    enum refusal refusal = admit_room(session, room);

    if (refusal == REFUSAL_NOT_ALLOWED && !session->dialect->tell_refused)
        session_close(session, CLOSE_NOT_ALLOWED);
    else if (refusal != REFUSAL_NONE)
        moderator_refuse(session, NULL, refusal);

    return refusal == REFUSAL_NONE;
}

/* Told as it can be told.  One that is there already, under no name or another one, goes: then the
 * entrance's room may be gone. */
static bool is_banned(struct session *session, const struct entrance *entrance)
{
    enum refusal refusal = moderator_admit(session->hub, entrance->room, entrance->uid);
    struct membership *stay;

    if (refusal == REFUSAL_NONE)
        return false;

    moderator_refuse(session, entrance->resume, refusal);
    stay = session_membership_in(session, entrance->room);
    if (stay && !session->closing)
        hub_leave(stay, LEAVING_CLEANLY);

    return true;
}

static void enter(struct session *session, const struct entrance *entrance)
{
    if (is_banned(session, entrance)) {
        bytes_release(entrance->join);
        resume_end(entrance->resume);
        return;
    }

    if (entrance->join && !session->closing) {
        if (hub_enter(session->hub, session, entrance) != 0)
            session_close(session, CLOSE_TRY_LATER);
        return;
    }

    bytes_release(entrance->join);
    resume_end(entrance->resume);
    session_close(session, CLOSE_TRY_LATER);
}

static struct bytes *written(const struct buffer *out)
{
    return buffer_status(out) == 0 ? bytes_copy(out->data, out->size) : NULL;
}

static void begin_join(struct buffer *out)
{
    buffer_clear(out);
    buffer_add_text(out, "{\"msg_type\":\"join\"");
}

void enter_by_upgrade(struct session *session, const struct upgrade *upgrade, const char *fallback)
{
    struct buffer *out = &session->hub->scratch;
    const char *room = upgrade->room[0] ? upgrade->room : fallback;
    struct entrance entrance;

    if (!room || !admitted(session, span_of(room)))
        return;

    entrance =
        (struct entrance){.room = span_of(room), .uid = pass_uid(session, span_of(upgrade->uid))};

    begin_join(out);
    json_add_string(out, "room_id", entrance.room);

    if (!(pass_write(session, FIELDS_OF_SPEAKER, out) & FIELD_BIT(FROM_UID)) &&
        entrance.uid.size > 0)
        json_add_string(out, "from_uid", entrance.uid);

    buffer_add_char(out, '}');
    entrance.join = written(out);
    enter(session, &entrance);
}

/* A comma before each. */
static void copy_name(const struct message *join, uint32_t without, struct buffer *out)
{
    static const enum message_field fields[] = {FIELD_ROOM_ID, FIELD_FROM_UID, FIELD_FROM_NAME};

    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        if (without & UINT32_C(1) << fields[i] || !message_has(join, fields[i]))
            continue;

        buffer_add_char(out, ',');
        buffer_add_span(out, join->members[fields[i]]);
    }
}

/* Without what is not for others: all that it says of itself, or only who it is. */
static void write_cleaned(const struct session *session, const struct message *join,
                          struct span room, bool all)
{
    struct buffer *out = &session->hub->scratch;
    uint32_t untrue = pass_false_fields(session, join);
    uint32_t without = NOT_FROM_THE_CLIENT | untrue;

    begin_join(out);
    without |= pass_write(session, untrue | message_lacks_speaker(join), out);

    if (!message_has(join, FIELD_ROOM_ID)) {
        json_add_string(out, "room_id", room);
        without |= FIELD_BIT(ROOM_ID);
    }

    if (all) {
        buffer_add_char(out, ',');
        if (!message_copy_members(join, without, out))
            buffer_truncate(out, out->size - 1);
    } else {
        copy_name(join, without, out);
    }

    buffer_add_char(out, '}');
}

void enter_with(struct session *session, const struct message *join, struct span room,
                struct resume *resume)
{
    const struct buffer *out = &session->hub->scratch;
    char uid[MESSAGE_MAX_UID + 1];
    int size = message_id_text(join, FIELD_FROM_UID, uid, sizeof uid);
    struct entrance entrance = {
        .room = room,
        .uid = pass_uid(session, span_make(uid, size > 0 ? (size_t)size : 0)),
        .announced = true,
        .resume = resume,
    };

    write_cleaned(session, join, room, true);
    if (out->size > ENTRANCE_MAX_JOIN && session->dialect->tell_refused) {
        moderator_refuse(session, resume, REFUSAL_TOO_BIG);
        resume_end(resume);
        return;
    }

    if (out->size > ENTRANCE_MAX_JOIN)
        write_cleaned(session, join, room, false);

    entrance.join = written(out);
    enter(session, &entrance);
}

/* Who has none is sent away. */
static bool has_good_token(struct session *session, const struct message *join)
{
    enum token_fault fault = pass_show(session, join);

    if (fault != TOKEN_GOOD)
        session_close(session, fault == TOKEN_NO_MEMORY ? CLOSE_TRY_LATER : CLOSE_TOKEN);

    return fault == TOKEN_GOOD;
}

void enter_by_join(struct session *session, struct message *join)
{
    char text[ROOM_ID_MAX + 1];
    int size = message_id_text(join, FIELD_ROOM_ID, text, sizeof text);
    struct span room = SPAN_NONE;

    if (size > 0)
        room = span_make(text, (size_t)size);
    else if (session_membership(session)) /* it said where to in its upgrade */
        room = span_of(session_membership(session)->room->id);

    if (admit_once_more(session, KIND_JOIN) != REFUSAL_NONE)
        client_message_drop(session, DROP_TOO_MANY, KIND_JOIN);
    else if (!has_good_token(session, join))
        return;
    else if (!room_id_valid(room) || message_check(join, NULL) != 0)
        client_message_drop(session, DROP_MALFORMED, KIND_JOIN);
    else if (admitted(session, room))
        enter_with(session, join, room, NULL);
}
