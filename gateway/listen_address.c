#include "gateway/listen_address.h"

#include "base/log.h"
#include "base/span.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

static int read_port(struct span text, in_port_t *port)
{
    uint64_t number;

    if (text.size > 5 || span_to_u64(text, &number) != 0 || number > UINT16_MAX)
        return -EINVAL;

    *port = htons((uint16_t)number);

    return 0;
}

static int read_v6(struct listen_address *address, const char *host, in_port_t port)
{
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&address->socket;

    if (inet_pton(AF_INET6, host, &v6->sin6_addr) != 1)
        return -EINVAL;

    v6->sin6_family = AF_INET6;
    v6->sin6_port = port;
    address->size = sizeof(*v6);

    return 0;
}

static int read_v4(struct listen_address *address, const char *host, in_port_t port)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)&address->socket;

    if (strcmp(host, "localhost") == 0)
        host = "127.0.0.1";
    if (*host == '\0')
        host = "0.0.0.0";

    if (inet_pton(AF_INET, host, &v4->sin_addr) != 1)
        return -EINVAL;

    v4->sin_family = AF_INET;
    v4->sin_port = port;
    address->size = sizeof(*v4);

    return 0;
}

int listen_address_parse(struct listen_address *address, const char *text)
{
    const char *colon = strrchr(text, ':');
    char host[INET6_ADDRSTRLEN] = "";
    bool bracketed = text[0] == '[';
    const char *start = bracketed ? text + 1 : text;
    const char *end = bracketed ? strchr(text, ']') : colon;
    in_port_t port;

    memset(address, 0, sizeof(*address));

    if (!colon || !end || (bracketed && end + 1 != colon) || (size_t)(end - start) >= sizeof(host))
        return -EINVAL;

    if (read_port(span_of(colon + 1), &port) != 0)
        return -EINVAL;

    memcpy(host, start, (size_t)(end - start));

    return bracketed ? read_v6(address, host, port) : read_v4(address, host, port);
}

static bool v4_is_loopback(struct in_addr v4)
{
    return ntohl(v4.s_addr) >> 24 == IN_LOOPBACKNET;
}

bool listen_address_is_loopback(const struct listen_address *address)
{
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&address->socket;
    struct in_addr mapped;

    if (address->socket.ss_family == AF_INET)
        return v4_is_loopback(((const struct sockaddr_in *)&address->socket)->sin_addr);

    if (address->socket.ss_family != AF_INET6)
        return false;

    if (!IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr))
        return IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);

    memcpy(&mapped, &v6->sin6_addr.s6_addr[12], sizeof(mapped));

    return v4_is_loopback(mapped);
}

void listen_address_set_port(struct listen_address *address, uint16_t port)
{
    if (address->socket.ss_family == AF_INET6)
        ((struct sockaddr_in6 *)&address->socket)->sin6_port = htons(port);
    else
        ((struct sockaddr_in *)&address->socket)->sin_port = htons(port);
}

uint16_t listen_address_port_of(int fd)
{
    struct listen_address address;

    memset(&address, 0, sizeof(address));
    address.size = sizeof(address.socket);
    if (getsockname(fd, (struct sockaddr *)&address.socket, &address.size) != 0)
        return 0;

    if (address.socket.ss_family == AF_INET6)
        return ntohs(((const struct sockaddr_in6 *)&address.socket)->sin6_port);

    return ntohs(((const struct sockaddr_in *)&address.socket)->sin_port);
}

int listen_address_is_free(const struct listen_address *address)
{
    int fd = socket(address->socket.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int error = 0;

    if (fd < 0)
        return -errno;

    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int)) != 0 ||
        bind(fd, (const struct sockaddr *)&address->socket, address->size) != 0)
        error = -errno;

    (void)close(fd);

    return error;
}

void listen_address_log(const char *what, const char *address, uint16_t port)
{
    struct span host = span_of(address);

    while (host.size > 0 && host.data[--host.size] != ':')
        continue;

    LOG(INFO, "listening", LOG_TEXT("for", what), LOG_SPAN("host", host), LOG_UINT("port", port));
}
