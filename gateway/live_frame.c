#include "gateway/live_frame.h"

#include "gateway/frame.h"
#include "relay/arrival.h"
#include "relay/relay.h"
#include "relay/snapshot.h"
#include "schema/entry.h"
#include "schema/message.h"

#include <errno.h>

#define COUNTERS (FIELD_BIT(ONLINE_NUM) | FIELD_BIT(LIKE_NUM) | FIELD_BIT(SUBSCRIBE_NUM))

static bool has_text(const struct message *message, enum message_field field)
{
    return message->fields[field].type == JSON_STRING && message->fields[field].raw.size > 0;
}

static struct span raw_text(const struct message *message, enum message_field field)
{
    return has_text(message, field) ? message->fields[field].raw : SPAN_NONE;
}

/* `raw` is the inside of a JSON string. */
static void add_raw(struct buffer *out, const char *name, struct span raw)
{
    buffer_add_text(out, ",\"");
    buffer_add_text(out, name);
    buffer_add_text(out, "\":\"");
    buffer_add_span(out, raw);
    buffer_add_char(out, '"');
}

/* In a big room one join stands for several. */
static uint64_t speaks_for(const struct message *message)
{
    int64_t count;

    if (message->fields[FIELD_COUNT].type != JSON_NUMBER ||
        json_to_integer(message->fields[FIELD_COUNT], &count) != 0 || count < 1)
        return 1;

    return (uint64_t)count;
}

static void add_banner(struct buffer *out, const struct banners *banners, enum banner banner,
                       const struct message *message)
{
    struct banner_values values = {
        .name = raw_text(message, FIELD_FROM_NAME),
        .goods = raw_text(message, FIELD_GOODS_NAME),
        .count = speaks_for(message),
    };

    if (banner == BANNER_JOIN && values.count > 1)
        banner = BANNER_JOINS;

    buffer_add_text(out, ",\"msg_content\":\"");
    banner_write(banners, banner, &values, out);
    buffer_add_char(out, '"');
}

/* ---- one room message ---- */

/* What `live` adds to a kind's own members. */
enum addition { ADDS_NOTHING, ADDS_TEXT, ADDS_BANNER, ADDS_COUNT_AND_BANNER };

static const struct {
    enum addition addition;
    enum banner banner;
} additions[KIND_COUNT] = {
    [KIND_JOIN] = {ADDS_COUNT_AND_BANNER, BANNER_JOIN},
    [KIND_LEAVE] = {ADDS_COUNT_AND_BANNER, BANNER_LEAVE},
    [KIND_CHAT] = {ADDS_TEXT, BANNER_GUEST},
    [KIND_LIKE] = {ADDS_NOTHING, BANNER_GUEST}, /* written whole, below */
    [KIND_FOLLOW] = {ADDS_COUNT_AND_BANNER, BANNER_FOLLOW},
    [KIND_BUY] = {ADDS_BANNER, BANNER_BUY},
    [KIND_SHELF] = {ADDS_NOTHING, BANNER_GUEST},
    [KIND_CUSTOM] = {ADDS_NOTHING, BANNER_GUEST},
    [KIND_RECALL] = {ADDS_NOTHING, BANNER_GUEST},
};

static void write_like(const struct relayed *relayed, struct buffer *out)
{
    buffer_add_text(out, "{\"msg_type\":\"like\"");
    json_add_number(out, "like_num", relayed->like_num);
    json_add_number(out, "delta", relayed->delta);
    buffer_add_char(out, '}');
}

/* `content` is what S0 shows, `data` what S3 does; each client finds its own. */
static void add_text(const struct banners *banners, const struct message *message, bool data,
                     struct buffer *out)
{
    struct span content = raw_text(message, FIELD_CONTENT);
    struct span text = content.size > 0 ? content : raw_text(message, FIELD_DATA);

    if (content.size == 0)
        add_raw(out, "content", text);

    if (data && !has_text(message, FIELD_DATA))
        add_raw(out, "data", text);

    if (!has_text(message, FIELD_FROM_NAME))
        add_raw(out, "from_name", span_of(banners->texts[BANNER_GUEST]));
}

static void add_count(const struct relayed *relayed, struct buffer *out)
{
    if (relayed->message->kind == KIND_FOLLOW)
        json_add_number(out, "subscribe_num", relayed->subscribe_num);
    else
        json_add_number(out, "online_num", relayed->online_num);
}

