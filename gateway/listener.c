#include "gateway/listener.h"

#include "base/buffer.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "gateway/acceptor.h"
#include "gateway/addresses.h"
#include "gateway/admit.h"
#include "gateway/client_socket.h"
#include "gateway/farewell.h"
#include "gateway/newcomers.h"
#include "gateway/places.h"
#include "gateway/tls_identity.h"
#include "gateway/ws.h"

#include <errno.h>
#include <stdlib.h>

enum { RESPONSE_MAX = 2048 };

struct listener {
    struct listener_settings settings;
    struct acceptor *acceptor;
    struct newcomers *newcomers;
    struct farewell *farewell;
    struct tls_identity *identity; /* NULL: clients speak plainly */
    struct buffer response;
    char read[UPGRADE_MAX_BYTES]; /* while a socket is read */
};

static void count_limit(struct listener *listener, enum limit limit)
{
    metrics_add(listener->settings.metrics, METRIC_LIMITED, limit, 1);
}

static void count_refusal(struct listener *listener, enum upgrade_verdict verdict)
{
    metrics_add(listener->settings.metrics, METRIC_UPGRADES_REFUSED,
                metrics_code(METRIC_UPGRADES_REFUSED, verdict), 1);
}

/* Takes the socket. */
static void refuse(struct listener *listener, const struct client_socket *socket,
                   enum upgrade_verdict verdict)
{
    struct buffer *response = &listener->response;

    count_refusal(listener, verdict);
    buffer_clear(response);
    upgrade_write_refusal(verdict, response);

    if (buffer_status(response) == 0)
        client_socket_send(socket, buffer_span(response));

    client_socket_leave(socket, listener->farewell);
}

/* Where there are keys, a token that was shown has to be good; whether one is needed is the
 * session's matter. */
static enum upgrade_verdict verify(const struct listener *listener, struct upgrade *upgrade)
{
    const struct admit_settings *admit = listener->settings.admit;
    enum token_fault fault;

    if (!admit || !admit->keys || span_is_none(upgrade->shown))
        return UPGRADE_ACCEPTED;

    fault = admit_token(admit, upgrade->shown, &upgrade->token);
    if (fault == TOKEN_GOOD)
        return UPGRADE_ACCEPTED;

    metrics_add(listener->settings.metrics, METRIC_TOKENS_REFUSED, (unsigned)fault, 1);

    return fault == TOKEN_NO_MEMORY ? UPGRADE_UNAVAILABLE : UPGRADE_UNAUTHORIZED;
}

/* Questions in the order of what they cost.  A signature is the last. */
static enum upgrade_verdict admit(const struct listener *listener, int fd, struct upgrade *upgrade)
{
    const struct listener_settings *settings = &listener->settings;
    enum upgrade_verdict verdict = place_in_memory(settings);

    if (verdict == UPGRADE_ACCEPTED)
        verdict = place_among_sessions(settings);

    if (verdict == UPGRADE_ACCEPTED && !upgrade->count)
        verdict = place_for_forwarded(settings, fd, &upgrade->forwarded, &upgrade->count);

    if (verdict == UPGRADE_ACCEPTED)
        verdict = verify(listener, upgrade);

    return verdict;
}

/* Takes the socket, whose request is good; `rest` follows it. */
static void answer(struct listener *listener, const struct client_socket *socket,
                   struct upgrade *upgrade, struct span rest)
{
    struct address_count *before = upgrade->count;
    enum upgrade_verdict verdict = admit(listener, socket->fd, upgrade);

    if (verdict != UPGRADE_ACCEPTED)
        refuse(listener, socket, verdict);
    else if (ws_adopt(listener->settings.door, socket, upgrade, rest) != 0)
        LOG(DEBUG, "a client was gone before its upgrade was answered");

    if (!before)
        address_leave(upgrade->count);

    token_release(upgrade->token);
}

/* True if the request was whole or bad: then the socket was taken. */
static bool judge(struct listener *listener, const struct client_socket *socket, struct span bytes)
{
    struct span request = bytes;
    enum upgrade_verdict verdict;
    struct upgrade upgrade;
    size_t used = 0;

    if (request.size > UPGRADE_MAX_BYTES)
        request.size = UPGRADE_MAX_BYTES;

    verdict = upgrade_judge(&listener->settings.policy, request, &upgrade, &used);
    if (verdict == UPGRADE_INCOMPLETE)
        return false;

    if (verdict == UPGRADE_TOO_LARGE)
        count_limit(listener, LIMIT_HEADER_BYTES);

    if (verdict != UPGRADE_ACCEPTED) {
        refuse(listener, socket, verdict);
        return true;
    }

    upgrade.count = socket->count;
    answer(listener, socket, &upgrade, span_skip(bytes, used));

    return true;
}

/* ---- what happens ---- */

/* Before the handshake of TLS nothing we say would be understood. */
static void turn_away(struct listener *listener, const struct client_socket *socket,
                      enum upgrade_verdict verdict)
{
    if (!listener->identity) {
        refuse(listener, socket, verdict);
        return;
    }

    count_refusal(listener, verdict);
    client_socket_leave(socket, listener->farewell);
}

static void wait_for_rest(struct listener *listener, const struct client_socket *socket,
                          struct span bytes)
{
    enum upgrade_verdict verdict = place_among_newcomers(&listener->settings);

