/* dialect.h - how one kind of client speaks.
 *
 * A connection's dialect is chosen once, at the upgrade: by the query (dialect=),
 * else the subprotocol, else a path rule, else the default.  A dialect says what a
 * client's frame means, how a join is answered, and how a room's messages look; it
 * keeps no state of its own. */
#ifndef GATEWAY_DIALECT_H
#define GATEWAY_DIALECT_H

#include "base/attributes.h"
#include "base/buffer.h"
#include "base/span.h"
#include "gateway/ws.h"
#include "relay/relay.h"
#include "schema/refusal.h"

#include <stdbool.h>
#include <stdint.h>

struct hub_room;
struct membership;
struct relayed;
struct resume;
struct session;
struct upgrade;

/* Each is one encoding of a room's frames. */
enum dialect_id {
    DIALECT_LIVE,       /* JSON objects, the mini-programs' live room */
    DIALECT_LIVE_DATA,  /* the same for who offered `protocol1`: messages also carry `data` */
    DIALECT_PLAIN,      /* bare text as it was typed */
    DIALECT_V1,         /* JSON objects for our SDKs */
    DIALECT_V1_MSGPACK, /* the same in msgpack */
    DIALECT_COUNT
};

/* What a room's viewers are told beside its messages. */
enum room_notice {
    NOTICE_WHOLE,    /* it is heard again */
    NOTICE_DEGRADED, /* it is not heard for now */
    NOTICE_SETTINGS  /* its settings have changed */
};

/* When a restart closes the sessions of a dialect: in this order. */
enum drain_turn {
    DRAIN_MOVES_WHEN_TOLD, /* closed only if it does not: see tell_to_move */
    DRAIN_COMES_BACK,      /* again and again */
    DRAIN_COMES_SELDOM,    /* a few times in the life of the app, or never */
    DRAIN_STAYS_AWAY,      /* after a clean close */
    DRAIN_TURNS
};

struct dialect {
    enum dialect_id id;
    const char *name;      /* as in dialect= */
    enum ws_opcode opcode; /* of what it is told */
    bool one_room;         /* joining another room leaves the one it is in */
    enum drain_turn drain_turn;
    bool resumes; /* its clients go on from a position: see resume.h */

    /* The connection is open: greet, or enter the room that `upgrade` names. */
    void (*on_open)(struct session *session, const struct upgrade *upgrade);

    void (*on_text)(struct session *session, struct span text);

    /* NULL: binary frames are dropped and counted, and closed for nothing. */
    void (*on_binary)(struct session *session, struct span data);

    /* Its token has expired, and there is a grace (pass.h).  NULL: it is not told. */
    void (*on_expired)(struct session *session);

    /* Appends the answer to the join that made `membership` to `block` (block.h), framed; what it
     * shares with others goes to the session's `answer`, which is empty.  Called when the socket
     * takes it: it shows the room as it is then, and the room's later frames follow.
     * 0; -EAGAIN: it cannot be made yet, hub_answer() is called when it can; -ENOMEM.
     * NULL: joins are not answered. */
    int (*answer)(struct membership *membership, struct buffer *block);

    /* Appends the payload of a room's message.  False: clients of this dialect are not told. */
    bool (*encode)(const struct hub_room *room, const struct relayed *relayed, struct buffer *out);

    /* Appends something of the room that is no message.  NULL: clients of this dialect are not
     * told. */
    void (*encode_notice)(const struct hub_room *room, enum room_notice notice, struct buffer *out);

    /* Its join, or what its upgrade names, is refused; `resume` may be NULL, and stays the
     * caller's, with its join answered.  NULL: it is not told. */
    void (*tell_refused)(struct session *session, struct resume *resume, enum refusal refusal);

    /* The backend wants it out of this room: tells it, or closes the session, which then leaves by
     * itself.  NULL: it is not told. */
    void (*tell_removed)(struct membership *membership, enum removal removal);

    /* This gateway stops: the client should connect to another one `after_ms` from now.  Only with
     * DRAIN_MOVES_WHEN_TOLD. */
    void (*tell_to_move)(struct session *session, uint64_t after_ms);
};

/* `PATTERN=DIALECT` for paths; `*` in a pattern stands for any text. */
struct dialect_rule {
    struct span pattern;
    const struct dialect *dialect;
};

struct dialect_policy {
    const struct dialect_rule *rules; /* the first that fits; borrowed */
    size_t n_rules;
    const struct dialect *fallback;
};

extern const struct dialect dialect_live, dialect_live_data, dialect_plain, dialect_v1,
    dialect_v1_msgpack;

/* By dialect_id. */
extern const struct dialect *const dialects[DIALECT_COUNT];

/* NULL when there is none of that name. */
const struct dialect *dialect_from_name(const char *name);

/* Names as in dialect=, ending with NULL; for the upgrade's judge. */
extern const char *const dialect_names[];

const struct dialect *dialect_choose(const struct dialect_policy *policy,
                                     const struct upgrade *upgrade);

#endif
