/* Who waits for the rest of a request, or of a handshake. */
#include "gateway/newcomers.h"

#include "tests/gateway/tls_scene.h"
#include "tests/support/unit.h"

#include <poll.h>

enum { HANDSHAKE_MS = 10000, CROWD = 60, AT_ONCE = 16 };

struct guest {
    struct ws_client client;
    SSL *ssl;
};

static int begin(void **state)
{
    return tls_scene_begin(state, HANDSHAKE_MS);
}

static size_t answered(struct guest crowd[CROWD])
{
    size_t n = 0;

    for (int i = 0; i < CROWD; i++) {
        struct pollfd socket = {.fd = crowd[i].client.fd, .events = POLLIN};

        n += poll(&socket, 1, 0) == 1;
    }

    return n;
}

static void of_a_crowd_a_few_are_greeted_in_each_turn(void **state)
{
    static struct guest crowd[CROWD];
    struct tls_scene *scene = *state;
    size_t before = 0;

    for (int i = 0; i < CROWD; i++) {
        door_server_connect(&scene->server, &crowd[i].client);
        door_server_step(&scene->server);
    }
    for (int i = 0; i < CROWD; i++) {
        crowd[i].ssl = tls_scene_ssl(scene, &crowd[i].client);
        assert_int_equal(SSL_connect(crowd[i].ssl), -1); /* has said hello */
    }

    while (before < CROWD) {
        size_t now;

        door_server_step(&scene->server);
        now = answered(crowd);
        assert_in_range(now, before, before + AT_ONCE);
        before = now;
    }

    for (int i = 0; i < CROWD; i++) {
        SSL_free(crowd[i].ssl);
        ws_client_close(&crowd[i].client);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(of_a_crowd_a_few_are_greeted_in_each_turn, begin,
                                        tls_scene_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
