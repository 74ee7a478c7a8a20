/* tls_scene.h - a door_server that speaks TLS, and a client before it. */
#ifndef TESTS_GATEWAY_TLS_SCENE_H
#define TESTS_GATEWAY_TLS_SCENE_H

#include "tests/gateway/door_server.h"

#include <openssl/ssl.h>
#include <stdint.h>

struct tls_identity;

struct tls_scene {
    struct tls_identity *identity;
    SSL_CTX *trusting; /* whoever */
    struct door_server server;
    struct ws_client client; /* connected; what it says itself is below the records */
    SSL *ssl;                /* its end of TLS */
};

/* For cmocka: of each test. */
int tls_scene_begin(void **state, uint64_t handshake_ms);
int tls_scene_end(void **state);

/* The end of TLS of a client that is connected; the caller frees it. */
SSL *tls_scene_ssl(const struct tls_scene *scene, const struct ws_client *client);

/* Another client in the place of that one. */
void tls_scene_connect(struct tls_scene *scene);
void tls_scene_disconnect(struct tls_scene *scene);

#endif
