#include "base/ip.h"

#include "tests/support/unit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

static struct ip ip(const char *text)
{
    struct ip ip;

    assert_int_equal(ip_parse(&ip, span_of(text)), 0);

    return ip;
}

static bool same(const char *a, const char *b)
{
    const struct ip one = ip(a), other = ip(b);

    return memcmp(&one, &other, sizeof one) == 0;
}

static void an_address_is_read_with_or_without_a_port(void **state)
{
    (void)state;

    assert_true(same("10.0.0.1", "10.0.0.1:8080"));
    assert_true(same("2001:db8::1", "[2001:db8::1]"));
    assert_true(same("2001:db8::1", "[2001:db8:0::1]:443"));
    assert_false(same("10.0.0.1", "10.0.0.2"));
}

static void an_ipv4_address_is_the_same_as_ipv6(void **state)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    const struct sockaddr other = {.sa_family = AF_UNIX};
    struct ip a, b;

    (void)state;
    assert_int_equal(inet_pton(AF_INET, "192.0.2.7", &v4.sin_addr), 1);
    assert_int_equal(inet_pton(AF_INET6, "::ffff:192.0.2.7", &v6.sin6_addr), 1);

    assert_int_equal(ip_of_socket(&a, (const struct sockaddr *)&v4), 0);
    assert_int_equal(ip_of_socket(&b, (const struct sockaddr *)&v6), 0);

    assert_memory_equal(&a, &b, sizeof a);
    assert_true(same("192.0.2.7", "::ffff:192.0.2.7"));
    assert_true(ip_of_socket(&a, &other) < 0);
}

static void what_is_no_address_is_refused(void **state)
{
    static const char *const bad[] = {
        "",
        "unknown",
        "10.0.0",
        "10.0.0.256",
        "10.0.0.1:",
        "10.0.0.1:x",
        "10.0.0.1:65536",
        "1.2.3.4:5:6",
        "[::1",
        "[::1]x",
        "[::1]:",
        "[]",
        ":::",
        "_hidden",
        "2001:db8::1::2",
        "1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb:cccc",
        "10.0.0.1 ",
        "::1%lo",
    };
    struct ip out;

    (void)state;

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_true(ip_parse(&out, span_of(bad[i])) < 0);
    assert_true(ip_parse(&out, span_make("1.2.3.4\0", 8)) < 0);
}

static bool range_holds(const char *text, const char *address)
{
    struct ip_range range;
    const struct ip_ranges ranges = {&range, 1};
    const struct ip one = ip(address);

    assert_int_equal(ip_range_parse(&range, span_of(text)), 0);

    return ip_ranges_hold(&ranges, &one);
}

static void a_range_holds_what_begins_as_it_does(void **state)
{
    (void)state;

    assert_true(range_holds("10.0.0.0/8", "10.255.0.1"));
    assert_false(range_holds("10.0.0.0/8", "11.0.0.1"));
    assert_true(range_holds("10.1.2.3/31", "10.1.2.2"));
    assert_false(range_holds("10.1.2.3/31", "10.1.2.4"));
    assert_true(range_holds("10.1.2.3", "10.1.2.3"));
    assert_false(range_holds("10.1.2.3", "10.1.2.2"));
    assert_true(range_holds("0.0.0.0/0", "255.1.2.3"));
    assert_false(range_holds("0.0.0.0/0", "2001:db8::1"));
    assert_true(range_holds("::/0", "2001:db8::1"));
    assert_true(range_holds("2001:db8::/33", "2001:db8:7fff::1"));
    assert_false(range_holds("2001:db8::/33", "2001:db8:8000::1"));
    assert_true(range_holds("::ffff:10.0.0.0/104", "10.9.9.9"));
}

static void what_is_no_range_is_refused(void **state)
{
    static const char *const bad[] = {"",        "/8",        "10.0.0.0/",  "10.0.0.0/33",
                                      "10/8",    "::/129",    "::/-1",      "10.0.0.0/8/8",
                                      "proxies", "[::1]/128", "10.0.0.1:80"};
    struct ip_range range;

    (void)state;

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_true(ip_range_parse(&range, span_of(bad[i])) < 0);
}

static bool same_owner(const char *a, const char *b)
{
    const struct ip one = ip(a), other = ip(b);

    return span_equal(ip_owner(&one), ip_owner(&other));
}

static void of_ipv6_a_64_has_one_owner_and_of_ipv4_an_address(void **state)
{
    (void)state;

    assert_true(same_owner("2001:db8:0:1::1", "2001:db8:0:1:ffff::2"));
    assert_false(same_owner("2001:db8:0:1::1", "2001:db8:0:2::1"));
    assert_false(same_owner("10.0.0.1", "10.0.0.2"));
    assert_true(same_owner("10.0.0.1", "::ffff:10.0.0.1"));
}

static void in_no_ranges_is_nobody(void **state)
{
    const struct ip_ranges none = {NULL, 0};
    const struct ip one = ip("10.0.0.1");

    (void)state;

    assert_false(ip_ranges_hold(&none, &one));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_is_read_with_or_without_a_port),
        cmocka_unit_test(an_ipv4_address_is_the_same_as_ipv6),
        cmocka_unit_test(what_is_no_address_is_refused),
        cmocka_unit_test(a_range_holds_what_begins_as_it_does),
        cmocka_unit_test(what_is_no_range_is_refused),
        cmocka_unit_test(of_ipv6_a_64_has_one_owner_and_of_ipv4_an_address),
        cmocka_unit_test(in_no_ranges_is_nobody),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
