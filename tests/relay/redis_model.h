/* redis_model.h - a Redis and the channel of one room as simple as they can be: what it counts,
 * logs and forgets, and what the channel loses, repeats and reorders.
 *
 * Stands behind a scripted broker: a request first takes effect and is answered some time later,
 * so that messages overtake answers as they do between two connections.  Messages are named by
 * numbers. */
#ifndef TESTS_RELAY_REDIS_MODEL_H
#define TESTS_RELAY_REDIS_MODEL_H

#include "relay/broker.h"
#include "tests/support/scripted_broker.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ROOM "room"

enum {
    MODEL_MAX = 400, /* messages in a schedule */
    MODEL_TERMS = 64,
    MODEL_TEXT = 120,
    MODEL_CHAT = 50
};

struct redis_model_message {
    struct position position;
    unsigned name;
    bool first; /* of its term */
};

struct redis_model_chances { /* in percent */
    unsigned loss;
    unsigned repeat;
    unsigned reorder;
};

/* What a request came to, kept until it is answered. */
struct redis_model_result {
    struct position position;
    bool complete;
    size_t n;
    struct redis_model_message
        messages[MODEL_CHAT > BROKER_HISTORY_MAX ? MODEL_CHAT : BROKER_HISTORY_MAX];
};

struct redis_model {
    struct scripted_broker *broker;
    uint64_t random;
    size_t history; /* messages that the log holds */
    struct redis_model_chances chances;

    struct redis_model_message log[MODEL_MAX]; /* all of them; what was lost is cut off */
    size_t n_log;
    bool new_process; /* the next message begins a term */
    uint64_t terms[MODEL_TERMS];
    size_t n_terms;

    struct redis_model_message channel[MODEL_MAX]; /* on their way */
    size_t n_channel;

    bool done; /* the oldest request */
    struct redis_model_result result;
};

unsigned redis_model_below(struct redis_model *model, unsigned n);
bool redis_model_chance(struct redis_model *model, unsigned percent);

/* Publishes, unless this name is known.  With `skew` a new term may be lower than the last. */
void redis_model_publish(struct redis_model *model, unsigned name, bool skew);

/* The next one on its way arrives, or is lost, or comes before others, or comes again. */
void redis_model_deliver(struct redis_model *model);

/* Another process has the room from now on, without the last `lost` messages. */
void redis_model_restart(struct redis_model *model, size_t lost);

/* The oldest request takes effect; is answered; is refused.  False when there is none. */
bool redis_model_do(struct redis_model *model);
bool redis_model_answer(struct redis_model *model);
bool redis_model_refuse(struct redis_model *model, enum refusal refusal);

/* Where a message is in the log; -1: nowhere. */
int redis_model_find(const struct redis_model *model, unsigned name);

#endif
