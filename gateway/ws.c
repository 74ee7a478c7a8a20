#include "gateway/ws.h"

#include "base/metrics.h"
#include "gateway/addresses.h"
#include "gateway/frame.h"
#include "gateway/upgrade.h"
#include "gateway/ws_connection.h"
#include "gateway/ws_door.h"
#include "gateway/ws_end.h"
#include "gateway/ws_message.h"
#include "schema/utf8.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <libwebsockets.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    MAX_PINGED = 2,  /* while a message is not whole: the next Ping would be too many */
    READ_SIZE = 224, /* each connection has a buffer of it, and memory counts for more */
    WRITE_SIZE = 2 * WS_MAX_WRITE,
    RECORD_SIZE = 16384 + 512 /* of TLS, with what OpenSSL puts around it */
};

_Static_assert(WS_HEADROOM >= LWS_PRE, "libwebsockets wants more room before a block");
_Static_assert(READ_SIZE >= FRAME_CONTROL_MAX, "a control frame comes in one piece");

/* ---- writing ---- */

/* What lws_write() would do while nothing is buffered, without a dozen cold cache lines of its
 * own.  How much was sent: also of an error the rest will hear from libwebsockets. */
static size_t send_directly(const struct ws *ws, const unsigned char *block, size_t size)
{
    ssize_t sent = ws->fd >= 0 ? send(ws->fd, block, size, MSG_NOSIGNAL | MSG_DONTWAIT) : 0;

    return sent > 0 ? (size_t)sent : 0;
}

static int give_up(struct ws *ws)
{
    ws_end_expect(ws, WS_CLOSING);
    ws_end_cut(ws);

    return -EPIPE;
}

static int write_block(struct ws *ws, unsigned char *block, size_t size)
{
    size_t sent = send_directly(ws, block, size);

    if (sent == size)
        return 0;

    if (lws_write(ws->wsi, block + sent, size - sent, LWS_WRITE_RAW) < 0)
        return give_up(ws);

    return lws_partial_buffered(ws->wsi) ? WS_PARTLY : 0;
}

/* The response and what is said first leave together, in one segment. */
static int answer_upgrade(struct ws *ws, const unsigned char *block, size_t size)
{
    struct buffer *response = &ws->door->response;

    ws->unanswered = false;
    if (buffer_add(response, block, size) != 0)
        return give_up(ws);

    return write_block(ws, response->data + WS_HEADROOM, response->size - WS_HEADROOM);
}

static int send_ping(struct ws *ws)
{
    /* Not empty: libwebsockets keeps the Pong of an empty one to itself. */
    unsigned char block[WS_HEADROOM + 4] = {[WS_HEADROOM] = 0x80 | WS_PING, 2, 'h', 'b'};

    ws->ping_wanted = false;

    return ws_write(ws, block + WS_HEADROOM, sizeof block - WS_HEADROOM);
}

/* ---- what libwebsockets calls ---- */

static int on_established(struct lws *wsi, struct ws *ws)
{
    struct ws_door *door = lws_context_user(lws_get_context(wsi));

    ws->wsi = wsi;
    ws->door = door;
    ws->fd = lws_is_ssl(wsi) ? -1 : lws_get_socket_fd(wsi);
    ws->state = WS_OPEN;
    list_node_init(&ws->deadline.node);
    list_append(&door->open, &ws->deadline.node);
    ws->unanswered = true;
    ws->count = address_share(door->adopting->count);
    door->connections++;
    metrics_add(door->settings.metrics, METRIC_CONNECTIONS, 0, 1);
    metrics_add(door->settings.metrics, METRIC_CONNECTIONS_ACCEPTED, 0, 1);

    ws->session = door->settings.events->on_open(door->settings.owner, ws, door->adopting);
    if (ws->unanswered) /* there was no greeting to go with it */
        (void)!answer_upgrade(ws, NULL, 0);

    if (!ws->session)
        ws_close(ws, CLOSE_TRY_LATER, NULL);

    return 0;
}

/* Of a message that is not whole; empty ones cost nothing but the work, so bytes do not limit it.
 */
static bool too_many_fragments(struct ws *ws, const struct ws_piece *piece)
{
    unsigned most = ws->door->settings.max_fragments;

    if (piece->remaining == 0 && ws->fragments < UINT16_MAX)
        ws->fragments++;

    return most > 0 && !piece->last && ws->fragments >= most;
}

static int exceeds(struct ws *ws, enum limit limit, enum close_code code)
{
    metrics_add(ws->door->settings.metrics, METRIC_LIMITED, limit, 1);

    return ws_end_fail(ws, code);
}

