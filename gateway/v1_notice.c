#include "gateway/v1_notice.h"

#include "gateway/hub_room.h"
#include "gateway/v1_frame.h"
#include "relay/relay.h"
#include "schema/msgpack.h"

#include <errno.h>

#define MAX_NOTICE 1024

void v1_notice_write(const struct hub_room *room, enum room_notice notice, struct buffer *out)
{
    struct room_settings settings = relay_room_settings(room->relay);

    switch (notice) {
    case NOTICE_WHOLE:
    case NOTICE_DEGRADED:
        v1_frame_write_degraded(span_of(room->id), notice == NOTICE_DEGRADED,
                                relay_position(room->relay), out);
        return;
    case NOTICE_SETTINGS:
        v1_frame_write_settings(span_of(room->id), settings.muted, settings.slow_mode_s, out);
        return;
    }
}

void v1_notice_write_packed(const struct hub_room *room, enum room_notice notice,
                            struct buffer *out)
{
    struct buffer json;

    buffer_init(&json, MAX_NOTICE);
    v1_notice_write(room, notice, &json);

    if (buffer_status(&json) != 0 || msgpack_from_json(buffer_span(&json), out) != 0)
        buffer_fail(out, -ENOMEM); /* for our own JSON is good */

    buffer_dispose(&json);
}
