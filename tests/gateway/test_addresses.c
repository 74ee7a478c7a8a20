#include "gateway/addresses.h"

#include "tests/support/failing_malloc.h"
#include "tests/support/unit.h"

#include <errno.h>

static struct ip ip(const char *text)
{
    struct ip ip;

    assert_int_equal(ip_parse(&ip, span_of(text)), 0);

    return ip;
}

static int start(void **state)
{
    *state = addresses_new();

    return *state ? 0 : -1;
}

static int stop(void **state)
{
    addresses_free(*state);

    return 0;
}

static void an_address_has_so_many_connections_and_no_more(void **state)
{
    struct addresses *addresses = *state;
    const struct ip one = ip("192.0.2.1"), other = ip("192.0.2.2");
    struct address_count *counts[4] = {NULL};

    assert_int_equal(addresses_enter(addresses, &one, 2, &counts[0]), 0);
    assert_int_equal(addresses_enter(addresses, &one, 2, &counts[1]), 0);
    assert_int_equal(addresses_enter(addresses, &one, 2, &counts[2]), -EDQUOT);
    assert_null(counts[2]);
    assert_int_equal(addresses_enter(addresses, &other, 2, &counts[3]), 0);

    address_leave(counts[0]);
    assert_int_equal(addresses_enter(addresses, &one, 2, &counts[2]), 0);

    for (int i = 1; i < 4; i++)
        address_leave(counts[i]);
}

static void of_ipv6_a_64_is_one(void **state)
{
    struct addresses *addresses = *state;
    const struct ip one = ip("2001:db8::1"), same = ip("2001:db8::ffff:1:2"),
                    other = ip("2001:db8:0:1::1");
    struct address_count *count, *another;

    assert_int_equal(addresses_enter(addresses, &one, 1, &count), 0);
    assert_int_equal(addresses_enter(addresses, &same, 1, &another), -EDQUOT);
    assert_int_equal(addresses_enter(addresses, &other, 1, &another), 0);

    address_leave(count);
    address_leave(another);
}

static void an_address_is_known_until_its_last_holder_leaves(void **state)
{
    struct addresses *addresses = *state;
    const struct ip one = ip("192.0.2.1");
    struct address_count *count;

    assert_int_equal(addresses_enter(addresses, &one, 1, &count), 0);
    assert_ptr_equal(address_share(count), count);
    address_leave(count);
    assert_int_equal(addresses_known(addresses), 1);

    address_leave(count);

    assert_int_equal(addresses_known(addresses), 0);
}

static void nobody_needs_no_care(void **state)
{
    (void)state;

    assert_null(address_share(NULL));
    address_leave(NULL);
    addresses_free(NULL);
}

static void without_memory_nobody_has_entered(void **state)
{
    const struct ip one = ip("192.0.2.1");
    struct address_count *count = NULL;
    int rc = -ENOMEM;

    (void)state;

    for (int n = 0; rc != 0; n++) {
        struct addresses *addresses;

        fail_malloc_after(n);
        addresses = addresses_new();
        rc = addresses ? addresses_enter(addresses, &one, 1, &count) : -ENOMEM;
        fail_malloc_never();

        assert_true(rc == 0 || rc == -ENOMEM);
        if (addresses)
            assert_int_equal(addresses_known(addresses), rc == 0);
        address_leave(count);
        addresses_free(addresses);
    }
}

int main(void)
{
#define WITH_FIXTURE(test) cmocka_unit_test_setup_teardown(test, start, stop)
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(an_address_has_so_many_connections_and_no_more),
        WITH_FIXTURE(of_ipv6_a_64_is_one),
        WITH_FIXTURE(an_address_is_known_until_its_last_holder_leaves),
        cmocka_unit_test(nobody_needs_no_care),
        cmocka_unit_test(without_memory_nobody_has_entered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