static int on_receive(struct ws *ws, struct span bytes)
{
    const struct ws_events *events = ws->door->settings.events;
    const bool text = !lws_frame_is_binary(ws->wsi);
    const struct ws_piece piece = {.bytes = bytes,
                                   .remaining = lws_remaining_packet_payload(ws->wsi),
                                   .last = lws_is_final_fragment(ws->wsi) != 0,
                                   .text = text};
    struct span whole;
    int found;

    if (ws->state != WS_OPEN)
        return 0;

    events->on_alive(ws->session);
    found = ws_message_add(&ws->message, &piece, ws->door->settings.max_message, &whole);

    if (found == -EMSGSIZE)
        return exceeds(ws, LIMIT_MESSAGE_BYTES, CLOSE_TOO_BIG);

    if (found == -EBADMSG)
        return ws_end_fail(ws, CLOSE_NOT_UTF8);

    if (found < 0)
        return ws_end_fail(ws, CLOSE_INTERNAL);

    if (found > 0) {
        events->on_message(ws->session, text ? WS_TEXT : WS_BINARY, whole);
        ws_message_clear(&ws->message);
        ws->fragments = 0;
        ws->pinged = 0;
    } else if (too_many_fragments(ws, &piece)) {
        return exceeds(ws, LIMIT_FRAGMENTS, CLOSE_POLICY);
    }

    return 0;
}

/* Also without being asked for. */
static int on_writable(struct ws *ws)
{
    if (ws->ping_wanted && ws_ready(ws))
        (void)!send_ping(ws);

    if (ws->writable_wanted && ws_ready(ws)) {
        ws->writable_wanted = false;
        ws->door->settings.events->on_writable(ws->session);
    }

    if (ws->state != WS_GOODBYE || lws_partial_buffered(ws->wsi))
        return 0;

    ws->state = WS_CLOSING;

    return -1;
}

static int on_ws(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                 size_t size)
{
    struct ws *ws = user;

    if (reason == LWS_CALLBACK_ESTABLISHED)
        return on_established(wsi, ws);

    /* CLOSED comes without ESTABLISHED, too, and many come without a connection. */
    if (!ws || ws->state == WS_NEW)
        return 0;

    switch (reason) {
    case LWS_CALLBACK_RECEIVE:
        return on_receive(ws, span_make(in, size));

    case LWS_CALLBACK_RECEIVE_PONG:
        if (ws->state == WS_OPEN)
            ws->door->settings.events->on_alive(ws->session);
        return 0;

    case LWS_CALLBACK_SERVER_WRITEABLE:
        return on_writable(ws);

    case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
        return ws_end_by_client(ws, span_make(in, size));

    case LWS_CALLBACK_WS_SERVER_DROP_PROTOCOL:
        return ws_end_begins(ws);

    case LWS_CALLBACK_CLOSED: /* always the last one */
        return ws_end_closed(ws);

    default:
        return 0;
    }
}

const struct lws_protocols *ws_protocols(void)
{
    static const struct lws_protocols protocols[] = {
        {.name = "",
         .callback = on_ws,
         .per_session_data_size = sizeof(struct ws),
         .rx_buffer_size = READ_SIZE,
         .tx_packet_size = WRITE_SIZE}, /* else a write is cut at rx_buffer_size */
        LWS_PROTOCOL_LIST_TERM,
    };

    return protocols;
}

/* ---- the connection ---- */

bool ws_ready(struct ws *ws)
{
    return ws->state == WS_OPEN && !lws_partial_buffered(ws->wsi);
}

int ws_write(struct ws *ws, unsigned char *block, size_t size)
{
    assert(ws_ready(ws));

    return ws->unanswered ? answer_upgrade(ws, block, size) : write_block(ws, block, size);
}

size_t ws_kept(const struct ws *ws)
{
    return lws_get_ssl(ws->wsi) ? RECORD_SIZE : 0;
}

void ws_want_writable(struct ws *ws)
{
    if (ws->state != WS_OPEN)
        return;

    ws->writable_wanted = true;
    (void)lws_callback_on_writable(ws->wsi);
}

/* Who answers Pings lives, and could keep us waiting for the rest of a message for ever. */
static bool waits_too_long(struct ws *ws)
{
    if (ws->state != WS_OPEN || !ws_message_waits(&ws->message) || ws->pinged++ < MAX_PINGED)
        return false;

    metrics_add(ws->door->settings.metrics, METRIC_LIMITED, LIMIT_UNFINISHED, 1);
    ws_close(ws, CLOSE_POLICY, "unfinished message");

    return true;
}

void ws_ping(struct ws *ws)
{
    if (waits_too_long(ws))
        return;

    if (ws_ready(ws)) {
        (void)!send_ping(ws);
    } else if (ws->state == WS_OPEN) {
        ws->ping_wanted = true;
        (void)lws_callback_on_writable(ws->wsi);
    }
}
