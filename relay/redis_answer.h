/* redis_answer.h - what the functions answer, in the broker's words.
 *
 * Pure; whatever shape a reply has, it is either understood or refused. */
#ifndef RELAY_REDIS_ANSWER_H
#define RELAY_REDIS_ANSWER_H

#include "base/attributes.h"
#include "base/buffer.h"
#include "relay/broker.h"

#include <stdbool.h>
#include <stddef.h>

struct redisReply;

/* Large: keep one and use it again.  The snapshot points here and into the reply. */
struct redis_cut {
    struct broker_snapshot snapshot;
    struct span chat[BROKER_CHAT];
    struct span shelf[BROKER_MAX_SHELF];
    struct {
        struct position position;
        struct span bytes;
    } items[BROKER_MAX_SHELF];
};

/* Likewise. */
struct redis_past {
    struct broker_history history;
    struct span entries[BROKER_HISTORY_MAX];
};

/* Each 0 or -EBADMSG.  The spans borrow from the reply. */

/* Its text: a string, a status or an error; SPAN_NONE when it is none of these, or NULL. */
struct span redis_answer_text(const struct redisReply *reply);

/* The text of a name in a flat array of names and values, such as HELLO's; SPAN_NONE: not there. */
struct span redis_answer_named(const struct redisReply *reply, const char *name);

/* livegate_publish: id, term, seq. */
int redis_answer_published(const struct redisReply *reply, struct broker_published *published)
    MUST_USE;

/* livegate_snapshot.  Entries that are none are left out. */
int redis_answer_snapshot(const struct redisReply *reply, struct redis_cut *cut) MUST_USE;

/* livegate_history of what comes after `after`.  Entries that are none are left out. */
int redis_answer_history(const struct redisReply *reply, struct position after,
                         struct redis_past *past) MUST_USE;

/* livegate_census of n items: `returning` has place for so many. */
int redis_answer_counted(const struct redisReply *reply, bool *returning, size_t n,
                         struct broker_counted *counted) MUST_USE;

/* livegate_moderate: 1 or 0. */
int redis_answer_moderated(const struct redisReply *reply, bool *changed) MUST_USE;

/* livegate_sanctions; what is none is left out.  The items go to `items`, which is emptied before
 * (-ENOMEM). */
int redis_answer_sanctions(const struct redisReply *reply, struct buffer *items,
                           struct broker_sanctions *sanctions) MUST_USE;

#endif
