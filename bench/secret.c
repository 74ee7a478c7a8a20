#include "bench/secret.h"

#include "bench/give_up.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

static SSL_CTX *context(void)
{
    static SSL_CTX *made; /* one thread */

    if (!made) {
        made = SSL_CTX_new(TLS_client_method());
        if (!made)
            give_up("no TLS", ENOMEM);
        (void)SSL_CTX_set_mode(made, SSL_MODE_RELEASE_BUFFERS);
    }

    return made;
}

SSL *secret_new(int fd)
{
    SSL *secret = SSL_new(context());

    if (!secret || SSL_set_fd(secret, fd) != 1)
        give_up("no TLS", ENOMEM);

    SSL_set_connect_state(secret);

    return secret;
}

void secret_free(SSL *secret)
{
    SSL_free(secret);
}

static int error_of(const SSL *secret, int rc, int otherwise)
{
    int why = SSL_get_error(secret, rc);

    ERR_clear_error();

    return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? -EAGAIN : otherwise;
}

int secret_greet(SSL *secret)
{
    int rc = SSL_connect(secret);

    return rc == 1 ? 0 : error_of(secret, rc, -EPROTO);
}

int secret_send(SSL *secret, const void *data, size_t size)
{
    int rc = SSL_write(secret, data, (int)size);

    return rc > 0 ? 0 : error_of(secret, rc, -EPIPE);
}

ssize_t secret_receive(SSL *secret, void *data, size_t max)
{
    size_t size = 0;
    int rc = 1;

    while (size < max) {
        rc = SSL_read(secret, (char *)data + size, (int)(max - size));
        if (rc <= 0)
            break;
        size += (size_t)rc;
    }

    return size > 0 ? (ssize_t)size : error_of(secret, rc, -EPIPE);
}
