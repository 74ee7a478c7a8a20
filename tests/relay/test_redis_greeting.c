/* How a connection begins: with a real server that wants to know who we are, and with
 * peers that are no Redis for us, or none at all. */
#include "relay/redis_link.h"

#include "tests/relay/fake_redis.h"
#include "tests/relay/link_stage.h"
#include "tests/support/redis_client.h"
#include "tests/support/redis_server.h"

#include <stdio.h>
#include <string.h>

static void a_password_and_a_database_are_used(void **state)
{
    static const char *const options[] = {"--requirepass", "s@crt", NULL};
    struct link_stage *stage = *state;
    struct redis_server *server = redis_server_new(options);
    struct redis_client *client = redis_client_new(server);
    char url[100];

    (void)snprintf(url, sizeof url, "redis://:s%%40crt@127.0.0.1:%u/3",
                   (unsigned)redis_server_port(server));
    link_stage_connect(stage, url);
    LINK_UNTIL(stage, stage->ups == 1);
    link_stage_hear(stage, "INCR", "x");

    (void)ASK(client, "AUTH", "s@crt");
    (void)ASK(client, "SELECT", "3");
    assert_string_equal(reply_text(ASK(client, "GET", "x")), "1");
    redis_client_free(client);
    redis_server_free(server);
}

static void a_user_needs_no_more_rights_than_ping(void **state)
{
    struct link_stage *stage = *state;
    struct redis_server *server = redis_server_new(NULL);
    struct redis_client *client = redis_client_new(server);
    char url[100];

    (void)ASK(client, "ACL", "SETUSER", "gate", "on", ">pw", "+ping");
    (void)snprintf(url, sizeof url, "redis://gate:pw@127.0.0.1:%u",
                   (unsigned)redis_server_port(server));
    link_stage_connect(stage, url);
    LINK_UNTIL(stage, stage->ups == 1);

    assert_non_null(strstr(reply_text(ASK(client, "CLIENT", "LIST")), "name=test"));
    redis_client_free(client);
    redis_server_free(server);
}

static void bad_credentials_are_told_by_name(void **state)
{
    static const char *const options[] = {"--requirepass", "secret", NULL};
    static const struct {
        const char *credentials;
        const char *why;
    } cases[] = {
        {"", "redis: wants a password (NOAUTH)"},
        {":wrong@", "redis: wrong user or password (WRONGPASS)"},
        {"nobody:secret@", "redis: wrong user or password (WRONGPASS)"},
    };
    struct link_stage *stage = *state;
    struct redis_server *server = redis_server_new(options);

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char url[100];

        (void)snprintf(url, sizeof url, "redis://%s127.0.0.1:%u", cases[i].credentials,
                       (unsigned)redis_server_port(server));
        stage->downs = 0;
        link_stage_connect(stage, url);
        LINK_UNTIL(stage, stage->downs >= 2);
        assert_string_equal(stage->why, cases[i].why);
        assert_int_equal(stage->ups, 0);
        redis_link_free(stage->link);
        stage->link = NULL;
    }
    redis_server_free(server);
}

static void a_replica_is_not_what_we_want(void **state)
{
    struct link_stage *stage = *state;
    struct redis_server *server = redis_server_new(NULL);
    struct redis_client *client = redis_client_new(server);

    (void)ASK(client, "REPLICAOF", "127.0.0.1", "1");
    link_stage_connect(stage, redis_server_url(server));
    LINK_UNTIL(stage, stage->downs == 1);
    assert_string_equal(stage->why, "redis: a read-only replica (READONLY)");

    (void)ASK(client, "REPLICAOF", "NO", "ONE");
    LINK_UNTIL(stage, stage->ups == 1);
    redis_client_free(client);
    redis_server_free(server);
}

#define HELLO_OF(version, role) "*4\r\n$7\r\nversion\r\n$" version "\r\n$4\r\nrole\r\n$" role "\r\n"

