/* ws_end.h - how a connection ends: by the client's Close frame, by ours, by a mistake of its
 * own, or cut off when it takes nothing any more.
 *
 * For ws.c; what others may do is ws_close(). */
#ifndef GATEWAY_WS_END_H
#define GATEWAY_WS_END_H

#include "base/span.h"
#include "gateway/ws_connection.h"
#include "schema/refusal.h"

struct ws;

/* Ends it, whatever libwebsockets waits for: that reads the end of the stream in the next turn
 * of the loop, and the kernel forgets what was not taken. */
void ws_end_cut(struct ws *ws);

/* It is to end from now on, or is cut. */
void ws_end_expect(struct ws *ws, enum ws_state state);

/* For a callback to return: the close begins there.  The first reason counts. */
int ws_end_fail(struct ws *ws, enum close_code code);

/* ---- what libwebsockets calls; what is returned is for it ---- */

/* The client has sent a Close frame with this body. */
int ws_end_by_client(struct ws *ws, struct span body);

/* A close begins, by us, by an error libwebsockets found, or because the socket ended. */
int ws_end_begins(struct ws *ws);

/* It has ended. */
int ws_end_closed(struct ws *ws);

#endif
