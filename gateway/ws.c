#include "gateway/ws.h"

#include "base/metrics.h"
#include "gateway/frame.h"
#include "gateway/upgrade.h"
#include "gateway/ws_door.h"
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
    READ_SIZE = 224, /* each connection has a buffer of it, and memory counts for more */
    WRITE_SIZE = 2 * WS_MAX_WRITE,
    CODE_NONE = 1005,     /* a Close frame without a code (RFC 6455 7.4.1) */
    CODE_ABNORMAL = 1006, /* an end without a Close frame */
    CODE_MAX = 4999
};

_Static_assert(WS_HEADROOM >= LWS_PRE, "libwebsockets wants more room before a block");
_Static_assert(READ_SIZE >= FRAME_CONTROL_MAX, "a control frame comes in one piece");

/* One way, downwards. */
enum ws_state {
    WS_NEW, /* before ESTABLISHED */
    WS_OPEN,
    WS_GOODBYE, /* ws_close() was called: the close begins once nothing is buffered */
    WS_CLOSING  /* begun: libwebsockets does what is left of it */
};

/* libwebsockets allocates it, all zero, and frees it after CLOSED. */
struct ws {
    struct lws *wsi;
    struct ws_door *door;
    void *session;
    struct deadline deadline; /* in door->open or door->closing */
    struct ws_message message;
    uint16_t code; /* of the Close frame that ended it; 0: none yet */
    uint8_t state;
    bool client_closed; /* it was the client's Close frame, and `message` has the reason */
    bool cut;
    bool ping_wanted;
    bool writable_wanted;
};

/* Ends it, whatever libwebsockets waits for: that reads the end of the stream in the next turn
 * of the loop, and the kernel forgets what was not taken. */
static void cut(struct ws *ws)
{
    const struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    int fd = lws_get_socket_fd(ws->wsi);

    ws->cut = true;
    (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    (void)shutdown(fd, SHUT_RDWR);
}

void ws_on_close_deadline(struct deadline *deadline)
{
    struct ws *ws = CONTAINER_OF(deadline, struct ws, deadline);

    list_append(&ws->door->open, &ws->deadline.node);
    cut(ws);
}

static void expect_end(struct ws *ws, enum ws_state state)
{
    if (ws->state < WS_GOODBYE)
        deadline_queue_add(ws->door->closing, &ws->deadline);

    ws->state = (uint8_t)state;
}

static void say_why(struct ws *ws, enum close_code code, const char *reason)
{
    unsigned char body[FRAME_CONTROL_MAX];
    size_t size = frame_close_body(body, code, reason);

    ws->code = (uint16_t)code;
    lws_close_reason(ws->wsi, (enum lws_close_status)code, body + 2, size - 2);
}

/* For a callback to return: the close begins there.  The first reason counts. */
static int fail(struct ws *ws, enum close_code code)
{
    if (ws->code == 0)
        say_why(ws, code, NULL);

    return -1;
}

static bool is_writable(const struct ws *ws)
{
    return ws->state == WS_OPEN && !lws_partial_buffered(ws->wsi);
}

static int send_ping(struct ws *ws)
{
    /* Not empty: libwebsockets keeps the Pong of an empty one to itself. */
    unsigned char block[WS_HEADROOM + 4] = {[WS_HEADROOM] = 0x80 | WS_PING, 2, 'h', 'b'};

    ws->ping_wanted = false;

    return ws_write(ws, block + WS_HEADROOM, sizeof block - WS_HEADROOM);
}

/* ---- what libwebsockets calls ---- */

/* The status line and ours are written, the rest of the headers is to be added. */
static int on_add_headers(struct lws *wsi, struct lws_process_html_args *args)
{
    struct ws_door *door = lws_context_user(lws_get_context(wsi));
    const char *protocol = door->adopting->protocol;
    unsigned char *at = (unsigned char *)args->p;

    if (protocol[0] == '\0')
        return 0;

    if (lws_add_http_header_by_name(
            wsi, (const unsigned char *)"Sec-WebSocket-Protocol:", (const unsigned char *)protocol,
            (int)strlen(protocol), &at, at + args->max_len) != 0)
        return -1;

    args->p = (char *)at;

    return 0;
}

static int on_established(struct lws *wsi, struct ws *ws)
{
    struct ws_door *door = lws_context_user(lws_get_context(wsi));

    ws->wsi = wsi;
    ws->door = door;
    ws->state = WS_OPEN;
    list_node_init(&ws->deadline.node);
    list_append(&door->open, &ws->deadline.node);
    metrics_add(door->settings.metrics, METRIC_CONNECTIONS, 0, 1);
    metrics_add(door->settings.metrics, METRIC_CONNECTIONS_ACCEPTED, 0, 1);

    ws->session = door->settings.events->on_open(door->settings.owner, ws, door->adopting);
    if (!ws->session)
        ws_close(ws, CLOSE_TRY_LATER, NULL);

    return 0;
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
        return fail(ws, CLOSE_TOO_BIG);

    if (found == -EBADMSG)
        return fail(ws, CLOSE_NOT_UTF8);

    if (found < 0)
        return fail(ws, CLOSE_INTERNAL);

    if (found > 0) {
        events->on_message(ws->session, text ? WS_TEXT : WS_BINARY, whole);
        ws_message_clear(&ws->message);
    }

    return 0;
}

/* Where 0 is returned libwebsockets answers with the same code, or with 1002 if it is none that
 * may be sent, which stands in `body` then. */
static int on_client_close(struct ws *ws, struct span body)
{
    const unsigned char *bytes = (const unsigned char *)body.data;
    struct ws_piece reason = {.bytes = span_skip(body, 2)};
    unsigned code = CODE_NONE;
    struct span whole;

    if (body.size >= 2)
        code = (unsigned)(bytes[0] << 8 | bytes[1]);

    if (body.size == 1 || code > CODE_MAX)
        return fail(ws, CLOSE_PROTOCOL);

    if (!utf8_valid(reason.bytes))
        return fail(ws, CLOSE_NOT_UTF8);

    ws->code = (uint16_t)code;
    ws->client_closed = true;
    ws_message_clear(&ws->message);
    /* Without memory the reason is lost, and nothing else. */
    (void)!ws_message_add(&ws->message, &reason, FRAME_CONTROL_MAX, &whole);
    expect_end(ws, WS_CLOSING);

    return 0;
}

/* Also without being asked for. */
static int on_writable(struct ws *ws)
{
    if (ws->ping_wanted && is_writable(ws))
        (void)!send_ping(ws);

    if (ws->writable_wanted && is_writable(ws)) {
        ws->writable_wanted = false;
        ws->door->settings.events->on_writable(ws->session);
    }

    if (ws->state != WS_GOODBYE || lws_partial_buffered(ws->wsi))
        return 0;

    ws->state = WS_CLOSING;

    return -1;
}

/* A close begins, by us, by an error libwebsockets found, or because the socket ended. */
static int on_close_begins(struct ws *ws)
{
    const unsigned char *body = lws_get_close_payload(ws->wsi);

    if (ws->code == 0 && lws_get_close_length(ws->wsi) >= 2)
        ws->code = (uint16_t)(body[0] << 8 | body[1]);

    expect_end(ws, WS_CLOSING);

    return 0;
}

/* Our Close frame is on its way: it must not be lost to a reset. */
static void let_last_words_arrive(struct ws *ws)
{
    int fd = fcntl(lws_get_socket_fd(ws->wsi), F_DUPFD_CLOEXEC, 0);

    if (fd >= 0)
        farewell_close(ws->door->farewell, fd);
}

static int on_closed(struct ws *ws)
{
    struct ws_door *door = ws->door;
    struct metrics *metrics = door->settings.metrics;
    struct ws_ending ending = {.reason = SPAN_NONE};

    if (ws->client_closed) {
        ending.code = ws->code;
        if (ws->message.pieces)
            ending.reason = buffer_span(ws->message.pieces);
    } else if (ws->code != 0 && !ws->cut && !door->freeing) {
        let_last_words_arrive(ws);
    }

    metrics_add(metrics, METRIC_CONNECTIONS, 0, -1);
    metrics_add(metrics, METRIC_SESSIONS_CLOSED,
                metrics_code(METRIC_SESSIONS_CLOSED, ws->code != 0 ? ws->code : CODE_ABNORMAL), 1);
    list_remove(&ws->deadline.node);

    if (ws->session)
        door->settings.events->on_closed(ws->session, &ending);

    ws_message_clear(&ws->message);

    return 0;
}

static int on_ws(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                 size_t size)
{
    struct ws *ws = user;

    if (reason == LWS_CALLBACK_ADD_HEADERS)
        return on_add_headers(wsi, in);

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
        return on_client_close(ws, span_make(in, size));

    case LWS_CALLBACK_WS_SERVER_DROP_PROTOCOL:
        return on_close_begins(ws);

    case LWS_CALLBACK_CLOSED: /* always the last one */
        return on_closed(ws);

    default:
        return 0;
    }
}

