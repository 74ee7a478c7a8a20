/* address.h - a host and a port, as people write them.
 *
 *     127.0.0.1:8080   redis.example:6379   [::1]:8080   :8080 (any address)
 *
 * Only takes texts apart and puts them together; names are not looked up here. */
#ifndef BASE_ADDRESS_H
#define BASE_ADDRESS_H

#include "base/attributes.h"
#include "base/buffer.h"
#include "base/span.h"

#include <stdbool.h>
#include <stdint.h>

enum { ADDRESS_MAX_HOST = 253 }; /* the longest name DNS knows */

struct address {
    char host[ADDRESS_MAX_HOST + 1]; /* without brackets; "" for any address */
    uint16_t port;                   /* 0: any free one */
};

/* An IPv6 address needs its brackets; a port is needed.
 * 0, or -EINVAL (*address is as it was). */
int address_parse(struct span text, struct address *address) MUST_USE;

/* Appends what address_parse reads. */
int address_write(const struct address *address, struct buffer *out);

#endif
