/* hub.h - a worker's rooms and who is in them.
 *
 * A room is here while sessions are in it or about to be: the first one makes the
 * relay listen, the last one ends it.  What the relay brings is encoded once for
 * each dialect spoken in the room, framed once, and left in the room's log for the
 * fan-out at the end of the loop's turn. */
#ifndef GATEWAY_HUB_H
#define GATEWAY_HUB_H

#include "base/attributes.h"
#include "base/buffer.h"
#include "base/list.h"
#include "base/siphash.h"
#include "base/span.h"
#include "gateway/admit.h"
#include "gateway/dialect.h"
#include "gateway/hub_room.h"
#include "gateway/room_logs.h"
#include "relay/relay.h"
#include "schema/banner.h"
#include "schema/kinds.h"
#include "schema/refusal.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct entrance;
struct fanout;
struct metrics;
struct table;
struct wheel;

struct hub_settings {
    struct wheel *wheel;            /* borrowed */
    struct metrics *metrics;        /* borrowed */
    struct fanout *fanout;          /* borrowed */
    const struct banners *banners;  /* borrowed */
    struct dialect_policy dialects; /* its parts are borrowed */
    const char *default_room;       /* for clients that never name one; NULL: none; borrowed */
    uint64_t ping_interval_ms;
    size_t room_log_frames;
    size_t room_log_bytes;
    size_t room_logs_bytes;      /* of all rooms */
    struct admit_settings admit; /* its parts are borrowed */
};

/* Who hears that something of this kind could not be published, when its client has no ears for
 * that: the metrics. */
struct hub_unheard {
    struct metrics *metrics; /* borrowed */
    enum message_kind kind;
};

/* What sessions and rooms of a worker share. */
struct hub {
    struct hub_settings settings;
    struct relay *relay;
    struct table *rooms; /* id -> struct hub_room */
    struct room_logs logs;
    struct buffer scratch;     /* for one frame or message being made */
    uint64_t last_session;     /* numbers given out */
    struct list sessions;      /* all, in rooms or not */
    struct siphash_key id_key; /* of the ids in room logs: clients choose some of them */
    struct hub_unheard unheard[KIND_COUNT];
};

/* In hub_relay.c. */
extern const struct relay_events hub_relay_events;

void hub_free(struct hub *hub);

/* NULL when out of memory. */
struct hub *hub_new(const struct hub_settings *settings) OWNER_CALLS(hub_free);

/* The relay whose events come here; borrowed. */
void hub_use_relay(struct hub *hub, struct relay *relay);

/* Other texts and another time between two pings, from now on; the texts are borrowed. */
void hub_change(struct hub *hub, const struct banners *banners, uint64_t ping_interval_ms,
                const struct admit_settings *admit);

/* The logs of all rooms may hold so much.  If it is less, they shrink as rooms speak. */
void hub_change_room_logs(struct hub *hub, size_t max_bytes);

/* Puts `session` into a room, out of another one if its dialect knows one room only; it becomes a
 * member when the relay knows the room, and is answered then.  In the room already it stays a
 * member and is answered again.  Takes entrance->join and
 * entrance->resume.  0, or -ENOMEM (not in the room). */
int hub_enter(struct hub *hub, struct session *session, const struct entrance *entrance) MUST_USE;

/* Answers its join, for the first time or again, at the end of this turn or when its socket takes
 * it.  Does nothing before it is a member. */
void hub_answer(struct membership *membership);

/* Frees the membership. */
void hub_leave(struct membership *membership, enum leaving leaving);

/* Out of all its rooms. */
void hub_leave_all(struct session *session, enum leaving leaving);

size_t hub_room_count(const struct hub *hub);

/* NULL: nobody here is in it. */
const struct hub_room *hub_find_room(const struct hub *hub, struct span room);

/* False while the broker is away, for a room that nobody here has read yet. */
bool hub_can_show(const struct hub *hub, struct span room);

/* The rooms, in any order; `*cursor` starts as 0.  NULL at the end. */
const struct hub_room *hub_next_room(const struct hub *hub, size_t *cursor);

#endif
