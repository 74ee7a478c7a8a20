/* http_call.h - one HTTP request from its arrival to its answer.
 *
 * Every call ends in exactly one http_answer() or http_refuse(), at once or when the
 * relay or the workers have answered.  The client may have gone by then: the call knows and answers
 * nobody.
 *
 * For the handlers behind http.c only. */
#ifndef GATEWAY_HTTP_CALL_H
#define GATEWAY_HTTP_CALL_H

#include "base/attributes.h"
#include "base/buffer.h"
#include "base/span.h"
#include "gateway/http.h"
#include "schema/entry.h"
#include "schema/message.h"
#include "schema/refusal.h"
#include "schema/room.h"

#include <stdbool.h>
#include <stddef.h>

struct evhttp_request;
struct http_connection;
struct http_guard;

struct http_call {
    const struct http_settings *settings; /* borrowed; not once the client has gone */
    struct http_connection *connection;   /* NULL: the client has gone */
    struct evhttp_request *request;       /* NULL: likewise */
    char room[ROOM_ID_MAX + 1];           /* of the path, valid; "": it has none */
    char uid[MESSAGE_MAX_UID + 1];        /* likewise, not checked */
    char id[ENTRY_MAX_ID + 1];            /* likewise */
    struct buffer body;                   /* of the answer, written by the handler */
};

/* Begins to answer `request`.  NULL: it has been answered already (no memory or no slot). */
struct http_call *http_call_new(struct http_guard *guard, const struct http_settings *settings,
                                struct evhttp_request *request) MUST_USE;

/* From the guard: nobody waits for the answer any more. */
void http_call_on_gone(struct http_call *call);

bool http_call_gone(const struct http_call *call);

/* ---- what was asked ---- */

/* SPAN_NONE when there is no such header. */
struct span http_call_header(const struct http_call *call, const char *name);

/* Borrowed from the request; empty when it has none.  0, or -ENOMEM. */
int http_call_body(const struct http_call *call, struct span *body) MUST_USE;

/* Copies the value of a query parameter, decoded, with a closing zero.
 * Its length, -ENOENT, -EINVAL (the whole query is malformed) or -ENOBUFS. */
int http_call_query(const struct http_call *call, const char *name, char *value, size_t capacity)
    MUST_USE;

/* ---- the answer; both end the call ---- */

/* Sends call->body, or 500 if writing it failed. */
void http_answer(struct http_call *call, int status, const char *type);

/* `detail` may be NULL: the table's text. */
void http_refuse(struct http_call *call, enum refusal refusal, const char *detail);

/* ---- the handlers, by file ---- */

void http_post_message(struct http_call *call); /* http_rooms.c */
void http_get_room(struct http_call *call);

void http_get_rooms(struct http_call *call); /* http_room_list.c */

void http_get_messages(struct http_call *call); /* http_history.c */

void http_put_ban(struct http_call *call); /* http_moderation.c */
void http_delete_ban(struct http_call *call);
void http_put_mute(struct http_call *call);
void http_delete_mute(struct http_call *call);
void http_post_kick(struct http_call *call);
void http_delete_message(struct http_call *call);
void http_put_settings(struct http_call *call);
void http_get_settings(struct http_call *call);
void http_get_moderation(struct http_call *call);

void http_get_livez(struct http_call *call); /* http_status.c */
void http_get_readyz(struct http_call *call);
void http_get_metrics(struct http_call *call);

#endif
