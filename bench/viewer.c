#include "bench/viewer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define READ_SIZE ((size_t)256 << 10)
#define NUMBER_DIGITS 10
#define CONTENT "\"content\":\""

static unsigned char buffer[READ_SIZE + (64 << 10)];

static int connect_from(unsigned index, uint16_t port)
{
    struct sockaddr_in from = {.sin_family = AF_INET,
                               .sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + index % 200)};
    struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -errno;

    if (bind(fd, (struct sockaddr *)&from, sizeof from) != 0 ||
        connect(fd, (struct sockaddr *)&to, sizeof to) != 0) {
        int error = errno;

        (void)close(fd);
        return -error;
    }

    return fd;
}

/* Byte by byte, for frames follow the head at once. */
static int read_head(int fd)
{
    char last[4] = "";

    while (memcmp(last, "\r\n\r\n", 4) != 0) {
        memmove(last, last + 1, 3);

        if (recv(fd, &last[3], 1, 0) != 1)
            return -ECONNRESET;
    }

    return 0;
}

int viewer_open(struct viewer *viewer, unsigned index, uint16_t port, const char *request)
{
    size_t size = strlen(request);
    int rc;

    *viewer = (struct viewer){.fd = connect_from(index, port)};
    if (viewer->fd < 0)
        return viewer->fd;

    rc = send(viewer->fd, request, size, MSG_NOSIGNAL) == (ssize_t)size ? read_head(viewer->fd)
                                                                        : -errno;
    if (rc != 0)
        viewer_close(viewer);

    return rc;
}

void viewer_close(struct viewer *viewer)
{
    (void)close(viewer->fd);
    free(viewer->rest);
    *viewer = (struct viewer){.fd = -1};
}

/* True for a bench message. */
static bool on_payload(struct viewer *viewer, const unsigned char *payload, size_t size)
{
    const char *content = memmem(payload, size, CONTENT, sizeof CONTENT - 1);
    size_t left = content ? size - (size_t)(content - (const char *)payload) : 0;
    uint64_t number = 0;

    if (left < sizeof CONTENT - 1 + NUMBER_DIGITS) {
        viewer->others++;
        return false;
    }

    for (int i = 0; i < NUMBER_DIGITS; i++)
        number = number * 10 + (uint64_t)(content[sizeof CONTENT - 1 + (size_t)i] - '0');

    viewer->wrong += number != viewer->next;
    viewer->next = number + 1;
    viewer->received++;

    return true;
}

/* Size of the head and of the payload of the frame at `at`; false when the head is cut. */
static bool frame_sizes(const unsigned char *at, size_t left, size_t *head, size_t *payload)
{
    *head = 2;
    if (left < *head)
        return false;

    *payload = at[1] & 0x7f;
    if (*payload < 126)
        return true;

    *head = *payload == 126 ? 4 : 10;
    if (left < *head)
        return false;

    *payload = 0;
    for (size_t i = 2; i < *head; i++)
        *payload = *payload << 8 | at[i];

    return true;
}

static int keep_rest(struct viewer *viewer, const unsigned char *data, size_t size)
{
    free(viewer->rest);
    viewer->rest = NULL;
    viewer->rest_size = size;

    if (size == 0)
        return 0;

    viewer->rest = malloc(size);
    if (!viewer->rest)
        return -ENOMEM;

    memcpy(viewer->rest, data, size);

    return 0;
}

int viewer_read(struct viewer *viewer)
{
    size_t begin = viewer->rest_size, size, at = 0, head, payload;
    int messages = 0;
    ssize_t got;

    if (begin > sizeof buffer - READ_SIZE)
        return -EMSGSIZE;

    if (begin > 0)
        memcpy(buffer, viewer->rest, begin);

    got = recv(viewer->fd, buffer + begin, READ_SIZE, MSG_DONTWAIT);
    if (got < 0)
        return errno == EAGAIN ? 0 : -errno;
    if (got == 0)
        return -EPIPE;

    size = begin + (size_t)got;

    while (frame_sizes(buffer + at, size - at, &head, &payload) && size - at >= head + payload) {
        messages += on_payload(viewer, buffer + at + head, payload);
        at += head + payload;
    }

    return keep_rest(viewer, buffer + at, size - at) == 0 ? messages : -ENOMEM;
}
