#include "schema/offer.h"

#include "schema/msgpack.h"

#include <errno.h>

static enum refusal refuse(enum refusal refusal, struct message_fault *fault, const char *field,
                           const char *why)
{
    if (fault)
        *fault = (struct message_fault){field, why};

    return refusal;
}

static enum refusal unpack(struct span *payload, struct buffer *json, struct message_fault *fault)
{
    int error = msgpack_to_json(*payload, json);

    *payload = buffer_span(json);
    switch (error) {
    case 0:
        return REFUSAL_NONE;
    case -ENOMEM:
        return refuse(REFUSAL_INTERNAL, fault, "message", "cannot be read for lack of memory");
    case -EMSGSIZE:
        return refuse(REFUSAL_TOO_BIG, fault, "message", "is too big as JSON");
    case -E2BIG:
        return refuse(REFUSAL_MALFORMED, fault, "message", "is nested more than 16 levels deep");
    default:
        return refuse(REFUSAL_MALFORMED, fault, "message",
                      "must be one msgpack map of UTF-8 names, without bin, ext, NaN and infinity");
    }
}

enum refusal offer_check(const struct offer *offer, struct message *message, struct buffer *json,
                         struct message_fault *fault)
{
    struct span payload = offer->payload;
    enum refusal refusal = REFUSAL_NONE;
    int error;

    if (payload.size > offer->max_bytes)
        return refuse(REFUSAL_TOO_BIG, fault, "message", "has more bytes than are allowed");

    if (msgpack_is_map(payload))
        refusal = unpack(&payload, json, fault);
    if (refusal != REFUSAL_NONE)
        return refusal;

    error = message_read(message, payload, fault);
    message->summed = offer->summed;
    if (error == 0)
        error = message_check(message, fault);
    if (error != 0)
        return error == -ENOENT ? REFUSAL_UNKNOWN : REFUSAL_MALFORMED;

    if (!message_room_matches(message, offer->room))
        return refuse(REFUSAL_MALFORMED, fault, "room_id", "names another room");

    return REFUSAL_NONE;
}
