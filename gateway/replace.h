/* replace.h - with --single-session a viewer has one session in a room, the newest one.
 *
 * Who joins is known by the uid of its token; what a client only says of itself replaces nobody.
 * The older session is closed with 4409, on this worker at once, on others when they hear that the
 * census has the viewer elsewhere now (docs/decisions/0008-which-worker-has-a-viewer.md). */
#ifndef GATEWAY_REPLACE_H
#define GATEWAY_REPLACE_H

#include "base/span.h"

struct hub_room;
struct membership;

/* It has come into its room: sessions here that its viewer had there before are closed. */
void replace_older(const struct membership *newest);

/* Another worker has the viewer `uid` now. */
void replace_all(struct hub_room *room, struct span uid);

#endif
