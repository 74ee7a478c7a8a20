#include "gateway/slow_mode.h"

#include "base/clock.h"
#include "base/list.h"
#include "base/table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct speaker {
    struct list_node node;
    uint64_t spoke_ms;
    size_t size;
    char name[];
};

struct slow_mode {
    struct table *speakers; /* name -> struct speaker */
    struct list by_time;    /* the earliest first */
};

void slow_mode_free(struct slow_mode *slow)
{
    struct speaker *speaker;
    size_t cursor = 0;

    if (!slow)
        return;

    while ((speaker = table_next(slow->speakers, &cursor, NULL)))
        free(speaker);

    table_free(slow->speakers);
    free(slow);
}

static struct slow_mode *slow_mode_new(void)
{
    struct slow_mode *slow = calloc(1, sizeof *slow);

    if (!slow)
        return NULL;

    list_init(&slow->by_time);
    slow->speakers = table_new();
    if (!slow->speakers) {
        free(slow);
        return NULL;
    }

    return slow;
}

static void forget(struct slow_mode *slow, struct speaker *speaker)
{
    (void)table_remove(slow->speakers, span_make(speaker->name, speaker->size));
    list_remove(&speaker->node);
    free(speaker);
}

static void forget_earlier(struct slow_mode *slow, uint64_t pause_ms, uint64_t now_ms)
{
    LIST_FOR_EACH (node, &slow->by_time) {
        struct speaker *speaker = CONTAINER_OF(node, struct speaker, node);

        if (now_ms - speaker->spoke_ms < pause_ms)
            return;

        forget(slow, speaker);
    }
}

/* 0, or -ENOMEM. */
static int remember(struct slow_mode *slow, struct span name, uint64_t now_ms)
{
    struct speaker *speaker = calloc(1, sizeof *speaker + name.size + 1);

    if (!speaker)
        return -ENOMEM;

    speaker->spoke_ms = now_ms;
    speaker->size = name.size;
    if (name.size > 0)
        memcpy(speaker->name, name.data, name.size);
    if (table_put(slow->speakers, name, speaker) != 0) {
        free(speaker);
        return -ENOMEM;
    }

    list_append(&slow->by_time, &speaker->node);

    return 0;
}

int slow_mode_take(struct slow_mode **slow, struct span speaker, uint64_t pause_ms)
{
    uint64_t now_ms = clock_now();

    if (*slow)
        forget_earlier(*slow, pause_ms, now_ms);
    else
        *slow = slow_mode_new();
    if (!*slow)
        return -ENOMEM;

    return table_get((*slow)->speakers, speaker) ? -EAGAIN : remember(*slow, speaker, now_ms);
}

void slow_mode_give_back(struct slow_mode *slow, struct span speaker)
{
    struct speaker *known = slow ? table_get(slow->speakers, speaker) : NULL;

    if (known)
        forget(slow, known);
}
