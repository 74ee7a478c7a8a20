#include "schema/payload.h"

#include "schema/msgpack.h"

#include <errno.h>

static const char *why_not_read(int error)
{
    switch (error) {
    case -E2BIG:
        return "is nested more than 16 levels deep";
    case -EMSGSIZE:
        return "is too big as JSON";
    default:
        return "must be one msgpack map of UTF-8 names, without bin, ext, NaN and infinity";
    }
}

int payload_read(struct message *message, struct span payload, struct buffer *scratch,
                 struct message_fault *fault)
{
    int error;

    if (!msgpack_is_map(payload))
        return message_read(message, payload, fault);

    buffer_clear(scratch);
    error = msgpack_to_json(payload, scratch);
    if (error == 0)
        return message_read(message, buffer_span(scratch), fault);
    if (error == -ENOMEM)
        return error;

    if (fault)
        *fault = (struct message_fault){.field = "message", .why = why_not_read(error)};

    return -EBADMSG;
}
