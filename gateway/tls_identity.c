#include "gateway/tls_identity.h"

#include "base/file.h"
#include "base/log.h"
#include "base/span.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { FILE_MAX = 256 << 10, SOON_S = 14 * 24 * 3600, DATE_MAX = 32 };

/* Of TLS 1.2.  In the order of what costs least where AES is in the processor; a client that
 * has it not says so by putting ChaCha20 first. */
#define CIPHERS                                                  \
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:" \
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:" \
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384"
#define CIPHERS_1_3 "TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_256_GCM_SHA384"

#define SETTING_CERTIFICATE "tls-cert"
#define SETTING_KEY "tls-key"

struct tls_identity {
    atomic_uint references;
    SSL_CTX *ctx;
    int64_t not_before, not_after;              /* the latest and the earliest of the chain */
    unsigned char digest[SHA256_DIGEST_LENGTH]; /* of both files */
};

static void dispose(struct tls_identity *identity)
{
    SSL_CTX_free(identity->ctx);
    free(identity);
}

void tls_identity_release(struct tls_identity *identity)
{
    if (identity && atomic_fetch_sub(&identity->references, 1) == 1)
        dispose(identity);
}

struct tls_identity *tls_identity_share(struct tls_identity *identity)
{
    if (identity)
        atomic_fetch_add(&identity->references, 1);

    return identity;
}

/* -EINVAL and a line, or -ENOMEM if that is why OpenSSL failed. */
static int complain(struct buffer *error, const char *setting, const char *why)
{
    unsigned long last = ERR_peek_last_error();
    bool out_of_memory = last != 0 && ERR_GET_REASON(last) == ERR_R_MALLOC_FAILURE;

    ERR_clear_error();
    if (out_of_memory)
        return -ENOMEM;

    buffer_printf(error, "%s: %s", setting, why);

    return -EINVAL;
}

/* ---- how it speaks ---- */

/* WebSocket is HTTP/1.1; a client that offers other protocols only would not understand us. */
static int choose_protocol(SSL *ssl, const unsigned char **chosen, unsigned char *size,
                           const unsigned char *offered, unsigned offered_size, void *arg)
{
    static const unsigned char ours[] = "\x08http/1.1";
    unsigned char *found;

    (void)ssl, (void)arg;

    if (SSL_select_next_proto(&found, size, ours, sizeof ours - 1, offered, offered_size) !=
        OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL;

    *chosen = found;

    return SSL_TLSEXT_ERR_OK;
}

/* An idle client keeps no buffers.  What a socket does not take is tried again from a copy of
 * libwebsockets', at another address. */
#define MODES (SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER)

#define OPTIONS                                                                          \
    (SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE | \
     SSL_OP_PRIORITIZE_CHACHA)

static SSL_CTX *new_ctx(void)
{
    static const unsigned char name[] = "livegate";
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

    if (!ctx)
        return NULL;

    (void)SSL_CTX_set_options(ctx, OPTIONS);
    (void)SSL_CTX_set_mode(ctx, MODES);
    (void)SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF); /* tickets only: no state */
    SSL_CTX_set_alpn_select_cb(ctx, choose_protocol, NULL);

    if (SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) != 1 ||
        SSL_CTX_set_cipher_list(ctx, CIPHERS) != 1 ||
        SSL_CTX_set_ciphersuites(ctx, CIPHERS_1_3) != 1 || SSL_CTX_set_num_tickets(ctx, 1) != 1 ||
        SSL_CTX_set_session_id_context(ctx, name, sizeof name - 1) != 1) {
        SSL_CTX_free(ctx);
        return NULL;
    }

    return ctx;
}

/* ---- who it is ---- */

static int64_t seconds_of(const ASN1_TIME *time)
{
    struct tm tm;

    return ASN1_TIME_to_tm(time, &tm) == 1 ? (int64_t)timegm(&tm) : 0;
}

static void note_times(struct tls_identity *identity, const X509 *certificate)
{
    int64_t from = seconds_of(X509_get0_notBefore(certificate));
    int64_t to = seconds_of(X509_get0_notAfter(certificate));

    if (from > identity->not_before)
        identity->not_before = from;
    if (to < identity->not_after)
        identity->not_after = to;
}

/* One more that vouches for what came before. */
static int add_to_chain(struct tls_identity *identity, X509 *certificate)
{
    note_times(identity, certificate);

    return SSL_CTX_add1_chain_cert(identity->ctx, certificate) == 1 ? 0 : -EINVAL;
}

/* 0; -ENOENT when there is none any more; -EINVAL. */
static int use_next(struct tls_identity *identity, BIO *bio, bool first)
{
    X509 *certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    int rc = 0;

    if (!certificate)
        return ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE ? -ENOENT : -EINVAL;

    if (!first)
        rc = add_to_chain(identity, certificate);
    else if (SSL_CTX_use_certificate(identity->ctx, certificate) != 1)
        rc = -EINVAL;
    else
        note_times(identity, certificate);

    X509_free(certificate);

    return rc;
}

static int use_certificates(struct tls_identity *identity, BIO *bio, struct buffer *error)
{
    int rc = use_next(identity, bio, true);

    if (rc == -ENOENT)
        return complain(error, SETTING_CERTIFICATE, "the file has no certificate in PEM");

    while (rc == 0)
        rc = use_next(identity, bio, false);

    if (rc != -ENOENT)
        return complain(error, SETTING_CERTIFICATE,
                        "the file has a certificate that is damaged or whose key is too weak");

    ERR_clear_error();

    return 0;
}

