/* key_sources.h - where the keys for tokens come from: settings and the files they name.
 *
 * Read at the start and with all settings on SIGHUP (reload.h), each time into a set of
 * its own.  Reading blocks: not for a worker's loop. */
#ifndef GATEWAY_KEY_SOURCES_H
#define GATEWAY_KEY_SOURCES_H

#include "base/attributes.h"
#include "base/buffer.h"
#include "schema/token_keys.h"

#include <stdbool.h>

/* "" is none.  Borrowed for the call. */
struct key_sources {
    const char *secret;   /* of HS256 */
    const char *key_file; /* public keys in PEM */
    const char *jwks;     /* a file with a JWK set */
};

/* Is there anything to read? */
bool key_sources_given(const struct key_sources *sources);

/* Gives a set with its first reference; NULL where there is nothing to read.
 * 0; -ENOMEM; or -EINVAL with one line in `error` that names the setting. */
int key_sources_read(const struct key_sources *sources, struct token_keys **keys,
                     struct buffer *error) MUST_USE;

#endif
