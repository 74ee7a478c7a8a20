#include "gateway/http_call.h"

#include "gateway/http_guard.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A room with a full shelf of the largest items. */
#define MAX_ANSWER ((size_t)16 * 1024 * 1024)

static void dispose(struct http_call *call)
{
    buffer_dispose(&call->body);
    free(call);
}

struct http_call *http_call_new(struct http_guard *guard, const struct http_settings *settings,
                                struct evhttp_request *request)
{
    struct http_call *call = calloc(1, sizeof(*call));

    if (!call) {
        evhttp_send_error(request, HTTP_SERVUNAVAIL, NULL);
        return NULL;
    }

    call->settings = settings;
    call->request = request;
    buffer_init(&call->body, MAX_ANSWER);

    call->connection = http_guard_begin(guard, request, call);
    if (!call->connection) {
        evhttp_send_error(request, HTTP_SERVUNAVAIL, NULL);
        dispose(call);
        return NULL;
    }

    return call;
}

void http_call_on_gone(struct http_call *call)
{
    /* A request that evhttp has parted from its connection is ours to free; another goes with it.
     */
    if (!evhttp_request_get_connection(call->request))
        evhttp_request_free(call->request);

    call->connection = NULL;
    call->request = NULL;
    call->settings = NULL;
}

bool http_call_gone(const struct http_call *call)
{
    return !call->connection;
}

struct span http_call_header(const struct http_call *call, const char *name)
{
    return span_of(evhttp_find_header(evhttp_request_get_input_headers(call->request), name));
}

int http_call_body(const struct http_call *call, struct span *body)
{
    struct evbuffer *input = evhttp_request_get_input_buffer(call->request);
    size_t size = evbuffer_get_length(input);

    *body = size > 0 ? span_make(evbuffer_pullup(input, -1), size) : span_of("");

    return span_is_none(*body) ? -ENOMEM : 0;
}

int http_call_query(const struct http_call *call, const char *name, char *value, size_t capacity)
{
    const char *query = evhttp_uri_get_query(evhttp_request_get_evhttp_uri(call->request));
    struct evkeyvalq parameters;
    const char *found;
    int length = -ENOENT;

    if (!query)
        return -ENOENT;
    if (evhttp_parse_query_str(query, &parameters) != 0)
        return -EINVAL;

    found = evhttp_find_header(&parameters, name);
    if (found)
        length = strlen(found) < capacity ? (int)strlen(found) : -ENOBUFS;
    if (length >= 0)
        memcpy(value, found, (size_t)length + 1);

    evhttp_clear_headers(&parameters);

    return length;
}

static void set_header(const struct http_call *call, const char *name, const char *value)
{
    /* Out of memory: the answer goes out without it. */
    (void)evhttp_add_header(evhttp_request_get_output_headers(call->request), name, value);
}

static void set_length(const struct http_call *call, size_t length)
{
    char text[24];

    (void)snprintf(text, sizeof(text), "%zu", length);
    set_header(call, "Content-Length", text);
}

void http_answer(struct http_call *call, int status, const char *type)
{
    struct evbuffer *output;

    if (http_call_gone(call)) {
        dispose(call);
        return;
    }

    output = evhttp_request_get_output_buffer(call->request);
    if (buffer_status(&call->body) != 0) {
        status = HTTP_INTERNAL;
        buffer_dispose(&call->body);
    }

    set_header(call, "Content-Type", type);
    set_header(call, "Cache-Control", "no-store");

    if (evhttp_request_get_command(call->request) == EVHTTP_REQ_HEAD)
        set_length(call, call->body.size); /* of the body that GET would be given */
    else if (evbuffer_add(output, call->body.data, call->body.size) != 0)
        status = HTTP_INTERNAL;

    http_guard_end(call->connection);
    evhttp_send_reply(call->request, status, NULL, NULL);
    dispose(call);
}

void http_refuse(struct http_call *call, enum refusal refusal, const char *detail)
{
    const struct refusal_traits *traits = refusal_traits(refusal);

    if (http_call_gone(call)) {
        dispose(call);
        return;
    }

    if (refusal == REFUSAL_UNAUTHORIZED)
        set_header(call, "WWW-Authenticate", "Bearer");
    if (traits->http_status == HTTP_SERVUNAVAIL || traits->http_status == 429)
        set_header(call, "Retry-After", "1");

    buffer_clear(&call->body);
    refusal_write(refusal, detail, &call->body);
    http_answer(call, traits->http_status, "application/json");
}
