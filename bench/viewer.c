#include "bench/viewer.h"

#include "base/clock.h"
#include "bench/mark.h"
#include "bench/secret.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { READ_SIZE = 256 << 10, MAX_REST = 128 << 10, MAX_SAID = 40000 };

/* One thread, one viewer at a time. */
static unsigned char buffer[MAX_REST + READ_SIZE];

static int start_connecting(int fd, uint32_t index, uint16_t port)
{
    struct sockaddr_in from = {.sin_family = AF_INET,
                               .sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + index % 200)};
    struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

    /* The port is chosen when connecting: then it must be unique with the other end only. */
    if (setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &(int){1}, sizeof(int)) != 0 ||
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int)) != 0 ||
        bind(fd, (struct sockaddr *)&from, sizeof from) != 0)
        return -errno;

    if (connect(fd, (struct sockaddr *)&to, sizeof to) != 0 && errno != EINPROGRESS)
        return -errno;

    return 0;
}

int viewer_open(struct viewer *viewer, uint32_t index, uint16_t port, const char *room, bool secure)
{
    int rc;

    *viewer = (struct viewer){.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0),
                              .state = VIEWER_CONNECTING,
                              .index = index,
                              .room = room};
    if (viewer->fd < 0)
        return -errno;

    if (secure)
        viewer->secret = secret_new(viewer->fd);

    rc = start_connecting(viewer->fd, index, port);
    if (rc != 0)
        viewer_close(viewer);

    return rc;
}

void viewer_close(struct viewer *viewer)
{
    secret_free(viewer->secret);
    if (viewer->fd >= 0)
        (void)close(viewer->fd);

    free(viewer->rest);
    *viewer = (struct viewer){.fd = -1, .index = viewer->index, .room = viewer->room};
}

static int send_all(const struct viewer *viewer, const void *data, size_t size)
{
    ssize_t sent;

    if (viewer->secret)
        return secret_send(viewer->secret, data, size);

    sent = send(viewer->fd, data, size, MSG_NOSIGNAL);
    if (sent < 0)
        return -errno;

    return sent == (ssize_t)size ? 0 : -EMSGSIZE;
}

int viewer_say(const struct viewer *viewer, enum opcode opcode, const char *text, size_t size)
{
    unsigned char frame[FRAME_MAX_HEAD + MAX_SAID];

    if (size > MAX_SAID)
        return -EMSGSIZE;

    return send_all(viewer, frame, frame_write(frame, opcode, text, size));
}

static int say(const struct viewer *viewer, const struct protocol *protocol, const char *text,
               size_t size)
{
    return viewer_say(viewer, protocol->binary ? FRAME_BINARY : FRAME_TEXT, text, size);
}

static int begin_steps(struct viewer *viewer, const struct protocol *protocol, unsigned stop_before)
{
    struct speaker speaker = {.index = viewer->index, .room = viewer->room};

    while (viewer->step < protocol->steps_count && viewer->step < stop_before) {
        const struct step *step = &protocol->steps[viewer->step];
        char text[PROTOCOL_MAX_SAID];
        int rc = step->say ? say(viewer, protocol, text, step->say(text, &speaker)) : 0;

        if (rc != 0 || step->expects)
            return rc;

        viewer->step++;
    }

    if (viewer->step == protocol->steps_count)
        viewer->state = VIEWER_IN;

    return 0;
}

int viewer_proceed(struct viewer *viewer, const struct protocol *protocol, unsigned stop_before)
{
    return begin_steps(viewer, protocol, stop_before);
}

int viewer_move(struct viewer *viewer, const struct protocol *protocol, const char *room)
{
    viewer->room = room;
    viewer->next = VIEWER_ANY;
    viewer->state = VIEWER_STEPPING;
    viewer->step = protocol->steps_count - 1;

    return begin_steps(viewer, protocol, UINT_MAX);
}

static int ask_for_upgrade(struct viewer *viewer, const struct protocol *protocol)
{
    struct speaker speaker = {.index = viewer->index, .room = viewer->room};
    char request[1024];
    size_t size = protocol_request(protocol, &speaker, request, sizeof request);

    if (size == 0)
        return -EMSGSIZE;

    viewer->state = VIEWER_UPGRADING;

    return send_all(viewer, request, size);
}

static int greet(struct viewer *viewer, const struct protocol *protocol)
{
    int rc = viewer->secret ? secret_greet(viewer->secret) : 0;

    viewer->state = VIEWER_GREETING;
    if (rc == -EAGAIN)
        return 0;

    return rc == 0 ? ask_for_upgrade(viewer, protocol) : rc;
}

static int on_connected(struct viewer *viewer, const struct protocol *protocol)
{
    int error = 0;

    if (getsockopt(viewer->fd, SOL_SOCKET, SO_ERROR, &error, &(socklen_t){sizeof error}) != 0)
        return -errno;

    return error == 0 ? greet(viewer, protocol) : -error;
}

