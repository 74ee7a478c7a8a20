#include "relay/memory_census.h"

#include "base/table.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

struct absence {
    uint64_t until_ms;
    bool is_real; /* not just prepared */
};

void memory_census_dispose(struct memory_census *census)
{
    size_t cursor = 0;
    struct absence *absence;

    if (census->away) {
        while ((absence = table_next(census->away, &cursor, NULL)))
            free(absence);
    }

    table_free(census->away);
    *census = (struct memory_census){0};
}

static struct absence *find(const struct memory_census *census, struct span uid)
{
    return census->away && uid.size > 0 ? table_get(census->away, uid) : NULL;
}

static void forget(struct memory_census *census, struct span uid)
{
    if (find(census, uid))
        free(table_remove(census->away, uid));
}

static void forget_unreal(struct memory_census *census, const struct broker_census *change)
{
    for (size_t i = 0; i < change->n_items; i++) {
        const struct absence *absence = find(census, change->items[i].uid);

        if (absence && !absence->is_real)
            forget(census, change->items[i].uid);
    }
}

static int prepare_one(struct memory_census *census, struct span uid)
{
    struct absence *absence;

    if (find(census, uid))
        return 0;

    if (!census->away)
        census->away = table_new();

    absence = calloc(1, sizeof *absence);
    if (!census->away || !absence || table_put(census->away, uid, absence) != 0) {
        free(absence);
        return -ENOMEM;
    }

    return 0;
}

/* A place for everyone who is lost, so that nothing can fail half way. */
static int prepare(struct memory_census *census, const struct broker_census *change)
{
    for (size_t i = 0; i < change->n_items; i++) {
        const struct census_item *item = &change->items[i];

        if (item->verb != CENSUS_LOST || item->uid.size == 0)
            continue;

        if (prepare_one(census, item->uid) != 0) {
            forget_unreal(census, change);
            return -ENOMEM;
        }
    }

    return 0;
}

static enum census_outcome apply(struct absence *absence, enum census_verb verb, uint64_t now_ms,
                                 uint64_t grace_ms)
{
    bool was_away = absence && absence->is_real;
    bool in_grace = was_away && now_ms < absence->until_ms;

    if (absence) {
        absence->is_real = verb == CENSUS_LOST;
        absence->until_ms = now_ms + grace_ms;
    }

    switch (verb) {
    case CENSUS_ENTER:
        return in_grace ? OUTCOME_RETURNING : OUTCOME_ANNOUNCED;
    case CENSUS_LEAVE:
        return OUTCOME_ANNOUNCED;
    case CENSUS_LOST:
        return OUTCOME_SILENT;
    case CENSUS_EXPIRE:
        return was_away ? OUTCOME_ANNOUNCED : OUTCOME_SILENT;
    }

    return OUTCOME_SILENT;
}

int memory_census_apply(struct memory_census *census, const struct broker_census *change,
                        enum census_outcome *outcomes, uint64_t now_ms)
{
    if (prepare(census, change) != 0)
        return -ENOMEM;

    for (size_t i = 0; i < change->n_items; i++) {
        const struct census_item *item = &change->items[i];

        outcomes[i] = apply(find(census, item->uid), item->verb, now_ms, change->grace_ms);
    }

    forget_unreal(census, change);
    census->online = change->count;

    return 0;
}
