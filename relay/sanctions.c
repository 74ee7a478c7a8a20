#include "relay/sanctions.h"

#include "base/table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void sanctions_dispose(struct sanctions *sanctions)
{
    struct sanctioned *sanctioned;
    size_t cursor = 0;

    while (sanctions->uids && (sanctioned = table_next(sanctions->uids, &cursor, NULL)))
        free(sanctioned);

    table_free(sanctions->uids);
    sanctions->uids = NULL;
}

static struct sanctioned *find(const struct sanctions *sanctions, struct span uid)
{
    return sanctions->uids ? table_get(sanctions->uids, uid) : NULL;
}

static struct sanctioned *add(struct sanctions *sanctions, struct span uid)
{
    struct sanctioned *sanctioned;

    if (!sanctions->uids)
        sanctions->uids = table_new();
    if (!sanctions->uids)
        return NULL;

    sanctioned = calloc(1, sizeof *sanctioned + uid.size + 1);
    if (!sanctioned)
        return NULL;

    sanctioned->uid_size = uid.size;
    if (uid.size > 0)
        memcpy(sanctioned->uid, uid.data, uid.size);
    if (table_put(sanctions->uids, uid, sanctioned) != 0) {
        free(sanctioned);
        return NULL;
    }

    return sanctioned;
}

int sanctions_impose(struct sanctions *sanctions, enum sanction kind, struct span uid,
                     uint64_t until_ms)
{
    struct sanctioned *sanctioned = find(sanctions, uid);

    if (!sanctioned)
        sanctioned = add(sanctions, uid);
    if (!sanctioned)
        return -ENOMEM;

    sanctioned->until[kind] = until_ms;

    return 0;
}

bool sanctions_know(const struct sanctions *sanctions, struct span uid)
{
    return find(sanctions, uid) != NULL;
}

static bool has_any(const struct sanctioned *sanctioned, uint64_t now_ms)
{
    return sanctioned->until[SANCTION_BAN] > now_ms || sanctioned->until[SANCTION_MUTE] > now_ms;
}

static void forget(struct sanctions *sanctions, struct sanctioned *sanctioned)
{
    (void)table_remove(sanctions->uids, span_make(sanctioned->uid, sanctioned->uid_size));
    free(sanctioned);
}

bool sanctions_lift(struct sanctions *sanctions, enum sanction kind, struct span uid,
                    uint64_t now_ms)
{
    struct sanctioned *sanctioned = find(sanctions, uid);
    bool was = sanctioned && sanctioned->until[kind] > now_ms;

    if (!sanctioned)
        return false;

    sanctioned->until[kind] = 0;
    if (!has_any(sanctioned, now_ms))
        forget(sanctions, sanctioned);

    return was;
}

bool sanctions_hold(const struct sanctions *sanctions, enum sanction kind, struct span uid,
                    uint64_t now_ms)
{
    const struct sanctioned *sanctioned = find(sanctions, uid);

    return sanctioned && sanctioned->until[kind] > now_ms;
}

void sanctions_forget_ended(struct sanctions *sanctions, uint64_t now_ms)
{
    struct sanctioned *sanctioned;
    size_t cursor = 0;

    while (sanctions->uids && (sanctioned = table_next(sanctions->uids, &cursor, NULL))) {
        if (!has_any(sanctioned, now_ms))
            forget(sanctions, sanctioned);
    }
}

size_t sanctions_count(const struct sanctions *sanctions)
{
    return sanctions->uids ? table_count(sanctions->uids) : 0;
}

const struct sanctioned *sanctions_next(const struct sanctions *sanctions, size_t *cursor)
{
    return sanctions->uids ? table_next(sanctions->uids, cursor, NULL) : NULL;
}

uint64_t sanction_left(uint64_t until_ms, uint64_t now_ms)
{
    return until_ms == SANCTION_FOR_EVER ? 0 : until_ms - now_ms;
}

uint64_t sanction_until(uint64_t left_ms, uint64_t now_ms)
{
    return left_ms == 0 ? SANCTION_FOR_EVER : now_ms + left_ms;
}
