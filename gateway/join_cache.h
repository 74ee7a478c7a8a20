/* join_cache.h - what all who join a room are told alike: its chat and its shelf, encoded
 * once for each state of them.
 *
 * Each of the two is made anew on its own, so a room in which people talk does not
 * encode 500 items for each of those who come. */
#ifndef GATEWAY_JOIN_CACHE_H
#define GATEWAY_JOIN_CACHE_H

#include "base/attributes.h"
#include "base/bytes.h"
#include "schema/banner.h"
#include "schema/entry.h"

#include <stdbool.h>
#include <stdint.h>

struct snapshot;

/* All zero: nothing is made yet. */
struct join_cache {
    uint64_t chat_version; /* of the snapshot it was made from */
    uint64_t shelf_version;
    struct bytes *list;  /* `[{"name":…},…]}`: how a joiner's message ends */
    bool list_is_framed; /* as all fragments but the first: it is long */
    bool list_is_whole;  /* … of the snapshot's chat; otherwise up to `until` */
    struct position until;
    struct bytes *shelf; /* framed on_off_shelf messages, one for each item */
};

/* Makes it what the snapshot says.  Chat that is newer than `until` is left out: it is still to
 * be told to all, and would come twice.  (An item of the shelf may: it is a state.)
 * 0, or -ENOMEM. */
int join_cache_refresh(struct join_cache *cache, const struct banners *banners,
                       const struct snapshot *snapshot, struct position until) MUST_USE;

void join_cache_clear(struct join_cache *cache);

#endif
