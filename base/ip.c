#include "base/ip.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

enum { V4_AT = 12, V6_NET = 8 };

static const unsigned char v4_prefix[V4_AT] = {[10] = 0xff, [11] = 0xff};

static bool is_v4(const struct ip *ip)
{
    return memcmp(ip->bytes, v4_prefix, V4_AT) == 0;
}

static void set_v4(struct ip *ip, const void *address)
{
    memcpy(ip->bytes, v4_prefix, V4_AT);
    memcpy(ip->bytes + V4_AT, address, sizeof ip->bytes - V4_AT);
}

int ip_of_socket(struct ip *ip, const struct sockaddr *address)
{
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;

    if (address->sa_family == AF_INET) {
        memcpy(&v4, address, sizeof v4); /* it may lie anywhere */
        set_v4(ip, &v4.sin_addr);
        return 0;
    }

    if (address->sa_family == AF_INET6) {
        memcpy(&v6, address, sizeof v6);
        memcpy(ip->bytes, &v6.sin6_addr, sizeof ip->bytes);
        return 0;
    }

    return -EAFNOSUPPORT;
}

/* Without brackets and port. */
static int parse_bare(struct ip *ip, struct span text)
{
    char copy[INET6_ADDRSTRLEN];
    struct in_addr v4;

    if (text.size >= sizeof copy || memchr(text.data, '\0', text.size))
        return -EINVAL;

    memcpy(copy, text.data, text.size);
    copy[text.size] = '\0';
    if (inet_pton(AF_INET, copy, &v4) == 1) {
        set_v4(ip, &v4);
        return 0;
    }

    return inet_pton(AF_INET6, copy, ip->bytes) == 1 ? 0 : -EINVAL;
}

static bool is_port(struct span text)
{
    int64_t port;

    return span_to_i64(text, &port) == 0 && port >= 0 && port <= UINT16_MAX;
}

int ip_parse(struct ip *ip, struct span text)
{
    struct span rest = text;
    struct ip parsed;
    struct span host;
    int rc;

    if (text.size == 0)
        return -EINVAL;

    if (text.data[0] == '[') {
        rest = span_skip(text, 1);
        host = span_cut(&rest, ']');
        if (span_is_none(rest) ||
            (rest.size > 0 && (rest.data[0] != ':' || !is_port(span_skip(rest, 1)))))
            return -EINVAL;
    } else {
        host = span_cut(&rest, ':');
        if (span_is_none(rest) || span_find(rest, ':') < rest.size)
            host = text; /* no port, or IPv6 */
        else if (!is_port(rest))
            return -EINVAL;
    }

    rc = parse_bare(&parsed, host);
    if (rc == 0)
        *ip = parsed;

    return rc;
}

int ip_range_parse(struct ip_range *range, struct span text)
{
    struct span bits = text;
    struct span address = span_cut(&bits, '/');
    struct ip first;
    int64_t count = 128;
    int64_t most = 128;

    if (address.size == 0 || parse_bare(&first, address) != 0)
        return -EINVAL;

    if (!span_is_none(bits)) {
        most = is_v4(&first) && span_find(address, ':') == address.size ? 32 : 128;
        if (span_to_i64(bits, &count) != 0 || count < 0 || count > most)
            return -EINVAL;
    }

    *range = (struct ip_range){.first = first, .bits = (unsigned)(count + 128 - most)};

    return 0;
}

static bool holds(const struct ip_range *range, const struct ip *ip)
{
    size_t whole = range->bits / 8;
    unsigned rest = range->bits % 8;

    if (memcmp(range->first.bytes, ip->bytes, whole) != 0)
        return false;

    return rest == 0 || (range->first.bytes[whole] ^ ip->bytes[whole]) >> (8 - rest) == 0;
}

bool ip_ranges_hold(const struct ip_ranges *ranges, const struct ip *ip)
{
    size_t i = 0;

    while (i < ranges->count && !holds(&ranges->items[i], ip))
        i++;

    return i < ranges->count;
}

struct span ip_owner(const struct ip *ip)
{
    const char *bytes = (const char *)ip->bytes;

    return is_v4(ip) ? span_make(bytes + V4_AT, sizeof ip->bytes - V4_AT)
                     : span_make(bytes, V6_NET);
}
