#include "base/metrics.h"
#include "gateway/http_call.h"
#include "gateway/http_room_answer.h"
#include "relay/relay.h"
#include "schema/entry.h"
#include "schema/json.h"
#include "schema/message.h"
#include "schema/payload.h"

#include <errno.h>
#include <stdio.h>

#define JSON_TYPE "application/json"

/* What a message of msgpack may become as JSON. */
#define MAX_UNPACKED ((size_t)MESSAGE_MAX_BYTES * 8)

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
    http_write_position(&call->body, published->position);
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
    struct relay_publish publish = {.room = span_of(call->room)};
    enum message_kind kind;
    enum refusal refusal;
    char detail[160] = "";

    if (!type_is_known(http_call_header(call, "Content-Type"))) {
        http_refuse(call, REFUSAL_MEDIA_TYPE, NULL);
        return;
    }

    refusal = http_call_body(call, &publish.message) == 0
                  ? check_message(publish.message, &kind, detail, sizeof detail)
                  : REFUSAL_INTERNAL;
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

    if (!http_begin_room_answer(call, status))
        return;

    write_count(out, "online_num", snapshot->online);
    write_count(out, "like_num", snapshot->likes);
    write_count(out, "subscribe_num", snapshot->follows);
    http_write_position(out, snapshot->position);
    buffer_add_char(out, ',');
    write_shelf(out, snapshot);
    buffer_add_char(out, '}');
    http_answer(call, 200, JSON_TYPE);
}

void http_get_room(struct http_call *call)
{
    relay_read(call->settings->relay, span_of(call->room), on_snapshot, call);
}
