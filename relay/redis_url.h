/* redis_url.h - where Redis is and how to get in: redis://[user[:password]@]host[:port][/db],
 * or rediss:// for TLS.
 *
 * User and password may be percent-encoded; "redis://:secret@host" has no user.  An IPv6 address
 * stands in brackets.  The port is 6379 unless given, the database 0. */
#ifndef RELAY_REDIS_URL_H
#define RELAY_REDIS_URL_H

#include "base/attributes.h"
#include "base/span.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct redis_url {
    char host[256];     /* a name or an address, without brackets */
    char user[128];     /* "": Redis' default user */
    char password[512]; /* "": none */
    uint16_t port;
    uint16_t db;
    bool tls;
};

/* 0; -EINVAL, and `url` is as it was. */
int redis_url_parse(struct redis_url *url, const char *text) MUST_USE;

/* The same without the scheme, and with another port unless one is given. */
int redis_url_read(struct redis_url *url, struct span text, uint16_t port) MUST_USE;

/* Where user and password end, with their @: 0 without any.  A password may hold an @. */
size_t redis_url_find_place(struct span text);

#endif
