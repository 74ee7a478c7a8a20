#include "base/metrics.h"
#include "gateway/http_call.h"
#include "relay/relay.h"
#include "schema/entry.h"
#include "schema/json.h"
#include "schema/message.h"
#include "schema/payload.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define JSON_TYPE "application/json"

/* What a message of msgpack may become as JSON. */
#define MAX_UNPACKED ((size_t)MESSAGE_MAX_BYTES * 8)

#define DEFAULT_ROOMS 100
#define MAX_ROOMS 1000

static void write_position(struct buffer *out, struct position position)
{
    buffer_add_text(out, "\"term\":");
    buffer_add_u64(out, position.term);
    buffer_add_text(out, ",\"seq\":");
    buffer_add_u64(out, position.seq);
}

static void write_count(struct buffer *out, const char *name, uint64_t count)
{
    buffer_add_char(out, '"');
    buffer_add_text(out, name);
    buffer_add_text(out, "\":");
    buffer_add_u64(out, count);
    buffer_add_char(out, ',');
}

/* ---- POST /v1/rooms/{room}/messages ---- */

static void on_published(void *arg, const struct broker_status *status,
                         const struct broker_published *published)
{
    struct http_call *call = arg;

    if (status->refusal != REFUSAL_NONE) {
        http_refuse(call, status->refusal, status->detail);
        return;
    }

    buffer_add_text(&call->body, "{\"id\":");
    json_write_string(&call->body, published->id);
    buffer_add_char(&call->body, ',');
    write_position(&call->body, published->position);
    buffer_add_char(&call->body, '}');
    http_answer(call, 200, JSON_TYPE);
}

/* Whatever is said, the first byte tells JSON from msgpack.  The last is what `curl -d` says when
 * it is not told better. */
static const char *const known_types[] = {JSON_TYPE, "application/msgpack", "application/x-msgpack",
                                          "application/x-www-form-urlencoded"};

static bool type_is_known(struct span type)
{
    struct span media = span_trim(span_cut(&type, ';'));

    for (size_t i = 0; i < sizeof known_types / sizeof known_types[0]; i++) {
        if (span_equal_ignoring_case(media, span_of(known_types[i])))
            return true;
    }

    return span_is_none(media);
}

/* What is no message costs the broker nothing, and is told so even while the broker is down. */
static enum refusal check_message(struct span body, enum message_kind *kind, char *detail,
                                  size_t capacity)
{
    struct message_fault fault = {"message", "is malformed"};
    struct message message;
    struct buffer scratch;
    int rc;

    if (body.size > MESSAGE_MAX_BYTES)
        return REFUSAL_TOO_BIG;

    buffer_init(&scratch, MAX_UNPACKED);
    rc = payload_read(&message, body, &scratch, &fault);
    if (rc == 0)
        rc = message_check(&message, &fault);
    *kind = message.kind;
    buffer_dispose(&scratch);

    if (rc == 0)
        return REFUSAL_NONE;
    if (rc == -ENOMEM)
        return REFUSAL_INTERNAL;

    (void)snprintf(detail, capacity, "%s %s", fault.field, fault.why);

    return rc == -ENOENT ? REFUSAL_UNKNOWN : REFUSAL_MALFORMED;
}

void http_post_message(struct http_call *call)
{
    const struct http_settings *settings = call->settings;
    const struct relay_publish publish = {
        .room = span_of(call->room),
        .message = http_call_body(call),
    };
    enum message_kind kind;
    enum refusal refusal;
    char detail[160] = "";

    if (!type_is_known(http_call_header(call, "Content-Type"))) {
        http_refuse(call, REFUSAL_MEDIA_TYPE, NULL);
        return;
    }

    refusal = check_message(publish.message, &kind, detail, sizeof detail);
    if (refusal != REFUSAL_NONE) {
        http_refuse(call, refusal, *detail ? detail : NULL);
        return;
    }

    if (settings->counts)
        metrics_add(settings->counts, METRIC_MESSAGES_IN, kind, 1);
    relay_publish(settings->relay, &publish, on_published, call);
}

/* ---- GET /v1/rooms/{room} ---- */

/* An item as its publisher wrote it.  False when the entry holds none. */
static bool write_item(struct buffer *out, struct span bytes, struct buffer *scratch)
{
    struct message message;
    struct entry entry;

    if (entry_parse(&entry, bytes) != 0 ||
        payload_read(&message, entry.payload, scratch, NULL) != 0)
        return false;

    buffer_add_char(out, '{');
    (void)message_copy_members(&message, FIELDS_NEVER_RELAYED, out);
    buffer_add_char(out, '}');

    return true;
}

