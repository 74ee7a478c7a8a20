#include "gateway/join_cache.h"

#include "base/buffer.h"
#include "gateway/frame.h"
#include "gateway/live_frame.h"
#include "relay/snapshot.h"
#include "schema/message.h"
#include "schema/payload.h"

#include <errno.h>

/* A longer list is not copied for each joiner. */
#define LIST_IN_ONE_FRAME ((size_t)32 << 10)

#define MAX_PART ((size_t)64 << 20)
_Static_assert((PAYLOAD_JSON_MAX(MESSAGE_MAX_BYTES) + FRAME_HEAD_MAX) < MAX_PART / SNAPSHOT_SHELF,
               "a full shelf has to fit");

/* Takes `out`.  NULL when out of memory. */
static struct bytes *written(struct buffer *out)
{
    struct bytes *bytes = buffer_status(out) == 0 ? bytes_copy(out->data, out->size) : NULL;

    buffer_dispose(out);

    return bytes;
}

static struct bytes *in_fragments(struct buffer *list)
{
    struct buffer out;

    buffer_init(&out, MAX_PART);
    frame_write_rest(&out, buffer_span(list));
    buffer_dispose(list);

    return written(&out);
}

/* Is nothing of it newer? */
static bool reaches(struct position until, const struct snapshot *snapshot)
{
    return position_compare(until, snapshot_position(snapshot)) >= 0;
}

static int make_list(struct join_cache *cache, const struct banners *banners,
                     const struct snapshot *snapshot, struct position until)
{
    struct bytes *list;
    struct buffer out;
    bool is_long;

    buffer_init(&out, MAX_PART);

    if (live_frame_write_chat(banners, snapshot, until, &out) != 0 ||
        buffer_add_char(&out, '}') != 0) {
        buffer_dispose(&out);
        return -ENOMEM;
    }

    is_long = out.size > LIST_IN_ONE_FRAME;
    list = is_long ? in_fragments(&out) : written(&out);
    if (!list)
        return -ENOMEM;

    bytes_leave(cache->list);
    cache->list = list;
    cache->list_is_framed = is_long;
    cache->chat_version = snapshot_chat_version(snapshot);
    cache->list_is_whole = reaches(until, snapshot);
    cache->until = until;

    return 0;
}

static int make_shelf(struct join_cache *cache, const struct snapshot *snapshot)
{
    struct bytes *shelf;
    struct buffer out;

    buffer_init(&out, MAX_PART);

    if (live_frame_write_shelf(snapshot, &out) != 0) {
        buffer_dispose(&out);
        return -ENOMEM;
    }

    shelf = written(&out);
    if (!shelf)
        return -ENOMEM;

    bytes_leave(cache->shelf);
    cache->shelf = shelf;
    cache->shelf_version = snapshot_shelf_version(snapshot);

    return 0;
}

static bool list_is_good(const struct join_cache *cache, const struct snapshot *snapshot,
                         struct position until)
{
    if (!cache->list || cache->chat_version != snapshot_chat_version(snapshot))
        return false;

    return cache->list_is_whole ? reaches(until, snapshot)
                                : position_compare(cache->until, until) == 0;
}

int join_cache_refresh(struct join_cache *cache, const struct banners *banners,
                       const struct snapshot *snapshot, struct position until)
{
    int rc = 0;

    if (!list_is_good(cache, snapshot, until))
        rc = make_list(cache, banners, snapshot, until);

    if (rc == 0 && (!cache->shelf || cache->shelf_version != snapshot_shelf_version(snapshot)))
        rc = make_shelf(cache, snapshot);

    return rc;
}

void join_cache_clear(struct join_cache *cache)
{
    bytes_leave(cache->list);
    bytes_leave(cache->shelf);
    *cache = (struct join_cache){0};
}
