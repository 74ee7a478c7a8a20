/* broker.h - what moves messages between workers and processes: THE interface.
 *
 * Two stand behind it: broker_memory (one process, one worker) and broker_redis.
 * Both pass tests/contract.  A broker orders the messages of a room, keeps their
 * history, shelf and counters, and tells every listening worker; it knows channels
 * and positions, but not sessions and not who may do what.
 *
 * Requests are asynchronous: each is answered exactly once, never from inside its own
 * call (without memory perhaps from inside a later one), at the latest after
 * BROKER_DEADLINE_MS (REFUSAL_TIMEOUT: it may have happened or not) or when the broker
 * is freed.  Requests of one broker take effect in the order of the calls.  While it is
 * down those that cannot be done now are refused with REFUSAL_UNAVAILABLE, on the next turn of the
 * loop (a broker that only cannot hear still takes what is published).  Arguments are borrowed for
 * the call, answers for the callback.
 *
 * Belongs to one worker's thread, on its libevent loop. */
#ifndef RELAY_BROKER_H
#define RELAY_BROKER_H

#include "base/attributes.h"
#include "base/span.h"
#include "schema/entry.h"
#include "schema/refusal.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BROKER_DEADLINE_MS 5000

struct broker;

enum broker_state { BROKER_DOWN, BROKER_UP };

struct broker_events {
    /* One payload of a listened channel, in the channel's order (see schema/entry.h).
     * `listener` is what broker_listen() was given. */
    void (*on_entry)(void *owner, void *listener, struct span bytes);

    /* What is published to the listener's room from now on will arrive.  Comes after
     * broker_listen() and again each time the broker is up after it was down: what was
     * published in between was missed perhaps, so read the room's history. */
    void (*on_listening)(void *owner, void *listener);

    /* The broker can be used or not; `why` is a short static text for logs and /readyz. */
    void (*on_state)(void *owner, enum broker_state state, const char *why);
};

/* How a request ended. */
struct broker_status {
    enum refusal refusal; /* REFUSAL_NONE: it was done */
    const char *detail;   /* "content must be a string …"; NULL: the table's text */
};

/* ---- publishing ----
 *
 * The message is checked as every publisher's is (schema/message.h): REFUSAL_TOO_BIG,
 * REFUSAL_UNKNOWN (no such msg_type) or REFUSAL_MALFORMED with a detail that names the
 * field, and nothing has changed.  Nothing is published either, and the answer is good,
 *   - when the same id was published in the room within BROKER_ID_MS: the answer it had
 *     then is given again,
 *   - when a verified viewer subscribes again: the room's position now is given,
 *   - when an on_off_shelf has an older version than its item has: the room's position
 *     now is given.  (The same version applies again; without a version a change always
 *     applies and the item keeps the version it had.) */

#define BROKER_ID_MS UINT64_C(300000)          /* 5 min */
#define BROKER_MAX_SHELF 500                   /* items; one more is REFUSAL_SHELF_FULL */
#define BROKER_TOMBSTONE_MS UINT64_C(86400000) /* a day; what was taken off is known so long */
#define BROKER_CHAT 100

struct broker_publish {
    struct span room;
    struct span message; /* a JSON object or msgpack map, at most MESSAGE_MAX_BYTES */
    struct span id;      /* 1 to ENTRY_MAX_ID of A-Za-z0-9_.- : longer than a message's own, which
                          * it replaces, for ids that a gateway makes of a client's.
                          * Empty: the message's, else term-seq, else (not sequenced) none */
    struct span origin;  /* region/worker/session, or empty */
    struct span uid;     /* of a viewer whose token says so, at most MESSAGE_MAX_UID; empty: not
                          * known.  Its second subscribe in a room is no more than the first */
    unsigned flags;      /* ENTRY_…; with ENTRY_SUMMED a like may count more than one viewer's */
};

struct broker_published {
    struct span id;
    struct position position; /* (0,0): a kind that is not sequenced */
};

typedef void broker_on_published(void *arg, const struct broker_status *status,
                                 const struct broker_published *published);

/* ---- the state of a room, in one consistent cut ---- */

