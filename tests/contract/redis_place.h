/* redis_place.h - the place where redis brokers meet: a redis-server of the test's own. */
#ifndef TESTS_CONTRACT_REDIS_PLACE_H
#define TESTS_CONTRACT_REDIS_PLACE_H

#include "tests/contract/contract.h"
#include "tests/support/redis_client.h"
#include "tests/support/redis_server.h"

struct answer;
struct metrics;
struct stage;

struct redis_place {
    struct redis_server *server;
    struct redis_client *client; /* of the test */
    struct metrics *metrics;     /* of all brokers */
    char url[128];               /* the server's, unless a test changes it */
};

extern struct redis_place redis_place;
extern const struct contract_broker redis_place_broker;

/* ---- for tests that break it ---- */

/* For cmocka: of the group.  The stage plays here then. */
int redis_place_set_up(void **state);
int redis_place_tear_down(void **state);

/* After the server was killed. */
void redis_place_restart(void);

/* Waits until worker a is told so. */
void redis_place_until_down(struct stage *stage, const char *why);
void redis_place_until_up(struct stage *stage);

/* Asks worker a to publish something. */
void redis_place_publish(struct stage *stage, struct answer *answer);

#endif
