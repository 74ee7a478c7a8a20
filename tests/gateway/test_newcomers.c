/* Who waits for the rest of a request, or of a handshake. */
#include "gateway/newcomers.h"

#include "base/burden.h"
#include "gateway/pressure.h"
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

/* ---- what they hold ---- */

enum { SILENT_TAKES_AT_MOST = 20000 };

static void connect_all(struct tls_scene *scene, struct ws_client clients[CROWD])
{
    for (int i = 0; i < CROWD; i++) {
        door_server_connect(&scene->server, &clients[i]);
        door_server_step(&scene->server);
    }
}

static void close_all(struct tls_scene *scene, struct ws_client clients[CROWD])
{
    for (int i = 0; i < CROWD; i++)
        ws_client_close(&clients[i]);
    while (newcomers_bytes() > (size_t)SILENT_TAKES_AT_MOST)
        door_server_step(&scene->server);
}

static void who_says_nothing_puts_nobody_under_pressure(void **state)
{
    static struct ws_client silent[CROWD];
    struct tls_scene *scene = *state;

    pressure_change_limit(scene->server.pressure, (size_t)CROWD * SILENT_TAKES_AT_MOST);
    connect_all(scene, silent);
    pressure_judge(scene->server.pressure);

    assert_false(pressure_is_high(scene->server.pressure));
    assert_int_equal(burden_bytes(), 0);
    assert_in_range(newcomers_bytes(), CROWD * 4096, CROWD * SILENT_TAKES_AT_MOST);
    assert_int_equal(door_server_count(&scene->server, METRIC_LIMITED, LIMIT_MEMORY), 0);
    close_all(scene, silent);
}

static void what_they_hold_keeps_newcomers_out_and_sheds_nobody(void **state)
{
    static struct ws_client silent[CROWD];
    struct tls_scene *scene = *state;

    pressure_change_limit(scene->server.pressure, (size_t)CROWD / 2 * SILENT_TAKES_AT_MOST);
    connect_all(scene, silent);
    pressure_judge(scene->server.pressure);

    assert_false(pressure_is_high(scene->server.pressure));
    assert_in_range(newcomers_bytes(), 0, CROWD / 2 * SILENT_TAKES_AT_MOST);
    assert_in_range(door_server_count(&scene->server, METRIC_LIMITED, LIMIT_MEMORY), 1, CROWD - 1);
    close_all(scene, silent);
}

static void where_there_is_no_place_no_handshake_is_begun(void **state)
{
    struct tls_scene *scene = *state;

    door_server_step(&scene->server);
    pressure_change_limit(scene->server.pressure, newcomers_bytes());
    assert_int_equal(SSL_connect(scene->ssl), -1);
    while (newcomers_bytes() > 0)
        door_server_step(&scene->server);

    assert_int_equal(door_server_count(&scene->server, METRIC_LIMITED, LIMIT_MEMORY), 1);
    ws_client_wait_for_end(&scene->client);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, tls_scene_end)
    const struct CMUnitTest tests[] = {
        TEST(of_a_crowd_a_few_are_greeted_in_each_turn),
        TEST(who_says_nothing_puts_nobody_under_pressure),
        TEST(what_they_hold_keeps_newcomers_out_and_sheds_nobody),
        TEST(where_there_is_no_place_no_handshake_is_begun),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
