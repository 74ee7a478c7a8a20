/* guarded.h - a site where clients need a token: site.h with the key MINT_SECRET, and its tokens.
 */
#ifndef TESTS_GATEWAY_GUARDED_H
#define TESTS_GATEWAY_GUARDED_H

#include "schema/token_keys.h"
#include "tests/gateway/site.h"
#include "tests/support/mint.h"

struct guarded {
    struct site site;
    struct token_keys *keys;
    struct buffer token;
    char text[4096];
};

/* `more` may be NULL: nothing is changed of the defaults but the key. */
void guarded_start(struct guarded *g, const struct site_settings *more);
void guarded_stop(struct guarded *g);

/* A token of these claims and of an `exp` so many seconds from now; valid until the next call. */
const char *guarded_token(struct guarded *g, const char *claims, int seconds);

/* Connects with a token that lasts an hour; `target` has a query already. */
struct viewer *guarded_viewer(struct guarded *g, const char *target, const char *claims);

/* The HTTP status an upgrade is answered with. */
int guarded_status(struct guarded *g, const char *target, const char *headers);

/* Says `before` TOKEN `after`. */
void guarded_say(struct viewer *viewer, const char *before, const char *token, const char *after);

/* Moves the time, and lets the site work. */
void guarded_advance(struct guarded *g, unsigned seconds);

#endif
