#include "gateway/forwarded.h"

#include "tests/support/unit.h"

#include <stdarg.h>
#include <string.h>

/* Of up to three headers; 10.0.0.0/8 and 2001:db8::/32 are proxies.  NULL: nobody. */
static void expect(const char *client, const char *first, const char *second, const char *third)
{
    const char *const values[] = {first, second, third};
    struct ip_range items[2];
    const struct ip_ranges trusted = {items, 2};
    struct forwarded forwarded = {.known = false};
    struct ip ip;

    assert_int_equal(ip_range_parse(&items[0], span_of("10.0.0.0/8")), 0);
    assert_int_equal(ip_range_parse(&items[1], span_of("2001:db8::/32")), 0);

    for (int i = 0; i < 3 && values[i]; i++)
        forwarded_read(&forwarded, &trusted, span_of(values[i]));

    assert_int_equal(forwarded.known, client != NULL);
    if (client) {
        assert_int_equal(ip_parse(&ip, span_of(client)), 0);
        assert_memory_equal(&forwarded.client, &ip, sizeof ip);
    }
}

static void the_client_is_the_rightmost_that_is_no_proxy(void **state)
{
    (void)state;

    expect("198.51.100.7", "198.51.100.7", NULL, NULL);
    expect("198.51.100.7", "198.51.100.7, 10.0.0.1, 2001:db8::9", NULL, NULL);
    expect("2001:1::1", "[2001:1::1]:4711,10.1.1.1:80", NULL, NULL);
}

static void what_the_client_has_written_itself_does_not_count(void **state)
{
    (void)state;

    expect("198.51.100.7", "203.0.113.1, 10.0.0.1, 198.51.100.7, 10.0.0.1", NULL, NULL);
    expect("198.51.100.7", "nonsense, , 198.51.100.7", NULL, NULL);
}

static void several_headers_are_one_list(void **state)
{
    (void)state;

    expect("198.51.100.7", "203.0.113.1", "198.51.100.7", "10.0.0.1");
    expect("203.0.113.1", "203.0.113.1", "10.0.0.3", "10.0.0.1");
}

static void whom_a_proxy_cannot_name_is_nobody(void **state)
{
    (void)state;

    expect(NULL, "203.0.113.1, unknown, 10.0.0.1", NULL, NULL);
    expect(NULL, "10.0.0.1", NULL, NULL);
    expect(NULL, "", NULL, NULL);
    expect(NULL, NULL, NULL, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_client_is_the_rightmost_that_is_no_proxy),
        cmocka_unit_test(what_the_client_has_written_itself_does_not_count),
        cmocka_unit_test(several_headers_are_one_list),
        cmocka_unit_test(whom_a_proxy_cannot_name_is_nobody),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
