/* floor - the least that work can cost: one send() per client and message ("bare"), one per
 * client for all that Redis has brought ("coalesced"), or one per message to the only
 * client of its room ("rooms").
 *
 *     floor PORT REDIS_PORT CHANNEL bare|coalesced
 *     floor PORT REDIS_PORT PATTERN rooms
 *
 * Answers every connection with a fixed 101, reads nothing more, and sends each message of
 * the channel as a WebSocket frame.  A room's number are the digits at the end of its name,
 * in the channel and in the request.  Nothing is checked: it is a yardstick. */
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

static int clients[MAX_CLIENTS]; /* in the order they came, or by the number of their room */
static size_t n_clients;
static bool coalesced, rooms;

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

    (void)dprintf(fd, "%s %s\r\n", rooms ? "PSUBSCRIBE" : "SUBSCRIBE", channel);

    return fd;
}

/* 0 when there are no digits: then it is the only one. */
static size_t room_number(const char *text, size_t size)
{
    size_t number = 0;

    for (size_t i = 0; i < size && text[i] != ' '; i++) {
        if (text[i] >= '0' && text[i] <= '9')
            number = number * 10 + (size_t)(text[i] - '0');
    }

    return number < MAX_CLIENTS ? number : 0;
}

static void greet(int listener)
{
    static const char answer[] = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                                 "Connection: Upgrade\r\n\r\n";
    char request[4096] = "";
    int fd = accept(listener, NULL, NULL);

    if (fd < 0 || n_clients == MAX_CLIENTS)
        fail("accept");

    if (recv(fd, request, sizeof request, 0) <= 0 ||
        send(fd, answer, sizeof answer - 1, MSG_NOSIGNAL) < 0)
        fail("greet");

    if (rooms)
        clients[room_number(request + 4, sizeof request - 4)] = fd;
    else
        clients[n_clients++] = fd;
}

static void send_to(int fd)
{
    if (send(fd, block, block_size, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 && errno != EAGAIN)
        fail("send");
}

static void send_block(void)
{
    for (size_t i = 0; i < n_clients; i++)
        send_to(clients[i]);

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
}

static void on_message(const unsigned char *channel, size_t channel_size,
                       const unsigned char *payload, size_t size)
{
    add_frame(payload, size);

    if (rooms) {
        send_to(clients[room_number((const char *)channel, channel_size)]);
        block_size = 0;
    } else if (!coalesced) {
        send_block();
    }
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

/* The head of an array, which is "*3" or "*4", and one more bulk string or number behind
 * what has been read: `*3 $7 message $n channel $n payload`, `*4 $8 pmessage $n pattern $n
 * channel $n payload`, and the answer to SUBSCRIBE, which ends in a number.  What it took,
 * or 0 when it is cut. */
static size_t take(size_t begin)
{
    size_t at = begin + 4, size = 0, channel_size = 0;
    const unsigned char *kind = bulk(&at, &size);
    const unsigned char *channel = kind ? bulk(&at, &channel_size) : NULL;
    const unsigned char *payload;

    if (channel && incoming[begin + 1] == '4')
        channel = bulk(&at, &channel_size);
    if (!channel || at >= incoming_size)
        return 0;

    if (incoming[at] == ':') {
        const unsigned char *end = memchr(incoming + at, '\n', incoming_size - at);

        return end ? (size_t)(end + 1 - incoming) - begin : 0;
    }

    payload = bulk(&at, &size);
    if (!payload)
        return 0;

    on_message(channel, channel_size, payload, size);

    return at - begin;
}

static void on_redis(int fd)
{
    ssize_t got = recv(fd, incoming + incoming_size, sizeof incoming - incoming_size, 0);
    size_t done = 0, taken = 1;

    if (got <= 0)
        fail("redis");

    incoming_size += (size_t)got;

    while (incoming_size - done > 4 && taken > 0) {
        taken = take(done);
        done += taken;
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
        (void)fprintf(stderr, "usage: floor PORT REDIS_PORT CHANNEL bare|coalesced|rooms\n");
        return 2;
    }

    coalesced = strcmp(argv[4], "coalesced") == 0;
    rooms = strcmp(argv[4], "rooms") == 0;
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
