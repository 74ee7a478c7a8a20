#include "tests/gateway/tls_scene.h"

#include "gateway/tls_identity.h"
#include "tests/support/certificate.h"
#include "tests/support/mint.h"
#include "tests/support/unit.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <unistd.h>

enum { DAY = 24 * 3600 };

static struct tls_identity *make_identity(void)
{
    char certificate[] = "/tmp/livegate-tls-XXXXXX", key[] = "/tmp/livegate-tls-XXXXXX";
    int files[] = {mkstemp(certificate), mkstemp(key)};
    EVP_PKEY *own = mint_key("EC", "P-256");
    struct tls_identity *identity;
    struct buffer error;

    certificate_append(certificate, own, -DAY, 30L * DAY);
    certificate_write_key(key, own, NULL);
    buffer_init(&error, 100);
    assert_int_equal(tls_identity_read(certificate, key, &identity, &error), 0);

    EVP_PKEY_free(own);
    buffer_dispose(&error);
    assert_true(close(files[0]) == 0 && close(files[1]) == 0);
    assert_true(unlink(certificate) == 0 && unlink(key) == 0);

    return identity;
}

SSL *tls_scene_ssl(const struct tls_scene *scene, const struct ws_client *client)
{
    SSL *ssl = SSL_new(scene->trusting);

    assert_non_null(ssl);
    assert_int_equal(fcntl(client->fd, F_SETFL, O_NONBLOCK), 0);
    assert_int_equal(SSL_set_fd(ssl, client->fd), 1);
    SSL_set_connect_state(ssl);

    return ssl;
}

void tls_scene_connect(struct tls_scene *scene)
{
    door_server_connect(&scene->server, &scene->client);
    scene->ssl = tls_scene_ssl(scene, &scene->client);
}

void tls_scene_disconnect(struct tls_scene *scene)
{
    SSL_free(scene->ssl);
    ws_client_close(&scene->client);
}

int tls_scene_begin(void **state, uint64_t handshake_ms)
{
    static struct tls_scene scene;
    struct door_server_settings settings = {.max_message = 100000, .handshake_ms = handshake_ms};

    scene = (struct tls_scene){.identity = make_identity(),
                               .trusting = SSL_CTX_new(TLS_client_method())};
    assert_non_null(scene.trusting);
    settings.identity = scene.identity;
    door_server_start(&scene.server, &settings);
    tls_scene_connect(&scene);
    *state = &scene;

    return 0;
}

int tls_scene_end(void **state)
{
    struct tls_scene *scene = *state;

    tls_scene_disconnect(scene);
    door_server_stop(&scene->server);
    SSL_CTX_free(scene->trusting);
    tls_identity_release(scene->identity);

    return 0;
}
