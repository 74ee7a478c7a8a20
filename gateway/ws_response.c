#include "gateway/ws_response.h"

#include <errno.h>
#include <libwebsockets.h>
#include <string.h>

#define GUID "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

enum {
    KEY_SIZE = sizeof((struct upgrade *)NULL)->key,
    SHA1_SIZE = 20,
    ACCEPT_SIZE = 28 /* that in base64 */
};

static void add_accept(const char key[KEY_SIZE], struct buffer *out)
{
    unsigned char text[KEY_SIZE + sizeof GUID - 1];
    unsigned char hash[SHA1_SIZE];
    char accept[ACCEPT_SIZE + 2]; /* libwebsockets asks for one more than the NUL */

    memcpy(text, key, KEY_SIZE);
    memcpy(text + KEY_SIZE, GUID, sizeof GUID - 1);
    lws_SHA1(text, sizeof text, hash);

    if (lws_b64_encode_string((const char *)hash, SHA1_SIZE, accept, sizeof accept) != ACCEPT_SIZE)
        buffer_fail(out, -EMSGSIZE);
    (void)buffer_add(out, accept, ACCEPT_SIZE);
}

void ws_response_write(const struct upgrade *upgrade, struct buffer *out)
{
    (void)buffer_add_text(out, "HTTP/1.1 101 Switching Protocols\r\n"
                               "Upgrade: websocket\r\n"
                               "Connection: Upgrade\r\n"
                               "Sec-WebSocket-Accept: ");
    add_accept(upgrade->key, out);

    if (upgrade->protocol[0] != '\0') {
        (void)buffer_add_text(out, "\r\nSec-WebSocket-Protocol: ");
        (void)buffer_add_text(out, upgrade->protocol);
    }

    (void)buffer_add_text(out, "\r\n\r\n");
}
