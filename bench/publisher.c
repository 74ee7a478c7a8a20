#include "bench/publisher.h"

#include "bench/give_up.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { IN_MAX = 256 << 10 };

static int connect_to(uint16_t port)
{
    struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -errno;

    if (connect(fd, (struct sockaddr *)&to, sizeof to) != 0 ||
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int)) != 0) {
        int error = errno;

        (void)close(fd);
        return -error;
    }

    return fd;
}

int publisher_open(struct publisher *publisher, const struct way *way, uint16_t port)
{
    *publisher = (struct publisher){.way = way, .fd = connect_to(port)};
    if (publisher->fd < 0)
        return publisher->fd;

    publisher->in = calloc(1, IN_MAX + 1); /* always ends with a NUL */
    if (!publisher->in)
        give_up("no room for answers", ENOMEM);

    if (way->greeting && send(publisher->fd, way->greeting, way->greeting_size, MSG_NOSIGNAL) < 0) {
        int error = errno;

        publisher_close(publisher);
        return -error;
    }

    return 0;
}

void publisher_add(struct publisher *publisher, const char *room, const char *message, size_t size)
{
    size_t need = publisher->out_size + size + WAY_MAX_AROUND;

    if (need > publisher->out_max) {
        char *bigger = realloc(publisher->out, 2 * need);

        if (!bigger)
            give_up("no room for messages", ENOMEM);

        publisher->out = bigger;
        publisher->out_max = 2 * need;
    }

    publisher->out_size +=
        publisher->way->write(publisher->out + publisher->out_size, room, message, size);
    publisher->sent++;
    publisher->answered += !publisher->way->answer;
}

int publisher_flush(struct publisher *publisher)
{
    ssize_t sent;

    if (publisher->out_size == 0)
        return 0;

    sent = send(publisher->fd, publisher->out, publisher->out_size, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0)
        return errno == EAGAIN ? 0 : -errno;

    publisher->out_size -= (size_t)sent;
    memmove(publisher->out, publisher->out + sent, publisher->out_size);

    return 0;
}

static int take_answers(struct publisher *publisher)
{
    size_t at = 0;

    while (at < publisher->in_size) {
        ssize_t size = publisher->way->answer
                           ? publisher->way->answer(publisher->in + at, publisher->in_size - at)
                           : (ssize_t)(publisher->in_size - at);

        if (size < 0) {
            (void)fprintf(stderr, "bench: refused: %.*s\n",
                          (int)strcspn(publisher->in + at, "\r\n"), publisher->in + at);
            return (int)size;
        }
        if (size == 0)
            break;

        at += (size_t)size;
        publisher->answered += publisher->way->answer != NULL;
    }

    memmove(publisher->in, publisher->in + at, publisher->in_size - at);
    publisher->in_size -= at;

    return 0;
}

int publisher_drain(struct publisher *publisher)
{
    for (;;) {
        ssize_t got = recv(publisher->fd, publisher->in + publisher->in_size,
                           IN_MAX - publisher->in_size, MSG_DONTWAIT);
        int rc;

        if (got < 0)
            return errno == EAGAIN ? 0 : -errno;
        if (got == 0)
            return -EPIPE;

        publisher->in_size += (size_t)got;
        rc = take_answers(publisher);
        if (rc != 0)
            return rc;
    }
}

void publisher_close(struct publisher *publisher)
{
    if (publisher->fd >= 0)
        (void)close(publisher->fd);

    free(publisher->out);
    free(publisher->in);
    *publisher = (struct publisher){.way = publisher->way, .fd = -1};
}
