/* waiting_broker.h - a broker that keeps everybody waiting until the test lets it answer, which a
 * real one cannot be told to do.  Publishing only. */
#ifndef TESTS_GATEWAY_WAITING_BROKER_H
#define TESTS_GATEWAY_WAITING_BROKER_H

#include "base/attributes.h"
#include "relay/broker.h"

#include <stddef.h>

#define WAITING_BROKER_MAX 16

struct waiting_broker {
    struct broker broker;
    size_t n_waiting;
    struct {
        broker_on_published *done;
        void *arg;
    } waiting[WAITING_BROKER_MAX];
};

/* Freed as every broker is, by who takes it. */
struct waiting_broker *waiting_broker_new(void) MUST_USE;

/* Answers all that wait. */
void waiting_broker_answer(struct waiting_broker *waiting, enum refusal refusal);

#endif
