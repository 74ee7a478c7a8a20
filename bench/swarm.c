/* swarm - many viewers of one room, and a publisher that keeps a number of messages on
 * their way; says what each delivery cost the server.
 *
 *     swarm --port P --pid PID --redis P --clients N [--in-flight K] [--seconds S]
 *           [--size BYTES] [--room ROOM] [--publish]
 *
 * Publishes by FCALL livegate_publish, or with --publish by plain PUBLISH.  Prints one
 * JSON object; fails when a message was missing, twice or out of order. */
#include "bench/usage.h"
#include "bench/viewer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define STALLED_MS 5000

struct swarm {
    /* what to do */
    uint16_t port, redis_port;
    int pid;
    unsigned clients, in_flight, seconds;
    size_t size; /* of a message */
    const char *room;
    bool plain;

    /* how it goes */
    struct viewer *viewers;
    int poller;
    int redis;
    char *content; /* what fills a message up */
    uint64_t published;
    uint64_t delivered;
};

static double now(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);

    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static _Noreturn void fail(const char *what, int error)
{
    (void)fprintf(stderr, "swarm: %s: %s\n", what, strerrordesc_np(error));
    _exit(1);
}

/* ---- publishing ---- */

static void connect_redis(struct swarm *s)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons(s->redis_port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

    s->redis = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (s->redis < 0 || connect(s->redis, (struct sockaddr *)&to, sizeof to) != 0)
        fail("redis", errno);

    (void)setsockopt(s->redis, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
}

static void drain_redis(const struct swarm *s)
{
    char answers[65536];

    while (recv(s->redis, answers, sizeof answers, MSG_DONTWAIT) > 0) {
        if (memchr(answers, '-', 1))
            fail("redis refuses", EPROTO);
    }
}

static void publish(struct swarm *s)
{
    char message[70000], command[70400];
    int size =
        snprintf(message, sizeof message, "{\"msg_type\":\"message\",\"content\":\"%010llu%s\"}",
                 (unsigned long long)s->published, s->content);
    int length = s->plain ? snprintf(command, sizeof command,
                                     "*3\r\n$7\r\nPUBLISH\r\n$%zu\r\nlive:{%s}\r\n$%d\r\n%s\r\n",
                                     strlen(s->room) + 7, s->room, size, message)
                          : snprintf(command, sizeof command,
                                     "*5\r\n$5\r\nFCALL\r\n$16\r\nlivegate_publish\r\n$1\r\n1\r\n"
                                     "$%zu\r\nlive:{%s}\r\n$%d\r\n%s\r\n",
                                     strlen(s->room) + 7, s->room, size, message);

    drain_redis(s);

    if (send(s->redis, command, (size_t)length, MSG_NOSIGNAL) != length)
        fail("publish", errno);

    s->published++;
}

/* ---- viewing ---- */

/* Reads until nothing has come for `quiet_ms`, or `enough` deliveries are in all. */
static void view(struct swarm *s, int quiet_ms, uint64_t enough)
{
    struct epoll_event events[256];

    while (s->delivered < enough) {
        int n = epoll_wait(s->poller, events, 256, quiet_ms);

        if (n == 0)
            return;

        for (int i = 0; i < n; i++) {
            int got = viewer_read(&s->viewers[events[i].data.u32]);

            if (got < 0)
                fail("a viewer", -got);

            s->delivered += (uint64_t)got;
        }
    }
}

static void open_viewers(struct swarm *s)
{
    char request[512];

    (void)snprintf(request, sizeof request,
                   "GET /?room_id=%s HTTP/1.1\r\nHost: bench\r\nUpgrade: websocket\r\n"
                   "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                   "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
                   s->room);

    s->poller = epoll_create1(EPOLL_CLOEXEC);
    s->viewers = calloc(s->clients, sizeof *s->viewers);
    if (!s->viewers || s->poller < 0)
        fail("memory", ENOMEM);

    for (unsigned i = 0; i < s->clients; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.u32 = i};
        int rc = viewer_open(&s->viewers[i], i, s->port, request);

        if (rc != 0 || epoll_ctl(s->poller, EPOLL_CTL_ADD, s->viewers[i].fd, &event) != 0)
            fail("connect", rc ? -rc : errno);
    }

    view(s, 500, UINT64_MAX); /* greetings and answers */
}

