#include "tests/contract/answer.h"

#include "tests/support/failing_malloc.h"
#include "tests/support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct answer *answered(void *arg, const struct broker_status *status)
{
    struct answer *answer = arg;

    assert_false(*answer->unexpected);
    answer->times++;
    answer->refusal = status->refusal;
    if (status->detail)
        (void)snprintf(answer->detail, sizeof answer->detail, "%s", status->detail);

    return answer;
}

void answer_published(void *arg, const struct broker_status *status,
                      const struct broker_published *published)
{
    struct answer *answer = answered(arg, status);

    if (status->refusal != REFUSAL_NONE)
        return;

    answer->position = published->position;
    (void)snprintf(answer->id, sizeof answer->id, "%.*s", SPAN_ARGS(published->id));
}

static size_t size_of_all(const struct span *spans, size_t n)
{
    size_t size = 0;

    for (size_t i = 0; i < n; i++)
        size += spans[i].size;

    return size;
}

/* Keeps `bytes` at *at, which moves on. */
static struct shown keep(char **at, struct span bytes)
{
    struct shown kept = {.bytes = span_make(*at, bytes.size)};

    memcpy(*at, bytes.data, bytes.size);
    *at += bytes.size;
    assert_int_equal(entry_parse(&kept.entry, kept.bytes), 0);

    return kept;
}

static struct snapshot_copy *copy_snapshot(const struct broker_snapshot *snapshot)
{
    struct snapshot_copy *copy = unfailing_calloc(1, sizeof *copy);
    char *at;

    assert_non_null(copy);
    assert_in_range(snapshot->n_shelf, 0, BROKER_MAX_SHELF);
    copy->storage = unfailing_calloc(1, size_of_all(snapshot->chat, snapshot->n_chat) +
                                            size_of_all(snapshot->shelf, snapshot->n_shelf) + 1);
    assert_non_null(copy->storage);

    at = copy->storage;
    copy->position = snapshot->position;
    copy->likes = snapshot->likes;
    copy->follows = snapshot->follows;
    copy->online = snapshot->online;
    for (; copy->n_chat < snapshot->n_chat; copy->n_chat++)
        copy->chat[copy->n_chat] = keep(&at, snapshot->chat[copy->n_chat]);
    for (; copy->n_shelf < snapshot->n_shelf; copy->n_shelf++)
        copy->shelf[copy->n_shelf] = keep(&at, snapshot->shelf[copy->n_shelf]);

    return copy;
}

void answer_snapshot(void *arg, const struct broker_status *status,
                     const struct broker_snapshot *snapshot)
{
    struct answer *answer = answered(arg, status);

    if (status->refusal != REFUSAL_NONE)
        return;

    assert_in_range(snapshot->n_chat, 0, BROKER_CHAT);
    answer->cut = copy_snapshot(snapshot);
    answer->position = snapshot->position;
    answer->online = snapshot->online;
}

void answer_history(void *arg, const struct broker_status *status,
                    const struct broker_history *history)
{
    struct answer *answer = answered(arg, status);
    const struct broker_snapshot alike = {.position = history->position,
                                          .chat = history->entries,
                                          .n_chat = history->n_entries,
                                          .likes = history->likes};

    if (status->refusal != REFUSAL_NONE)
        return;

    assert_in_range(history->n_entries, 0, BROKER_HISTORY_MAX);
    answer->cut = copy_snapshot(&alike);
    answer->cut->complete = history->complete;
    answer->position = history->position;
}

void answer_counted(void *arg, const struct broker_status *status,
                    const struct broker_counted *counted)
{
    struct answer *answer = answered(arg, status);

    if (status->refusal != REFUSAL_NONE)
        return;

    answer->online = counted->online;
    for (size_t i = 0; i < answer->n_items; i++)
        answer->returning[i] = counted->returning[i];
}

void answer_dispose(struct answer *answer)
{
    if (answer->cut)
        free(answer->cut->storage);

    free(answer->cut);
    *answer = (struct answer){0};
}

void answer_moderated(void *arg, const struct broker_status *status, bool changed)
{
    answered(arg, status)->changed = changed;
}

void answer_sanctions(void *arg, const struct broker_status *status,
                      const struct broker_sanctions *sanctions)
{
    struct sanctions_copy *copy = &answered(arg, status)->sanctions;

    assert_in_range(sanctions->n_items, 0, ANSWER_MAX_ITEMS);
    copy->muted = sanctions->muted;
    copy->slow_mode_s = sanctions->slow_mode_s;
    copy->n_items = sanctions->n_items;
    for (size_t i = 0; i < sanctions->n_items; i++) {
        const struct broker_sanction *item = &sanctions->items[i];

        (void)snprintf(copy->items[i].uid, sizeof copy->items[i].uid, "%.*s", SPAN_ARGS(item->uid));
        copy->items[i].is_ban = item->is_ban;
        copy->items[i].left_ms = item->left_ms;
    }
}
