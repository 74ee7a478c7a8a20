/* function_calls.h - calling the Redis functions as a test wants to: a redis-server with the
 * library loaded, a connection that asks and one that listens to the room "8".
 *
 * One of each for all tests of a program; Redis is emptied before each test. */
#ifndef TESTS_RELAY_FUNCTION_CALLS_H
#define TESTS_RELAY_FUNCTION_CALLS_H

#include "schema/entry.h"
#include "tests/support/redis_client.h"

#define ROOM_KEY "live:{8}"

struct function_calls {
    struct redis_server *server;
    struct redis_client *asks;
    struct redis_client *listens;
};

extern struct function_calls calls;

/* For cmocka: of the group, and of each test. */
int calls_set_up(void **state);
int calls_tear_down(void **state);
int calls_forget(void **state);

/* Loads the library as it is built, or as it is changed. */
void functions_load(struct redis_client *client, const char *library);

/* Connects anew and loads the library again, after the server was restarted. */
void calls_reconnect(void);

/* FCALL livegate_publish 1 live:{8} message …, its arguments as far as given. */
#define PUBLISH(...) ASK(calls.asks, "FCALL", "livegate_publish", "1", ROOM_KEY, __VA_ARGS__)

/* FCALL livegate_census 1 live:{8} worker count grace_ms ttl … */
#define CENSUS(...) ASK(calls.asks, "FCALL", "livegate_census", "1", ROOM_KEY, __VA_ARGS__)

#define DO(...) ASK(calls.asks, __VA_ARGS__)

/* Publishes what must be good; gives its position. */
struct position published(const char *message);

/* The next entry that the room hears, valid until the next one. */
struct entry heard(void);

/* Fails if the room has heard anything that heard() did not give yet. */
void nothing_was_heard(void);

/* An entry of a list or hash. */
struct entry entry_of(const redisReply *reply);

void assert_error(const redisReply *reply, const char *beginning);
void assert_span(struct span span, const char *text);

#endif
