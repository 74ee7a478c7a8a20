#include "bench/way.h"

#include "bench/mqtt.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- answers ---- */

/* Where the line ends, or NULL. */
static const char *line_end(const char *at, const char *end)
{
    const char *newline = at < end ? memchr(at, '\n', (size_t)(end - at)) : NULL;

    return newline ? newline + 1 : NULL;
}

ssize_t way_resp_answer(const char *data, size_t size)
{
    const char *at = data, *end = data + size;
    long left = 1; /* values still to come */

    while (left > 0) {
        const char *behind = line_end(at, end);
        long number = behind ? strtol(at + 1, NULL, 10) : 0;

        if (!behind)
            return 0;
        if (*at == '-')
            return -EPROTO;

        left += *at == '*' && number > 0 ? number - 1 : -1;

        if (*at == '$' && number >= 0) {
            if (end - behind < number + 2)
                return 0;
            behind += number + 2;
        }

        at = behind;
    }

    return at - data;
}

ssize_t way_http_answer(const char *data, size_t size)
{
    static const char good[] = "HTTP/1.1 2", length[] = "\r\nContent-Length:";
    const char *end = memmem(data, size, "\r\n\r\n", 4);
    size_t head = end ? (size_t)(end + 4 - data) : 0, body = 0;

    if (!end)
        return 0;
    if (memcmp(data, good, sizeof good - 1) != 0)
        return -EPROTO;

    for (const char *at = data; at < end; at++) {
        if (*at == '\r' && strncasecmp(at, length, sizeof length - 1) == 0)
            body = strtoul(at + sizeof length - 1, NULL, 10);
    }

    return size - head >= body ? (ssize_t)(head + body) : 0;
}

/* ---- requests ---- */

static size_t append(char *out, size_t at, const char *message, size_t size, const char *behind)
{
    size_t more = strlen(behind);

    memcpy(out + at, message, size);
    memcpy(out + at + size, behind, more); /* NOLINT(bugprone-not-null-terminated-result) */

    return at + size + more;
}

static size_t write_publish(char *out, const char *room, const char *message, size_t size)
{
    int head = snprintf(out, WAY_MAX_AROUND, "*3\r\n$7\r\nPUBLISH\r\n$%zu\r\nlive:{%s}\r\n$%zu\r\n",
                        strlen(room) + 7, room, size);

    return append(out, (size_t)head, message, size, "\r\n");
}

static size_t write_fcall(char *out, const char *room, const char *message, size_t size)
{
    int head = snprintf(out, WAY_MAX_AROUND,
                        "*5\r\n$5\r\nFCALL\r\n$16\r\nlivegate_publish\r\n$1\r\n1\r\n"
                        "$%zu\r\nlive:{%s}\r\n$%zu\r\n",
                        strlen(room) + 7, room, size);

    return append(out, (size_t)head, message, size, "\r\n");
}

static size_t write_post(char *out, const char *before, const char *room, const char *after,
                         size_t size)
{
    return (size_t)snprintf(out, WAY_MAX_AROUND,
                            "POST %s%s%s HTTP/1.1\r\nHost: bench\r\n"
                            "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n",
                            before, room, after, size);
}

static size_t write_http(char *out, const char *room, const char *message, size_t size)
{
    return append(out, write_post(out, "/v1/rooms/", room, "/messages", size), message, size, "");
}

static size_t write_nchan(char *out, const char *room, const char *message, size_t size)
{
    return append(out, write_post(out, "/pub/", room, "", size), message, size, "");
}

static size_t write_nats(char *out, const char *room, const char *message, size_t size)
{
    int head = snprintf(out, WAY_MAX_AROUND, "PUB %s %zu\r\n", room, size);

    return append(out, (size_t)head, message, size, "\r\n");
}

static size_t write_mqtt(char *out, const char *room, const char *message, size_t size)
{
    return append(out, mqtt_publish_head(out, room, size), message, size, "");
}

static size_t pack_text(char *out, const char *text, size_t size)
{
    size_t at = 0;

    out[at++] = (char)0xda; /* str 16 */
    out[at++] = (char)(size >> 8);
    out[at++] = (char)size;
    memcpy(out + at, text, size);

    return at + size;
}

/* What @socket.io/redis-emitter publishes for io.to(room).emit("message", text):
 * [uid, {type: 2, data: [name, text], nsp: "/"}, {rooms: [room], except: [], flags: {}}]. */
static size_t pack_socketio(char *out, const char *room, const char *message, size_t size)
{
    size_t at = 0;

    out[at++] = (char)0x93;
    at += pack_text(out + at, "emitter", 7);

    out[at++] = (char)0x83;
    at += pack_text(out + at, "type", 4);
    out[at++] = 2;
    at += pack_text(out + at, "data", 4);
    out[at++] = (char)0x92;
    at += pack_text(out + at, "message", 7);
    at += pack_text(out + at, message, size);
    at += pack_text(out + at, "nsp", 3);
    at += pack_text(out + at, "/", 1);

    out[at++] = (char)0x83;
    at += pack_text(out + at, "rooms", 5);
    out[at++] = (char)0x91;
    at += pack_text(out + at, room, strlen(room));
    at += pack_text(out + at, "except", 6);
    out[at++] = (char)0x90;
    at += pack_text(out + at, "flags", 5);
    out[at++] = (char)0x80;

    return at;
}

static size_t write_socketio(char *out, const char *room, const char *message, size_t size)
{
    static char packed[70000]; /* one thread */
    size_t packed_size = pack_socketio(packed, room, message, size);
    int head =
        snprintf(out, WAY_MAX_AROUND, "*3\r\n$7\r\nPUBLISH\r\n$%zu\r\nsocket.io#/#%s#\r\n$%zu\r\n",
                 strlen(room) + 13, room, packed_size);

    return append(out, (size_t)head, packed, packed_size, "\r\n");
}

#define GREETS(text) .greeting = (text), .greeting_size = sizeof(text) - 1

static const struct way ways[] = {
    {.name = "publish", .write = write_publish, .answer = way_resp_answer},
    {.name = "fcall", .write = write_fcall, .answer = way_resp_answer},
    {.name = "http", .write = write_http, .answer = way_http_answer},
    {.name = "nchan", .write = write_nchan, .answer = way_http_answer},
    {.name = "socketio", .write = write_socketio, .answer = way_resp_answer},
    {.name = "nats", .write = write_nats, GREETS("CONNECT {\"verbose\":false}\r\n")},
    {.name = "mqtt",
     .write = write_mqtt,
     GREETS("\x10\x11\x00\x04MQTT\x04\x02\x00\x00\x00\x05"
            "bench")},
};

const struct way *way_find(const char *name)
{
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        if (strcmp(ways[i].name, name) == 0)
            return &ways[i];
    }

    return NULL;
}
