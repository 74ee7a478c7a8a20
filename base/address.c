#include "base/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

static bool name_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_';
}

/* A name or an IPv4 address. */
static bool host_is_plain(const char *host)
{
    for (; *host; host++) {
        if (!name_character(*host))
            return false;
    }

    return true;
}

static bool host_is_ipv6(const char *host)
{
    struct in6_addr bytes;

    return inet_pton(AF_INET6, host, &bytes) == 1;
}

int address_parse(struct span text, struct address *address)
{
    bool bracketed = span_starts_with(text, span_of("["));
    struct span rest = span_skip(text, bracketed);
    struct span host = span_make(rest.data, span_find(rest, bracketed ? ']' : ':'));
    struct span behind = span_skip(rest, host.size + bracketed); /* ":port" */
    struct address found = {.port = 0};
    uint64_t port;

    if (host.size > ADDRESS_MAX_HOST || span_find(host, '\0') < host.size)
        return -EINVAL;

    if (host.data)
        memcpy(found.host, host.data, host.size);

    if (bracketed ? !host_is_ipv6(found.host) : !host_is_plain(found.host))
        return -EINVAL;

    if (!span_starts_with(behind, span_of(":")) || span_to_u64(span_skip(behind, 1), &port) != 0 ||
        port > UINT16_MAX)
        return -EINVAL;

    found.port = (uint16_t)port;
    *address = found;

    return 0;
}

int address_write(const struct address *address, struct buffer *out)
{
    bool bracketed = strchr(address->host, ':') != NULL;

    return buffer_printf(out, bracketed ? "[%s]:%u" : "%s:%u", address->host, address->port);
}
