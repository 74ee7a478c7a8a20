#include "relay/memory_shelf.h"

#include "base/list.h"
#include "base/table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct item {
    struct list_node node; /* on the shelf, or among the tombstones */
    struct bytes *entry;   /* NULL: taken off */
    bool has_version;
    int64_t version;
    uint64_t forget_ms; /* when taken off */
    size_t goods_id_size;
    char goods_id[];
};

struct memory_shelf {
    struct table *items; /* by goods_id, tombstones too */
    struct list shown;   /* in the order of their last change */
    struct list taken_off;
    size_t n_shown;
    size_t n_taken_off;
};

static void detach(struct memory_shelf *shelf, struct item *item)
{
    if (item->entry)
        shelf->n_shown--;
    else
        shelf->n_taken_off--;

    list_remove(&item->node);
    bytes_release(item->entry);
    item->entry = NULL;
}

static void forget(struct memory_shelf *shelf, struct item *item)
{
    detach(shelf, item);
    table_remove(shelf->items, span_make(item->goods_id, item->goods_id_size));
    free(item);
}

void memory_shelf_free(struct memory_shelf *shelf)
{
    if (!shelf)
        return;

    LIST_FOR_EACH (node, &shelf->shown)
        forget(shelf, CONTAINER_OF(node, struct item, node));

    LIST_FOR_EACH (node, &shelf->taken_off)
        forget(shelf, CONTAINER_OF(node, struct item, node));

    table_free(shelf->items);
    free(shelf);
}

struct memory_shelf *memory_shelf_new(void)
{
    struct memory_shelf *shelf = calloc(1, sizeof *shelf);

    if (!shelf)
        return NULL;

    list_init(&shelf->shown);
    list_init(&shelf->taken_off);
    shelf->items = table_new();
    if (!shelf->items) {
        free(shelf);
        return NULL;
    }

    return shelf;
}

static void forget_old_tombstones(struct memory_shelf *shelf, uint64_t now_ms)
{
    LIST_FOR_EACH (node, &shelf->taken_off) {
        struct item *item = CONTAINER_OF(node, struct item, node);

        if (item->forget_ms > now_ms && shelf->n_taken_off <= MEMORY_SHELF_TOMBSTONES)
            return;

        forget(shelf, item);
    }
}

int memory_shelf_judge(struct memory_shelf *shelf, const struct shelf_change *change,
                       uint64_t now_ms)
{
    const struct item *item;

    forget_old_tombstones(shelf, now_ms);
    item = table_get(shelf->items, change->goods_id);

    if (item && item->has_version && change->has_version && change->version < item->version)
        return -ESTALE;

    if (change->on && (!item || !item->entry) && shelf->n_shown >= BROKER_MAX_SHELF)
        return -ENOSPC;

    return 0;
}

/* A new item; a tombstone until something is shown. */
static struct item *add(struct memory_shelf *shelf, struct span goods_id)
{
    struct item *item = malloc(sizeof *item + goods_id.size);

    if (!item)
        return NULL;

    if (table_put(shelf->items, goods_id, item) != 0) {
        free(item);
        return NULL;
    }

    *item = (struct item){.goods_id_size = goods_id.size};
    memcpy(item->goods_id, goods_id.data, goods_id.size);
    list_append(&shelf->taken_off, &item->node);
    shelf->n_taken_off++;

    return item;
}

static void show(struct memory_shelf *shelf, struct item *item, struct bytes *entry)
{
    detach(shelf, item);
    item->entry = bytes_share(entry);
    list_append(&shelf->shown, &item->node);
    shelf->n_shown++;
}

static void take_off(struct memory_shelf *shelf, struct item *item, uint64_t now_ms)
{
    if (!item->has_version) {
        forget(shelf, item); /* there is nothing to hold a late change against */
        return;
    }

    detach(shelf, item);
    item->forget_ms = now_ms + BROKER_TOMBSTONE_MS;
    list_append(&shelf->taken_off, &item->node);
    shelf->n_taken_off++;
    forget_old_tombstones(shelf, now_ms);
}

int memory_shelf_make(struct memory_shelf *shelf, const struct shelf_change *change,
                      struct bytes *entry, uint64_t now_ms)
{
    struct item *item = table_get(shelf->items, change->goods_id);

    if (!item && !change->on && !change->has_version)
        return 0; /* it is not there, and need not be remembered */

    if (!item)
        item = add(shelf, change->goods_id);

    if (!item)
        return -ENOMEM;

    if (change->has_version) {
        item->has_version = true;
        item->version = change->version;
    }

    if (change->on)
        show(shelf, item, entry);
    else
        take_off(shelf, item, now_ms);

    return 0;
}

size_t memory_shelf_list(const struct memory_shelf *shelf, struct span entries[BROKER_MAX_SHELF])
{
    size_t n = 0;

    LIST_FOR_EACH (node, &shelf->shown) {
        const struct item *item = CONTAINER_OF(node, struct item, node);

        entries[n++] = span_make(item->entry->data, item->entry->size);
    }

    return n;
}
