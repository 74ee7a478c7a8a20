#include "relay/snapshot.h"

#include "base/buffer.h"
#include "base/bytes.h"
#include "relay/arrival.h"
#include "schema/json.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct item {
    struct bytes *goods_id; /* decoded */
    struct bytes *entry;
};

struct snapshot {
    struct position position;
    uint64_t likes;
    uint64_t follows;
    uint64_t chat_version;
    uint64_t shelf_version;
    struct bytes *chat[SNAPSHOT_CHAT]; /* a ring */
    size_t first_chat;
    size_t n_chat;
    struct item *shelf; /* in order of position */
    size_t n_shelf;
    size_t shelf_capacity;
};

static void item_dispose(struct item *item)
{
    bytes_release(item->goods_id);
    bytes_release(item->entry);
}

/* Frees what it holds. */
static void empty(struct snapshot *snapshot)
{
    for (size_t i = 0; i < SNAPSHOT_CHAT; i++)
        bytes_release(snapshot->chat[i]);
    for (size_t i = 0; i < snapshot->n_shelf; i++)
        item_dispose(&snapshot->shelf[i]);
    free(snapshot->shelf);
}

void snapshot_free(struct snapshot *snapshot)
{
    if (!snapshot)
        return;

    empty(snapshot);
    free(snapshot);
}

struct snapshot *snapshot_new(void)
{
    return calloc(1, sizeof(struct snapshot));
}

static int add_chat(struct snapshot *snapshot, struct span bytes)
{
    struct bytes *copy = bytes_copy(bytes.data, bytes.size);
    size_t end = (snapshot->first_chat + snapshot->n_chat) % SNAPSHOT_CHAT;

    if (!copy)
        return -ENOMEM;

    if (snapshot->n_chat == SNAPSHOT_CHAT) {
        bytes_release(snapshot->chat[end]);
        snapshot->first_chat = (end + 1) % SNAPSHOT_CHAT;
    } else {
        snapshot->n_chat++;
    }

    snapshot->chat[end] = copy;
    snapshot->chat_version++;

    return 0;
}

static struct bytes **chat_at(struct snapshot *snapshot, size_t i)
{
    return &snapshot->chat[(snapshot->first_chat + i) % SNAPSHOT_CHAT];
}

static bool has_id(const struct bytes *bytes, struct span id)
{
    struct entry entry;

    return entry_parse(&entry, span_make(bytes->data, bytes->size)) == 0 &&
           span_equal(entry.id, id);
}

/* The messages of this id go; those behind them move up. */
static void remove_chat(struct snapshot *snapshot, struct span id)
{
    size_t n = snapshot->n_chat, kept = 0;

    for (size_t i = 0; i < n; i++) {
        struct bytes *chat = *chat_at(snapshot, i);

        if (has_id(chat, id))
            bytes_release(chat);
        else
            *chat_at(snapshot, kept++) = chat;
    }

    if (kept < n)
        snapshot->chat_version++;
    snapshot->n_chat = kept;
    for (size_t i = kept; i < n; i++)
        *chat_at(snapshot, i) = NULL;
}

static void remove_item(struct snapshot *snapshot, size_t i)
{
    item_dispose(&snapshot->shelf[i]);
    snapshot->n_shelf--;
    for (; i < snapshot->n_shelf; i++)
        snapshot->shelf[i] = snapshot->shelf[i + 1];
}

static void remove_goods(struct snapshot *snapshot, struct span goods_id)
{
    for (size_t i = 0; i < snapshot->n_shelf; i++) {
        const struct bytes *known = snapshot->shelf[i].goods_id;

        if (span_equal(span_make(known->data, known->size), goods_id)) {
            remove_item(snapshot, i);
            return;
        }
    }
}

static int reserve_item(struct snapshot *snapshot)
{
    size_t capacity = snapshot->shelf_capacity > 0 ? 2 * snapshot->shelf_capacity : 4;
    struct item *shelf;

    if (snapshot->n_shelf < snapshot->shelf_capacity)
        return 0;

    shelf = realloc(snapshot->shelf, capacity * sizeof *shelf);
    if (!shelf)
        return -ENOMEM;

    snapshot->shelf = shelf;
    snapshot->shelf_capacity = capacity;

    return 0;
}

static int put_item(struct snapshot *snapshot, struct span goods_id, struct span bytes)
{
    struct item item = {
        .goods_id = bytes_copy(goods_id.data, goods_id.size),
        .entry = bytes_copy(bytes.data, bytes.size),
    };

    if (!item.goods_id || !item.entry || reserve_item(snapshot) != 0) {
        item_dispose(&item);
        return -ENOMEM;
    }

    remove_goods(snapshot, goods_id);
    if (snapshot->n_shelf == SNAPSHOT_SHELF) /* the broker refuses such an item: not reached */
        remove_item(snapshot, 0);
    snapshot->shelf[snapshot->n_shelf++] = item;

    return 0;
}

