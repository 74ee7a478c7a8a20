/* contract.h - what every broker must keep, whatever stands behind it.
 *
 * The sentences know broker.h only.  A program for each broker plugs it in:
 *
 *     int main(void)
 *     {
 *         return contract_run(&the_broker);
 *     }
 */
#ifndef TESTS_CONTRACT_CONTRACT_H
#define TESTS_CONTRACT_CONTRACT_H

#include "relay/broker.h"

#include <stdbool.h>

struct event_base;
struct wheel;

struct contract_broker {
    const char *name;
    bool several_workers; /* more than one may be open in one place */

    /* Once for all sentences: where the brokers meet, such as a server.  NULL: it failed.
     * Both may be NULL when nothing is needed. */
    void *(*begin)(void);
    void (*end)(void *place);

    /* A broker of the worker of that name; a text that outlives it.  NULL: it failed. */
    struct broker *(*open)(void *place, struct event_base *loop, struct wheel *wheel,
                           const char *worker);
};

/* Number of sentences that do not hold. */
int contract_run(const struct contract_broker *broker);

/* ---- for the files of sentences ---- */

int contract_publishing(void);
int contract_ids(void);
int contract_messages(void);
int contract_shelf(void);
int contract_listening(void);
int contract_snapshots(void);
int contract_history(void);
int contract_census(void);
int contract_moderation(void);
int contract_recall(void);
int contract_workers(void);
int contract_ending(void);

#endif
