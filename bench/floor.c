/* floor - the least a fan-out can cost: one send() per client and message ("bare"), or one
 * per client for all that Redis has brought ("coalesced").
 *
 *     floor PORT REDIS_PORT CHANNEL bare|coalesced
 *
 * Answers every connection with a fixed 101, reads nothing more, and sends each message of
 * the channel as a WebSocket frame.  Nothing is checked: it is a yardstick. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_CLIENTS 60000
#define MAX_BLOCK ((size_t)1 << 20)

static int clients[MAX_CLIENTS];
static size_t n_clients;
static bool coalesced;

static unsigned char incoming[MAX_BLOCK], block[2 * MAX_BLOCK];
static size_t incoming_size, block_size;

/* One thread: exit() races with nobody. */
static _Noreturn void fail(const char *what)
{
    perror(what);
    _exit(1);
}

static struct sockaddr_in loopback(const char *port)
{
    return (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)strtoul(port, NULL, 10)),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static int listen_on(const char *port)
{
    struct sockaddr_in address = loopback(port);
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));

    if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0 || listen(fd, 4096) != 0)
        fail("listen");

    return fd;
}

static int subscribe(const char *port, const char *channel)
{
    struct sockaddr_in address = loopback(port);
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0)
        fail("redis");

    (void)dprintf(fd, "SUBSCRIBE %s\r\n", channel);

    return fd;
}

static void greet(int listener)
{
    static const char answer[] = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                                 "Connection: Upgrade\r\n\r\n";
    char request[4096];
    int fd = accept(listener, NULL, NULL);

    if (fd < 0 || n_clients == MAX_CLIENTS)
        fail("accept");

    if (recv(fd, request, sizeof request, 0) <= 0 ||
        send(fd, answer, sizeof answer - 1, MSG_NOSIGNAL) < 0)
        fail("greet");

    clients[n_clients++] = fd;
}

static void send_block(void)
{
    for (size_t i = 0; i < n_clients; i++) {
        if (send(clients[i], block, block_size, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 && errno != EAGAIN)
            fail("send");
    }

    block_size = 0;
}

static void add_frame(const unsigned char *payload, size_t size)
{
    block[block_size++] = 0x81;

    if (size < 126) {
        block[block_size++] = (unsigned char)size;
    } else {
        block[block_size++] = 126;
        block[block_size++] = (unsigned char)(size >> 8);
        block[block_size++] = (unsigned char)size;
    }

    memcpy(block + block_size, payload, size);
    block_size += size;

    if (!coalesced)
        send_block();
}

/* The bulk string whose `$` is at *at, which moves behind it; NULL when it is cut. */
static const unsigned char *bulk(size_t *at, size_t *size)
{
    const unsigned char *end = memchr(incoming + *at, '\n', incoming_size - *at);
    const unsigned char *data = end ? end + 1 : NULL;

    if (!data)
        return NULL;

    *size = strtoul((const char *)incoming + *at + 1, NULL, 10);
    if ((size_t)(data - incoming) + *size + 2 > incoming_size)
        return NULL;

    *at = (size_t)(data - incoming) + *size + 2;

    return data;
}

/* `*3 $7 message $n channel $n payload`; the answer to SUBSCRIBE ends in a number instead. */
static void on_redis(int fd)
{
    ssize_t got = recv(fd, incoming + incoming_size, sizeof incoming - incoming_size, 0);
    size_t done = 0;

    if (got <= 0)
        fail("redis");

    incoming_size += (size_t)got;

    while (incoming_size - done > 4) {
        size_t at = done + 4, size;
        const unsigned char *kind = bulk(&at, &size);
        const unsigned char *from = kind ? bulk(&at, &size) : NULL;
        const unsigned char *payload;

        if (!from || at >= incoming_size)
            break;

        if (incoming[at] == ':') {
            const unsigned char *end = memchr(incoming + at, '\n', incoming_size - at);

            if (!end)
                break;

            done = (size_t)(end + 1 - incoming);
            continue;
        }

        payload = bulk(&at, &size);
        if (!payload)
            break;

        add_frame(payload, size);
        done = at;
    }

    memmove(incoming, incoming + done, incoming_size - done);
    incoming_size -= done;

    if (block_size > 0)
        send_block();
}

int main(int argc, char **argv)
{
    int listener, redis, poller;

    if (argc != 5) {
        (void)fprintf(stderr, "usage: floor PORT REDIS_PORT CHANNEL bare|coalesced\n");
        return 2;
    }

    coalesced = strcmp(argv[4], "coalesced") == 0;
    listener = listen_on(argv[1]);
    redis = subscribe(argv[2], argv[3]);
    poller = epoll_create1(0);

    if (epoll_ctl(poller, EPOLL_CTL_ADD, listener,
                  &(struct epoll_event){.events = EPOLLIN, .data.fd = listener}) != 0 ||
        epoll_ctl(poller, EPOLL_CTL_ADD, redis,
                  &(struct epoll_event){.events = EPOLLIN, .data.fd = redis}) != 0)
        fail("epoll");

    for (;;) {
        struct epoll_event event;

        if (epoll_wait(poller, &event, 1, -1) != 1)
            continue;

        if (event.data.fd == listener)
            greet(listener);
        else
            on_redis(redis);
    }
}
