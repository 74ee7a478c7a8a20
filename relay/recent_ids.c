#include "relay/recent_ids.h"

#include "base/siphash.h"
#include "relay/broker.h"

#include <stdlib.h>

enum { FIRST_CAPACITY = 8 };

void recent_ids_dispose(struct recent_ids *ids)
{
    free(ids->ring);
    *ids = (struct recent_ids){0};
}

static struct recent_id *at(const struct recent_ids *ids, size_t i)
{
    return &ids->ring[(ids->first + i) & (ids->capacity - 1)];
}

static bool is_known(const struct recent_ids *ids, const struct recent_id *id)
{
    for (size_t i = ids->count; i-- > 0;) {
        const struct recent_id *known = at(ids, i);

        if (known->hash == id->hash && id->ts - known->ts < (int64_t)BROKER_ID_MS &&
            (known->position.term != id->position.term || known->position.seq == id->position.seq))
            return true;
    }

    return false;
}

static void grow(struct recent_ids *ids)
{
    size_t capacity = ids->capacity > 0 ? 2 * ids->capacity : FIRST_CAPACITY;
    struct recent_id *ring =
        capacity <= RECENT_IDS_MAX ? calloc(capacity, sizeof(struct recent_id)) : NULL;

    if (!ring)
        return;

    for (size_t i = 0; i < ids->count; i++)
        ring[i] = *at(ids, i);

    free(ids->ring);
    ids->ring = ring;
    ids->first = 0;
    ids->capacity = capacity;
}

/* A full ring grows only if its oldest could still be asked for. */
static void remember(struct recent_ids *ids, const struct recent_id *id)
{
    bool is_full = ids->count == ids->capacity;

    if (is_full && (ids->count == 0 || id->ts - at(ids, 0)->ts < (int64_t)BROKER_ID_MS))
        grow(ids);

    if (ids->capacity == 0)
        return;

    if (ids->count == ids->capacity) {
        ids->first = (ids->first + 1) & (ids->capacity - 1);
        ids->count--;
    }

    if (ids->count > 0 && at(ids, ids->count - 1)->position.term != id->position.term)
        ids->alike = 0;
    *at(ids, ids->count++) = *id;
    ids->alike = ids->alike < ids->count ? ids->alike + 1 : ids->count;
}

bool recent_ids_repeat(struct recent_ids *ids, const struct entry *entry)
{
    static const struct siphash_key key = {0x6c69766567617465, 0x726563656e746964};
    const struct recent_id id = {
        .hash = siphash13(key, entry->id), .position = entry->position, .ts = entry->ts};
    bool all_alike;

    if (entry->id.size == 0)
        return false;

    /* Mostly all are of this term, and need not be looked at. */
    all_alike = ids->count == 0 ||
                (ids->alike == ids->count && at(ids, 0)->position.term == id.position.term);
    if (!all_alike && is_known(ids, &id))
        return true;

    remember(ids, &id);

    return false;
}
