/* Whom we trust; that handshakes succeed and fail as they should is for tests/system. */
#include "relay/redis_tls.h"

#include "tests/support/failing_malloc.h"
#include "tests/support/unit.h"

#include <event2/bufferevent.h>
#include <event2/event.h>
#include <sys/socket.h>
#include <unistd.h>

static void the_systems_authorities_are_trusted_unless_others_are_named(void **state)
{
    struct redis_tls *tls = redis_tls_new(NULL);

    (void)state;
    assert_non_null(tls);
    redis_tls_free(tls);

    tls = redis_tls_new("");
    assert_non_null(tls);
    redis_tls_free(tls);
    redis_tls_free(NULL);
}

static void a_file_without_certificates_is_refused(void **state)
{
    (void)state;
    assert_null(redis_tls_new("/nowhere/authority.pem"));
    assert_null(redis_tls_new("CMakeLists.txt"));
    assert_null(redis_tls_new("/dev/null"));
}

static void without_memory_there_is_none(void **state)
{
    struct redis_tls *tls;

    (void)state;
    fail_malloc_after(0);
    tls = redis_tls_new(NULL);
    fail_malloc_never();

    assert_null(tls);
}

static void a_stream_takes_its_socket(void **state)
{
    struct event_base *loop = event_base_new();
    struct redis_tls *tls = redis_tls_new(NULL);
    struct bufferevent *stream;
    char byte;
    int pair[2];

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair), 0);
    assert_non_null(loop);
    assert_non_null(tls);
    stream = redis_tls_stream(tls, loop, pair[0], "redis.example");
    assert_non_null(stream);
    assert_null(redis_tls_why(stream));

    bufferevent_free(stream);
    (void)event_base_loop(loop, EVLOOP_NONBLOCK);

    assert_int_equal(read(pair[1], &byte, 1), 0);
    (void)close(pair[1]);
    redis_tls_free(tls);
    event_base_free(loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_systems_authorities_are_trusted_unless_others_are_named),
        cmocka_unit_test(a_file_without_certificates_is_refused),
        cmocka_unit_test(without_memory_there_is_none),
        cmocka_unit_test(a_stream_takes_its_socket),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
