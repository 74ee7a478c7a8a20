/* numbered.h - messages with a number in room "r" of a site, and viewers that expect them in order.
 *
 * Published as by a backend and without waiting, so that those published together come in one
 * turn. */
#ifndef TESTS_GATEWAY_NUMBERED_H
#define TESTS_GATEWAY_NUMBERED_H

#include "tests/gateway/site.h"

/* A message as it stands. */
void numbered_say(struct site *site, const char *text);

void numbered_publish(struct site *site, const char *kind, int n);

/* Orders from `from` to `to` - 1. */
void numbered_orders(struct site *site, int from, int to);

void numbered_expect(struct viewer *viewer, int n);

void numbered_expect_all(struct viewer *viewer, int from, int to);

#endif
