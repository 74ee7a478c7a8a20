/* loop.h - the loop that drives a worker: sockets, Redis, timers, all on one thread. */
#ifndef GATEWAY_LOOP_H
#define GATEWAY_LOOP_H

#include "base/attributes.h"

struct event_base;

/* Without locks, and without libevent's list of changes for epoll, which may not be where a
 * descriptor is duplicated: a socket that has been closed but for its duplicate (ws_end.c) would
 * stay in epoll.  Freed with event_base_free(); NULL when out of memory. */
struct event_base *loop_new(void) MUST_USE;

#endif
