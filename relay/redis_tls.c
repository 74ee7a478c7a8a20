#include "relay/redis_tls.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/util.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

enum { READ_BYTES = 256 << 10 };

struct redis_tls {
    SSL_CTX *context;
};

#define UNKNOWN_AUTHORITY "redis: its certificate is of an unknown authority (redis-ca-file)"

static const struct {
    long error;
    const char *why;
} distrusts[] = {
    {X509_V_ERR_CERT_HAS_EXPIRED, "redis: its certificate has expired"},
    {X509_V_ERR_CERT_NOT_YET_VALID, "redis: its certificate is not valid yet"},
    {X509_V_ERR_HOSTNAME_MISMATCH, "redis: its certificate is for another name"},
    {X509_V_ERR_IP_ADDRESS_MISMATCH, "redis: its certificate is for another address"},
    {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, UNKNOWN_AUTHORITY},
    {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, UNKNOWN_AUTHORITY},
    {X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, UNKNOWN_AUTHORITY},
    {X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, UNKNOWN_AUTHORITY},
    {X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, UNKNOWN_AUTHORITY},
    {X509_V_ERR_CERT_SIGNATURE_FAILURE, UNKNOWN_AUTHORITY},
};

static const struct {
    int reason;
    const char *why;
} failures[] = {
    {SSL_R_WRONG_VERSION_NUMBER, "redis: does not speak TLS"},
    {SSL_R_UNSUPPORTED_PROTOCOL, "redis: speaks an old TLS only"},
    {SSL_R_TLSV1_ALERT_PROTOCOL_VERSION, "redis: speaks an old TLS only"},
    {SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED, "redis: wants a client certificate"},
    {SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE, "redis: the TLS handshake failed"},
};

static const char *why_distrusted(long verdict)
{
    for (size_t i = 0; i < sizeof distrusts / sizeof distrusts[0]; i++) {
        if (distrusts[i].error == verdict)
            return distrusts[i].why;
    }

    return "redis: its certificate is not good";
}

const char *redis_tls_why(struct bufferevent *stream)
{
    const SSL *ssl = bufferevent_openssl_get_ssl(stream);
    unsigned long error = bufferevent_get_openssl_error(stream);

    if (ssl && SSL_get_verify_result(ssl) != X509_V_OK)
        return why_distrusted(SSL_get_verify_result(ssl));

    /* A connection that just ended, without the farewell that TLS has, is not TLS' matter. */
    if (error == 0 || ERR_GET_LIB(error) != ERR_LIB_SSL ||
        ERR_GET_REASON(error) == SSL_R_UNEXPECTED_EOF_WHILE_READING)
        return NULL;

    for (size_t i = 0; i < sizeof failures / sizeof failures[0]; i++) {
        if (failures[i].reason == ERR_GET_REASON(error))
            return failures[i].why;
    }

    return "redis: TLS failed";
}

/* ---- streams ---- */

static bool is_address(const char *host)
{
    struct in6_addr any;

    return evutil_inet_pton(AF_INET, host, &any) == 1 ||
           evutil_inet_pton(AF_INET6, host, &any) == 1;
}

/* The name that the server may choose its certificate by; never an address (RFC 6066 3). */
static bool say_name(SSL *ssl, const char *host)
{
    char name[256]; /* OpenSSL's macro takes no const */

    if (is_address(host))
        return true;

    (void)snprintf(name, sizeof name, "%s", host);

    return SSL_set_tlsext_host_name(ssl, name) == 1;
}

struct bufferevent *redis_tls_stream(struct redis_tls *tls, struct event_base *loop, int fd,
                                     const char *host)
{
    struct bufferevent *stream = NULL;
    SSL *ssl = SSL_new(tls->context);

    if (ssl && SSL_set1_host(ssl, host) == 1 && say_name(ssl, host))
        stream = bufferevent_openssl_socket_new(loop, fd, ssl, BUFFEREVENT_SSL_CONNECTING,
                                                BEV_OPT_CLOSE_ON_FREE);

    if (!stream) {
        SSL_free(ssl);
        return NULL;
    }

    (void)bufferevent_set_max_single_read(stream, READ_BYTES);

    return stream;
}

void redis_tls_flush(struct bufferevent *stream)
{
    struct evbuffer *output = bufferevent_get_output(stream);
    size_t size = evbuffer_get_length(output);
    SSL *ssl = bufferevent_openssl_get_ssl(stream);
    const unsigned char *bytes;

    bytes = evbuffer_pullup(output, -1);
    if (ssl && bytes && size > 0 && size <= READ_BYTES) {
        int sent = SSL_write(ssl, bytes, (int)size);

        if (sent > 0)
            (void)evbuffer_drain(output, (size_t)sent);
    }
    ERR_clear_error();
}

/* ---- their life ---- */

static void dispose(struct redis_tls *tls)
{
    SSL_CTX_free(tls->context);
    free(tls);
}

void redis_tls_free(struct redis_tls *tls)
{
    if (tls)
        dispose(tls);
}

struct redis_tls *redis_tls_new(const char *ca_file)
{
    struct redis_tls *tls = calloc(1, sizeof *tls);
    bool trusting = false;

    if (!tls)
        return NULL;

    tls->context = SSL_CTX_new(TLS_client_method());
    if (tls->context && SSL_CTX_set_min_proto_version(tls->context, TLS1_2_VERSION) == 1) {
        SSL_CTX_set_verify(tls->context, SSL_VERIFY_PEER, NULL);
        trusting = ca_file && *ca_file ? SSL_CTX_load_verify_file(tls->context, ca_file) == 1
                                       : SSL_CTX_set_default_verify_paths(tls->context) == 1;
    }

    ERR_clear_error();
    if (trusting)
        return tls;

    dispose(tls);

    return NULL;
}
