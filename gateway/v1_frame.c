#include "gateway/v1_frame.h"

#include "relay/arrival.h"
#include "relay/relay.h"
#include "relay/snapshot.h"
#include "schema/message.h"
#include "schema/msgpack.h"
#include "schema/payload.h"

#include <errno.h>

static void add_position(struct buffer *out, struct position position)
{
    json_add_number(out, "term", position.term);
    json_add_number(out, "seq", position.seq);
}

/* ---- one room message ---- */

/* Which counter a kind carries. */
static uint32_t add_counter(const struct relayed *relayed, struct buffer *out)
{
    switch (relayed->message->kind) {
    case KIND_JOIN:
    case KIND_LEAVE:
        json_add_number(out, "online_num", relayed->online_num);
        return FIELD_BIT(ONLINE_NUM);
    case KIND_LIKE:
        json_add_number(out, "like_num", relayed->like_num);
        json_add_number(out, "delta", relayed->delta);
        return FIELD_BIT(LIKE_NUM) | FIELD_BIT(COUNT);
    case KIND_FOLLOW:
        json_add_number(out, "subscribe_num", relayed->subscribe_num);
        return FIELD_BIT(SUBSCRIBE_NUM);
    case KIND_CHAT:
    case KIND_BUY:
    case KIND_SHELF:
    case KIND_CUSTOM:
    case KIND_RECALL:
    case KIND_COUNT:
        break;
    }

    return 0;
}

/* The id a message has in its room; empty where it has none. */
static void add_id(struct buffer *out, const struct entry *entry, const struct message *message)
{
    buffer_add_text(out, ",\"id\":");

    if (entry->id.size == 0 && message_has(message, FIELD_ID))
        json_write_value(out, message->fields[FIELD_ID]);
    else
        json_write_string(out, entry->id);
}

/* A client may have written its text as `data` only: then it is the content. */
static void add_content(struct buffer *out, const struct message *message)
{
    if (message->kind != KIND_CHAT || message_has(message, FIELD_CONTENT))
        return;

    buffer_add_text(out, ",\"content\":");
    json_write_value(out, message->fields[FIELD_DATA]);
}

void v1_frame_write(struct span room, const struct relayed *relayed, struct buffer *out)
{
    const struct message *message = relayed->message;
    uint32_t without =
        FIELDS_NEVER_RELAYED | FIELD_BIT(MSG_TYPE) | FIELD_BIT(ROOM_ID) | FIELD_BIT(ID);
    size_t end;

    buffer_add_text(out, "{\"msg_type\":");
    json_write_value(out, message->fields[FIELD_MSG_TYPE]);
    json_add_string(out, "room_id", room);
    add_id(out, relayed->entry, message);
    json_add_number(out, "ts", relayed->entry->ts > 0 ? (uint64_t)relayed->entry->ts : 0);
    add_position(out, relayed->entry->position);
    without |= add_counter(relayed, out);
    add_content(out, message);

    if (message->kind == KIND_CHAT && !message_has(message, FIELD_CONTENT))
        without |= FIELD_BIT(CONTENT);

    end = out->size;
    buffer_add_char(out, ',');
    if (!message_copy_members(message, without, out))
        buffer_truncate(out, end);

    buffer_add_char(out, '}');
}

void v1_frame_write_packed(struct span room, const struct relayed *relayed, struct buffer *out)
{
    struct buffer json;

    buffer_init(&json, PAYLOAD_JSON_MAX(2 * MESSAGE_MAX_BYTES));
    v1_frame_write(room, relayed, &json);

    if (buffer_status(&json) != 0 || msgpack_from_json(buffer_span(&json), out) != 0)
        buffer_fail(out, -ENOMEM); /* for our own JSON is good */

    buffer_dispose(&json);
}

/* ---- what lies in a room ---- */

static void write_read(struct span room, const struct arrival *arrival, struct buffer *out)
{
    const struct relayed relayed = {
        .entry = &arrival->entry,
        .message = &arrival->message,
        .subscribe_num = arrival->entry.total > 0 ? (uint64_t)arrival->entry.total : 0,
    };

    v1_frame_write(room, &relayed, out);
}

int v1_frame_write_entry(struct span room, struct span bytes, struct buffer *out)
{
    struct arrival arrival;
    struct buffer json;
    int rc;

    buffer_init(&json, ARRIVAL_SCRATCH_MAX);
    rc = arrival_read(&arrival, bytes, &json);
    if (rc == 0 && !message_room_matches(&arrival.message, room))
        rc = -EBADMSG;
    if (rc == 0)
        write_read(room, &arrival, out);

    buffer_dispose(&json);

    return rc;
}

struct listing {
    struct span room;
    struct position until;
    struct buffer json;
    struct buffer *out;
    const char *comma;
};

static int list_entry(struct listing *listing, struct span bytes)
{
    struct arrival arrival;
    int rc = arrival_read(&arrival, bytes, &listing->json);

    if (rc != 0)
        return rc == -ENOMEM ? rc : 0; /* the relay refused it too, and counted it */

    if (position_compare(arrival.entry.position, listing->until) > 0)
        return 0;

    buffer_add_text(listing->out, listing->comma);
    write_read(listing->room, &arrival, listing->out);
    listing->comma = ",";

    return 0;
}