/* Instead of OpenSSL's, which asks at the terminal. */
static int no_password(char *password, int max, int writing, void *asked)
{
    (void)password, (void)max, (void)writing;
    *(bool *)asked = true;

    return -1;
}

static int use_key(struct tls_identity *identity, BIO *bio, struct buffer *error)
{
    bool encrypted = false;
    EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, no_password, &encrypted);
    bool belongs;

    if (!key)
        return complain(error, SETTING_KEY,
                        encrypted ? "the key is encrypted: give one without a password"
                                  : "the file has no private key in PEM");

    belongs = SSL_CTX_use_PrivateKey(identity->ctx, key) == 1 &&
              SSL_CTX_check_private_key(identity->ctx) == 1;
    EVP_PKEY_free(key);

    return belongs ? 0
                   : complain(error, SETTING_KEY,
                              "the key is not that of the first certificate in tls-cert");
}

static int read_pem(const char *setting, const char *path, struct buffer *content,
                    struct buffer *error)
{
    int rc = file_read(path, FILE_MAX, content);

    if (rc == 0 || rc == -ENOMEM)
        return rc;

    buffer_printf(error, "%s: %s", setting,
                  rc == -EMSGSIZE ? "the file is larger than 256 KB" : "the file cannot be read");

    return -EINVAL;
}

static int use_file(struct tls_identity *identity, const struct buffer *content,
                    int (*use)(struct tls_identity *identity, BIO *bio, struct buffer *error),
                    struct buffer *error)
{
    const char *text = content->data ? (const char *)content->data : "";
    BIO *bio = BIO_new_mem_buf(text, (int)content->size);
    int rc = bio ? use(identity, bio, error) : -ENOMEM;

    BIO_free(bio);

    return rc;
}

static int digest_of(const struct buffer *certificate, const struct buffer *key,
                     unsigned char *digest)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool good = ctx && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1 &&
                EVP_DigestUpdate(ctx, certificate->data, certificate->size) == 1 &&
                EVP_DigestUpdate(ctx, key->data, key->size) == 1 &&
                EVP_DigestFinal_ex(ctx, digest, NULL) == 1;

    EVP_MD_CTX_free(ctx);

    return good ? 0 : -ENOMEM;
}

static int fill(struct tls_identity *identity, const struct buffer *certificate,
                const struct buffer *key, struct buffer *error)
{
    int rc;

    identity->ctx = new_ctx();
    if (!identity->ctx)
        return -ENOMEM;

    rc = use_file(identity, certificate, use_certificates, error);
    if (rc == 0)
        rc = use_file(identity, key, use_key, error);

    return rc == 0 ? digest_of(certificate, key, identity->digest) : rc;
}

static int make(const struct buffer *certificate, const struct buffer *key,
                struct tls_identity **identity, struct buffer *error)
{
    struct tls_identity *made = calloc(1, sizeof *made);
    int rc;

    if (!made)
        return -ENOMEM;

    atomic_init(&made->references, 1);
    made->not_after = INT64_MAX;
    rc = fill(made, certificate, key, error);
    ERR_clear_error();

    if (rc == 0)
        *identity = made;
    else
        dispose(made);

    return rc;
}

int tls_identity_read(const char *certificate, const char *key, struct tls_identity **identity,
                      struct buffer *error)
{
    struct buffer certificates, keys;
    int rc;

    *identity = NULL;
    if (*certificate == '\0' && *key == '\0')
        return 0;

    rc = read_pem(SETTING_CERTIFICATE, certificate, &certificates, error);
    if (rc != 0)
        return rc;

    rc = read_pem(SETTING_KEY, key, &keys, error);
    if (rc == 0) {
        rc = make(&certificates, &keys, identity, error);
        OPENSSL_cleanse(keys.data, keys.size);
        buffer_dispose(&keys);
    }

    buffer_dispose(&certificates);

    return rc;
}

/* ---- what it is asked ---- */

bool tls_identity_same(const struct tls_identity *a, const struct tls_identity *b)
{
    return CRYPTO_memcmp(a->digest, b->digest, sizeof a->digest) == 0;
}

int64_t tls_identity_not_after(const struct tls_identity *identity)
{
    return identity->not_after;
}

const char *tls_identity_fault(const struct tls_identity *identity, int64_t now)
{
    if (now > identity->not_after)
        return "has expired";

    if (now < identity->not_before)
        return "is not valid yet";

    return identity->not_after - now < SOON_S ? "expires within 14 days" : NULL;
}

void tls_identity_log(const struct tls_identity *identity)
{
    const char *fault = tls_identity_fault(identity, (int64_t)time(NULL));
    time_t end = (time_t)identity->not_after;
    char date[DATE_MAX];
    struct tm tm;

    (void)strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&end, &tm));
    if (fault)
        LOG(WARN, "renew the certificate for clients", LOG_TEXT("it", fault),
            LOG_TEXT("not_after", date));
    else
        LOG(INFO, "clients speak TLS", LOG_TEXT("not_after", date));
}

SSL *tls_identity_accept(const struct tls_identity *identity, int fd)
{
    SSL *ssl = SSL_new(identity->ctx);

    if (ssl && SSL_set_fd(ssl, fd) == 1) {
        SSL_set_accept_state(ssl);
        return ssl;
    }

    SSL_free(ssl);
    ERR_clear_error();

    return NULL;
}
