/* ws_door.h - what the connections of one worker share: between ws.c, ws_end.c and ws_door.c. */
#ifndef GATEWAY_WS_DOOR_H
#define GATEWAY_WS_DOOR_H

#include "base/buffer.h"
#include "base/list.h"
#include "gateway/deadline_queue.h"
#include "gateway/farewell.h"
#include "gateway/upgrade.h"
#include "gateway/ws.h"
#include "gateway/ws_context.h"

struct ws_door {
    struct ws_settings settings;
    struct ws_context *context;
    struct list open;               /* connections that nobody waits for */
    struct deadline_queue *closing; /* connections that are cut if they do not end */
    struct farewell *farewell;
    const struct upgrade *adopting; /* while in ws_adopt() */
    struct buffer response;         /* to it, behind WS_HEADROOM bytes */
    size_t connections;
    bool freeing;
};

/* In ws.c. */
const struct lws_protocols *ws_protocols(void);

/* ---- in ws_end.c; a `deadline` stands for the connection it lies in ---- */

void ws_on_close_deadline(struct deadline *deadline);

/* A Close frame with 1001, if the socket takes it at once. */
void ws_say_going_away(struct deadline *deadline);

#endif
