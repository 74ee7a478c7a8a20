#include "gateway/client_socket.h"

#include "gateway/farewell.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- the handshake ---- */

static enum tls_failure failure_of(int reason)
{
    static const struct {
        int reason;
        enum tls_failure failure;
    } known[] = {
        {SSL_R_HTTP_REQUEST, TLS_FAILURE_HTTP},
        {SSL_R_HTTPS_PROXY_REQUEST, TLS_FAILURE_HTTP},
        {SSL_R_WRONG_VERSION_NUMBER, TLS_FAILURE_NOT_TLS},
        {SSL_R_RECORD_TOO_SMALL, TLS_FAILURE_NOT_TLS},
        {SSL_R_PACKET_LENGTH_TOO_LONG, TLS_FAILURE_NOT_TLS},
        {SSL_R_UNSUPPORTED_PROTOCOL, TLS_FAILURE_VERSION},
        {SSL_R_VERSION_TOO_LOW, TLS_FAILURE_VERSION},
        {SSL_R_UNKNOWN_PROTOCOL, TLS_FAILURE_VERSION},
        {SSL_R_NO_SHARED_CIPHER, TLS_FAILURE_NOTHING_IN_COMMON},
        {SSL_R_NO_SUITABLE_KEY_SHARE, TLS_FAILURE_NOTHING_IN_COMMON},
        {SSL_R_NO_APPLICATION_PROTOCOL, TLS_FAILURE_NOTHING_IN_COMMON},
        {SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM, TLS_FAILURE_NOTHING_IN_COMMON},
        {SSL_R_UNEXPECTED_EOF_WHILE_READING, TLS_FAILURE_CUT},
    };

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (known[i].reason == reason)
            return known[i].failure;
    }

    /* An alert of the client's: it does not trust the certificate, for one. */
    return reason >= SSL_AD_REASON_OFFSET ? TLS_FAILURE_REFUSED : TLS_FAILURE_OTHER;
}

enum client_greeting client_socket_greet(const struct client_socket *socket,
                                         enum tls_failure *failure)
{
    int rc;

    ERR_clear_error();
    rc = SSL_accept(socket->tls);
    if (rc == 1)
        return GREETING_DONE;

    switch (SSL_get_error(socket->tls, rc)) {
    case SSL_ERROR_WANT_READ:
        return GREETING_READS;
    case SSL_ERROR_WANT_WRITE:
        return GREETING_WRITES;
    case SSL_ERROR_SSL:
        *failure = failure_of(ERR_GET_REASON(ERR_peek_error()));
        break;
    default:
        *failure = TLS_FAILURE_CUT;
        break;
    }

    ERR_clear_error();

    return GREETING_FAILED;
}

bool client_socket_resumed(const struct client_socket *socket)
{
    return SSL_session_reused(socket->tls) == 1;
}

/* ---- reading and writing ---- */

static bool read_tls(const struct client_socket *socket, char *bytes, size_t max, size_t *size)
{
    int why;

    ERR_clear_error();
    *size = 0;
    if (SSL_read_ex(socket->tls, bytes, max, size) == 1)
        return true;

    why = SSL_get_error(socket->tls, 0);
    ERR_clear_error();

    return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE;
}

bool client_socket_read(const struct client_socket *socket, char *bytes, size_t max, size_t *size)
{
    ssize_t got;

    if (socket->tls)
        return read_tls(socket, bytes, max, size);

    got = recv(socket->fd, bytes, max, MSG_DONTWAIT);
    *size = got > 0 ? (size_t)got : 0;

    return got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
}

size_t client_socket_pending(const struct client_socket *socket)
{
    return socket->tls ? (size_t)SSL_pending(socket->tls) : 0;
}

void client_socket_send(const struct client_socket *socket, struct span bytes)
{
    size_t written;

    if (!socket->tls) {
        (void)send(socket->fd, bytes.data, bytes.size, MSG_NOSIGNAL | MSG_DONTWAIT);
        return;
    }

    ERR_clear_error();
    (void)SSL_write_ex(socket->tls, bytes.data, bytes.size, &written);
    ERR_clear_error();
}

/* ---- the end ---- */

void client_socket_strip(struct client_socket *socket)
{
    SSL_free(socket->tls);
    socket->tls = NULL;
}

void client_socket_close(const struct client_socket *socket)
{
    SSL_free(socket->tls);
    (void)close(socket->fd);
}

void client_socket_leave(const struct client_socket *socket, struct farewell *farewell)
{
    if (socket->tls && SSL_is_init_finished(socket->tls)) {
        (void)SSL_shutdown(socket->tls);
        ERR_clear_error();
    }

    SSL_free(socket->tls);
    farewell_close(farewell, socket->fd);
}