static void what_is_no_redis_for_us_is_told_and_not_tried_in_a_hurry(void **state)
{
    static const struct {
        const char *says;
        const char *why;
    } cases[] = {
        {FAKE_HELLO "-LOADING Redis is loading the dataset in memory\r\n",
         "redis: loading its data (LOADING)"},
        {FAKE_HELLO "-MASTERDOWN Link with MASTER is down\r\n",
         "redis: a replica without its master (MASTERDOWN)"},
        {"-ERR max number of clients reached\r\n", "redis: too many clients"},
        {"-DENIED Redis is running in protected mode\r\n", "redis: protected mode (DENIED)"},
        {"-ERR unknown command `HELLO`, with args beginning with: `2`\r\n",
         "redis: refuses the connection"},
        {HELLO_OF("6\r\n6.2.14", "6\r\nmaster") "+PONG\r\n", "redis: older than 7.0"},
        {HELLO_OF("1\r\nx", "6\r\nmaster") "+PONG\r\n", "redis: older than 7.0"},
        {HELLO_OF("5\r\n7.0.0", "5\r\nslave") "+PONG\r\n", "redis: a read-only replica (READONLY)"},
        {"*0\r\n+PONG\r\n", "redis: older than 7.0"},
        {"*3\r\n*0\r\n:1\r\n$-1\r\n", "redis: older than 7.0"},
        {":1\r\n", "redis: not what Redis answers"},
        {"$-1\r\n", "redis: not what Redis answers"},
        {"*-1\r\n", "redis: not what Redis answers"},
        {"HTTP/1.1 400 Bad Request\r\n\r\n", "redis: not its protocol"},
        {FAKE_WELCOME "+and more\r\n", "redis: not its protocol"},
    };
    struct link_stage *stage = *state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct fake_redis *fake = fake_redis_new(stage->loop, cases[i].says, false);
        uint64_t began_ms = clock_now();

        stage->downs = 0;
        link_stage_connect(stage, fake_redis_url(fake));
        LINK_UNTIL(stage, stage->downs >= 1);
        if (strcmp(stage->why, cases[i].why) != 0)
            fail_msg("%zu: \"%s\" is not \"%s\"", i, stage->why, cases[i].why);

        LINK_UNTIL(stage, clock_now() - began_ms > 100);
        assert_true(stage->downs < 30);
        redis_link_free(stage->link);
        stage->link = NULL;
        fake_redis_free(fake);
    }
}

static void a_peer_that_hangs_up_at_once_is_not_tried_in_a_hurry(void **state)
{
    struct link_stage *stage = *state;
    struct fake_redis *fake = fake_redis_new(stage->loop, FAKE_WELCOME, true);
    uint64_t began_ms = clock_now();

    link_stage_connect(stage, fake_redis_url(fake));
    LINK_UNTIL(stage, clock_now() - began_ms > 2000);

    assert_true(stage->downs >= 1);
    assert_string_equal(stage->why, "redis: closed the connection");
    assert_true(fake_redis_connections(fake) < 30);
    fake_redis_free(fake);
}

static void a_peer_that_says_nothing_is_given_up(void **state)
{
    struct link_stage *stage = *state;
    struct fake_redis *fake = fake_redis_new(stage->loop, "", false);

    link_stage_connect(stage, fake_redis_url(fake));
    LINK_UNTIL(stage, stage->downs == 1);

    assert_string_equal(stage->why, "redis: connection timed out");
    fake_redis_free(fake);
}

static void an_unknown_name_is_told(void **state)
{
    struct link_stage *stage = *state;

    link_stage_connect(stage, "redis://nowhere.invalid");
    LINK_UNTIL(stage, stage->downs == 1);

    if (strcmp(stage->why, "redis: connection timed out") != 0) /* without a name server */
        assert_string_equal(stage->why, "redis: its name is not known");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, link_stage_set_up, link_stage_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_password_and_a_database_are_used),
        TEST(a_user_needs_no_more_rights_than_ping),
        TEST(bad_credentials_are_told_by_name),
        TEST(a_replica_is_not_what_we_want),
        TEST(what_is_no_redis_for_us_is_told_and_not_tried_in_a_hurry),
        TEST(a_peer_that_hangs_up_at_once_is_not_tried_in_a_hurry),
        TEST(a_peer_that_says_nothing_is_given_up),
        TEST(an_unknown_name_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
