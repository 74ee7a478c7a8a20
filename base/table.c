#include "base/table.h"

#include "base/random.h"
#include "base/siphash.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Buckets are picked by the *leading* bits of the hash and chains are sorted by
 * hash, so walking the buckets visits the entries in the order of their hashes,
 * however many buckets there are.  A cursor is simply the next hash to visit,
 * and neither growth nor removals can disturb it.  (Two keys with one hash
 * could: with 63 bits and a secret key that is one chance in ten million at a
 * million entries.)
 *
 * While resizing, hashes below `moved` are in `now`, the others still in `before`. */

enum {
    HASH_BITS = 63, /* so that "after the last hash" still fits a cursor */
    FIRST_BITS = 3,
    SPARSE = 8, /* shrink when there are more buckets for each entry */

    /* Each change moves so many on while resizing; it ends well before the next. */
    STEP_BUCKETS = 64,
    STEP_ENTRIES = 8
};

_Static_assert(sizeof(size_t) >= sizeof(uint64_t), "cursors hold hashes");

struct entry {
    struct entry *next; /* its hash is not smaller */
    uint64_t hash;
    void *value;
    uint32_t key_size;
    char key[];
};

struct buckets {
    struct entry **heads; /* 1 << bits of them */
    unsigned bits;
};

struct table {
    struct buckets now;
    struct buckets before; /* heads are NULL unless resizing */
    uint64_t moved;
    size_t count;
};

static struct siphash_key process_key;
static pthread_once_t key_once = PTHREAD_ONCE_INIT;

static void make_key(void)
{
    random_bytes(&process_key, sizeof process_key);
}

static uint64_t hash_of(struct span key)
{
    return siphash13(process_key, key) >> (64 - HASH_BITS);
}

static void dispose_buckets(struct buckets *b)
{
    if (!b->heads)
        return;

    for (size_t i = 0; i < (size_t)1 << b->bits; i++) {
        while (b->heads[i]) {
            struct entry *e = b->heads[i];

            b->heads[i] = e->next;
            free(e);
        }
    }

    free(b->heads);
    *b = (struct buckets){0};
}

void table_free(struct table *t)
{
    if (!t)
        return;

    dispose_buckets(&t->now);
    dispose_buckets(&t->before);
    free(t);
}

struct table *table_new(void)
{
    struct table *t = calloc(1, sizeof *t);

    (void)pthread_once(&key_once, make_key);
    if (!t)
        return NULL;

    t->now.bits = FIRST_BITS;
    t->now.heads = calloc((size_t)1 << FIRST_BITS, sizeof(struct entry *));
    if (!t->now.heads) {
        free(t);
        return NULL;
    }

    return t;
}

static struct entry **bucket_in(const struct buckets *b, uint64_t hash)
{
    return &b->heads[hash >> (HASH_BITS - b->bits)];
}

/* Where the chain of `hash` begins at the moment. */
static struct entry **bucket_of(const struct table *t, uint64_t hash)
{
    bool waits = t->before.heads && hash >= t->moved;

    return bucket_in(waits ? &t->before : &t->now, hash);
}

/* The link to the first entry whose hash is not below `hash`. */
static struct entry **link_at(struct entry **link, uint64_t hash)
{
    while (*link && (*link)->hash < hash)
        link = &(*link)->next;

    return link;
}

/* The link to the entry with `key`, or NULL. */
static struct entry **find(const struct table *t, struct span key, uint64_t hash)
{
    struct entry **link = link_at(bucket_of(t, hash), hash);

    for (; *link && (*link)->hash == hash; link = &(*link)->next) {
        if (span_equal(span_make((*link)->key, (*link)->key_size), key))
            return link;
    }

    return NULL;
}

/* Moves the chain at `link` into the new buckets.  Number of entries. */
static int move_chain(struct table *t, struct entry **link)
{
    int moved = 0;

    while (*link) {
        struct entry *e = *link;
        struct entry **place = link_at(bucket_in(&t->now, e->hash), e->hash);

        *link = e->next;
        e->next = *place;
        *place = e;
        moved++;
    }

    return moved;
}

