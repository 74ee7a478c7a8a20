#include "relay/redis_answer.h"

#include "relay/position.h"

#include <errno.h>
#include <hiredis/hiredis.h>
#include <stdlib.h>

static bool is_array(const redisReply *reply, size_t least)
{
    return reply->type == REDIS_REPLY_ARRAY && reply->elements >= least;
}

static int read_natural(const redisReply *reply, uint64_t *number)
{
    if (reply->type != REDIS_REPLY_INTEGER || reply->integer < 0)
        return -EBADMSG;

    *number = (uint64_t)reply->integer;

    return 0;
}

static int read_position(redisReply *const *pair, struct position *position)
{
    if (read_natural(pair[0], &position->term) != 0)
        return -EBADMSG;

    return read_natural(pair[1], &position->seq);
}

struct span redis_answer_text(const redisReply *reply)
{
    if (!reply || (reply->type != REDIS_REPLY_STRING && reply->type != REDIS_REPLY_STATUS &&
                   reply->type != REDIS_REPLY_ERROR))
        return SPAN_NONE;

    return span_make(reply->str, (size_t)reply->len);
}

struct span redis_answer_named(const redisReply *reply, const char *name)
{
    for (size_t i = 0; i + 1 < reply->elements; i += 2) {
        if (span_is(redis_answer_text(reply->element[i]), name))
            return redis_answer_text(reply->element[i + 1]);
    }

    return SPAN_NONE;
}

int redis_answer_published(const redisReply *reply, struct broker_published *published)
{
    const redisReply *id;

    if (!is_array(reply, 3) || reply->element[0]->type != REDIS_REPLY_STRING)
        return -EBADMSG;

    id = reply->element[0];
    published->id = span_make(id->str, (size_t)id->len);

    return read_position(&reply->element[1], &published->position);
}

/* ---- snapshots ---- */

static bool read_entry(const redisReply *reply, struct entry *entry, struct span *bytes)
{
    if (reply->type != REDIS_REPLY_STRING)
        return false;

    *bytes = span_make(reply->str, (size_t)reply->len);

    return entry_parse(entry, *bytes) == 0;
}

/* The last ones, if there are too many. */
static void read_chat(const redisReply *list, struct redis_cut *cut)
{
    size_t i = list->elements > BROKER_CHAT ? list->elements - BROKER_CHAT : 0;
    size_t n = 0;
    struct entry entry;

    for (; i < list->elements; i++) {
        if (read_entry(list->element[i], &entry, &cut->chat[n]))
            n++;
    }

    cut->snapshot.chat = cut->chat;
    cut->snapshot.n_chat = n;
}

/* Of the items, which begin with their position. */
static int by_position(const void *a, const void *b)
{
    const struct position *left = a;
    const struct position *right = b;

    return position_compare(*left, *right);
}

static void read_shelf(const redisReply *list, struct redis_cut *cut)
{
    size_t n = 0;
    struct entry entry;

    for (size_t i = 0; i < list->elements && n < BROKER_MAX_SHELF; i++) {
        if (!read_entry(list->element[i], &entry, &cut->items[n].bytes))
            continue;

        cut->items[n].position = entry.position;
        n++;
    }

    qsort(cut->items, n, sizeof cut->items[0], by_position);
    for (size_t i = 0; i < n; i++)
        cut->shelf[i] = cut->items[i].bytes;

    cut->snapshot.shelf = cut->shelf;
    cut->snapshot.n_shelf = n;
}

int redis_answer_snapshot(const redisReply *reply, struct redis_cut *cut)
{
    struct broker_snapshot *snapshot = &cut->snapshot;

    *snapshot = (struct broker_snapshot){0};
    if (!is_array(reply, 7) || !is_array(reply->element[2], 0) || !is_array(reply->element[3], 0))
        return -EBADMSG;

    if (read_position(&reply->element[0], &snapshot->position) != 0 ||
        read_natural(reply->element[4], &snapshot->likes) != 0 ||
        read_natural(reply->element[5], &snapshot->follows) != 0 ||
        read_natural(reply->element[6], &snapshot->online) != 0)
        return -EBADMSG;

    read_chat(reply->element[2], cut);
    read_shelf(reply->element[3], cut);

    return 0;
}

