#include "gateway/listen_address.h"

#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

static void addresses_of_both_families_are_read(void **state)
{
    struct listen_address address;

    (void)state;

    assert_int_equal(listen_address_parse(&address, "10.1.2.3:8080"), 0);
    assert_int_equal(address.socket.ss_family, AF_INET);
    assert_int_equal(ntohs(((struct sockaddr_in *)&address.socket)->sin_port), 8080);

    assert_int_equal(listen_address_parse(&address, ":8080"), 0);
    assert_int_equal(((struct sockaddr_in *)&address.socket)->sin_addr.s_addr, INADDR_ANY);

    assert_int_equal(listen_address_parse(&address, "[::]:65535"), 0);
    assert_int_equal(address.socket.ss_family, AF_INET6);
    assert_int_equal(ntohs(((struct sockaddr_in6 *)&address.socket)->sin6_port), 65535);
}

static void what_is_no_address_is_refused(void **state)
{
    static const char *const bad[] = {
        "",          "8080",        "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536",   "1.2.3:80",
        "::1:8080",  "[::1]",       "[::1]8080", "[::1",       "[127.0.0.1]:80",    "host:8080",
        "1.2.3.4:x", "1.2.3.4:-1",  "[]:80",     "1.2.3.4:+1", "1.2.3.4: 1",        "[::1]:",
        "*:80",      "[::1]x:8080", "[::1]]:80", "a]:80",      "1.2.3.4:000000080",
    };
    struct listen_address address;

    (void)state;

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(listen_address_parse(&address, bad[i]), -EINVAL);
}

static void loopback_is_told_from_the_rest(void **state)
{
    static const struct {
        const char *text;
        bool loopback;
    } cases[] = {
        {"127.0.0.1:1", true},
        {"127.255.0.9:1", true},
        {"localhost:1", true},
        {"[::1]:1", true},
        {"0.0.0.0:1", false},
        {"128.0.0.1:1", false},
        {"10.0.0.1:1", false},
        {"[::]:1", false},
        {"[::2]:1", false},
        {"[::ffff:127.0.0.1]:1", true},
        {"[::ffff:1.2.3.4]:1", false},
    };
    struct listen_address address;

    (void)state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(listen_address_parse(&address, cases[i].text), 0);
        assert_int_equal(listen_address_is_loopback(&address), cases[i].loopback);
    }
}

static void the_port_the_system_chose_is_told(void **state)
{
    struct listen_address address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    (void)state;

    assert_int_equal(listen_address_parse(&address, "127.0.0.1:0"), 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address.socket, address.size), 0);

    assert_int_not_equal(listen_address_port_of(fd), 0);
    assert_int_equal(listen_address_port_of(-1), 0);

    assert_int_equal(close(fd), 0);
}

static void the_port_can_be_changed(void **state)
{
    static const char *const texts[] = {"127.0.0.1:0", "[::1]:0"};
    struct listen_address address;

    (void)state;

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        int first, second;

        assert_int_equal(listen_address_parse(&address, texts[i]), 0);
        first = socket(address.socket.ss_family, SOCK_STREAM, 0);
        second = socket(address.socket.ss_family, SOCK_STREAM, 0);
        assert_int_equal(bind(first, (struct sockaddr *)&address.socket, address.size), 0);

        listen_address_set_port(&address, listen_address_port_of(first));

        assert_int_equal(bind(second, (struct sockaddr *)&address.socket, address.size), -1);
        assert_int_equal(errno, EADDRINUSE);
        assert_int_equal(close(first), 0);
        assert_int_equal(close(second), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_of_both_families_are_read),
        cmocka_unit_test(what_is_no_address_is_refused),
        cmocka_unit_test(loopback_is_told_from_the_rest),
        cmocka_unit_test(the_port_the_system_chose_is_told),
        cmocka_unit_test(the_port_can_be_changed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
