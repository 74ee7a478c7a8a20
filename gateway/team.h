/* team.h - the workers of this process, each on a thread of its own.
 *
 * The main thread makes the team, starts it, stops it and waits for its end; in between it waits
 * for signals.  The threads have no way to end but team_stop(): one that ends all the same has
 * failed, is logged, and the team sends SIGTERM to its own process, so that the others are stopped
 * in order and the process ends with an error rather than with half of its clients unserved.
 *
 * Belongs to the main thread. */
#ifndef GATEWAY_TEAM_H
#define GATEWAY_TEAM_H

#include "base/attributes.h"

#include <signal.h>
#include <stddef.h>

struct options;
struct reload;
struct team;

/* After team_end().  NULL is allowed. */
void team_free(struct team *team);

/* Makes all workers, with everything open, but serves nobody yet; borrows the options.
 * 0; a negative errno has been logged with its reason. */
int team_new(struct team **team, const struct options *options) MUST_USE;

/* Starts the threads; on an error, which has been logged, those that run have still to be stopped
 * and waited for. */
int team_start(struct team *team) MUST_USE;

/* Tells all workers to send their clients away one after another and then to end; returns at once.
 * And the same, without taking time over it, whether they have begun or not. */
void team_drain(struct team *team);
void team_stop(struct team *team);

/* Tells all workers to take settings that were read again, and counts it; NULL: these were wrong,
 * and are only counted. */
void team_reload(struct team *team, struct reload *reload);

/* How many threads have not ended.  Whenever one does, the process gets the signal TEAM_ENDED,
 * which is ignored where nobody waits for it. */
#define TEAM_ENDED SIGCHLD
size_t team_running(const struct team *team);

/* Waits until all threads have ended.  0, or -EIO: a worker has failed. */
int team_end(struct team *team) MUST_USE;

#endif
