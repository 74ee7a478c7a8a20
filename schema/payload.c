#include "schema/payload.h"

#include "schema/msgpack.h"

#include <errno.h>

int payload_read(struct message *message, struct span payload, struct buffer *scratch,
                 struct message_fault *fault)
{
    int rc;

    if (!msgpack_is_map(payload))
        return message_read(message, payload, fault);

    buffer_clear(scratch);
    rc = msgpack_to_json(payload, scratch);

    if (rc == -ENOMEM || rc == 0)
        return rc == 0 ? message_read(message, buffer_span(scratch), fault) : rc;

    if (fault)
        *fault = (struct message_fault){.field = "message", .why = "must be a msgpack map"};

    return -EBADMSG;
}