    if (verdict == UPGRADE_ACCEPTED)
        newcomers_wait(listener->newcomers, socket, bytes,
                       clock_now() + listener->settings.limits.handshake_ms);
    else
        turn_away(listener, socket, verdict);
}

static void begin_tls(struct listener *listener, struct client_socket *socket)
{
    socket->tls = tls_identity_accept(listener->identity, socket->fd);
    if (socket->tls)
        wait_for_rest(listener, socket, SPAN_NONE);
    else
        client_socket_close(socket);
}

/* The request is often there already: then nothing is allocated for it, nor registered. */
static void begin_plain(struct listener *listener, const struct client_socket *socket)
{
    struct span bytes = span_make(listener->read, 0);

    if (!client_socket_read(socket, listener->read, sizeof listener->read, &bytes.size))
        client_socket_close(socket);
    else if (!judge(listener, socket, bytes))
        wait_for_rest(listener, socket, bytes);
}

static void on_accepted(void *owner, int fd, const struct sockaddr *peer)
{
    struct listener *listener = owner;
    struct client_socket socket = {.fd = fd};
    enum upgrade_verdict verdict = place_for_peer(&listener->settings, peer, &socket.count);

    if (verdict != UPGRADE_ACCEPTED)
        turn_away(listener, &socket, verdict);
    else if (listener->identity)
        begin_tls(listener, &socket);
    else
        begin_plain(listener, &socket);

    address_leave(socket.count);
}

static bool on_hello(void *owner, const struct client_socket *socket)
{
    struct listener *listener = owner;
    enum upgrade_verdict verdict = place_among_newcomers(&listener->settings);

    if (verdict == UPGRADE_ACCEPTED)
        return false;

    turn_away(listener, socket, verdict);

    return true;
}

static bool on_more(void *owner, const struct client_socket *socket, struct span head)
{
    return judge(owner, socket, head);
}

/* Who has said nothing is told nothing: it may be a probe. */
static void on_late(void *owner, const struct client_socket *socket, bool said_something)
{
    count_limit(owner, LIMIT_HANDSHAKE);
    if (said_something)
        refuse(owner, socket, UPGRADE_TIMEOUT);
    else
        client_socket_close(socket);
}

/* Where TLS is expected HTTP is a mistake in an address: it is answered as such.  OpenSSL has told
 * others what is wrong. */
static void on_stranger(void *owner, struct client_socket *socket, enum tls_failure failure)
{
    struct listener *listener = owner;

    client_socket_strip(socket);
    if (failure == TLS_FAILURE_HTTP)
        refuse(listener, socket, UPGRADE_BAD_REQUEST);
    else
        client_socket_leave(socket, listener->farewell);
}

/* ---- its life ---- */

static void dispose(struct listener *listener)
{
    acceptor_free(listener->acceptor);
    newcomers_free(listener->newcomers);
    farewell_free(listener->farewell);
    tls_identity_release(listener->identity);
    buffer_dispose(&listener->response);
    free(listener);
}

void listener_free(struct listener *listener)
{
    if (listener)
        dispose(listener);
}

static int open_parts(struct listener *listener)
{
    static const struct newcomers_events events = {
        .on_hello = on_hello, .on_more = on_more, .on_late = on_late, .on_stranger = on_stranger};
    const struct listener_settings *settings = &listener->settings;
    const struct newcomers_settings newcomers = {
        .loop = settings->loop,
        .wheel = settings->wheel,
        .metrics = settings->metrics,
        .events = &events,
        .owner = listener,
    };
    const struct acceptor_settings acceptor = {
        .loop = settings->loop,
        .wheel = settings->wheel,
        .metrics = settings->metrics,
        .address = settings->address,
        .port = settings->port,
        .accepts_per_second = settings->limits.accepts_per_second,
        .first = settings->first,
        .on_accepted = on_accepted,
        .owner = listener,
    };

    listener->farewell = farewell_new(settings->loop);
    listener->newcomers = newcomers_new(&newcomers);
    if (!listener->farewell || !listener->newcomers)
        return -ENOMEM;

    return acceptor_new(&listener->acceptor, &acceptor);
}

/* The same one again keeps its tickets good. */
static void use_identity(struct listener *listener, struct tls_identity *identity)
{
    if (!identity || (listener->identity && tls_identity_same(listener->identity, identity)))
        return;

    tls_identity_release(listener->identity);
    listener->identity = tls_identity_share(identity);
    metrics_set(listener->settings.metrics, METRIC_TLS_NOT_AFTER, 0,
                tls_identity_not_after(identity));
}

int listener_new(struct listener **listener, const struct listener_settings *settings)
{
    struct listener *made = calloc(1, sizeof *made);
    int error;

    if (!made)
        return -ENOMEM;

    made->settings = *settings;
    use_identity(made, settings->identity);
    buffer_init(&made->response, RESPONSE_MAX);
    error = open_parts(made);
    if (error != 0) {
        dispose(made);
        return error;
    }

    *listener = made;

    return 0;
}

void listener_change(struct listener *listener, const struct upgrade_policy *policy,
                     const struct listener_limits *limits, struct tls_identity *identity)
{
    use_identity(listener, identity);
    listener->settings.policy = *policy;
    listener->settings.limits = *limits;
    acceptor_change_pace(listener->acceptor, limits->accepts_per_second);
}

uint16_t listener_port(const struct listener *listener)
{
    return acceptor_port(listener->acceptor);
}
