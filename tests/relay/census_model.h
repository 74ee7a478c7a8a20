/* census_model.h - a small Redis with one room, for the relays of several workers: who is there,
 * as relay/functions/census.lua does it, and the channel that tells of it.
 *
 * Each worker's requests are done in order, but when, and when their answers and the channel's
 * entries reach the worker, is the test's to decide. */
#ifndef TESTS_RELAY_CENSUS_MODEL_H
#define TESTS_RELAY_CENSUS_MODEL_H

#include "tests/support/scripted_broker.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MODEL_WORKERS = 2, MODEL_UIDS = 5, MODEL_QUEUE = 4096, NOBODY = -1 };

struct model_answer {
    uint64_t online;
    bool returning[SCRIPTED_ITEMS];
};

struct model_worker {
    struct scripted_broker *broker; /* its requests; borrowed */
    size_t done;                    /* the first so many of them are done, but not answered */
    struct model_answer answers[8]; /* of those */
    char *entries[MODEL_QUEUE];     /* on their way to it: from .. to */
    size_t from;
    size_t to;
};

struct model {
    const char *room;
    struct model_worker workers[MODEL_WORKERS];
    uint64_t counts[MODEL_WORKERS];
    int holder[MODEL_UIDS]; /* a worker, or NOBODY */
    bool away[MODEL_UIDS];
    uint64_t deadline[MODEL_UIDS];
    int announced[MODEL_UIDS]; /* joins minus leaves */
    bool doubled;              /* somebody was announced who was announced already, or vice versa */
    uint64_t grace_ms;
};

void model_init(struct model *model, const char *room, uint64_t grace_ms);

/* Forgets entries that are on their way. */
void model_dispose(struct model *model);

/* Each does one step for a worker; false when there was none to do. */
bool model_do_request(struct model *model, int worker);
bool model_answer(struct model *model, int worker);
bool model_deliver(struct model *model, int worker);

/* The worker's links break: what is under way is refused, what was published is lost. */
void model_cut(struct model *model, int worker);

uint64_t model_online(const struct model *model);

/* The uid with this number: "u0" to "u4". */
const char *model_uid(int number);

#endif