static void resize_some(struct table *t)
{
    uint64_t width;
    int entries = 0;

    if (!t->before.heads)
        return;

    width = (uint64_t)1 << (HASH_BITS - t->before.bits);
    for (int i = 0; i < STEP_BUCKETS && entries < STEP_ENTRIES; i++) {
        entries += move_chain(t, bucket_in(&t->before, t->moved));
        t->moved += width;
        if (t->moved >> HASH_BITS) {
            free(t->before.heads);
            t->before = (struct buckets){0};
            return;
        }
    }
}

/* Begins to resize.  Without memory nothing changes: full or sparse buckets are
 * only slower, and the next change tries again. */
static void resize(struct table *t, unsigned bits)
{
    struct entry **heads = calloc((size_t)1 << bits, sizeof(struct entry *));

    if (!heads)
        return;

    t->before = t->now;
    t->now.heads = heads;
    t->now.bits = bits;
    t->moved = 0;
}

static void make_room(struct table *t)
{
    if (!t->before.heads && t->count >> t->now.bits)
        resize(t, t->now.bits + 1);
}

static void give_back_room(struct table *t)
{
    unsigned bits = FIRST_BITS;

    if (t->before.heads || t->now.bits == FIRST_BITS ||
        t->count >= ((size_t)1 << t->now.bits) / SPARSE)
        return;

    while (((size_t)1 << bits) < t->count * 2)
        bits++;

    resize(t, bits);
}

void *table_get(const struct table *t, struct span key)
{
    struct entry **link = find(t, key, hash_of(key));

    return link ? (*link)->value : NULL;
}

int table_put(struct table *t, struct span key, void *value)
{
    uint64_t hash = hash_of(key);
    struct entry **link = find(t, key, hash);
    struct entry *e;

    if (!value || key.size > UINT32_MAX)
        return -EINVAL;

    if (link) {
        (*link)->value = value;
        return 0;
    }

    e = malloc(sizeof *e + key.size);
    if (!e)
        return -ENOMEM;

    make_room(t);
    e->hash = hash;
    e->value = value;
    e->key_size = (uint32_t)key.size;
    if (key.size > 0)
        memcpy(e->key, key.data, key.size);

    link = link_at(bucket_of(t, hash), hash);
    e->next = *link;
    *link = e;
    t->count++;
    resize_some(t);

    return 0;
}

void *table_remove(struct table *t, struct span key)
{
    struct entry **link = find(t, key, hash_of(key));
    struct entry *e;
    void *value;

    if (!link)
        return NULL;

    e = *link;
    value = e->value;
    *link = e->next;
    free(e);
    t->count--;
    if (t->count == 0 && t->before.heads)
        dispose_buckets(&t->before); /* nothing left to move */

    give_back_room(t);
    resize_some(t);

    return value;
}

size_t table_count(const struct table *t)
{
    return t->count;
}

/* The first entry of a hash not below *hash in its bucket, else NULL and *hash
 * is where to look on. */
static const struct entry *next_in_bucket(const struct table *t, uint64_t *hash)
{
    bool resizing = t->before.heads != NULL;
    bool is_moved = resizing && *hash < t->moved;
    const struct buckets *b = resizing && !is_moved ? &t->before : &t->now;
    const struct entry *e = *link_at(bucket_in(b, *hash), *hash);
    unsigned shift = HASH_BITS - b->bits;

    if (e)
        return e;

    *hash = ((*hash >> shift) + 1) << shift;
    if (is_moved && *hash > t->moved)
        *hash = t->moved; /* the rest of a bucket that is not yet moved whole */

    return NULL;
}

void *table_next(const struct table *t, size_t *cursor, struct span *key)
{
    uint64_t hash = *cursor;
    const struct entry *e = NULL;

    if (t->count > 0) {
        while (!e && !(hash >> HASH_BITS))
            e = next_in_bucket(t, &hash);
    }

    if (!e) {
        *cursor = (size_t)1 << HASH_BITS;
        return NULL;
    }

    *cursor = e->hash + 1;
    if (key)
        *key = span_make(e->key, e->key_size);

    return e->value;
}
