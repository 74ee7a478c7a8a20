#include "tests/gateway/http_server.h"

#include "base/clock.h"
#include "base/metrics.h"
#include "base/wheel.h"
#include "gateway/mailbox.h"
#include "gateway/survey.h"
#include "relay/broker_memory.h"
#include "relay/relay.h"
#include "tests/support/unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define PATIENCE_MS 20000

static const struct timeval tick_interval = {.tv_usec = 10000};

/* ---- what the worker gives ---- */

static bool next_room(void *owner, size_t *cursor, struct http_room *room)
{
    const struct http_server_worker *worker = owner;

    if (*cursor >= worker->n_rooms)
        return false;

    *room = worker->rooms[(*cursor)++];

    return true;
}

static void judge_readiness(void *owner, struct http_reasons *reasons)
{
    const struct http_server_worker *worker = owner;

    if (worker->not_ready)
        http_reason(reasons, "broker", worker->not_ready);
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
    struct http_server *server = arg;

    (void)fd;
    (void)what;

    (void)wheel_advance(server->wheel, clock_now());
}

static void on_message(void *owner, const struct relayed *relayed)
{
    (void)owner;
    (void)relayed;
}

static void on_snapshot(void *owner)
{
    (void)owner;
}

static const struct http_witness witness = {next_room, judge_readiness};
static const struct relay_events relay_events = {
    .on_message = on_message,
    .on_snapshot = on_snapshot,
};

/* ---- the server ---- */

static void start_relay(struct http_server *server, struct broker *broker)
{
    const struct broker_memory_settings memory = {
        .loop = server->loop,
        .wheel = server->wheel,
        .history = 100,
        .room_ttl_ms = 600000,
    };
    const struct relay_settings relay = {
        .loop = server->loop,
        .wheel = server->wheel,
        .metrics = server->metrics,
        .region = "local",
        .worker = "test",
        .leave_grace_ms = 1000,
        .tick_ms = 50,
        .big_room = 100,
    };

    if (!broker)
        broker = broker_memory_new(&memory);
    assert_non_null(broker);
    server->relay = relay_new(&relay, broker, &relay_events);
    assert_non_null(server->relay);
}

static void start_surveyor(struct http_server *server)
{
    const struct surveyor_settings settings = {
        .wheel = server->wheel,
        .own = server->mailboxes[0],
        .all = server->mailboxes,
        .n_all = HTTP_SERVER_WORKERS,
        .patience_ms = 1000,
    };

    server->surveyor = surveyor_new(&settings);
    assert_non_null(server->surveyor);
}

void http_server_start(struct http_server *server, const struct http_settings *settings,
                       struct broker *broker)
{
    struct http_settings filled = settings ? *settings : (struct http_settings){0};

    if (!server->loop)
        server->loop = event_base_new();
    server->wheel = wheel_new(10, clock_now());
    server->metrics = metrics_new();
    server->tick = event_new(server->loop, -1, EV_PERSIST, on_tick, server);
    assert_non_null(server->tick);
    assert_int_equal(event_add(server->tick, &tick_interval), 0);
    start_relay(server, broker);
    for (size_t i = 0; i < HTTP_SERVER_WORKERS; i++)
        server->mailboxes[i] = mailbox_new(server->loop, &server->workers[i]);
    start_surveyor(server);

    filled.loop = server->loop;
    filled.relay = server->relay;
    filled.surveyor = server->surveyor;
    filled.witness = &witness;
    filled.metrics = (const struct metrics *const *)&server->metrics;
    filled.n_metrics = 1;
    filled.counts = server->metrics;
    if (!filled.address)
        filled.address = "127.0.0.1:0";
    assert_int_equal(http_new(&server->http, &filled), 0);
}

void http_server_stop(struct http_server *server)
{
    http_free(server->http);
    surveyor_free(server->surveyor);
    for (size_t i = 0; i < HTTP_SERVER_WORKERS; i++)
        mailbox_free(server->mailboxes[i]);
    relay_free(server->relay);
    event_free(server->tick);
    wheel_free(server->wheel);
    metrics_free(server->metrics);
    event_base_free(server->loop);
    if (server->stuck)
        event_base_free(server->stuck);
    memset(server, 0, sizeof(*server));
}

void http_server_stick(struct http_server *server)
{
    struct mailbox **last = &server->mailboxes[HTTP_SERVER_WORKERS - 1];

    mailbox_free(*last);
    server->stuck = event_base_new();
    *last = mailbox_new(server->stuck, &server->workers[HTTP_SERVER_WORKERS - 1]);
    assert_non_null(*last);
}

void http_server_turn(struct http_server *server)
{
    assert_int_not_equal(event_base_loop(server->loop, EVLOOP_NONBLOCK), -1);
}

/* ---- the client ---- */

void http_client_open(struct http_client *client, struct http_server *server)
{
    const struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons(http_port(server->http)),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };

    client->server = server;
    client->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    buffer_init(&client->received, (size_t)32 << 20);
    assert_true(client->fd >= 0);
    assert_int_equal(connect(client->fd, (const struct sockaddr *)&address, sizeof(address)), 0);
}

