/* answer.h - how a broker answered a request, kept to be looked at. */
#ifndef TESTS_CONTRACT_ANSWER_H
#define TESTS_CONTRACT_ANSWER_H

#include "base/span.h"
#include "relay/broker.h"
#include "schema/entry.h"
#include "schema/refusal.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ANSWER_MAX_ITEMS 8

/* One entry of a snapshot; `entry` is taken apart, its spans point to `bytes`. */
struct shown {
    struct span bytes;
    struct entry entry;
};

/* What a snapshot said, copied; of a history the same, its entries as the chat. */
struct snapshot_copy {
    struct position position;
    bool complete; /* of a history */
    size_t n_chat;
    size_t n_shelf;
    uint64_t likes;
    uint64_t follows;
    uint64_t online;
    struct shown chat[BROKER_HISTORY_MAX];
    struct shown shelf[BROKER_MAX_SHELF];
    char *storage;
};

/* Must live until `times` is 1. */
struct answer {
    const bool *unexpected; /* while true, no answer may come */
    int times;
    enum refusal refusal;
    char detail[200];
    char id[300];
    struct position position; /* of publishing or of a snapshot */
    uint64_t online;          /* of a snapshot or a census */
    size_t n_items;           /* of a census, to be set before */
    bool returning[ANSWER_MAX_ITEMS];
    bool changed; /* of moderation */
    struct sanctions_copy {
        bool muted;
        uint32_t slow_mode_s;
        size_t n_items;
        struct {
            char uid[130];
            bool is_ban;
            uint64_t left_ms;
        } items[ANSWER_MAX_ITEMS];
    } sanctions;
    struct snapshot_copy *cut; /* of a snapshot or history; freed by answer_dispose() */
};

/* Callbacks for broker.h; `arg` is the answer. */
void answer_published(void *arg, const struct broker_status *status,
                      const struct broker_published *published);
void answer_snapshot(void *arg, const struct broker_status *status,
                     const struct broker_snapshot *snapshot);
void answer_history(void *arg, const struct broker_status *status,
                    const struct broker_history *history);
void answer_counted(void *arg, const struct broker_status *status,
                    const struct broker_counted *counted);

void answer_dispose(struct answer *answer);

void answer_moderated(void *arg, const struct broker_status *status, bool changed);
void answer_sanctions(void *arg, const struct broker_status *status,
                      const struct broker_sanctions *sanctions);

#endif
