/* pass.h - what a session has shown at the door, where there are keys for tokens.
 *
 * A session without a token has a moment to show one in a join; one with a token is let
 * go when that has expired: clients of v1 are told and have a grace to send a fresh
 * one, which counts from then on.  Where there are no keys no session has a pass, and
 * tokens mean nothing. */
#ifndef GATEWAY_PASS_H
#define GATEWAY_PASS_H

#include "base/attributes.h"
#include "base/buffer.h"
#include "base/span.h"
#include "base/wheel.h"
#include "schema/message.h"
#include "schema/token.h"

#include <stdbool.h>
#include <stdint.h>

/* Between the end of a token and that of its session: what clocks may differ by, too. */
#define PASS_GRACE_S TOKEN_LEEWAY_S

struct session;

struct pass {
    struct session *session;
    struct token *token;    /* shared; NULL: none yet */
    struct wheel_timer due; /* when something is to be done about it */
    bool told;              /* v1: that it has expired */
};

/* A session begins, with the token of its upgrade (NULL: none), which is shared.  0, or -ENOMEM. */
int pass_open(struct session *session, struct token *token) MUST_USE;

/* It ends. */
void pass_close(struct session *session);

/* A message that may bring a token: takes it if it is good.  A fresh one must be of the same
 * `sub` as the one before, if that had one.  TOKEN_GOOD also when there is none in the message. */
enum token_fault pass_show(struct session *session, const struct message *message) MUST_USE;

/* What it has shown; NULL: nothing. */
struct token *session_token(const struct session *session);

/* ---- who its holder is; where there are no keys, who he says ---- */

/* What its token proves; empty: nothing. */
struct span pass_verified_uid(const struct session *session);

/* The uid that counts for one who says that it is `said`.  Empty: none. */
struct span pass_uid(const struct session *session, struct span said);

/* FROM_UID and FROM_NAME of a message, as bits, where they are not what the token says; without a
 * token nobody has a uid.  None are false of a backend, who speaks for others. */
uint32_t pass_false_fields(const struct session *session, const struct message *message);

/* Appends those of the two `fields` that the token knows, a comma before each.  Those written. */
uint32_t pass_write(const struct session *session, uint32_t fields, struct buffer *out);

#endif
