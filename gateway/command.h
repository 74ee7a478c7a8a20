/* command.h - what a v1 client asked for and the broker has not answered yet.
 *
 * Every request to the broker is answered exactly once, also when its client has gone in
 * the meantime: so a command lives until its answer, and one whose session has ended is
 * an orphan that tells nobody. */
#ifndef GATEWAY_COMMAND_H
#define GATEWAY_COMMAND_H

#include "base/attributes.h"
#include "base/list.h"
#include "relay/broker.h"
#include "schema/kinds.h"

#include <stdint.h>

struct metrics;
struct session;

struct command {
    struct list_node node;   /* among the session's */
    struct session *session; /* NULL: an orphan */
    struct metrics *metrics; /* borrowed */
    int64_t ack;             /* the client's number for it, or NO_ACK */
    enum message_kind kind;  /* of what is to be published */
};

/* NULL when out of memory. */
struct command *command_new(struct session *session, int64_t ack, enum message_kind kind) MUST_USE;

/* For a command that was not begun. */
void command_cancel(struct command *command);

/* It was good and is left out all the same: tells so, and frees it. */
void command_drop(struct command *command);

/* The broker's answer to it, for broker_publish(): `arg`, a command, is told and freed. */
void command_on_published(void *arg, const struct broker_status *status,
                          const struct broker_published *published);

/* The session ends: makes orphans of its commands. */
void command_orphan_all(struct list *commands);

#endif
