/* cut_broker.h - a memory broker with a link that can be cut.
 *
 * Cut, it hears nothing; and unless it is only deaf, it refuses whatever is asked of it.  Mended,
 * it says so, as broker.h promises: up first, then a confirmation for each room. */
#ifndef TESTS_FUZZ_CUT_BROKER_H
#define TESTS_FUZZ_CUT_BROKER_H

#include "base/attributes.h"
#include "relay/broker.h"

#include <stdbool.h>

struct broker_memory_settings;

/* Freed as every broker is.  NULL when out of memory. */
struct broker *cut_broker_new(const struct broker_memory_settings *settings) MUST_USE;

/* Not from inside a call of it. */
void cut_broker_cut(struct broker *broker, bool deaf);
void cut_broker_mend(struct broker *broker);

/* A room's channel brings these bytes, whoever put them there. */
void cut_broker_bring(struct broker *broker, struct span room, struct span bytes);

/* Answers what was refused: called once each turn. */
void cut_broker_turn(struct broker *broker);

#endif
