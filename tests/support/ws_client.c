#include "tests/support/ws_client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum { PATIENCE_S = 10, OPCODE_CLOSE = 8 };

/* Lets the server work; fails the test when that has taken too long. */
static void wait_for(struct ws_client *client, short events, time_t *began)
{
    struct pollfd ready = {.fd = client->fd, .events = events};

    if (*began == 0)
        *began = time(NULL);

    if (time(NULL) - *began > PATIENCE_S)
        fail_msg("waited %d s in vain", PATIENCE_S);

    client->step(client->owner);
    (void)poll(&ready, 1, 1);
}

void ws_client_connect(struct ws_client *client, uint16_t port, void (*step)(void *owner),
                       void *owner)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

    *client = (struct ws_client){.step = step, .owner = owner};
    client->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(client->fd >= 0);
    assert_int_equal(connect(client->fd, (struct sockaddr *)&address, sizeof address), 0);
}

void ws_client_open(struct ws_client *client, uint16_t port, const char *headers,
                    void (*step)(void *owner), void *owner)
{
    char request[4096];
    int size =
        snprintf(request, sizeof request, "GET / HTTP/1.1\r\n" WS_CLIENT_HEADERS "%s\r\n", headers);

    ws_client_connect(client, port, step, owner);
    assert_true(ws_client_send(client, request, (size_t)size));
    assert_int_equal(ws_client_read_head(client), 101);
}

void ws_client_close(struct ws_client *client)
{
    (void)close(client->fd);
    client->fd = -1;
}

void ws_client_abort(struct ws_client *client)
{
    const struct linger at_once = {.l_onoff = 1, .l_linger = 0};

    (void)setsockopt(client->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    ws_client_close(client);
}

size_t ws_client_try_send(struct ws_client *client, const void *bytes, size_t size)
{
    ssize_t sent = send(client->fd, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT);

    if (sent < 0 && errno != EAGAIN)
        client->ended = true;

    return sent > 0 ? (size_t)sent : 0;
}

bool ws_client_send(struct ws_client *client, const void *bytes, size_t size)
{
    const char *at = bytes;
    time_t began = 0;

    while (size > 0 && !client->ended) {
        size_t sent = ws_client_try_send(client, at, size);

        at += sent;
        size -= sent;
        if (sent == 0)
            wait_for(client, POLLOUT, &began);
    }

    return size == 0;
}

bool ws_client_send_raw(struct ws_client *client, const char *text)
{
    return ws_client_send(client, text, strlen(text));
}

size_t ws_client_make_frame(unsigned char *out, unsigned first, const void *payload, size_t size)
{
    static const unsigned char mask[4] = {0x37, 0xfa, 0x21, 0x3d};
    const unsigned char *bytes = payload;
    size_t head = 2;

    out[0] = (unsigned char)first;
    if (size < 126) {
        out[1] = (unsigned char)(0x80 | size);
    } else if (size < 65536) {
        out[1] = 0x80 | 126;
        out[head++] = (unsigned char)(size >> 8);
        out[head++] = (unsigned char)size;
    } else {
        out[1] = 0x80 | 127;
        for (int shift = 56; shift >= 0; shift -= 8)
            out[head++] = (unsigned char)(size >> shift);
    }

    memcpy(out + head, mask, sizeof mask);
    head += sizeof mask;
    for (size_t i = 0; i < size; i++)
        out[head + i] = bytes[i] ^ mask[i % 4];

    return head + size;
}

bool ws_client_send_frame(struct ws_client *client, unsigned first, const void *payload,
                          size_t size)
{
    unsigned char *frame = malloc(size + 14);
    bool sent;

    assert_non_null(frame);
    sent = ws_client_send(client, frame, ws_client_make_frame(frame, first, payload, size));
    free(frame);

    return sent;
}

bool ws_client_send_text(struct ws_client *client, const char *text)
{
    return ws_client_send_frame(client, 0x81, text, strlen(text));
}

size_t ws_client_receive(struct ws_client *client, void *bytes, size_t size)
{
    char *at = bytes;
    size_t received = 0;
    time_t began = 0;

    while (received < size) {
        ssize_t got = recv(client->fd, at + received, size - received, MSG_DONTWAIT);

        if (got > 0) {
            received += (size_t)got;
        } else if (got < 0 && errno == EAGAIN) {
            wait_for(client, POLLIN, &began);
        } else {
            client->ended = true;
            client->reset |= got < 0;
            break;
        }
    }

    return received;
}

int ws_client_read_head(struct ws_client *client)
{
    size_t size = 0;

    do {
        if (ws_client_receive(client, client->head + size, 1) == 0)
            return -1;

        size++;
        client->head[size] = '\0';
        assert_true(size < sizeof client->head - 1);
    } while (size < 4 || strcmp(client->head + size - 4, "\r\n\r\n") != 0);

    assert_memory_equal(client->head, "HTTP/1.1 ", 9);

    return (int)strtol(client->head + 9, NULL, 10);
}

static bool receive_all(struct ws_client *client, void *bytes, size_t size)
{
    return ws_client_receive(client, bytes, size) == size;
}

bool ws_client_read_frame(struct ws_client *client, struct ws_frame *frame)
{
    unsigned char head[10];
    size_t more;

    if (!receive_all(client, head, 2))
        return false;

    frame->first = head[0];
    frame->size = head[1];
    if (head[1] >= 126) {
        more = head[1] == 126 ? 2 : 8;
        frame->size = 0;
        if (!receive_all(client, head + 2, more))
            return false;

        for (size_t i = 0; i < more; i++)
            frame->size = frame->size << 8 | head[2 + i];
    }

    assert_true(frame->size < sizeof frame->payload); /* and so not masked */
    if (!receive_all(client, frame->payload, frame->size))
        return false;

    frame->payload[frame->size] = '\0';

    return true;
}

int ws_client_read_close(struct ws_client *client)
{
    struct ws_frame *frame = malloc(sizeof *frame);
    int code = 0;

    assert_non_null(frame);

    while (code == 0 && ws_client_read_frame(client, frame)) {
        if (frame->first == (0x80 | OPCODE_CLOSE)) {
            assert_true(frame->size >= 2);
            code = frame->payload[0] << 8 | frame->payload[1];
        }
    }

    if (code != 0)
        (void)ws_client_send_frame(client, 0x80 | OPCODE_CLOSE, frame->payload, 2);

    free(frame);
    client->ended = false; /* it may have closed before our answer */
    ws_client_wait_for_end(client);
    assert_false(client->reset);

    return code;
}

void ws_client_wait_for_end(struct ws_client *client)
{
    char bytes[4096];

    while (ws_client_receive(client, bytes, sizeof bytes) == sizeof bytes)
        ;
}