/* Keeps `in_flight` messages on their way for that long, then lets all arrive. */
static void run(struct swarm *s, double seconds)
{
    double end = now() + seconds;

    while (now() < end) {
        while (s->published * s->clients < s->delivered + (uint64_t)s->in_flight * s->clients)
            publish(s);

        view(s, STALLED_MS, (s->published - s->in_flight + 1) * s->clients);
    }

    view(s, STALLED_MS, s->published * s->clients);
}

static uint64_t count_wrong(const struct swarm *s)
{
    uint64_t wrong = s->published * s->clients - s->delivered;

    for (unsigned i = 0; i < s->clients; i++)
        wrong += s->viewers[i].wrong;

    return wrong;
}

/* ---- */

static void read_options(struct swarm *s, int argc, char **argv)
{
    static const struct option options[] = {
        {"port", required_argument, NULL, 'p'},      {"redis", required_argument, NULL, 'r'},
        {"pid", required_argument, NULL, 'i'},       {"clients", required_argument, NULL, 'c'},
        {"in-flight", required_argument, NULL, 'f'}, {"seconds", required_argument, NULL, 's'},
        {"size", required_argument, NULL, 'b'},      {"room", required_argument, NULL, 'n'},
        {"publish", no_argument, NULL, 'l'},         {0},
    };
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) { /* NOLINT: one thread */
        unsigned long number = optarg ? strtoul(optarg, NULL, 10) : 0;

        switch (option) {
        case 'p':
            s->port = (uint16_t)number;
            break;
        case 'r':
            s->redis_port = (uint16_t)number;
            break;
        case 'i':
            s->pid = (int)number;
            break;
        case 'c':
            s->clients = (unsigned)number;
            break;
        case 'f':
            s->in_flight = (unsigned)number;
            break;
        case 's':
            s->seconds = (unsigned)number;
            break;
        case 'b':
            s->size = number;
            break;
        case 'n':
            s->room = optarg;
            break;
        case 'l':
            s->plain = true;
            break;
        default:
            _exit(2);
        }
    }
}

/* A frame's payload has s->size bytes: what surrounds the filling is known. */
static void fill_message(struct swarm *s)
{
    static const char around[] = "{\"msg_type\":\"message\",\"content\":\"0123456789\"}";
    size_t size = s->size > sizeof around - 1 ? s->size - (sizeof around - 1) : 0;

    if (size > 60000)
        fail("size", EMSGSIZE);

    s->content = malloc(size + 1);
    if (!s->content)
        fail("memory", ENOMEM);

    memset(s->content, 'x', size);
    s->content[size] = '\0';
}

int main(int argc, char **argv)
{
    struct swarm s = {.clients = 1000, .in_flight = 1, .seconds = 5, .size = 200, .room = "bench"};
    struct rlimit files;
    struct usage empty, idle, before, after;
    uint64_t delivered;
    double started, wall;

    read_options(&s, argc, argv);
    fill_message(&s);

    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &files);
    }

    empty = usage_of(s.pid);
    open_viewers(&s);
    idle = usage_of(s.pid);
    connect_redis(&s);

    run(&s, 0.5); /* warm */
    before = usage_of(s.pid);
    delivered = s.delivered;
    started = now();
    run(&s, s.seconds);
    wall = now() - started;
    after = usage_of(s.pid);
    delivered = s.delivered - delivered;

    printf("{\"clients\": %u, \"in_flight\": %u, \"size\": %zu, \"deliveries\": %llu, "
           "\"per_second\": %.0f, \"cpu_us_per_delivery\": %.3f, \"server_cpu_share\": %.2f, "
           "\"rss_bytes_per_client\": %.0f, \"wrong\": %llu}\n",
           s.clients, s.in_flight, s.size, (unsigned long long)delivered, (double)delivered / wall,
           (double)(after.cpu_ns - before.cpu_ns) / 1e3 / (double)delivered,
           (double)(after.cpu_ns - before.cpu_ns) / 1e9 / wall,
           (double)(idle.rss_kib - empty.rss_kib) * 1024 / s.clients,
           (unsigned long long)count_wrong(&s));

    return count_wrong(&s) == 0 ? 0 : 1;
}