struct broker_snapshot {
    struct position position; /* of the last message in it; (0,0): never one */
    const struct span *chat;  /* entries of kind message, oldest first, at most BROKER_CHAT */
    size_t n_chat;
    const struct span *shelf; /* entries of the items now on the shelf, in order of position */
    size_t n_shelf;
    uint64_t likes;
    uint64_t follows;
    uint64_t online;
};

typedef void broker_on_snapshot(void *arg, const struct broker_status *status,
                                const struct broker_snapshot *snapshot);

/* ---- what was published in a room, in order ---- */

#define BROKER_HISTORY_MAX 256 /* entries in one answer */

struct broker_history {
    struct position position;   /* of the room's last message; (0,0): never one, or forgotten */
    const struct span *entries; /* newer than was asked for, oldest first; not beyond `position` */
    size_t n_entries;           /* with the last one before `position` there is more to ask for */
    bool complete;              /* nothing is lost between what was asked for and the first of
                                 * them; without any, between it and `position`, which is older
                                 * when the broker has lost its last messages */
    uint64_t likes;             /* the counter now: likes are not in the history */
};

typedef void broker_on_history(void *arg, const struct broker_status *status,
                               const struct broker_history *history);

/* ---- who is there ---- */

/* What happened to one viewer.  The uid is what a viewer is known by across sockets
 * and gateways; without one nothing is remembered. */
enum census_verb {
    CENSUS_ENTER, /* here now; if known elsewhere, or away and its grace not over: "returning" */
    CENSUS_LEAVE, /* gone for good: a clean end */
    CENSUS_LOST,  /* gone, perhaps to return: remembered as away for grace_ms */
    CENSUS_EXPIRE /* the grace is over: gone for good, unless it came back meanwhile */
};

struct census_item {
    enum census_verb verb;
    struct span uid;          /* may be empty, but not for LOST and EXPIRE */
    struct span announcement; /* the join or leave message to publish (flag x, total = online).
                               * Empty: none.  Not published for LOST, nor for a returning ENTER
                               * (instead {"msg_type":"join","room_id":…,"from_uid":uid} goes out
                               * with flags r and x, so that the worker that had the uid lets it
                               * go), nor for an EXPIRE that came back or a LEAVE whose uid is now
                               * held by another worker */
    struct span origin;
};

struct broker_census {
    struct span room;
    uint64_t count; /* viewers of this worker in the room, these items applied */
    uint64_t grace_ms;
    const struct census_item *items; /* applied in order, all in one step; may be none */
    size_t n_items;
};

struct broker_counted {
    uint64_t online;       /* over all living workers; a returning viewer counted once */
    const bool *returning; /* for each item */
};

typedef void broker_on_counted(void *arg, const struct broker_status *status,
                               const struct broker_counted *counted);

/* ---- moderation ----
 *
 * Kept until it ends or is lifted, whatever becomes of the room.  A change is told to all workers
 * that listen to the room, as an entry with ENTRY_MODERATION (moderation_notice.h).  Who did not
 * listen reads what is in force; how long it has still to go is given, so that clocks need not
 * agree.
 *
 * RECALL takes back a message, a buy or an x_ message of a room; REFUSAL_NOT_IN_HISTORY when there
 * is none of that id (any more).  From then on its place in the history is taken by a tombstone,
 * with its position and id, and the chat is without it.  Both that and what listeners are told, the
 * room's next message (whose entry has no id), have the kind RECALL and the id as their payload's.
 *
 * BROKER_EVERYWHERE, as a room, stands for all of them: it can be listened to as well. */

#define BROKER_EVERYWHERE "!all"
#define BROKER_MAX_MODERATED 10000      /* bans and mutes of a room; more are REFUSAL_TOO_MANY */
#define BROKER_MAX_SANCTION_S 315360000 /* ten years */
#define BROKER_MAX_SLOW_MODE_S 3600
#define BROKER_UNCHANGED (-1)

/*   constant   as it is written */
#define MODERATION_VERBS(X) \
    X(BAN, "ban")           \
    X(UNBAN, "unban")       \
    X(MUTE, "mute")         \
    X(UNMUTE, "unmute")     \
    X(KICK, "kick")         \
    X(SETTINGS, "settings") \
    X(RECALL, "recall")

