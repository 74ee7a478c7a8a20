#include "bench/protocol.h"

#include "bench/mqtt.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define EXPECTS(text) .expects = (text), .expects_size = sizeof(text) - 1

static size_t said(int written)
{
    return written > 0 && written < PROTOCOL_MAX_SAID ? (size_t)written : 0;
}

/* ---- livegate ---- */

static size_t live_join(char *out, const struct speaker *speaker)
{
    return said(snprintf(out, PROTOCOL_MAX_SAID,
                         "{\"msg_type\":\"join\",\"room_id\":\"%s\",\"from_uid\":\"%u\","
                         "\"from_name\":\"viewer %u\"}",
                         speaker->room, speaker->index, speaker->index));
}

static size_t live_tell(char *out, const struct speaker *speaker, const char *message, size_t size)
{
    (void)speaker;
    memcpy(out, message, size);

    return size;
}

static size_t msgpack_text(char *out, const char *text)
{
    size_t size = strlen(text);

    out[0] = (char)0xd9; /* str 8 */
    out[1] = (char)size;
    memcpy(out + 2, text, size); /* NOLINT(bugprone-not-null-terminated-result): not a string */

    return size + 2;
}

static size_t msgpack_join(char *out, const struct speaker *speaker)
{
    size_t at = 0;

    out[at++] = (char)0x82; /* a map of two */
    at += msgpack_text(out + at, "msg_type");
    at += msgpack_text(out + at, "join");
    at += msgpack_text(out + at, "room_id");
    at += msgpack_text(out + at, speaker->room);

    return at;
}

/* ---- peers ---- */

static size_t socketio_open(char *out, const struct speaker *speaker)
{
    (void)speaker;

    return said(snprintf(out, PROTOCOL_MAX_SAID, "40"));
}

static size_t socketio_join(char *out, const struct speaker *speaker)
{
    return said(snprintf(out, PROTOCOL_MAX_SAID, "42[\"join\",\"%s\"]", speaker->room));
}

static size_t mqtt_hello(char *out, const struct speaker *speaker)
{
    return mqtt_connect(out, speaker->index);
}

static size_t mqtt_join(char *out, const struct speaker *speaker)
{
    return mqtt_subscribe(out, speaker->room);
}

static size_t nats_join(char *out, const struct speaker *speaker)
{
    return said(snprintf(out, PROTOCOL_MAX_SAID,
                         "CONNECT {\"verbose\":false,\"pedantic\":false}\r\n"
                         "SUB %s 1\r\nPING\r\n",
                         speaker->room));
}

/* clang-format off */
static const struct protocol protocols[] = {
    /* The room in the URL: in it as soon as it is connected. */
    {.name = "live", .path = "/?room_id=%R",
     .steps = {{EXPECTS("\"message_list\"")}}, .steps_count = 1, .tell = live_tell},
    /* As the mini-programs do: greeted, then asks to join. */
    {.name = "live.join", .path = "/",
     .steps = {{EXPECTS("\"init\"")}, {.say = live_join, EXPECTS("\"message_list\"")}},
     .steps_count = 2, .tell = live_tell},
    {.name = "live.idle", .path = "/",
     .steps = {{EXPECTS("\"init\"")}}, .steps_count = 1},
    {.name = "v1.json", .subprotocol = "livegate.v1.json", .path = "/",
     .steps = {{.say = live_join, EXPECTS("\"joined\"")}}, .steps_count = 1, .tell = live_tell},
    {.name = "v1.msgpack", .subprotocol = "livegate.v1.msgpack", .path = "/",
     .steps = {{.say = msgpack_join, EXPECTS("joined")}}, .steps_count = 1, .binary = true},

    {.name = "floor", .path = "/%R"},
    {.name = "nchan", .path = "/sub/%R", .uncertain = true},
    {.name = "ws", .path = "/?room=%R", .steps = {{EXPECTS("joined")}}, .steps_count = 1},
    {.name = "socketio", .path = "/socket.io/?EIO=4&transport=websocket",
     .steps = {{EXPECTS("0{")}, {.say = socketio_open, EXPECTS("40{")},
               {.say = socketio_join, EXPECTS("\"joined\"")}},
     .steps_count = 3, .ping = "2", .pong = "3"},
    {.name = "mqtt", .subprotocol = "mqtt", .path = "/",
     .steps = {{.say = mqtt_hello, EXPECTS("\x20\x02")}, {.say = mqtt_join, EXPECTS("\x90\x03")}},
     .steps_count = 2, .binary = true, .batches = true},
    {.name = "nats", .path = "/",
     .steps = {{EXPECTS("INFO ")}, {.say = nats_join, EXPECTS("PONG")}},
     .steps_count = 2, .binary = true, .batches = true, .ping = "PING\r\n", .pong = "PONG\r\n"},
};
/* clang-format on */

const struct protocol *protocol_find(const char *name)
{
    for (size_t i = 0; i < sizeof protocols / sizeof protocols[0]; i++) {
        if (strcmp(protocols[i].name, name) == 0)
            return &protocols[i];
    }

    return NULL;
}

size_t protocol_request(const struct protocol *protocol, const struct speaker *speaker, char *out,
                        size_t max)
{
    const char *room = strstr(protocol->path, "%R");
    size_t before = room ? (size_t)(room - protocol->path) : strlen(protocol->path);
    int size = snprintf(out, max,
                        "GET %.*s%s HTTP/1.1\r\nHost: bench\r\nUpgrade: websocket\r\n"
                        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n%s%s%s\r\n",
                        (int)before, protocol->path, room ? speaker->room : "",
                        protocol->subprotocol ? "Sec-WebSocket-Protocol: " : "",
                        protocol->subprotocol ? protocol->subprotocol : "",
                        protocol->subprotocol ? "\r\n" : "");

    return size > 0 && (size_t)size < max ? (size_t)size : 0;
}
