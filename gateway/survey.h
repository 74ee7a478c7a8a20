/* survey.h - a worker asks all workers of its process, itself too, the same question.
 *
 * Each answers on its own thread, by mailbox; the answers come together at the one who asked.  A
 * worker that does not answer in time is left out: its loop is stuck.
 *
 * For who operates the gateway (rooms, readiness), never on a message's way.  A surveyor belongs to
 * its worker's thread. */
#ifndef GATEWAY_SURVEY_H
#define GATEWAY_SURVEY_H

#include "base/attributes.h"
#include "base/buffer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mailbox;
struct survey;
struct surveyor;
struct wheel;

struct surveyor_settings {
    struct wheel *wheel;        /* borrowed */
    struct mailbox *own;        /* of the worker that asks; borrowed */
    struct mailbox *const *all; /* of all workers, complete before the first survey; borrowed */
    size_t n_all;
    uint64_t patience_ms;
};

struct question {
    /* On the thread of each worker, which is its mailbox's reader. */
    void (*answer)(const void *about, void *worker, struct buffer *answer);
    const void *about; /* the same for all, read-only */
    /* On the asker's thread, once: all have answered, or time is up.  `survey` is for the call. */
    void (*done)(void *asker, const struct survey *survey);
    void *asker;
};

/* After the threads of the others have ended; who is still waiting is told what is there.
 * NULL is allowed. */
void surveyor_free(struct surveyor *surveyor);

/* NULL when out of memory. */
struct surveyor *surveyor_new(const struct surveyor_settings *settings) OWNER_CALLS(surveyor_free);

/* `done` is never called from inside.  0, or -ENOMEM (it will not be called). */
int survey_begin(struct surveyor *surveyor, const struct question *question) MUST_USE;

/* How many were asked. */
size_t survey_size(const struct survey *survey);

/* What the worker of this index said, valid as long as `survey`.  False: it did not answer. */
bool survey_answer(const struct survey *survey, size_t index, struct span *answer) MUST_USE;

#endif
