#include "relay/publication.h"

#include "schema/json.h"
#include "schema/payload.h"
#include "schema/room.h"
#include "schema/word.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>

enum { MAX_JSON = PAYLOAD_JSON_MAX(MESSAGE_MAX_BYTES), KEEP_JSON = MESSAGE_MAX_BYTES };

void publication_init(struct publication *publication)
{
    *publication = (struct publication){0};
    buffer_init(&publication->json, MAX_JSON);
}

void publication_dispose(struct publication *publication)
{
    buffer_dispose(&publication->json);
}

static enum refusal refuse(struct publication *p, enum refusal refusal,
                           const struct message_fault *fault)
{
    (void)snprintf(p->detail, sizeof p->detail, "%s %s", fault->field, fault->why);

    return refusal;
}

static enum refusal malformed(struct publication *p, const char *field, const char *why)
{
    return refuse(p, REFUSAL_MALFORMED, &(struct message_fault){field, why});
}

static enum refusal check_message(struct publication *p)
{
    struct message_fault fault = {"message", "is malformed"};
    int error;

    if (p->publish->message.size > MESSAGE_MAX_BYTES)
        return REFUSAL_TOO_BIG;

    buffer_clear(&p->json);
    buffer_relax(&p->json, KEEP_JSON);
    error = payload_read(&p->message, p->publish->message, &p->json, &fault);
    if (error == 0) {
        p->message.summed = p->publish->flags & ENTRY_SUMMED;
        error = message_check(&p->message, &fault);
    }

    if (error == -ENOMEM)
        return REFUSAL_INTERNAL;

    if (error != 0)
        return refuse(p, error == -ENOENT ? REFUSAL_UNKNOWN : REFUSAL_MALFORMED, &fault);

    return REFUSAL_NONE;
}

static enum refusal check_room(struct publication *p)
{
    if (!room_id_valid(p->publish->room))
        return malformed(p, "room_id", "must be 1 to 64 of A-Za-z0-9_.-");

    if (!message_room_matches(&p->message, p->publish->room))
        return malformed(p, "room_id", "must be that of the room it is published to");

    return REFUSAL_NONE;
}

/* Its charset was checked by message_check(). */
static enum refusal take_id(struct publication *p)
{
    int size = message_id_text(&p->message, FIELD_ID, p->id_text, sizeof p->id_text);

    p->id = p->publish->id;
    if (p->id.size == 0 && size > 0)
        p->id = span_make(p->id_text, (size_t)size);

    if (p->id.size > 0 && !word_valid(p->id, ENTRY_MAX_ID))
        return malformed(p, "id", "must be at most 256 of A-Za-z0-9_.-");

    return REFUSAL_NONE;
}

static enum refusal take_count(struct publication *p)
{
    int64_t taps = 1;

    if (p->message.fields[FIELD_COUNT].type != JSON_NONE &&
        json_to_integer(p->message.fields[FIELD_COUNT], &taps) != 0)
        return malformed(p, "count", "must be an integer");

    p->taps = (uint64_t)taps;

    return REFUSAL_NONE;
}

static bool means(struct json_value string, const char *text)
{
    char decoded[8];
    int size = json_decode(string, decoded, sizeof decoded);

    return size >= 0 && span_is(span_make(decoded, (size_t)size), text);
}

static enum refusal take_shelf_change(struct publication *p)
{
    const struct json_value *version = &p->message.fields[FIELD_VERSION];
    int size = message_id_text(&p->message, FIELD_GOODS_ID, p->goods_id, sizeof p->goods_id);

    if (size <= 0)
        return malformed(p, "goods_id", "must be a string of 1 to 128 bytes or an integer");

    p->shelf = (struct shelf_change){
        .goods_id = span_make(p->goods_id, (size_t)size),
        .on = means(p->message.fields[FIELD_STATUS], "on"),
        .has_version = version->type != JSON_NONE,
    };

    if (p->shelf.has_version && json_to_integer(*version, &p->shelf.version) != 0)
        return malformed(p, "version", "must be an integer");

    return REFUSAL_NONE;
}

enum refusal publication_check(struct publication *publication,
                               const struct broker_publish *publish)
{
    enum refusal refusal;

    publication->publish = publish;
    publication->detail[0] = '\0';

    refusal = check_message(publication);
    if (refusal == REFUSAL_NONE)
        refusal = check_room(publication);

    if (refusal == REFUSAL_NONE)
        refusal = take_id(publication);

    if (refusal == REFUSAL_NONE && publication->message.kind == KIND_LIKE)
        refusal = take_count(publication);

    if (refusal == REFUSAL_NONE && publication->message.kind == KIND_SHELF)
        refusal = take_shelf_change(publication);

    return refusal;
}
