#include "tests/fuzz/stage_ws.h"

#include "gateway/frame.h"
#include "gateway/session.h"
#include "gateway/upgrade.h"
#include "tests/fuzz/claim.h"
#include "tests/fuzz/stage.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { MAX_TOLD = 1 << 24, MAX_MESSAGE = 16384 };

static void end(struct ws *ws, const struct ws_ending *ending)
{
    struct stage_reader *reader = ws->reader;

    list_remove(&ws->node);
    session_events.on_closed(ws->session, ending);
    ws_message_clear(&ws->message);
    buffer_dispose(&ws->told);
    free(ws);
    reader->on_end(reader);
}

static bool judge(const char *target, const char *protocol, struct upgrade *upgrade)
{
    static const char *const protocols[] = {"protocol1", "chat", "livegate.v1.json",
                                            "livegate.v1.msgpack", NULL};
    const struct upgrade_policy policy = {.protocols = protocols, .dialects = dialect_names};
    char request[1024];
    size_t used;

    (void)snprintf(request, sizeof request,
                   "GET %s HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: upgrade\r\n"
                   "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n"
                   "%s%s%s\r\n",
                   target, protocol[0] ? "Sec-WebSocket-Protocol: " : "", protocol,
                   protocol[0] ? "\r\n" : "");

    return upgrade_judge(&policy, span_of(request), upgrade, &used) == UPGRADE_ACCEPTED;
}

struct ws *stage_connect(struct stage *stage, const char *target, const char *protocol,
                         struct stage_reader *reader)
{
    struct upgrade upgrade = {.token = NULL};
    struct ws *ws;

    if (!judge(target, protocol, &upgrade))
        return NULL;

    ws = calloc(1, sizeof *ws);
    claim(ws != NULL);
    ws->reader = reader;
    buffer_init(&ws->told, MAX_TOLD);
    list_append(&stage->sockets, &ws->node);
    ws->session = session_events.on_open(stage->hub, ws, &upgrade);
    claim(ws->session != NULL);

    return ws;
}

void stage_say(struct ws *ws, enum ws_opcode opcode, struct span bytes, bool last)
{
    struct ws_piece piece = {.bytes = bytes, .last = last};
    struct span whole;
    int found;

    if (ws->closing)
        return;

    if (!ws->message.pieces)
        ws->message_as = opcode;

    piece.text = ws->message_as == WS_TEXT;
    session_events.on_alive(ws->session);
    found = ws_message_add(&ws->message, &piece, MAX_MESSAGE, &whole);
    if (found < 0)
        ws_close(ws, found == -EMSGSIZE ? CLOSE_TOO_BIG : CLOSE_NOT_UTF8, NULL);

    if (found > 0) {
        session_events.on_message(ws->session, ws->message_as, whole);
        ws_message_clear(&ws->message);
    }
}

void stage_sign_of_life(struct ws *ws)
{
    if (!ws->closing)
        session_events.on_alive(ws->session);
}

void stage_drain(struct ws *ws)
{
    ws->full = false;
    ws->buffered = false;
}

void stage_hang_up(struct stage *stage, struct ws *ws, uint16_t code, const char *reason)
{
    const struct ws_ending ending = {.code = ws->closing ? 0 : code, .reason = span_of(reason)};

    (void)stage;
    end(ws, &ending);
}

void stage_turn_sockets(struct stage *stage)
{
    static const struct ws_ending by_us = {.reason = SPAN_NONE};

    LIST_FOR_EACH (node, &stage->sockets) {
        struct ws *ws = CONTAINER_OF(node, struct ws, node);

        if (ws->gone || (ws->closing && !ws->buffered)) {
            end(ws, &by_us);
        } else if (ws->wants_writable && !ws->buffered && !ws->closing) {
            ws->wants_writable = false;
            session_events.on_writable(ws->session);
        }
    }
}

/* ---- what is written ---- */

static void take_frame(struct ws *ws, const unsigned char *frame, size_t head, size_t size)
{
    enum ws_opcode opcode = frame[0] & 0x0f;

    claim((frame[0] & 0x70) == 0);
    claim(opcode == WS_TEXT || opcode == WS_BINARY || opcode == WS_CONTINUATION);
    claim((opcode == WS_CONTINUATION) == (ws->told.size > 0));
    if (opcode != WS_CONTINUATION)
        ws->told_as = opcode;

    claim(size > 0 && buffer_add(&ws->told, frame + head, size) == 0);
    if (frame[0] & 0x80) {
        ws->reader->on_message(ws->reader, ws->told_as, buffer_span(&ws->told));
        buffer_clear(&ws->told);
    }
}

/* Whole frames, nothing else. */
static void take_block(struct ws *ws, const unsigned char *block, size_t size)
{
    while (size > 0) {
        size_t head = 2, payload;

        claim(size >= 2 && (block[1] & 0x80) == 0);
        payload = block[1];
        if (payload >= 126) {
            size_t bytes = payload == 126 ? 2 : 8;

            claim(size >= 2 + bytes);
            payload = 0;
            for (size_t i = 0; i < bytes; i++)
                payload = payload << 8 | block[2 + i];
            head += bytes;
        }
        claim(size >= head && size - head >= payload);
        take_frame(ws, block, head, payload);
        block += head + payload;
        size -= head + payload;
    }
}

bool ws_ready(struct ws *ws)
{
    return !ws->closing && !ws->buffered;
}

int ws_write(struct ws *ws, unsigned char *block, size_t size)
{
    claim(ws_ready(ws) && size > 0);
    if (ws->broken) {
        ws->closing = true;
        ws->gone = true;
        return -EPIPE;
    }

    for (size_t i = 1; i <= WS_HEADROOM; i++)
        *(block - i) = 0xff; /* it may be written to */
    take_block(ws, block, size);
    ws->buffered = ws->full;

    return ws->full ? WS_PARTLY : 0;
}

size_t ws_kept(const struct ws *ws)
{
    (void)ws;

    return 0;
}

void ws_want_writable(struct ws *ws)
{
    ws->wants_writable = !ws->closing;
}

void ws_ping(struct ws *ws)
{
    claim(ws != NULL);
}

void ws_close(struct ws *ws, enum close_code code, const char *reason)
{
    (void)reason;
    claim(close_traits((uint16_t)code) != NULL);
    ws->closing = true;
}
