/* moderation.h - what is in force in one room, or everywhere, as this worker knows it.
 *
 * It is read when its channel is listened to, and kept up to date by the notices that come through
 * it.  Those that come while it is read may be older or newer than the answer: they count after
 * it, and as each says what is so now, not what has changed, none counts twice.
 *
 * Until it has been read for the first time nobody may come in.  From then on the newest that is
 * known counts, also while the broker is away.
 *
 * Belongs to one worker's thread. */
#ifndef RELAY_MODERATION_H
#define RELAY_MODERATION_H

#include "base/attributes.h"
#include "base/buffer.h"
#include "base/span.h"
#include "base/wheel.h"
#include "relay/backoff.h"
#include "relay/broker.h"
#include "relay/sanctions.h"

#include <stdbool.h>
#include <stdint.h>

struct moderation;

/* The owner embeds it and is found by CONTAINER_OF. */
struct moderation_events {
    /* It was read for the first time since it was begun or forgotten. */
    void (*on_known)(struct moderation *moderation);

    /* This uid is banned, or kicked, as was told just now; or a ban was read that was not known. */
    void (*on_removed)(struct moderation *moderation, struct span uid, bool banned);

    /* The room is muted or not, or slower or faster than it was. */
    void (*on_settings)(struct moderation *moderation);

    /* No request is under way any more. */
    void (*on_idle)(struct moderation *moderation);
};

struct room_settings {
    bool muted;           /* nobody may speak but those who run the room */
    uint32_t slow_mode_s; /* between two messages of one viewer; 0: none */
};

struct moderation {
    struct broker *broker;
    struct wheel *wheel;
    const struct moderation_events *events;
    struct span room;
    uint64_t recheck_ms; /* about so often it is read again: a notice may get lost; 0: never */
    struct sanctions sanctions;
    struct room_settings settings;
    struct buffer notices; /* that came while it is read, a line each */
    struct wheel_timer later;
    struct backoff backoff;
    unsigned life; /* how often it was forgotten: is it still the same? */
    bool known;
    bool asking;
    bool stale; /* what is asked was asked before it was forgotten */
    bool again; /* it has to be asked once more */
};

/* Borrows all. */
void moderation_init(struct moderation *moderation, struct broker *broker, struct wheel *wheel,
                     const struct moderation_events *events, struct span room);

/* No request is under way. */
void moderation_dispose(struct moderation *moderation);

/* Reads what is in force. */
void moderation_read(struct moderation *moderation);

/* Its channel is not listened to any more: what is known is forgotten. */
void moderation_forget(struct moderation *moderation);

/* True when the entry was a notice of moderation, which was taken in. */
bool moderation_take(struct moderation *moderation, struct span bytes);

bool moderation_bans(const struct moderation *moderation, struct span uid);
bool moderation_mutes(const struct moderation *moderation, struct span uid);

#endif
