#include "gateway/ws_end.h"

#include "base/metrics.h"
#include "gateway/addresses.h"
#include "gateway/frame.h"
#include "gateway/ws_connection.h"
#include "gateway/ws_door.h"
#include "schema/utf8.h"

#include <fcntl.h>
#include <libwebsockets.h>
#include <sys/socket.h>

enum {
    CODE_NONE = 1005,     /* a Close frame without a code (RFC 6455 7.4.1) */
    CODE_ABNORMAL = 1006, /* an end without a Close frame */
    CODE_MAX = 4999
};

void ws_end_cut(struct ws *ws)
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
    ws_end_cut(ws);
}

void ws_end_expect(struct ws *ws, enum ws_state state)
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

int ws_end_fail(struct ws *ws, enum close_code code)
{
    if (ws->code == 0)
        say_why(ws, code, NULL);

    return -1;
}

/* Where 0 is returned libwebsockets answers with the same code, or with 1002 if it is none that
 * may be sent, which stands in `body` then. */
int ws_end_by_client(struct ws *ws, struct span body)
{
    const unsigned char *bytes = (const unsigned char *)body.data;
    struct ws_piece reason = {.bytes = span_skip(body, 2)};
    unsigned code = CODE_NONE;
    struct span whole;

    if (body.size >= 2)
        code = (unsigned)(bytes[0] << 8 | bytes[1]);

    if (body.size == 1 || code > CODE_MAX)
        return ws_end_fail(ws, CLOSE_PROTOCOL);

    if (!utf8_valid(reason.bytes))
        return ws_end_fail(ws, CLOSE_NOT_UTF8);

    ws->code = (uint16_t)code;
    ws->client_closed = true;
    ws_message_clear(&ws->message);
    /* Without memory the reason is lost, and nothing else. */
    (void)!ws_message_add(&ws->message, &reason, FRAME_CONTROL_MAX, &whole);
    ws_end_expect(ws, WS_CLOSING);

    return 0;
}

int ws_end_begins(struct ws *ws)
{
    const unsigned char *body = lws_get_close_payload(ws->wsi);

    if (ws->code == 0 && lws_get_close_length(ws->wsi) >= 2)
        ws->code = (uint16_t)(body[0] << 8 | body[1]);

    ws_end_expect(ws, WS_CLOSING);

    return 0;
}

/* Our Close frame is on its way: it must not be lost to a reset. */
static void let_last_words_arrive(struct ws *ws)
{
    int fd = fcntl(lws_get_socket_fd(ws->wsi), F_DUPFD_CLOEXEC, 0);

    if (fd >= 0)
        farewell_close(ws->door->farewell, fd);
}

int ws_end_closed(struct ws *ws)
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

    address_leave(ws->count);
    door->connections--;
    metrics_add(metrics, METRIC_CONNECTIONS, 0, -1);
    metrics_add(metrics, METRIC_SESSIONS_CLOSED,
                metrics_code(METRIC_SESSIONS_CLOSED, ws->code != 0 ? ws->code : CODE_ABNORMAL), 1);
    list_remove(&ws->deadline.node);

    if (ws->session)
        door->settings.events->on_closed(ws->session, &ending);

    ws_message_clear(&ws->message);

    return 0;
}

void ws_close(struct ws *ws, enum close_code code, const char *reason)
{
    if (ws->state != WS_OPEN)
        return;

    say_why(ws, code, reason);
    ws_end_expect(ws, WS_GOODBYE);
    (void)lws_callback_on_writable(ws->wsi);
}

void ws_say_going_away(struct deadline *deadline)
{
    struct ws *ws = CONTAINER_OF(deadline, struct ws, deadline);
    unsigned char block[WS_HEADROOM + 2 + FRAME_CONTROL_MAX];
    unsigned char *frame = block + WS_HEADROOM;
    size_t size = frame_close_body(frame + 2, CLOSE_GOING_AWAY, NULL);

    if (ws_ready(ws) && ws_write(ws, frame, frame_head(frame, WS_CLOSE, size) + size) >= 0)
        ws->code = CLOSE_GOING_AWAY;
}
