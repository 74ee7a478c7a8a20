/* ip.h - addresses of the internet and ranges of them, 10.0.0.0/8 or 2001:db8::/32.
 *
 * An IPv4 address is kept as the IPv6 one that stands for it (::ffff:10.0.0.1, RFC 4291
 * 2.5.5.2), which is how a socket for both shows it: so there is one way to compare. */
#ifndef BASE_IP_H
#define BASE_IP_H

#include "base/attributes.h"
#include "base/span.h"

#include <stdbool.h>
#include <stddef.h>

struct sockaddr;

struct ip {
    unsigned char bytes[16];
};

struct ip_range {
    struct ip first;
    unsigned bits; /* of it that count, 0 to 128 */
};

struct ip_ranges {
    struct ip_range *items;
    size_t count;
};

/* 0, or -EAFNOSUPPORT. */
int ip_of_socket(struct ip *ip, const struct sockaddr *address) MUST_USE;

/* As people and proxies write it: 10.0.0.1, 10.0.0.1:8080, 2001:db8::1, [2001:db8::1]:8080; the
 * port is left out.  0, or -EINVAL. */
int ip_parse(struct ip *ip, struct span text) MUST_USE;

/* "10.0.0.0/8", or one address.  0, or -EINVAL. */
int ip_range_parse(struct ip_range *range, struct span text) MUST_USE;

/* Is it in one of them? */
bool ip_ranges_hold(const struct ip_ranges *ranges, const struct ip *ip);

/* Whose address it is, as bytes of it: an IPv4 address is one customer's, and of IPv6 each has at
 * least a /64. */
struct span ip_owner(const struct ip *ip);

#endif