static void write_shelf(struct buffer *out, const struct broker_snapshot *snapshot)
{
    struct buffer scratch;

    buffer_init(&scratch, MAX_UNPACKED);
    buffer_add_text(out, "\"shelf\":[");

    for (size_t i = 0, written = 0; i < snapshot->n_shelf; i++) {
        size_t before = out->size;

        if (written > 0)
            buffer_add_char(out, ',');
        if (write_item(out, snapshot->shelf[i], &scratch))
            written++;
        else
            buffer_truncate(out, before);
    }

    buffer_add_char(out, ']');
    buffer_dispose(&scratch);
}

static void on_snapshot(void *arg, const struct broker_status *status,
                        const struct broker_snapshot *snapshot)
{
    struct http_call *call = arg;
    struct buffer *out = &call->body;

    if (status->refusal != REFUSAL_NONE) {
        http_refuse(call, status->refusal, status->detail);
        return;
    }

    buffer_add_text(out, "{\"room_id\":");
    json_write_string(out, span_of(call->room));
    buffer_add_char(out, ',');
    write_count(out, "online_num", snapshot->online);
    write_count(out, "like_num", snapshot->likes);
    write_count(out, "subscribe_num", snapshot->follows);
    write_position(out, snapshot->position);
    buffer_add_char(out, ',');
    write_shelf(out, snapshot);
    buffer_add_char(out, '}');
    http_answer(call, 200, JSON_TYPE);
}

void http_get_room(struct http_call *call)
{
    relay_read(call->settings->relay, span_of(call->room), on_snapshot, call);
}

/* ---- GET /v1/rooms?limit=&after= ---- */

static int by_name(const void *a, const void *b)
{
    const struct span *left = &((const struct http_room *)a)->name;
    const struct span *right = &((const struct http_room *)b)->name;
    size_t common = left->size < right->size ? left->size : right->size;
    int order = memcmp(left->data, right->data, common);

    return order != 0 ? order : (left->size > right->size) - (left->size < right->size);
}

/* The rooms whose names come after `after`, in order.  NULL when out of memory. */
static struct http_room *list_rooms(const struct http_settings *settings, const char *after,
                                    size_t *found)
{
    size_t capacity = settings->rooms->count(settings->owner) + 1;
    struct http_room *rooms = calloc(capacity, sizeof(*rooms));
    const struct http_room floor = {.name = span_of(after)};
    size_t cursor = 0;
    size_t n = 0;

    if (!rooms)
        return NULL;

    while (n < capacity && settings->rooms->next(settings->owner, &cursor, &rooms[n]))
        if (by_name(&rooms[n], &floor) > 0)
            n++;

    qsort(rooms, n, sizeof(*rooms), by_name);
    *found = n;

    return rooms;
}

static void write_rooms(struct buffer *out, const struct http_room *rooms, size_t n, size_t limit)
{
    size_t shown = n < limit ? n : limit;

    buffer_add_text(out, "\"rooms\":[");
    for (size_t i = 0; i < shown; i++) {
        buffer_add_text(out, i > 0 ? ",{\"room_id\":" : "{\"room_id\":");
        json_write_string(out, rooms[i].name);
        buffer_add_text(out, ",\"viewers\":");
        buffer_add_u64(out, rooms[i].viewers);
        buffer_add_char(out, '}');
    }
    buffer_add_char(out, ']');

    if (n > shown) {
        buffer_add_text(out, ",\"next\":");
        json_write_string(out, rooms[shown - 1].name);
    }
}

/* 0 when the query is not a good one. */
static size_t read_limit(const struct http_call *call)
{
    char text[8];
    int length = http_call_query(call, "limit", text, sizeof(text));
    uint64_t limit;

    if (length == -ENOENT)
        return DEFAULT_ROOMS;
    if (length < 0 || span_to_u64(span_make(text, (size_t)length), &limit) != 0)
        return 0;

    return limit <= MAX_ROOMS ? (size_t)limit : 0;
}

void http_get_rooms(struct http_call *call)
{
    const struct http_settings *settings = call->settings;
    char after[ROOM_ID_MAX + 1] = "";
    size_t limit = read_limit(call);
    int length = http_call_query(call, "after", after, sizeof(after));
    struct http_room *rooms;
    size_t n;

    if (limit == 0) {
        http_refuse(call, REFUSAL_MALFORMED, "limit must be a number from 1 to 1000");
        return;
    }
    if (length != -ENOENT && (length < 0 || !room_id_valid(span_of(after)))) {
        http_refuse(call, REFUSAL_MALFORMED, "after must be a room id");
        return;
    }

    rooms = list_rooms(settings, after, &n);
    if (!rooms) {
        http_refuse(call, REFUSAL_INTERNAL, NULL);
        return;
    }

    buffer_add_char(&call->body, '{');
    write_count(&call->body, "count", settings->rooms->count(settings->owner));
    write_rooms(&call->body, rooms, n, limit);
    buffer_add_char(&call->body, '}');
    free(rooms);
    http_answer(call, 200, JSON_TYPE);
}
