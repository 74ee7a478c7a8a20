/* moderation_notice.h - a change of moderation, as it is told to gateways: the payload of an
 * entry with ENTRY_MODERATION.
 *
 *   VERB MS UID              ban, mute: for so long, 0 until it is lifted; unban, unmute, kick: 0
 *   settings MUTED SECONDS   what is in force now
 *
 * Times are told as what is left of them, so that clocks need not agree. */
#ifndef RELAY_MODERATION_NOTICE_H
#define RELAY_MODERATION_NOTICE_H

#include "base/attributes.h"
#include "base/buffer.h"
#include "base/span.h"
#include "relay/broker.h"

#include <stdbool.h>
#include <stdint.h>

struct moderation_notice {
    enum moderation_verb verb;
    struct span uid;
    uint64_t left_ms;
    bool muted;           /* of settings */
    uint32_t slow_mode_s; /* likewise */
};

/* Borrows `payload`.  0, or -EBADMSG (also a verb of a newer release). */
int moderation_notice_read(struct moderation_notice *notice, struct span payload) MUST_USE;

/* buffer.h's sticky failure. */
void moderation_notice_write(const struct moderation_notice *notice, struct buffer *out);

/* "ban" */
struct span moderation_verb_word(enum moderation_verb verb);

/* May this be moderated: 1 to 128 bytes of UTF-8 without control characters? */
bool moderation_uid_valid(struct span uid);

#endif
