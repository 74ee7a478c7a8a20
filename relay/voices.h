/* voices.h - who speaks for all others, in a big room: the last of those who came and the last of
 * those who left.  Borrows presences. */
#ifndef RELAY_VOICES_H
#define RELAY_VOICES_H

#include "relay/presence.h"

#include <stdbool.h>
#include <stddef.h>

struct voices {
    struct presence *join;
    struct presence *leave;
};

static inline void voices_add(struct voices *voices, struct presence *presence, enum words words)
{
    if (words == WORDS_JOIN)
        voices->join = presence;
    if (words == WORDS_LEAVE)
        voices->leave = presence;
}

static inline void voices_remove(struct voices *voices, const struct presence *presence)
{
    if (voices->join == presence)
        voices->join = NULL;
    if (voices->leave == presence)
        voices->leave = NULL;
}

static inline bool voices_have(const struct voices *voices, const struct presence *presence)
{
    return voices->join == presence || voices->leave == presence;
}

#endif
