/* ws_client.h - a WebSocket client that can misbehave in every way.
 *
 * It shares the test's thread with the server: whenever it would wait, it lets the
 * server's loop turn by calling `step`.  What does not happen in 10 s fails the test. */
#ifndef TESTS_SUPPORT_WS_CLIENT_H
#define TESTS_SUPPORT_WS_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WS_CLIENT_KEY "dGhlIHNhbXBsZSBub25jZQ=="
#define WS_CLIENT_HEADERS                                      \
    "Host: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" \
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " WS_CLIENT_KEY "\r\n"
#define WS_CLIENT_REQUEST "GET / HTTP/1.1\r\n" WS_CLIENT_HEADERS "\r\n"

struct ws_client {
    int fd;
    void (*step)(void *owner);
    void *owner;
    char head[4096]; /* of the last response, with a closing zero */
    bool ended;      /* the server's FIN came */
    bool reset;      /* or a reset */
};

struct ws_frame {
    unsigned char first; /* FIN, reserved bits and opcode */
    size_t size;
    unsigned char payload[70000];
};

/* Connects to 127.0.0.1.  `step` is borrowed with `owner`. */
void ws_client_connect(struct ws_client *client, uint16_t port, void (*step)(void *owner),
                       void *owner);

/* Connects and upgrades with these additional headers; asserts 101. */
void ws_client_open(struct ws_client *client, uint16_t port, const char *headers,
                    void (*step)(void *owner), void *owner);

/* Closes the socket, politely or with a reset. */
void ws_client_close(struct ws_client *client);
void ws_client_abort(struct ws_client *client);

/* Sends all of it; false if the server has closed. */
bool ws_client_send(struct ws_client *client, const void *bytes, size_t size);

/* The bytes of a text, as they are: a request. */
bool ws_client_send_raw(struct ws_client *client, const char *text);

/* Sends what the socket takes at once: how much. */
size_t ws_client_try_send(struct ws_client *client, const void *bytes, size_t size);

/* Sends a masked frame: FIN and opcode in `first`. */
bool ws_client_send_frame(struct ws_client *client, unsigned first, const void *payload,
                          size_t size);
bool ws_client_send_text(struct ws_client *client, const char *text);

/* Writes a masked frame into `out`, which holds size + 14 bytes.  Its size. */
size_t ws_client_make_frame(unsigned char *out, unsigned first, const void *payload, size_t size);

/* Reads until `size` bytes have come or the server ends; how many have come. */
size_t ws_client_receive(struct ws_client *client, void *bytes, size_t size);

/* Reads the head of a response into client->head; its status. */
int ws_client_read_head(struct ws_client *client);

/* Reads a frame; false when the server has ended instead. */
bool ws_client_read_frame(struct ws_client *client, struct ws_frame *frame);

/* Skips frames until a Close frame, answers it, and waits for the server's FIN.  Its code; 0: there
 * was none; asserts that the end was no reset. */
int ws_client_read_close(struct ws_client *client);

/* Waits for the server's FIN or reset, discarding what comes. */
void ws_client_wait_for_end(struct ws_client *client);

#endif
