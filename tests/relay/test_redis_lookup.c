#include "relay/redis_lookup.h"

#include "tests/support/failing_malloc.h"
#include "tests/support/unit.h"

#include <arpa/inet.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>

struct fixture {
    struct event_base *loop;
    struct redis_lookup *lookup;
    int times;
    bool found;
    struct sockaddr_storage address;
};

static int set_up(void **state)
{
    static struct fixture f;

    f = (struct fixture){.loop = event_base_new()};
    *state = &f;

    return f.loop ? 0 : -1;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    event_base_free(f->loop);

    return 0;
}

static void on_found(void *owner, const struct sockaddr *address, socklen_t size)
{
    struct fixture *f = owner;

    f->times++;
    f->found = address != NULL;
    if (address)
        memcpy(&f->address, address, size);
    redis_lookup_free(f->lookup);
    f->lookup = NULL;
}

static void look_up(struct fixture *f, const char *host)
{
    f->lookup = redis_lookup_new(f->loop, host, 6380, 0, on_found, f);
    assert_non_null(f->lookup);
    assert_int_equal(f->times, 0);
    while (f->times == 0)
        assert_int_equal(event_base_loop(f->loop, EVLOOP_ONCE), 0);
}

static void an_address_needs_no_lookup(void **state)
{
    struct fixture *f = *state;
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)&f->address;

    look_up(f, "10.1.2.3");

    assert_true(f->found);
    assert_int_equal(v4->sin_family, AF_INET);
    assert_int_equal(ntohl(v4->sin_addr.s_addr), 0x0a010203);
    assert_int_equal(ntohs(v4->sin_port), 6380);
}

static void an_ipv6_address_needs_none_either(void **state)
{
    struct fixture *f = *state;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&f->address;

    look_up(f, "::1");

    assert_true(f->found);
    assert_int_equal(v6->sin6_family, AF_INET6);
    assert_int_equal(v6->sin6_addr.s6_addr[15], 1);
    assert_int_equal(ntohs(v6->sin6_port), 6380);
}

static void a_name_of_the_hosts_file_is_found(void **state)
{
    struct fixture *f = *state;

    look_up(f, "localhost");

    assert_true(f->found);
}

static void a_lookup_can_be_given_up_at_any_time(void **state)
{
    struct fixture *f = *state;

    for (int turns = 0; turns < 3; turns++) {
        f->lookup = redis_lookup_new(f->loop, "nowhere.invalid", 6380, 0, on_found, f);
        assert_non_null(f->lookup);
        for (int i = 0; i < turns; i++)
            (void)event_base_loop(f->loop, EVLOOP_NONBLOCK);
        if (f->times > 0)
            return; /* refused at once: nothing is left to give up */
        redis_lookup_free(f->lookup);
        for (int i = 0; i < 5; i++)
            (void)event_base_loop(f->loop, EVLOOP_NONBLOCK);
        assert_int_equal(f->times, 0);
    }
}

static void without_memory_there_is_no_lookup(void **state)
{
    struct fixture *f = *state;

    fail_malloc_after(0);
    f->lookup = redis_lookup_new(f->loop, "10.1.2.3", 6380, 0, on_found, f);
    fail_malloc_never();

    assert_null(f->lookup);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_address_needs_no_lookup),        TEST(an_ipv6_address_needs_none_either),
        TEST(a_name_of_the_hosts_file_is_found), TEST(a_lookup_can_be_given_up_at_any_time),
        TEST(without_memory_there_is_no_lookup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
