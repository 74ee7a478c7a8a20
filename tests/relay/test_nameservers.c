#include "relay/nameservers.h"

#include "tests/support/unit.h"

#include <arpa/inet.h>
#include <event2/dns.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct fixture {
    struct event_base *loop;
    struct evdns_base *dns;
    char file[32];
};

static int set_up(void **state)
{
    static struct fixture f;

    f = (struct fixture){.loop = event_base_new(), .file = "/tmp/resolv.conf.XXXXXX"};
    f.dns = evdns_base_new(f.loop, EVDNS_BASE_DISABLE_WHEN_INACTIVE);
    *state = &f;

    return f.dns ? 0 : -1;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    evdns_base_free(f->dns, 0);
    event_base_free(f->loop);
    (void)unlink(f->file);

    return 0;
}

static void write_file(struct fixture *f, const char *text)
{
    int fd = mkstemp(f->file);

    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    (void)close(fd);
}

/* The one server that is asked. */
static const char *asked(struct fixture *f)
{
    static char text[INET_ADDRSTRLEN];
    struct sockaddr_in server;

    assert_int_equal(evdns_base_count_nameservers(f->dns), 1);
    assert_int_equal(
        evdns_base_get_nameserver_addr(f->dns, 0, (struct sockaddr *)&server, sizeof server),
        sizeof server);

    return inet_ntop(AF_INET, &server.sin_addr, text, sizeof text);
}

static void the_first_server_is_asked_first_and_alone(void **state)
{
    struct fixture *f = *state;

    write_file(f, "search here\nnameserver 127.0.0.11\nnameserver 127.0.0.12\n");

    assert_true(nameservers_use(f->dns, f->file, 0));
    assert_string_equal(asked(f), "127.0.0.11");
}

static void the_last_server_is_the_last(void **state)
{
    struct fixture *f = *state;

    write_file(f, "nameserver 127.0.0.11\nnameserver 127.0.0.12\n");

    assert_false(nameservers_use(f->dns, f->file, 1));
    assert_string_equal(asked(f), "127.0.0.12");
}

static void there_is_no_server_after_the_last_one(void **state)
{
    struct fixture *f = *state;

    write_file(f, "nameserver 127.0.0.11\n");

    assert_false(nameservers_use(f->dns, f->file, 1));
}

static void without_a_file_it_is_this_machine(void **state)
{
    struct fixture *f = *state;

    assert_false(nameservers_use(f->dns, "/no/such/file", 0));
    assert_string_equal(asked(f), "127.0.0.1");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_first_server_is_asked_first_and_alone),
        TEST(the_last_server_is_the_last),
        TEST(there_is_no_server_after_the_last_one),
        TEST(without_a_file_it_is_this_machine),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
