/* Each recv() and send() of the server fails in turn, in every way it can: the client is served all
 * the same or ended, and the next one is served. */
#include "tests/gateway/door_server.h"
#include "tests/support/failing_recv.h"
#include "tests/support/watched_send.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

enum { ENOUGH = 100, TURNS = 5 };

static const struct {
    int error;
    bool passes; /* the call succeeds when it is made again */
} failures[] = {{EINTR, true},         {EAGAIN, true},   {ECONNRESET, false}, {ENOBUFS, false},
                {ENETUNREACH, false},  {ENOMEM, false},  {ETIMEDOUT, false},  {EPIPE, false},
                {ECONNREFUSED, false}, {ENOTCONN, false}};

struct call {
    void (*fail_after)(int count, int error);
    int (*fail_never)(void);
    bool is_repeated; /* in some places: what fails once may do no harm */
};

static const struct call receiving = {fail_recv_after, fail_recv_never, false};
/* After ws_write()'s own send libwebsockets makes another one. */
static const struct call sending = {watched_send_fail_after, watched_send_fail_never, true};

struct broken {
    struct door_server *server;
    const struct call *call;
    int left; /* calls that will still go through; -1: it has failed */
    int error;
};

/* The client shares the thread, and not the trouble. */
static void step(void *owner)
{
    struct broken *broken = owner;

    if (broken->left >= 0)
        broken->call->fail_after(broken->left, broken->error);
    for (int i = 0; i < TURNS; i++)
        door_server_step(broken->server);
    if (broken->left >= 0)
        broken->left = broken->call->fail_never();
}

/* Its request comes in two pieces, then a text in two, then a Close: was it served to the end? */
static bool visit(struct broken *broken, struct ws_frame *frame)
{
    static const char request[] = WS_CLIENT_REQUEST;
    const size_t half = sizeof request / 2;
    unsigned char text[32];
    size_t size = ws_client_make_frame(text, 0x81, "hello", 5);
    struct ws_client client;
    bool served;

    ws_client_connect(&client, listener_port(broken->server->listener), step, broken);
    step(broken);
    served = ws_client_send(&client, request, half);
    step(broken);
    served = served && ws_client_send(&client, request + half, sizeof request - 1 - half) &&
             ws_client_read_head(&client) == 101;
    served = served && ws_client_send(&client, text, 3);
    step(broken);
    served = served && ws_client_send(&client, text + 3, size - 3) &&
             ws_client_read_frame(&client, frame) && frame->size == 5;
    served = served && ws_client_send_frame(&client, 0x88, "\x03\xe8", 2) &&
             ws_client_read_frame(&client, frame) && frame->first == 0x88;
    ws_client_close(&client);

    return served;
}

static void fail_each(const struct call *call)
{
    const struct door_server_settings settings = {.handshake_ms = 0};
    static struct ws_frame frame;
    struct door_server server;

    door_server_start(&server, &settings);

    for (size_t i = 0; i < sizeof failures / sizeof failures[0]; i++) {
        struct broken broken = {.server = &server, .call = call, .error = failures[i].error};
        bool failed = true;

        for (int n = 0; failed; n++) {
            bool served, whole;

            broken.left = n;
            served = visit(&broken, &frame);
            failed = broken.left < 0;
            whole = failures[i].passes || !failed;
            if (served != whole && !(served && call->is_repeated))
                fail_msg("errno %d of call %d: served %d", failures[i].error, n, served);

            door_server_wait(&server, &server.closed, server.opened);
            assert_true(n < ENOUGH);
        }
    }

    door_server_stop(&server);
}

static void a_recv_that_fails_ends_its_client_at_most(void **state)
{
    (void)state;

    fail_each(&receiving);
}

static void a_send_that_fails_ends_its_client_at_most(void **state)
{
    (void)state;

    fail_each(&sending);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_recv_that_fails_ends_its_client_at_most),
        cmocka_unit_test(a_send_that_fails_ends_its_client_at_most),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
