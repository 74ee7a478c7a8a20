/* Each call to the kernel that a link makes fails in turn, in every way it can: that is told, what
 * was asked is ended once, and the link comes back by itself. */
#include "relay/redis_link.h"

#include "tests/relay/link_stage.h"
#include "tests/support/failing_calls.h"
#include "tests/support/failing_recv.h"
#include "tests/support/redis_server.h"

#include <errno.h>
#include <string.h>

enum { ENOUGH = 100, ASKED = 3 };

static struct redis_server *server;

static int begin(void **state)
{
    (void)state;
    server = redis_server_new(NULL);

    return 0;
}

static int end(void **state)
{
    (void)state;
    redis_server_free(server);

    return 0;
}

/* ---- connecting ---- */

static const struct {
    int error;
    const char *why;
} refusals[] = {
    {ECONNREFUSED, "redis: connection refused"}, {ENETUNREACH, "redis: network unreachable"},
    {EHOSTUNREACH, "redis: host unreachable"},   {EADDRNOTAVAIL, "redis: no local port left"},
    {ETIMEDOUT, "redis: connection timed out"},  {ECONNRESET, "redis: connection reset"},
    {ENOBUFS, "redis: connection failed"},       {ENOMEM, "redis: no memory to connect"},
    {EINTR, "redis: connection failed"},         {EACCES, "redis: connection failed"}};

static void assert_told_and_mended(struct link_stage *stage, const char *why)
{
    LINK_UNTIL(stage, stage->downs == 1);
    assert_string_equal(stage->why, why);
    assert_int_equal(stage->ups, 0);

    LINK_UNTIL(stage, stage->ups == 1);
    link_stage_hear(stage, "ECHO", "hello");
    assert_string_equal(stage->last_text, "hello");
}

static void fail_connecting_by(enum failing_call call)
{
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        void *state;

        if (call == CALL_CONNECTED && refusals[i].error == EINTR)
            continue; /* it is no end */

        assert_int_equal(link_stage_set_up(&state), 0);
        fail_call_after(call, 0, refusals[i].error);
        link_stage_connect(state, redis_server_url(server));

        assert_told_and_mended(state, refusals[i].why);
        assert_int_equal(fail_call_never(call), -1);
        assert_int_equal(link_stage_tear_down(&state), 0);
    }
}

static void a_connect_that_fails_is_told_and_tried_again(void **state)
{
    (void)state;

    fail_connecting_by(CALL_CONNECT);
}

static void a_connect_that_fails_later_is_told_and_tried_again(void **state)
{
    (void)state;

    fail_connecting_by(CALL_CONNECTED);
}

/* ---- reading and writing ---- */

static const struct {
    int error;
    bool passes; /* the call succeeds when it is made again */
} failures[] = {{EINTR, true},   {EAGAIN, true},     {ECONNRESET, false},
                {EPIPE, false},  {ETIMEDOUT, false}, {ENOBUFS, false},
                {ENOMEM, false}, {ENOTCONN, false},  {EHOSTUNREACH, false}};

struct call {
    void (*fail_after)(int count, int error);
    int (*fail_never)(void);
};

static void fail_readv_after(int count, int error)
{
    fail_call_after(CALL_READV, count, error);
}

static int fail_readv_never(void)
{
    return fail_call_never(CALL_READV);
}

static void fail_writev_after(int count, int error)
{
    fail_call_after(CALL_WRITEV, count, error);
}

static int fail_writev_never(void)
{
    return fail_call_never(CALL_WRITEV);
}

/* What was asked over it: each answered once, or told once that it is not. */
static void ask_some(struct link_stage *stage)
{
    size_t asked = 0;

    for (int i = 0; i < ASKED; i++) {
        LINK_UNTIL(stage, redis_link_is_up(stage->link));
        if (link_stage_ask(stage, "ECHO", "hello") == 0)
            asked++;
        LINK_UNTIL(stage, stage->n_ends == asked);
    }

    assert_int_equal(stage->n_ends, asked);
}

/* True if there was one to fail. */
static bool fail_one(const struct call *call, int n, int error, bool passes)
{
    struct link_stage *stage;
    void *state;
    int left;

    assert_int_equal(link_stage_set_up(&state), 0);
    stage = state;
    call->fail_after(n, error);
    link_stage_connect(stage, redis_server_url(server));
    ask_some(stage);
    left = call->fail_never();

    if (left >= 0 || passes)
        assert_int_equal(stage->downs, 0);
    LINK_UNTIL(stage, redis_link_is_up(stage->link));
    link_stage_hear(stage, "ECHO", "again");
    assert_string_equal(stage->last_text, "again");
    assert_int_equal(link_stage_tear_down(&state), 0);

    return left < 0;
}

static void fail_each(const struct call *call)
{
    for (size_t i = 0; i < sizeof failures / sizeof failures[0]; i++) {
        int n = 0;

        while (fail_one(call, n, failures[i].error, failures[i].passes))
            assert_true(n++ < ENOUGH);
        assert_true(n > 1);
    }
}

static void a_recv_that_fails_costs_the_connection_at_most(void **state)
{
    (void)state;

    fail_each(&(struct call){fail_recv_after, fail_recv_never});
}

static void a_readv_that_fails_costs_the_connection_at_most(void **state)
{
    (void)state;

    fail_each(&(struct call){fail_readv_after, fail_readv_never});
}

static void a_writev_that_fails_costs_the_connection_at_most(void **state)
{
    (void)state;

    fail_each(&(struct call){fail_writev_after, fail_writev_never});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_connect_that_fails_is_told_and_tried_again),
        cmocka_unit_test(a_connect_that_fails_later_is_told_and_tried_again),
        cmocka_unit_test(a_recv_that_fails_costs_the_connection_at_most),
        cmocka_unit_test(a_readv_that_fails_costs_the_connection_at_most),
        cmocka_unit_test(a_writev_that_fails_costs_the_connection_at_most),
    };

    return cmocka_run_group_tests_name("redis_calls", tests, begin, end);
}
