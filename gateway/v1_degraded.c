#include "gateway/v1_degraded.h"

#include "gateway/hub_room.h"
#include "gateway/v1_frame.h"
#include "relay/relay.h"
#include "schema/msgpack.h"

#include <errno.h>

#define MAX_NOTICE 1024

void v1_degraded_write(const struct hub_room *room, bool degraded, struct buffer *out)
{
    v1_frame_write_degraded(span_of(room->id), degraded, relay_position(room->relay), out);
}

void v1_degraded_write_packed(const struct hub_room *room, bool degraded, struct buffer *out)
{
    struct buffer json;

    buffer_init(&json, MAX_NOTICE);
    v1_degraded_write(room, degraded, &json);

    if (buffer_status(&json) != 0 || msgpack_from_json(buffer_span(&json), out) != 0)
        buffer_fail(out, -ENOMEM); /* for our own JSON is good */

    buffer_dispose(&json);
}