/* What live writes itself must not also be copied. */
static uint32_t replaced_fields(const struct message *message, enum addition addition, bool data)
{
    uint32_t fields = FIELDS_NEVER_RELAYED;

    if (addition == ADDS_COUNT_AND_BANNER)
        fields |= message->kind == KIND_FOLLOW ? FIELD_BIT(SUBSCRIBE_NUM) : FIELD_BIT(ONLINE_NUM);

    if (addition >= ADDS_BANNER && !has_text(message, FIELD_MSG_CONTENT))
        fields |= FIELD_BIT(MSG_CONTENT);

    if (addition == ADDS_TEXT) {
        if (!has_text(message, FIELD_CONTENT))
            fields |= FIELD_BIT(CONTENT);

        if (!has_text(message, FIELD_FROM_NAME))
            fields |= FIELD_BIT(FROM_NAME);

        if (data && !has_text(message, FIELD_DATA))
            fields |= FIELD_BIT(DATA);
    }

    return fields;
}

void live_frame_write(const struct banners *banners, const struct relayed *relayed, bool data,
                      struct buffer *out)
{
    const struct message *message = relayed->message;
    enum addition addition = additions[message->kind].addition;

    if (message->kind == KIND_LIKE) {
        write_like(relayed, out);
        return;
    }

    buffer_add_char(out, '{');
    (void)message_copy_members(message, replaced_fields(message, addition, data), out);

    if (addition == ADDS_TEXT)
        add_text(banners, message, data, out);

    if (addition == ADDS_COUNT_AND_BANNER)
        add_count(relayed, out);

    if (addition >= ADDS_BANNER && !has_text(message, FIELD_MSG_CONTENT))
        add_banner(out, banners, additions[message->kind].banner, message);

    buffer_add_char(out, '}');
}

/* ---- the state of a room ---- */

static void write_chat_item(const struct banners *banners, const struct entry *entry,
                            const struct message *message, struct buffer *out)
{
    struct span name = raw_text(message, FIELD_FROM_NAME);
    struct span content = raw_text(message, FIELD_CONTENT);

    if (name.size == 0)
        name = span_of(banners->texts[BANNER_GUEST]);

    if (content.size == 0)
        content = raw_text(message, FIELD_DATA);

    buffer_add_text(out, "{\"id\":");
    json_write_string(out, entry->id);
    add_raw(out, "name", name);
    add_raw(out, "from_name", name);
    add_raw(out, "content", content);
    buffer_add_char(out, '}');
}

int live_frame_write_chat(const struct banners *banners, const struct snapshot *snapshot,
                          struct position until, struct buffer *out)
{
    struct buffer json;
    const char *comma = "";
    int rc = 0;

    buffer_init(&json, ARRIVAL_SCRATCH_MAX);
    (void)buffer_add_char(out, '[');

    for (size_t i = 0; i < snapshot_chat_count(snapshot) && rc != -ENOMEM; i++) {
        struct arrival arrival;

        rc = arrival_read(&arrival, snapshot_chat(snapshot, i), &json);
        if (rc != 0 || position_compare(arrival.entry.position, until) > 0)
            continue; /* what cannot be read the relay refused too, and counted */

        (void)buffer_add_text(out, comma);
        write_chat_item(banners, &arrival.entry, &arrival.message, out);
        comma = ",";
    }

    (void)buffer_add_char(out, ']');
    buffer_dispose(&json);

    return rc == -ENOMEM ? rc : buffer_status(out);
}

int live_frame_write_shelf(const struct snapshot *snapshot, struct buffer *out)
{
    struct buffer json, item;
    int rc = 0;

    buffer_init(&json, ARRIVAL_SCRATCH_MAX);
    buffer_init(&item, ARRIVAL_SCRATCH_MAX);

    for (size_t i = 0; i < snapshot_shelf_count(snapshot) && rc != -ENOMEM; i++) {
        struct arrival arrival;

        rc = arrival_read(&arrival, snapshot_shelf(snapshot, i), &json);
        if (rc != 0)
            continue;

        buffer_clear(&item);
        (void)buffer_add_char(&item, '{');
        (void)message_copy_members(&arrival.message, FIELDS_NEVER_RELAYED, &item);
        rc = buffer_add_char(&item, '}');
        frame_write(out, WS_TEXT, buffer_span(&item));
    }

    buffer_dispose(&json);
    buffer_dispose(&item);

    return rc == -ENOMEM ? rc : buffer_status(out);
}

void live_frame_begin_welcome(const struct banners *banners, const struct live_welcome *welcome,
                              struct buffer *out)
{
    struct message join;

    if (message_read(&join, welcome->join, NULL) != 0)
        return; /* we wrote it ourselves */

    buffer_add_char(out, '{');
    (void)message_copy_members(&join, FIELDS_NEVER_RELAYED | COUNTERS | FIELD_BIT(MSG_CONTENT),
                               out);
    add_banner(out, banners, BANNER_JOIN, &join);
    json_add_number(out, "online_num", welcome->online_num);
    json_add_number(out, "like_num", welcome->like_num);
    json_add_number(out, "subscribe_num", welcome->subscribe_num);
    buffer_add_text(out, ",\"message_list\":");
}
