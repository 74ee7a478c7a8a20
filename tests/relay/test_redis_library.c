/* Who brings the functions when several gateways find at once that they are missing. */
#include "relay/redis_library.h"

#include "relay/functions.h"
#include "tests/relay/link_stage.h"
#include "tests/support/redis_client.h"
#include "tests/support/redis_server.h"

#include <stdlib.h>
#include <string.h>

#define VERSION_IS "livegate_version = "

struct gateway {
    struct link_stage link;
    struct redis_library library;
    size_t ready;
    const char *failed;
};

struct fixture {
    struct redis_server *server;
    struct redis_client *client;
    struct gateway here;
    struct gateway there;
};

static void on_ready(void *owner)
{
    struct gateway *gateway = owner;

    gateway->ready++;
}

static void on_failed(void *owner, const char *why)
{
    struct gateway *gateway = owner;

    gateway->failed = why;
}

static void open_gateway(struct fixture *f, struct gateway *gateway, struct event_base *loop)
{
    *gateway = (struct gateway){.link = {.loop = loop, .metrics = metrics_new()}};
    assert_non_null(gateway->link.metrics);
    link_stage_connect(&gateway->link, redis_server_url(f->server));
    LINK_UNTIL(&gateway->link, gateway->link.ups > 0);
    gateway->library = (struct redis_library){
        .link = gateway->link.link, .on_ready = on_ready, .on_failed = on_failed, .owner = gateway};
}

static int set_up(void **state)
{
    static struct fixture f;
    struct event_base *loop = event_base_new();

    f = (struct fixture){.server = redis_server_new(NULL)};
    f.client = redis_client_new(f.server);
    open_gateway(&f, &f.here, loop);
    open_gateway(&f, &f.there, loop);
    *state = &f;

    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    struct event_base *loop = f->here.link.loop;

    redis_link_free(f->here.link.link);
    redis_link_free(f->there.link.link);
    metrics_free(f->here.link.metrics);
    metrics_free(f->there.link.metrics);
    event_base_free(loop);
    redis_client_free(f->client);
    redis_server_free(f->server);

    return 0;
}

/* What is asked now is answered before anything else reaches Redis. */
static void check(struct fixture *f, struct gateway *gateway)
{
    redis_server_hang(f->server);
    redis_library_check(&gateway->library);
    link_stage_turn(&gateway->link);
}

static void until_ready(struct fixture *f, struct gateway *gateway)
{
    LINK_UNTIL(&f->here.link, gateway->ready == 1);
    assert_null(gateway->failed);
}

static void both_check_at_once(struct fixture *f)
{
    check(f, &f->here);
    check(f, &f->there);
    redis_server_go_on(f->server);
    until_ready(f, &f->here);
    until_ready(f, &f->there);
}

static long long loaded_version(struct fixture *f)
{
    return reply_integer(ASK(f->client, "FCALL", "livegate_version", "0"));
}

static long long number_after(struct fixture *f, const char *name)
{
    const char *stats = reply_text(ASK(f->client, "INFO", "commandstats"));
    const char *line = strstr(stats, "cmdstat_function|load:");
    const char *number = line ? strstr(line, name) : NULL;

    return number ? strtoll(number + strlen(name), NULL, 10) : 0;
}

static long long loads(struct fixture *f)
{
    return number_after(f, "calls=") - number_after(f, "failed_calls=");
}

static void load(struct fixture *f, const char *code)
{
    assert_int_equal(ASK(f->client, "FUNCTION", "LOAD", "REPLACE", code)->type, REDIS_REPLY_STRING);
}

static void two_that_miss_it_at_once_load_it_once(void **state)
{
    struct fixture *f = *state;

    both_check_at_once(f);

    assert_int_equal(loads(f), 1);
    assert_int_equal(loaded_version(f), redis_library_version());
}

static void an_older_one_is_replaced(void **state)
{
    struct fixture *f = *state;

    load(f, "#!lua name=livegate\n"
            "redis.register_function('livegate_version', function() return 0 end)");
    both_check_at_once(f);

    assert_int_equal(loaded_version(f), redis_library_version());
}

static void a_newer_one_that_came_meanwhile_stays(void **state)
{
    struct fixture *f = *state;
    char *newer = strdup(livegate_lua);
    char *space;

    assert_non_null(newer);
    space = strstr(newer, VERSION_IS);
    assert_non_null(space);
    space[strlen(VERSION_IS) - 1] = '9'; /* a digit before the others */

    check(f, &f->here);
    redis_server_go_on(f->server);
    load(f, newer);
    free(newer);
    until_ready(f, &f->here);

    assert_true(loaded_version(f) > redis_library_version());
}

static void one_of_another_make_is_replaced(void **state)
{
    struct fixture *f = *state;

    load(f, "#!lua name=livegate\n"
            "redis.register_function('livegate_nothing', function() return 0 end)");
    both_check_at_once(f);

    assert_int_equal(loaded_version(f), redis_library_version());
}

#define TEST(sentence) cmocka_unit_test_setup_teardown(sentence, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(two_that_miss_it_at_once_load_it_once),
        TEST(an_older_one_is_replaced),
        TEST(a_newer_one_that_came_meanwhile_stays),
        TEST(one_of_another_make_is_replaced),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