/* ---- history ---- */

static void read_past(const redisReply *list, struct position after, bool has_older,
                      struct redis_past *past)
{
    struct broker_history *history = &past->history;
    struct entry entry;

    history->entries = past->entries;
    history->complete = position_compare(history->position, after) <= 0;
    for (size_t i = 0; i < list->elements && history->n_entries < BROKER_HISTORY_MAX; i++) {
        if (!read_entry(list->element[i], &entry, &past->entries[history->n_entries]))
            continue;

        if (history->n_entries++ == 0)
            history->complete = position_leads_to(after, &entry, has_older);
    }
}

int redis_answer_history(const redisReply *reply, struct position after, struct redis_past *past)
{
    uint64_t older = 0;

    past->history = (struct broker_history){0};
    if (!is_array(reply, 5) || !is_array(reply->element[2], 0) ||
        read_position(&reply->element[0], &past->history.position) != 0 ||
        read_natural(reply->element[3], &older) != 0 ||
        read_natural(reply->element[4], &past->history.likes) != 0)
        return -EBADMSG;

    read_past(reply->element[2], after, older > 0, past);

    return 0;
}

/* ---- counts ---- */

int redis_answer_counted(const redisReply *reply, bool *returning, size_t n,
                         struct broker_counted *counted)
{
    uint64_t yes = 0;

    if (!is_array(reply, n + 1) || read_natural(reply->element[0], &counted->online) != 0)
        return -EBADMSG;

    for (size_t i = 0; i < n; i++) {
        if (read_natural(reply->element[i + 1], &yes) != 0)
            return -EBADMSG;

        returning[i] = yes == 1;
    }

    counted->returning = returning;

    return 0;
}

/* ---- moderation ---- */

int redis_answer_moderated(const redisReply *reply, bool *changed)
{
    uint64_t yes = 0;

    if (read_natural(reply, &yes) != 0)
        return -EBADMSG;

    *changed = yes > 0;

    return 0;
}

static bool read_sanction(redisReply *const *three, struct broker_sanction *sanction)
{
    const redisReply *kind = three[0], *uid = three[1];

    if (kind->type != REDIS_REPLY_STRING || uid->type != REDIS_REPLY_STRING || uid->len == 0 ||
        read_natural(three[2], &sanction->left_ms) != 0)
        return false;

    sanction->uid = span_make(uid->str, (size_t)uid->len);
    sanction->is_ban = span_is(span_make(kind->str, (size_t)kind->len), "ban");

    return sanction->is_ban || span_is(span_make(kind->str, (size_t)kind->len), "mute");
}

int redis_answer_sanctions(const redisReply *reply, struct buffer *items,
                           struct broker_sanctions *sanctions)
{
    uint64_t muted = 0, slow_s = 0;
    struct broker_sanction sanction;

    *sanctions = (struct broker_sanctions){0};
    buffer_clear(items);
    if (!is_array(reply, 2) || read_natural(reply->element[0], &muted) != 0 ||
        read_natural(reply->element[1], &slow_s) != 0)
        return -EBADMSG;

    for (size_t i = 2; i + 3 <= reply->elements; i += 3) {
        if (read_sanction(&reply->element[i], &sanction))
            (void)buffer_add(items, &sanction, sizeof sanction);
    }

    sanctions->muted = muted > 0;
    sanctions->slow_mode_s =
        slow_s < BROKER_MAX_SLOW_MODE_S ? (uint32_t)slow_s : BROKER_MAX_SLOW_MODE_S;
    sanctions->items = (const struct broker_sanction *)(const void *)items->data;
    sanctions->n_items = items->size / sizeof sanction;

    return buffer_status(items);
}
