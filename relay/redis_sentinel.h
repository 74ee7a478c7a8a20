/* redis_sentinel.h - one sentinel, and where it says that the master is.
 *
 * Asked when there is a connection to it, and whenever the route wants to know.  Belongs
 * to one worker's thread. */
#ifndef RELAY_REDIS_SENTINEL_H
#define RELAY_REDIS_SENTINEL_H

#include "base/attributes.h"
#include "relay/redis_url.h"

#include <stdbool.h>
#include <stdint.h>

struct redis_link;
struct redis_link_settings;

struct redis_sentinel {
    struct redis_url url; /* its own */
    const char *master;   /* borrowed; the name */
    struct redis_link *link;
    /* What it says has changed. */
    void (*on_told)(void *owner);
    void *owner;

    /* What it says; nothing until `told`, nor without a connection. */
    bool told;
    uint64_t epoch; /* of the configuration it knows; the highest is the latest */
    char host[256];
    uint16_t port;

    bool epoch_known; /* ours, between the two answers */
    uint64_t asked_epoch;
};

/* Ends the connection; what is zeroed may be disposed of too. */
void redis_sentinel_dispose(struct redis_sentinel *sentinel);

/* Makes the connection, for redis_link_start(), to its own url; url to owner are set.
 * 0, or -ENOMEM. */
int redis_sentinel_init(struct redis_sentinel *sentinel, const struct redis_link_settings *link)
    MUST_USE;

/* Asks it, if it is there. */
void redis_sentinel_ask(struct redis_sentinel *sentinel);

#endif
