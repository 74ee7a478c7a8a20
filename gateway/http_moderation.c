/* Moderation for backends that do not speak Redis: of one room, or, on a path without a room, of
 * all of them.  What is refused and why is the broker's to say. */
#include "gateway/http_call.h"
#include "relay/relay.h"
#include "schema/json_members.h"

#include <errno.h>

#define JSON_TYPE "application/json"

static struct span room_of(const struct http_call *call)
{
    return span_of(call->room[0] ? call->room : BROKER_EVERYWHERE);
}

static void on_moderated(void *arg, const struct broker_status *status, bool changed)
{
    struct http_call *call = arg;

    if (status->refusal != REFUSAL_NONE) {
        http_refuse(call, status->refusal, status->detail);
        return;
    }

    buffer_add_text(&call->body, changed ? "{\"changed\":true}" : "{\"changed\":false}");
    http_answer(call, 200, JSON_TYPE);
}

/* ---- PUT and DELETE …/bans/{uid}, …/mutes/{uid}, POST …/kicks/{uid} ---- */

/* 0, or -EINVAL. */
static int read_seconds(const struct http_call *call, uint64_t *seconds)
{
    char text[16];
    int length = http_call_query(call, "seconds", text, sizeof text);

    *seconds = 0;
    if (length == -ENOENT)
        return 0;

    return length >= 0 && span_to_u64(span_make(text, (size_t)length), seconds) == 0 &&
                   *seconds <= BROKER_MAX_SANCTION_S
               ? 0
               : -EINVAL;
}

static void moderate(struct http_call *call, enum moderation_verb verb)
{
    struct broker_moderate change = {
        .room = room_of(call), .verb = verb, .uid = span_of(call->uid)};

    if (read_seconds(call, &change.seconds) != 0)
        http_refuse(call, REFUSAL_MALFORMED, "seconds must be an integer from 0 to 315360000");
    else
        relay_moderate(call->settings->relay, &change, on_moderated, call);
}

void http_put_ban(struct http_call *call)
{
    moderate(call, MODERATE_BAN);
}

void http_delete_ban(struct http_call *call)
{
    moderate(call, MODERATE_UNBAN);
}

void http_put_mute(struct http_call *call)
{
    moderate(call, MODERATE_MUTE);
}

void http_delete_mute(struct http_call *call)
{
    moderate(call, MODERATE_UNMUTE);
}

void http_post_kick(struct http_call *call)
{
    moderate(call, MODERATE_KICK);
}

/* ---- DELETE /v1/rooms/{room}/messages/{id} ---- */

void http_delete_message(struct http_call *call)
{
    const struct broker_moderate recall = {
        .room = room_of(call), .verb = MODERATE_RECALL, .uid = span_of(call->id)};

    relay_moderate(call->settings->relay, &recall, on_moderated, call);
}

/* ---- PUT /v1/rooms/{room}/settings ---- */

enum { MUTED, SLOW_MODE_S, SETTINGS };

/* Absent: BROKER_UNCHANGED.  NULL, or what is wrong. */
static const char *read_settings(struct span body, struct broker_moderate *change)
{
    static const struct span names[] = {
        [MUTED] = SPAN_LITERAL("muted"), [SLOW_MODE_S] = SPAN_LITERAL("slow_mode_s")};
    struct json_value values[SETTINGS];
    int64_t slow_s = BROKER_UNCHANGED;

    change->muted = BROKER_UNCHANGED;
    if (json_members_read(body, names, values, SETTINGS) != 0)
        return "the body must be a JSON object";

    if (values[MUTED].type == JSON_TRUE || values[MUTED].type == JSON_FALSE)
        change->muted = values[MUTED].type == JSON_TRUE;
    else if (values[MUTED].type != JSON_NONE)
        return "muted must be true or false";

    if (values[SLOW_MODE_S].type != JSON_NONE &&
        (values[SLOW_MODE_S].type != JSON_NUMBER ||
         json_to_integer(values[SLOW_MODE_S], &slow_s) != 0 || slow_s < 0 ||
         slow_s > BROKER_MAX_SLOW_MODE_S))
        return "slow_mode_s must be an integer from 0 to 3600";

    change->slow_mode_s = (int32_t)slow_s;

    return NULL;
}

void http_put_settings(struct http_call *call)
{
    struct broker_moderate change = {.room = room_of(call), .verb = MODERATE_SETTINGS};
    struct span body;
    const char *fault;

    if (http_call_body(call, &body) != 0) {
        http_refuse(call, REFUSAL_INTERNAL, NULL);
        return;
    }

    fault = read_settings(body, &change);
    if (fault)
        http_refuse(call, REFUSAL_MALFORMED, fault);
    else
        relay_moderate(call->settings->relay, &change, on_moderated, call);
}

/* ---- GET …/settings, GET …/moderation ---- */

static void write_settings(struct buffer *out, const struct broker_sanctions *sanctions)
{
    buffer_add_text(out, sanctions->muted ? "{\"muted\":true" : "{\"muted\":false");
    buffer_add_text(out, ",\"slow_mode_s\":");
    buffer_add_u64(out, sanctions->slow_mode_s);
}

/* Seconds left, none of what lasts until it is lifted. */
static void write_list(struct buffer *out, const char *name, bool bans,
                       const struct broker_sanctions *sanctions)
{
    const char *comma = "";

    buffer_add_text(out, ",\"");
    buffer_add_text(out, name);
    buffer_add_text(out, "\":[");
    for (size_t i = 0; i < sanctions->n_items; i++) {
        const struct broker_sanction *item = &sanctions->items[i];

        if (item->is_ban != bans)
            continue;

        buffer_add_text(out, comma);
        buffer_add_text(out, "{\"uid\":");
        json_write_string(out, item->uid);
        if (item->left_ms > 0) {
            buffer_add_text(out, ",\"seconds\":");
            buffer_add_u64(out, (item->left_ms + 999) / 1000);
        }

        buffer_add_char(out, '}');
        comma = ",";
    }

    buffer_add_char(out, ']');
}

/* False when it was refused instead. */
static bool begin_answer(struct http_call *call, const struct broker_status *status,
                         const struct broker_sanctions *sanctions)
{
    if (status->refusal != REFUSAL_NONE) {
        http_refuse(call, status->refusal, status->detail);
        return false;
    }

    write_settings(&call->body, sanctions);

    return true;
}

static void end_answer(struct http_call *call)
{
    buffer_add_char(&call->body, '}');
    http_answer(call, 200, JSON_TYPE);
}

static void on_settings(void *arg, const struct broker_status *status,
                        const struct broker_sanctions *sanctions)
{
    if (begin_answer(arg, status, sanctions))
        end_answer(arg);
}

static void on_moderation(void *arg, const struct broker_status *status,
                          const struct broker_sanctions *sanctions)
{
    struct http_call *call = arg;

    if (!begin_answer(call, status, sanctions))
        return;

    write_list(&call->body, "bans", true, sanctions);
    write_list(&call->body, "mutes", false, sanctions);
    end_answer(call);
}

void http_get_settings(struct http_call *call)
{
    relay_read_sanctions(call->settings->relay, room_of(call), on_settings, call);
}

void http_get_moderation(struct http_call *call)
{
    relay_read_sanctions(call->settings->relay, room_of(call), on_moderation, call);
}