enum moderation_verb {
#define X(constant, word) MODERATE_##constant,
    MODERATION_VERBS(X)
#undef X
        MODERATION_VERB_COUNT
};

struct broker_moderate {
    struct span room;
    enum moderation_verb verb;
    struct span uid;     /* of whom; not of SETTINGS; of RECALL the message's id */
    uint64_t seconds;    /* of BAN and MUTE; 0: until it is lifted */
    int32_t muted;       /* of SETTINGS: 0, 1 or BROKER_UNCHANGED */
    int32_t slow_mode_s; /* of SETTINGS: 0 to BROKER_MAX_SLOW_MODE_S or BROKER_UNCHANGED */
};

/* `changed` is false of what was to be lifted and was not there, or recalled and is already. */
typedef void broker_on_moderated(void *arg, const struct broker_status *status, bool changed);

struct broker_sanction {
    struct span uid;
    bool is_ban;      /* else a mute */
    uint64_t left_ms; /* 0: until it is lifted */
};

struct broker_sanctions {
    bool muted;
    uint32_t slow_mode_s;
    const struct broker_sanction *items; /* in no order */
    size_t n_items;
};

typedef void broker_on_sanctions(void *arg, const struct broker_status *status,
                                 const struct broker_sanctions *sanctions);

/* ---- the interface ---- */

struct broker_traits {
    const char *name; /* "memory", "redis" */
    void (*start)(struct broker *broker);
    void (*free)(struct broker *broker);
    int (*listen)(struct broker *broker, struct span room, void *listener);
    void (*unlisten)(struct broker *broker, struct span room);
    void (*publish)(struct broker *broker, const struct broker_publish *publish,
                    broker_on_published *done, void *arg);
    void (*snapshot)(struct broker *broker, struct span room, broker_on_snapshot *done, void *arg);
    void (*history)(struct broker *broker, struct span room, struct position after, size_t limit,
                    broker_on_history *done, void *arg);
    void (*census)(struct broker *broker, const struct broker_census *census,
                   broker_on_counted *done, void *arg);
    void (*moderate)(struct broker *broker, const struct broker_moderate *moderate,
                     broker_on_moderated *done, void *arg);
    void (*sanctions)(struct broker *broker, struct span room, broker_on_sanctions *done,
                      void *arg);
};

/* First member of every broker. */
struct broker {
    const struct broker_traits *traits;
    const struct broker_events *events;
    void *owner; /* of the events */
    enum broker_state state;
    const char *why; /* of the state; a static text */
};

/* Begins to work; events come from now on, none from inside this call. */
void broker_start(struct broker *broker, const struct broker_events *events, void *owner);

/* Unanswered requests are answered (REFUSAL_UNAVAILABLE) from inside this call; nothing is
 * called after it returns.  NULL is allowed. */
void broker_free(struct broker *broker);

/* Each message is heard by who listens to its room, so that nobody has to look the room up.
 * Borrows `listener`, which is never looked into and not NULL, until broker_unlisten(): after
 * that call it hears nothing more, also not what is on its way.  A room has one listener: who
 * listens again takes its place.  0 or -ENOMEM (as it was). */
int broker_listen(struct broker *broker, struct span room, void *listener) MUST_USE;

/* Idempotent, and harmless where nobody listens. */
void broker_unlisten(struct broker *broker, struct span room);

void broker_publish(struct broker *broker, const struct broker_publish *publish,
                    broker_on_published *done, void *arg);
void broker_snapshot(struct broker *broker, struct span room, broker_on_snapshot *done, void *arg);

/* The first messages after a position, at most `limit` (1 to BROKER_HISTORY_MAX). */
void broker_history(struct broker *broker, struct span room, struct position after, size_t limit,
                    broker_on_history *done, void *arg);
void broker_census(struct broker *broker, const struct broker_census *census,
                   broker_on_counted *done, void *arg);

/* Something malformed is REFUSAL_MALFORMED, and nothing has changed. */
void broker_moderate(struct broker *broker, const struct broker_moderate *moderate,
                     broker_on_moderated *done, void *arg);

/* What is in force in a room, or in all of them. */
void broker_sanctions(struct broker *broker, struct span room, broker_on_sanctions *done,
                      void *arg);

#endif
