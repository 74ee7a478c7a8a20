/* ws_connection.h - what a WebSocket is inside: between ws.c and ws_end.c. */
#ifndef GATEWAY_WS_CONNECTION_H
#define GATEWAY_WS_CONNECTION_H

#include "gateway/deadline_queue.h"
#include "gateway/ws_message.h"

#include <stdbool.h>
#include <stdint.h>

struct address_count;
struct lws;
struct ws_door;

/* One way, downwards. */
enum ws_state {
    WS_NEW, /* before ESTABLISHED */
    WS_OPEN,
    WS_GOODBYE, /* ws_close() was called: the close begins once nothing is buffered */
    WS_CLOSING  /* begun: libwebsockets does what is left of it */
};

/* libwebsockets allocates it, all zero, and frees it after CLOSED. */
struct ws {
    struct lws *wsi;        /* what each delivery reads comes first, in one cache line */
    int fd;                 /* to be written to directly; -1: not so, through libwebsockets */
    uint8_t state;          /* enum ws_state */
    uint8_t pinged;         /* how often, since the message that is not whole began */
    bool client_closed : 1; /* it was the client's Close frame, and `message` has the reason */
    bool cut : 1;
    bool ping_wanted : 1;
    bool writable_wanted : 1;
    bool unanswered : 1; /* the response to the upgrade goes out before anything else */
    uint16_t code;       /* of the Close frame that ended it; 0: none yet */
    uint16_t fragments;  /* frames of the message begun */
    struct ws_door *door;
    void *session;
    struct deadline deadline; /* in door->open or door->closing */
    struct ws_message message;
    struct address_count *count; /* shared; NULL: its address is not counted */
};

#endif
