/* memory_answer.h - how the memory broker answers its requests.  Each answers one, once. */
#ifndef RELAY_MEMORY_ANSWER_H
#define RELAY_MEMORY_ANSWER_H

#include "relay/broker.h"
#include "schema/refusal.h"

#include <stdbool.h>

struct memory_request;

/* A good one with `published`; a refused one with `detail`, "" for none. */
void memory_answer_published(const struct memory_request *request, enum refusal refusal,
                             const char *detail, const struct broker_published *published);

void memory_answer_snapshot(const struct memory_request *request, enum refusal refusal,
                            const struct broker_snapshot *snapshot);

void memory_answer_history(const struct memory_request *request, enum refusal refusal,
                           const struct broker_history *history);

/* `counted` is NULL of a refused one. */
void memory_answer_counted(const struct memory_request *request, enum refusal refusal,
                           const struct broker_counted *counted);

/* `detail` may be NULL. */
void memory_answer_moderated(const struct memory_request *request, enum refusal refusal,
                             const char *detail, bool changed);

void memory_answer_sanctions(const struct memory_request *request, enum refusal refusal,
                             const struct broker_sanctions *sanctions);

/* Of what will not be done. */
void memory_answer_refuse(const struct memory_request *request, enum refusal refusal);

#endif
