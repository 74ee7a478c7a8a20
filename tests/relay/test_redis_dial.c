/* A connection to Redis notices by itself when the other side is gone. */
#include "relay/redis_dial.h"

#include "tests/support/unit.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static int listen_anywhere(struct sockaddr_in *address)
{
    socklen_t size = sizeof *address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    *address = (struct sockaddr_in){.sin_family = AF_INET};
    address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(fd, (struct sockaddr *)address, size), 0);
    assert_int_equal(listen(fd, 1), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)address, &size), 0);

    return fd;
}

static int option(int fd, int name)
{
    int value = -1;
    socklen_t size = sizeof value;

    assert_int_equal(getsockopt(fd, IPPROTO_TCP, name, &value, &size), 0);

    return value;
}

static void what_is_not_acknowledged_for_five_seconds_ends_it(void **state)
{
    struct sockaddr_in address;
    int server = listen_anywhere(&address);
    int fd = redis_dial((struct sockaddr *)&address, sizeof address);

    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(option(fd, TCP_USER_TIMEOUT), 5000);
    assert_int_equal(option(fd, TCP_NODELAY), 1);

    (void)close(fd);
    (void)close(server);
}

static void what_cannot_be_dialled_is_told(void **state)
{
    const struct sockaddr nowhere = {.sa_family = AF_UNIX + 1000};

    (void)state;
    assert_int_equal(redis_dial(&nowhere, sizeof nowhere), -EAFNOSUPPORT);
    assert_string_equal(redis_dial_why(-ECONNREFUSED), "redis: connection refused");
    assert_string_equal(redis_dial_why(ETIMEDOUT), "redis: connection timed out");
    assert_string_equal(redis_dial_why(-EDOM), "redis: connection failed");
}

static void what_fails_at_once_costs_no_descriptor(void **state)
{
    struct sockaddr_in everybody = {.sin_family = AF_INET, .sin_port = htons(6379)};
    int before = dup(0), after;

    (void)state;
    everybody.sin_addr.s_addr = htonl(INADDR_BROADCAST);

    assert_int_equal(redis_dial((struct sockaddr *)&everybody, sizeof everybody), -ENETUNREACH);

    (void)close(before);
    after = dup(0);
    assert_int_equal(after, before);
    (void)close(after);
}

static void without_a_descriptor_it_is_told(void **state)
{
    struct sockaddr_in address;
    int server = listen_anywhere(&address);
    struct rlimit limit, none;

    (void)state;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    none = limit;
    none.rlim_cur = 0;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);

    assert_int_equal(redis_dial((struct sockaddr *)&address, sizeof address), -EMFILE);

    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    assert_string_equal(redis_dial_why(-EMFILE), "redis: no file descriptor left");
    (void)close(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_acknowledged_for_five_seconds_ends_it),
        cmocka_unit_test(what_cannot_be_dialled_is_told),
        cmocka_unit_test(what_fails_at_once_costs_no_descriptor),
        cmocka_unit_test(without_a_descriptor_it_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