void http_client_close(struct http_client *client)
{
    buffer_dispose(&client->received);
    assert_int_equal(close(client->fd), 0);
}

void http_client_send(struct http_client *client, const char *text, size_t size)
{
    while (size > 0) {
        ssize_t sent = send(client->fd, text, size, MSG_DONTWAIT | MSG_NOSIGNAL);

        if (sent < 0) /* full, or the server has said its last word already */
            http_server_turn(client->server);
        if (sent < 0 && errno != EAGAIN)
            return;
        text += sent > 0 ? sent : 0;
        size -= sent > 0 ? (size_t)sent : 0;
    }
}

/* Turns the loop and takes what comes within a millisecond.  False at the end of the stream. */
static bool take_bytes(struct http_client *client)
{
    struct pollfd readable = {.fd = client->fd, .events = POLLIN};
    char bytes[65536];
    ssize_t got;

    http_server_turn(client->server);
    if (poll(&readable, 1, 1) <= 0)
        return true;

    got = recv(client->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
    if (got <= 0)
        return false;
    assert_int_equal(buffer_add(&client->received, bytes, (size_t)got), 0);

    return true;
}

void http_client_wait(struct http_client *client)
{
    struct pollfd readable = {.fd = client->fd, .events = POLLIN};
    uint64_t deadline = clock_now() + PATIENCE_MS;

    do {
        assert_true(clock_now() < deadline);
        http_server_turn(client->server);
    } while (poll(&readable, 1, 1) == 0);
}

bool http_client_sees_the_end(struct http_client *client, uint64_t ms)
{
    uint64_t deadline = clock_now() + ms;

    while (clock_now() < deadline)
        if (!take_bytes(client))
            return true;

    return false;
}

const char *http_response_header(const struct http_response *response, const char *name)
{
    static char value[256];
    struct span rest = buffer_span(&response->head);

    while (!span_is_none(rest)) {
        struct span line = span_cut(&rest, '\n');
        struct span found = span_cut(&line, ':');

        if (!span_equal_ignoring_case(found, span_of(name)))
            continue;
        line = span_trim(line);
        (void)snprintf(value, sizeof(value), "%.*s", SPAN_ARGS(line));
        return value;
    }

    return NULL;
}

const char *http_response_body(struct http_response *response)
{
    return buffer_text(&response->body);
}

/* Moves the first `size` received bytes to `out`. */
static void move_received(struct http_client *client, size_t size, struct buffer *out)
{
    while (client->received.size < size)
        assert_true(take_bytes(client));
    assert_int_equal(buffer_add(out, client->received.data, size), 0);
    buffer_drop_front(&client->received, size);
}

/* The end of a response's head; NULL when it has not come yet. */
static const char *end_of_head(const struct buffer *received)
{
    return received->size > 0 ? memmem(received->data, received->size, "\r\n\r\n", 4) : NULL;
}

bool http_client_receive_head(struct http_client *client, struct http_response *response)
{
    uint64_t deadline = clock_now() + PATIENCE_MS;
    const char *end;

    buffer_init(&response->head, 65536);
    buffer_init(&response->body, (size_t)32 << 20);

    while (!(end = end_of_head(&client->received))) {
        assert_true(clock_now() < deadline);
        if (!take_bytes(client))
            return false;
    }

    move_received(client, (size_t)(end - (const char *)client->received.data) + 4, &response->head);
    assert_int_equal(sscanf(buffer_text(&response->head), "HTTP/1.%*d %d", &response->status), 1);

    return true;
}

bool http_client_receive(struct http_client *client, struct http_response *response)
{
    const char *length;

    if (!http_client_receive_head(client, response))
        return false;

    length = http_response_header(response, "Content-Length");
    move_received(client, length ? strtoul(length, NULL, 10) : 0, &response->body);

    return true;
}

void http_response_dispose(struct http_response *response)
{
    buffer_dispose(&response->head);
    buffer_dispose(&response->body);
}

int http_ask(struct http_server *server, const char *request_line, const char *headers,
             const char *body, struct http_response *response)
{
    struct http_response own;
    struct http_client client;
    struct buffer request;
    int status;

    buffer_init(&request, (size_t)1 << 20);
    buffer_printf(&request, "%s HTTP/1.1\r\nHost: test\r\n%s", request_line, headers);
    if (body)
        buffer_printf(&request, "Content-Length: %zu\r\n", strlen(body));
    buffer_printf(&request, "\r\n%s", body ? body : "");
    assert_int_equal(buffer_status(&request), 0);

    http_client_open(&client, server);
    http_client_send(&client, buffer_text(&request), request.size);
    assert_true(http_client_receive(&client, response ? response : &own));
    status = response ? response->status : own.status;

    if (!response)
        http_response_dispose(&own);
    http_client_close(&client);
    buffer_dispose(&request);

    return status;
}
