/* places.h - is there a place for one more client?
 *
 * The limits of one worker: what clients make it hold, how many they are, and how many of them come
 * from one address.  Each no is counted, in livegate_limited_total.
 *
 * They answer UPGRADE_ACCEPTED, or how to refuse.  Belongs to one worker's thread. */
#ifndef GATEWAY_PLACES_H
#define GATEWAY_PLACES_H

#include "base/attributes.h"
#include "gateway/upgrade.h"

struct address_count;
struct forwarded;
struct listener_settings;
struct sockaddr;

/* In memory: for who is let in. */
enum upgrade_verdict place_in_memory(const struct listener_settings *settings) MUST_USE;

/* For who is to be waited for (newcomers.h): beside the others and what clients hold.  Those never
 * go because of newcomers. */
enum upgrade_verdict place_among_newcomers(const struct listener_settings *settings) MUST_USE;

/* Among the sessions. */
enum upgrade_verdict place_among_sessions(const struct listener_settings *settings) MUST_USE;

/* By where it comes from, before anything is read.  `*count` ends with address_leave(); it stays
 * as it is where nothing is counted: proxies that we trust are not, but who is behind them, once
 * their request is there. */
enum upgrade_verdict place_for_peer(const struct listener_settings *settings,
                                    const struct sockaddr *peer, struct address_count **count)
    MUST_USE;

/* By what a proxy says, if the request on `fd` came from one.  Likewise. */
enum upgrade_verdict place_for_forwarded(const struct listener_settings *settings, int fd,
                                         const struct forwarded *forwarded,
                                         struct address_count **count) MUST_USE;

#endif