static int list(const struct snapshot *snapshot, size_t n,
                struct span (*nth)(const struct snapshot *, size_t), struct listing *listing)
{
    int rc = 0;

    listing->comma = "";
    buffer_init(&listing->json, ARRIVAL_SCRATCH_MAX);
    buffer_add_char(listing->out, '[');

    for (size_t i = 0; i < n && rc == 0; i++)
        rc = list_entry(listing, nth(snapshot, i));

    buffer_add_char(listing->out, ']');
    buffer_dispose(&listing->json);

    return rc == 0 ? buffer_status(listing->out) : rc;
}

int v1_frame_write_shelf(struct span room, const struct snapshot *snapshot, struct position until,
                         struct buffer *out)
{
    struct listing listing = {.room = room, .until = until, .out = out};

    return list(snapshot, snapshot_shelf_count(snapshot), snapshot_shelf, &listing);
}

int v1_frame_write_chat(struct span room, const struct snapshot *snapshot, struct position until,
                        struct buffer *out)
{
    struct listing listing = {.room = room, .until = until, .out = out};

    return list(snapshot, snapshot_chat_count(snapshot), snapshot_chat, &listing);
}

/* ---- what one client is told ---- */

void v1_frame_write_joined(const struct v1_joined *joined, struct buffer *out)
{
    buffer_add_text(out, "{\"msg_type\":\"joined\"");
    json_add_string(out, "room_id", joined->room);
    add_position(out, joined->position);
    buffer_add_text(out, joined->resumed ? ",\"resumed\":true" : ",\"resumed\":false");
    json_add_number(out, "online_num", joined->online_num);
    json_add_number(out, "like_num", joined->like_num);
    json_add_number(out, "subscribe_num", joined->subscribe_num);
    if (joined->degraded)
        buffer_add_text(out, ",\"degraded\":true");
    if (joined->muted)
        buffer_add_text(out, ",\"muted\":true");
    if (joined->slow_mode_s > 0)
        json_add_number(out, "slow_mode_s", joined->slow_mode_s);
    buffer_add_char(out, '}');
}

unsigned v1_joined_members(const struct v1_joined *joined)
{
    return 10U + joined->degraded + joined->muted + (joined->slow_mode_s > 0);
}

void v1_frame_write_settings(struct span room, bool muted, uint32_t slow_mode_s, struct buffer *out)
{
    buffer_add_text(out, "{\"msg_type\":\"room_settings\"");
    json_add_string(out, "room_id", room);
    buffer_add_text(out, muted ? ",\"muted\":true" : ",\"muted\":false");
    json_add_number(out, "slow_mode_s", slow_mode_s);
    buffer_add_char(out, '}');
}

void v1_frame_write_removed(struct span room, const char *code, struct buffer *out)
{
    buffer_add_text(out, "{\"msg_type\":\"removed\"");
    json_add_string(out, "room_id", room);
    json_add_string(out, "code", span_of(code));
    buffer_add_char(out, '}');
}

void v1_frame_write_degraded(struct span room, bool degraded, struct position position,
                             struct buffer *out)
{
    buffer_add_text(out, "{\"msg_type\":\"degraded\"");
    json_add_string(out, "room_id", room);
    buffer_add_text(out, degraded ? ",\"degraded\":true" : ",\"degraded\":false");
    add_position(out, position);
    buffer_add_char(out, '}');
}

void v1_frame_write_ack(int64_t ack, struct span id, struct position position, struct buffer *out)
{
    buffer_add_text(out, "{\"msg_type\":\"ack\",\"ack\":");
    buffer_add_i64(out, ack);
    json_add_string(out, "id", id);
    add_position(out, position);
    buffer_add_char(out, '}');
}

void v1_frame_write_dropped(int64_t ack, struct buffer *out)
{
    v1_frame_write_ack(ack, span_of(""), (struct position){0, 0}, out);
    buffer_truncate(out, out->size - 1);
    buffer_add_text(out, ",\"dropped\":true}");
}

void v1_frame_write_error(int64_t ack, enum refusal refusal, const char *detail, struct buffer *out)
{
    const struct refusal_traits *traits = refusal_traits(refusal);

    buffer_add_text(out, "{\"msg_type\":\"error\"");
    if (ack != NO_ACK) {
        buffer_add_text(out, ",\"ack\":");
        buffer_add_i64(out, ack);
    }

    json_add_string(out, "code", span_of(traits->code));
    json_add_string(out, "message", span_of(detail ? detail : traits->text));
    buffer_add_text(out, traits->retry ? ",\"retry\":true}" : ",\"retry\":false}");
}

void v1_frame_write_reconnect(uint64_t after_ms, struct buffer *out)
{
    buffer_add_text(out, "{\"msg_type\":\"reconnect\"");
    json_add_number(out, "after_ms", after_ms);
    buffer_add_char(out, '}');
}
