/* TLS, from the accepted socket to the WebSocket, over real sockets. */
#include "gateway/client_socket.h"

#include "base/burden.h"
#include "gateway/newcomers.h"
#include "gateway/pressure.h"
#include "tests/gateway/tls_scene.h"
#include "tests/support/failing_malloc.h"
#include "tests/support/unit.h"

#include <openssl/ssl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

enum { PATIENCE = 10000, LARGE = 60000 };

static int begin(void **state)
{
    return tls_scene_begin(state, 200);
}

/* ---- what the client does, letting the server work while it waits ---- */

static bool go_on(struct tls_scene *scene, int rc)
{
    int why = SSL_get_error(scene->ssl, rc);

    if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE)
        return false;

    door_server_step(&scene->server);
    (void)poll(NULL, 0, 1);

    return true;
}

static bool greet(struct tls_scene *scene)
{
    for (int i = 0; i < PATIENCE; i++) {
        int rc = SSL_connect(scene->ssl);

        if (rc == 1)
            return true;
        if (!go_on(scene, rc))
            return false;
    }

    return false;
}

static bool say(struct tls_scene *scene, const void *bytes, size_t size)
{
    size_t said = 0;

    for (int i = 0; said < size && i < PATIENCE; i++) {
        int rc = SSL_write(scene->ssl, (const char *)bytes + said, (int)(size - said));

        if (rc > 0)
            said += (size_t)rc;
        else if (!go_on(scene, rc))
            return false;
    }

    return said == size;
}

/* How much has come when it is enough, or the server ends. */
static size_t hear(struct tls_scene *scene, void *bytes, size_t size)
{
    size_t heard = 0;

    for (int i = 0; heard < size && i < PATIENCE; i++) {
        int rc = SSL_read(scene->ssl, (char *)bytes + heard, (int)(size - heard));

        if (rc > 0)
            heard += (size_t)rc;
        else if (!go_on(scene, rc))
            break;
    }

    return heard;
}

static bool upgrade(struct tls_scene *scene)
{
    static const char request[] = WS_CLIENT_REQUEST;
    char answer[4096] = "";
    size_t size = 0;

    if (!greet(scene) || !say(scene, request, sizeof request - 1))
        return false;

    while (!strstr(answer, "\r\n\r\n")) {
        if (size == sizeof answer - 1 || hear(scene, answer + size, 1) != 1)
            return false;
        answer[++size] = '\0';
    }

    return strncmp(answer, "HTTP/1.1 101 ", 13) == 0;
}

static int64_t failed(const struct tls_scene *scene, enum tls_failure failure)
{
    return door_server_count(&scene->server, METRIC_TLS_FAILURES, failure);
}

/* ---- claims ---- */

static void a_client_with_tls_is_upgraded_and_served(void **state)
{
    struct tls_scene *scene = *state;
    unsigned char frame[64], echo[7];
    size_t size = ws_client_make_frame(frame, 0x81, "hello", 5);

    assert_true(upgrade(scene));
    assert_true(say(scene, frame, size));

    assert_int_equal(hear(scene, echo, sizeof echo), sizeof echo);
    assert_memory_equal(echo, "\x81\x05hello", sizeof echo);
    assert_int_equal(door_server_count(&scene->server, METRIC_TLS_HANDSHAKES, TLS_SESSION_NEW), 1);
}

static void what_is_larger_than_records_comes_whole(void **state)
{
    static unsigned char sent[LARGE], frame[LARGE + 14], echo[LARGE + 4];
    struct tls_scene *scene = *state;
    size_t size;

    for (size_t i = 0; i < sizeof sent; i++)
        sent[i] = (unsigned char)(i * 2654435761U >> 24);
    size = ws_client_make_frame(frame, 0x82, sent, sizeof sent);

    assert_true(upgrade(scene));
    assert_true(say(scene, frame, size));

    assert_int_equal(hear(scene, echo, sizeof echo), sizeof echo);
    assert_memory_equal(echo + 4, sent, sizeof sent);
}

static void what_a_full_socket_refuses_comes_later_and_in_order(void **state)
{
    struct tls_scene *scene = *state;
    size_t written, heard = 0;
    static char bytes[32768 + 4];

    assert_true(upgrade(scene));
    written = echo_flood(scene->server.newest) / 32768;
    assert_false(ws_ready(scene->server.newest->ws));

    for (; heard < written; heard++) {
        assert_int_equal(hear(scene, bytes, sizeof bytes), sizeof bytes);
        assert_memory_equal(bytes, "\x82\x7e\x80\x00\x00", 5);
    }

    for (int i = 0; i < 20; i++)
        door_server_step(&scene->server);
    assert_true(ws_ready(scene->server.newest->ws));
}

