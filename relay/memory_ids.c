#include "relay/memory_ids.h"

#include "base/list.h"
#include "base/table.h"
#include "schema/room.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct known_id {
    struct list_node node;
    uint64_t until_ms;
    struct position position;
    size_t key_size;
    char key[];
};

struct memory_ids {
    struct table *by_key;
    struct list oldest_first; /* all live equally long, so this is by until_ms too */
    uint64_t keep_ms;
    size_t max;
};

struct key {
    char text[ROOM_ID_MAX + 1 + ENTRY_MAX_ID];
    struct span span;
};

static void make_key(struct key *key, struct span room, struct span id)
{
    memcpy(key->text, room.data, room.size);
    key->text[room.size] = ' '; /* in neither of the two */
    memcpy(key->text + room.size + 1, id.data, id.size);
    key->span = span_make(key->text, room.size + 1 + id.size);
}

static void forget(struct memory_ids *ids, struct known_id *known)
{
    table_remove(ids->by_key, span_make(known->key, known->key_size));
    list_remove(&known->node);
    free(known);
}

void memory_ids_free(struct memory_ids *ids)
{
    if (!ids)
        return;

    LIST_FOR_EACH (node, &ids->oldest_first)
        forget(ids, CONTAINER_OF(node, struct known_id, node));

    table_free(ids->by_key);
    free(ids);
}

struct memory_ids *memory_ids_new(uint64_t keep_ms, size_t max)
{
    struct memory_ids *ids = calloc(1, sizeof *ids);

    if (!ids)
        return NULL;

    list_init(&ids->oldest_first);
    ids->keep_ms = keep_ms;
    ids->max = max;
    ids->by_key = table_new();
    if (!ids->by_key) {
        free(ids);
        return NULL;
    }

    return ids;
}

/* Forgets what is too old or, from the oldest on, leaves no more than `most`. */
static void forget_some(struct memory_ids *ids, uint64_t now_ms, size_t most)
{
    LIST_FOR_EACH (node, &ids->oldest_first) {
        struct known_id *known = CONTAINER_OF(node, struct known_id, node);

        if (known->until_ms > now_ms && table_count(ids->by_key) <= most)
            return;

        forget(ids, known);
    }
}

static struct known_id *find(const struct memory_ids *ids, struct span room, struct span id)
{
    struct key key;

    make_key(&key, room, id);

    return table_get(ids->by_key, key.span);
}

const struct position *memory_ids_find(struct memory_ids *ids, struct span room, struct span id,
                                       uint64_t now_ms)
{
    struct known_id *known;

    forget_some(ids, now_ms, ids->max);
    known = find(ids, room, id);

    return known ? &known->position : NULL;
}

int memory_ids_add(struct memory_ids *ids, struct span room, struct span id,
                   struct position position, uint64_t now_ms)
{
    struct known_id *known;
    struct key key;

    forget_some(ids, now_ms, ids->max - 1);
    make_key(&key, room, id);
    known = malloc(sizeof *known + key.span.size);
    if (!known)
        return -ENOMEM;

    if (table_put(ids->by_key, key.span, known) != 0) {
        free(known);
        return -ENOMEM;
    }

    known->until_ms = now_ms + ids->keep_ms;
    known->position = position;
    known->key_size = key.span.size;
    memcpy(known->key, key.span.data, key.span.size);
    list_append(&ids->oldest_first, &known->node);

    return 0;
}

void memory_ids_remove(struct memory_ids *ids, struct span room, struct span id)
{
    struct known_id *known = find(ids, room, id);

    if (known)
        forget(ids, known);
}

size_t memory_ids_count(const struct memory_ids *ids)
{
    return table_count(ids->by_key);
}
