/* redis_trouble.h - what Redis can complain of, and what that means for us: one table.
 *
 * An error reply begins with a code.  Ours (functions/) say what is wrong with a
 * message; most of Redis' own say what is wrong with Redis, and then the broker is
 * down with that reason until a heartbeat succeeds. */
#ifndef RELAY_REDIS_TROUBLE_H
#define RELAY_REDIS_TROUBLE_H

#include "base/metrics.h"
#include "base/span.h"
#include "schema/refusal.h"

#include <stdbool.h>

enum redis_remedy {
    REMEDY_NONE,  /* only this request fails */
    REMEDY_WAIT,  /* Redis cannot be used now; it may be again */
    REMEDY_RENEW, /* nor through this connection: connect anew, perhaps elsewhere */
    REMEDY_LOAD   /* the function library is gone: load it */
};

struct redis_trouble {
    const char *code; /* how the error begins */
    enum redis_remedy remedy;
    enum refusal refusal; /* for the request it answers */
    enum broker_error error;
    const char *why; /* for logs and /readyz; a static text */
};

/* What an error reply's text means; never NULL. */
const struct redis_trouble *redis_trouble_of(struct span error);

/* True when it was one of our functions that refused a message. */
bool redis_trouble_is_of_message(const struct redis_trouble *trouble);

/* The rest of its text then ("content must be …"), else SPAN_NONE. */
struct span redis_trouble_detail(const struct redis_trouble *trouble, struct span error);

#endif