static void a_refusal_is_told_through_tls(void **state)
{
    static const char request[] = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    struct tls_scene *scene = *state;
    char answer[13];

    assert_true(greet(scene));
    assert_true(say(scene, request, sizeof request - 1));

    assert_int_equal(hear(scene, answer, sizeof answer), sizeof answer);
    assert_memory_equal(answer, "HTTP/1.1 426 ", sizeof answer);
}

static void a_request_in_plain_is_answered_in_plain(void **state)
{
    struct tls_scene *scene = *state;

    assert_true(ws_client_send_raw(&scene->client, WS_CLIENT_REQUEST));

    assert_int_equal(ws_client_read_head(&scene->client), 400);
    ws_client_wait_for_end(&scene->client);
    assert_false(scene->client.reset);
    assert_int_equal(failed(scene, TLS_FAILURE_HTTP), 1);
}

static void a_handshake_that_does_not_go_on_is_ended(void **state)
{
    struct tls_scene *scene = *state;

    assert_true(ws_client_send(&scene->client, "\x16\x03\x01\x02", 4));
    ws_client_wait_for_end(&scene->client);

    assert_int_equal(failed(scene, TLS_FAILURE_LATE), 1);
}

static void who_leaves_in_the_handshake_is_counted(void **state)
{
    struct tls_scene *scene = *state;

    assert_true(ws_client_send(&scene->client, "\x16\x03\x01\x02", 4));
    assert_int_equal(shutdown(scene->client.fd, SHUT_WR), 0);
    ws_client_wait_for_end(&scene->client);

    assert_int_equal(failed(scene, TLS_FAILURE_CUT), 1);
}

static void the_memory_of_a_handshake_is_counted_while_it_lasts(void **state)
{
    struct tls_scene *scene = *state;

    for (int i = 0; i < 20; i++)
        door_server_step(&scene->server);
    assert_in_range(newcomers_bytes(), 1, 20000);

    assert_true(greet(scene));
    assert_in_range(newcomers_bytes(), 65536, 100000);

    assert_true(upgrade(scene));
    assert_int_equal(newcomers_bytes(), 0);
    assert_int_equal(burden_bytes(), 0);
}

static void under_pressure_no_handshake_is_begun(void **state)
{
    struct tls_scene *scene = *state;
    size_t before = burden_bytes();

    burden_add(1000);
    pressure_change_limit(scene->server.pressure, 1000);
    pressure_judge(scene->server.pressure);

    assert_false(greet(scene));
    assert_int_equal(burden_bytes(), before + 1000);
    assert_int_equal(door_server_count(&scene->server, METRIC_LIMITED, LIMIT_MEMORY), 1);
    burden_sub(1000);
}

/* Only what we ask for ourselves: OpenSSL's is not seen here. */
static void without_memory_a_client_is_ended_and_the_next_served(void **state)
{
    struct tls_scene *scene = *state;
    bool served = false;

    for (int n = 0; !served && n < 200; n++) {
        fail_malloc_after(n);
        for (int i = 0; i < 20; i++)
            door_server_step(&scene->server);
        fail_malloc_never();

        served = upgrade(scene);
        tls_scene_disconnect(scene);
        tls_scene_connect(scene);
    }

    assert_true(served);
    assert_true(upgrade(scene));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, tls_scene_end)
        TEST(a_client_with_tls_is_upgraded_and_served),
        TEST(what_is_larger_than_records_comes_whole),
        TEST(what_a_full_socket_refuses_comes_later_and_in_order),
        TEST(a_refusal_is_told_through_tls),
        TEST(a_request_in_plain_is_answered_in_plain),
        TEST(a_handshake_that_does_not_go_on_is_ended),
        TEST(who_leaves_in_the_handshake_is_counted),
        TEST(the_memory_of_a_handshake_is_counted_while_it_lasts),
        TEST(under_pressure_no_handshake_is_begun),
        TEST(without_memory_a_client_is_ended_and_the_next_served),
#undef TEST
    };

    (void)signal(SIGPIPE, SIG_IGN);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