const struct lws_protocols *ws_protocols(void)
{
    static const struct lws_protocols protocols[] = {
        {.name = "", /* what is echoed is added by on_add_headers */
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
    return is_writable(ws);
}

int ws_write(struct ws *ws, unsigned char *block, size_t size)
{
    assert(is_writable(ws));

    if (lws_write(ws->wsi, block, size, LWS_WRITE_RAW) >= 0)
        return lws_partial_buffered(ws->wsi) ? WS_PARTLY : 0;

    expect_end(ws, WS_CLOSING);
    cut(ws);

    return -EPIPE;
}

void ws_want_writable(struct ws *ws)
{
    if (ws->state != WS_OPEN)
        return;

    ws->writable_wanted = true;
    (void)lws_callback_on_writable(ws->wsi);
}

void ws_ping(struct ws *ws)
{
    if (is_writable(ws)) {
        (void)!send_ping(ws);
    } else if (ws->state == WS_OPEN) {
        ws->ping_wanted = true;
        (void)lws_callback_on_writable(ws->wsi);
    }
}

void ws_close(struct ws *ws, enum close_code code, const char *reason)
{
    if (ws->state != WS_OPEN)
        return;

    say_why(ws, code, reason);
    expect_end(ws, WS_GOODBYE);
    (void)lws_callback_on_writable(ws->wsi);
}

void ws_say_going_away(struct deadline *deadline)
{
    struct ws *ws = CONTAINER_OF(deadline, struct ws, deadline);
    unsigned char block[WS_HEADROOM + 2 + FRAME_CONTROL_MAX];
    unsigned char *frame = block + WS_HEADROOM;
    size_t size = frame_close_body(frame + 2, CLOSE_GOING_AWAY, NULL);

    if (is_writable(ws) && ws_write(ws, frame, frame_head(frame, WS_CLOSE, size) + size) >= 0)
        ws->code = CLOSE_GOING_AWAY;
}
