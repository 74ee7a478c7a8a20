#include "gateway/v1_tail.h"

#include "base/buffer.h"
#include "gateway/frame.h"
#include "gateway/v1_frame.h"
#include "relay/snapshot.h"
#include "schema/msgpack.h"

#include <errno.h>

/* A longer one is not copied for each joiner. */
#define TAIL_IN_ONE_FRAME ((size_t)32 << 10)
#define MAX_TAIL ((size_t)64 << 20)

typedef int write_list(struct span room, const struct snapshot *snapshot, struct position until,
                       struct buffer *out);

static const struct {
    const char *json;   /* before the list */
    const char *packed; /* the name alone */
    write_list *write;
} lists[] = {
    {",\"shelf\":", "\xa5shelf", v1_frame_write_shelf},
    {",\"message_list\":", "\xacmessage_list", v1_frame_write_chat},
};

static int write_json(struct span room, const struct snapshot *snapshot, struct position until,
                      struct buffer *out)
{
    int rc = 0;

    for (size_t i = 0; i < sizeof lists / sizeof lists[0] && rc == 0; i++) {
        buffer_add_text(out, lists[i].json);
        rc = lists[i].write(room, snapshot, until, out);
    }

    return rc == 0 ? buffer_add_char(out, '}') : rc;
}

static int write_packed(struct span room, const struct snapshot *snapshot, struct position until,
                        struct buffer *out)
{
    struct buffer json;
    int rc = 0;

    buffer_init(&json, MAX_TAIL);

    for (size_t i = 0; i < sizeof lists / sizeof lists[0] && rc == 0; i++) {
        buffer_clear(&json);
        rc = lists[i].write(room, snapshot, until, &json);
        buffer_add_text(out, lists[i].packed);
        if (rc == 0)
            rc = msgpack_from_json(buffer_span(&json), out);
    }

    buffer_dispose(&json);

    return rc;
}

static struct bytes *framed_if_long(const struct buffer *plain, bool *is_framed)
{
    struct bytes *bytes = NULL;
    struct buffer framed;

    *is_framed = plain->size > TAIL_IN_ONE_FRAME;
    if (!*is_framed)
        return bytes_copy(plain->data, plain->size);

    buffer_init(&framed, 2 * MAX_TAIL);
    frame_write_rest(&framed, buffer_span(plain));
    if (buffer_status(&framed) == 0)
        bytes = bytes_copy(framed.data, framed.size);
    buffer_dispose(&framed);

    return bytes;
}

static bool is_of(const struct v1_tail *tail, const struct v1_tail *wanted)
{
    return tail->bytes && tail->chat_version == wanted->chat_version &&
           tail->shelf_version == wanted->shelf_version &&
           position_compare(tail->until, wanted->until) == 0;
}

int v1_tail_refresh(struct v1_tail *tail, struct span room, const struct snapshot *snapshot,
                    struct position until, enum ws_opcode opcode)
{
    struct v1_tail made = {.chat_version = snapshot_chat_version(snapshot),
                           .shelf_version = snapshot_shelf_version(snapshot),
                           .until = until};
    struct buffer out;
    int rc;

    if (is_of(tail, &made))
        return 0;

    buffer_init(&out, MAX_TAIL);
    rc = (opcode == WS_TEXT ? write_json : write_packed)(room, snapshot, until, &out);
    if (rc == 0)
        made.bytes = framed_if_long(&out, &made.is_framed);
    buffer_dispose(&out);

    if (!made.bytes)
        return -ENOMEM;

    v1_tail_clear(tail);
    *tail = made;

    return 0;
}

void v1_tail_clear(struct v1_tail *tail)
{
    bytes_leave(tail->bytes);
    *tail = (struct v1_tail){0};
}