static int change_shelf(struct snapshot *snapshot, const struct message *message, struct span bytes)
{
    char text[MESSAGE_MAX_GOODS_ID];
    int size = message_id_text(message, FIELD_GOODS_ID, text, sizeof text);
    char status[sizeof "off"];
    int status_size = json_decode(message->fields[FIELD_STATUS], status, sizeof status);

    if (size <= 0 || status_size <= 0)
        return 0; /* message_check() has let none such pass */

    snapshot->shelf_version++;
    if (span_is(span_make(status, (size_t)status_size), "on"))
        return put_item(snapshot, span_make(text, (size_t)size), bytes);

    remove_goods(snapshot, span_make(text, (size_t)size));

    return 0;
}

/* What changes a snapshot comes from the log; what was only published leaves no trace. */
static int apply_sequenced(struct snapshot *snapshot, const struct entry *entry,
                           const struct message *message, struct span bytes)
{
    snapshot->position = entry->position;
    if (message->kind == KIND_CHAT)
        return add_chat(snapshot, bytes);
    if (message->kind == KIND_SHELF)
        return change_shelf(snapshot, message, bytes);
    if (message->kind == KIND_RECALL)
        remove_chat(snapshot, message->fields[FIELD_ID].raw);
    if (message->kind == KIND_FOLLOW && entry->total >= 0)
        snapshot->follows = (uint64_t)entry->total;

    return 0;
}

int snapshot_apply(struct snapshot *snapshot, const struct entry *entry,
                   const struct message *message, struct span bytes)
{
    if (entry->position.seq > 0)
        return apply_sequenced(snapshot, entry, message, bytes);

    /* Not in order with the cut it was read in, so an older total may come late. */
    if (message->kind == KIND_LIKE && entry->total > (int64_t)snapshot->likes)
        snapshot->likes = (uint64_t)entry->total;

    return 0;
}

void snapshot_count_likes(struct snapshot *snapshot, uint64_t likes)
{
    if (likes > snapshot->likes)
        snapshot->likes = likes;
}

void snapshot_pass(struct snapshot *snapshot, struct position position)
{
    if (position_compare(position, snapshot->position) > 0)
        snapshot->position = position;
}

/* One entry as it was read.  One that cannot be understood is left out, as it would be
 * had it arrived. */
static int load_entry(struct snapshot *snapshot, struct span bytes, struct buffer *scratch)
{
    struct arrival arrival;
    int error = arrival_read(&arrival, bytes, scratch);

    if (error != 0)
        return error == -ENOMEM ? -ENOMEM : 0;

    return snapshot_apply(snapshot, &arrival.entry, &arrival.message, arrival.bytes);
}

static int load_entries(struct snapshot *snapshot, const struct broker_snapshot *read)
{
    size_t skipped = read->n_chat > SNAPSHOT_CHAT ? read->n_chat - SNAPSHOT_CHAT : 0;
    struct buffer scratch;
    int error = 0;

    buffer_init(&scratch, ARRIVAL_SCRATCH_MAX);
    for (size_t i = skipped; i < read->n_chat && error == 0; i++)
        error = load_entry(snapshot, read->chat[i], &scratch);
    for (size_t i = 0; i < read->n_shelf && error == 0; i++)
        error = load_entry(snapshot, read->shelf[i], &scratch);
    buffer_dispose(&scratch);

    return error;
}

int snapshot_load(struct snapshot *snapshot, const struct broker_snapshot *read)
{
    struct snapshot loaded = {0};

    if (load_entries(&loaded, read) != 0) {
        empty(&loaded);
        return -ENOMEM;
    }

    loaded.position = read->position;
    loaded.likes = read->likes;
    loaded.follows = read->follows;
    loaded.chat_version += snapshot->chat_version + 1;
    loaded.shelf_version += snapshot->shelf_version + 1;
    empty(snapshot);
    *snapshot = loaded;

    return 0;
}

struct position snapshot_position(const struct snapshot *snapshot)
{
    return snapshot->position;
}

uint64_t snapshot_likes(const struct snapshot *snapshot)
{
    return snapshot->likes;
}

uint64_t snapshot_follows(const struct snapshot *snapshot)
{
    return snapshot->follows;
}

uint64_t snapshot_chat_version(const struct snapshot *snapshot)
{
    return snapshot->chat_version;
}

uint64_t snapshot_shelf_version(const struct snapshot *snapshot)
{
    return snapshot->shelf_version;
}

size_t snapshot_chat_count(const struct snapshot *snapshot)
{
    return snapshot->n_chat;
}

struct span snapshot_chat(const struct snapshot *snapshot, size_t i)
{
    const struct bytes *entry = snapshot->chat[(snapshot->first_chat + i) % SNAPSHOT_CHAT];

    return span_make(entry->data, entry->size);
}

size_t snapshot_shelf_count(const struct snapshot *snapshot)
{
    return snapshot->n_shelf;
}

struct span snapshot_shelf(const struct snapshot *snapshot, size_t i)
{
    const struct bytes *entry = snapshot->shelf[i].entry;

    return span_make(entry->data, entry->size);
}
