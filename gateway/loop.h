/* loop.h - the loop that drives a worker: sockets, Redis, timers, all on one thread. */
#ifndef GATEWAY_LOOP_H
#define GATEWAY_LOOP_H

#include "base/attributes.h"

struct event_base;

/* Without locks, and with as few calls of epoll_ctl as can be.  Freed with event_base_free(); NULL
 * when out of memory. */
struct event_base *loop_new(void) MUST_USE;

#endif