static void see(struct viewer *viewer, const struct mark *mark, struct sights *sights)
{
    uint64_t now = clock_now_us();

    if (viewer->next != VIEWER_ANY && mark->number != viewer->next)
        sights->wrong++;

    viewer->next = mark->number + 1;
    sights->messages++;
    histogram_add(&sights->latency, now > mark->due_us ? now - mark->due_us : 0);
}

static void see_all(struct viewer *viewer, const struct protocol *protocol,
                    const struct frame *frame, struct sights *sights)
{
    const char *text = (const char *)frame->payload, *end = text + frame->size;
    struct mark mark;
    const char *behind = mark_find(text, frame->size, &mark);

    sights->others += !behind;

    while (behind) {
        see(viewer, &mark, sights);
        behind = protocol->batches ? mark_find(behind, (size_t)(end - behind), &mark) : NULL;
    }
}

static int take_step(struct viewer *viewer, const struct protocol *protocol, unsigned stop_before,
                     const struct frame *frame)
{
    const struct step *step = &protocol->steps[viewer->step];

    if (viewer->step >= stop_before ||
        !memmem(frame->payload, frame->size, step->expects, step->expects_size))
        return 0;

    viewer->step++;

    return begin_steps(viewer, protocol, stop_before);
}

static bool is_ping(const struct protocol *protocol, const struct frame *frame)
{
    return protocol->ping && frame->size == strlen(protocol->ping) &&
           memcmp(frame->payload, protocol->ping, frame->size) == 0;
}

static int on_frame(struct viewer *viewer, const struct protocol *protocol, unsigned stop_before,
                    const struct frame *frame, struct sights *sights)
{
    if (frame->opcode == FRAME_CLOSE)
        return -EPIPE;
    if (frame->opcode == FRAME_PING)
        return viewer_say(viewer, FRAME_PONG, (const char *)frame->payload, frame->size);
    if (is_ping(protocol, frame))
        return say(viewer, protocol, protocol->pong, strlen(protocol->pong));

    if (viewer->state == VIEWER_STEPPING) {
        sights->others++;
        return take_step(viewer, protocol, stop_before, frame);
    }

    see_all(viewer, protocol, frame, sights);

    return 0;
}

/* The answer to the upgrade, whose size it gives; 0 while it is not complete. */
static int on_answer(struct viewer *viewer, const struct protocol *protocol, unsigned stop_before,
                     size_t size)
{
    static const char good[] = "HTTP/1.1 101 ";
    const unsigned char *end = memmem(buffer, size, "\r\n\r\n", 4);
    int rc;

    if (!end)
        return 0;
    if (size < sizeof good - 1 || memcmp(buffer, good, sizeof good - 1) != 0)
        return -EPROTO;

    viewer->state = VIEWER_STEPPING;
    rc = begin_steps(viewer, protocol, stop_before);

    return rc != 0 ? rc : (int)(end + 4 - buffer);
}

static int keep_rest(struct viewer *viewer, const unsigned char *data, size_t size)
{
    free(viewer->rest);
    viewer->rest = NULL;
    viewer->rest_size = size;

    if (size == 0)
        return 0;
    if (size > MAX_REST)
        return -EMSGSIZE;

    viewer->rest = malloc(size);
    if (!viewer->rest)
        return -ENOMEM;

    memcpy(viewer->rest, data, size);

    return 0;
}

/* Brings what is there into the buffer, behind what was kept.  Bytes in all. */
static ssize_t fill_buffer(const struct viewer *viewer)
{
    ssize_t got;

    if (viewer->rest_size > 0)
        memcpy(buffer, viewer->rest, viewer->rest_size);

    if (viewer->secret) {
        got = secret_receive(viewer->secret, buffer + viewer->rest_size, READ_SIZE);
        return got < 0 ? got : (ssize_t)viewer->rest_size + got;
    }

    got = recv(viewer->fd, buffer + viewer->rest_size, READ_SIZE, MSG_DONTWAIT);
    if (got < 0)
        return -errno;

    return got == 0 ? -EPIPE : (ssize_t)viewer->rest_size + got;
}

int viewer_ready(struct viewer *viewer, const struct protocol *protocol, unsigned stop_before,
                 struct sights *sights)
{
    struct frame frame;
    size_t at = 0, size, taken;
    ssize_t filled;

    if (viewer->state == VIEWER_CONNECTING)
        return on_connected(viewer, protocol);

    if (viewer->state == VIEWER_GREETING)
        return greet(viewer, protocol);

    filled = fill_buffer(viewer);
    if (filled < 0)
        return filled == -EAGAIN ? 0 : (int)filled;

    size = (size_t)filled;
    sights->bytes += size - viewer->rest_size;

    if (viewer->state == VIEWER_UPGRADING) {
        int head = on_answer(viewer, protocol, stop_before, size);

        if (head < 0)
            return head;

        at = (size_t)head;
        if (head == 0)
            return keep_rest(viewer, buffer, size);
    }

    while ((taken = frame_read(buffer + at, size - at, &frame)) > 0) {
        int rc = on_frame(viewer, protocol, stop_before, &frame, sights);

        if (rc != 0)
            return rc;

        at += taken;
    }

    return keep_rest(viewer, buffer + at, size - at);
}
