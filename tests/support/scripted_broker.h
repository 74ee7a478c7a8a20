/* scripted_broker.h - a broker whose every answer and event the test decides.
 *
 * Requests wait, oldest first, until the test answers or refuses them; entries,
 * confirmations and states come when the test says so.  What a real broker promises
 * about their order is the test's to keep, or to break. */
#ifndef TESTS_SUPPORT_SCRIPTED_BROKER_H
#define TESTS_SUPPORT_SCRIPTED_BROKER_H

#include "relay/broker.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SCRIPTED_ITEMS = 64 };

enum scripted_verb {
    SCRIPTED_PUBLISH,
    SCRIPTED_SNAPSHOT,
    SCRIPTED_HISTORY,
    SCRIPTED_CENSUS,
    SCRIPTED_SANCTIONS
};

struct scripted_item {
    enum census_verb verb;
    char *uid;
    char *announcement; /* "": none */
    char *origin;
};

struct scripted_request {
    struct scripted_request *next;
    enum scripted_verb verb;
    char *room;
    char *message; /* of a publish */
    char *origin;
    unsigned flags;
    struct position after; /* of a history */
    uint64_t count;        /* of a census */
    size_t n_items;
    struct scripted_item items[SCRIPTED_ITEMS];
    broker_on_published *on_published;
    broker_on_snapshot *on_snapshot;
    broker_on_history *on_history;
    broker_on_counted *on_counted;
    broker_on_sanctions *on_sanctions;
    void *arg;
};

/* Who listens to a room. */
struct scripted_channel {
    struct scripted_channel *next;
    char *room;
    void *listener; /* NULL: nobody any more */
};

struct scripted_broker {
    struct broker broker;
    struct scripted_channel *channels;
    struct scripted_request *first; /* not answered yet */
    size_t asked;                   /* requests ever made */
    size_t listens;
    size_t unlistens;
    bool fail_listen;       /* broker_listen() says -ENOMEM */
    bool scripts_sanctions; /* what is in force is for the test to answer, else: nothing */
    bool *freed;            /* set when it is freed; may be NULL */
};

/* Down at first. */
struct scripted_broker *scripted_broker_new(void);

void scripted_state(struct scripted_broker *scripted, enum broker_state state);

/* To who listens to the room; nothing happens when nobody does. */
void scripted_listening(struct scripted_broker *scripted, const char *room);
void scripted_entry(struct scripted_broker *scripted, const char *room, const char *entry);

/* The oldest unanswered request, or the oldest of its verb; NULL when there is none. */
struct scripted_request *scripted_first(const struct scripted_broker *scripted);
struct scripted_request *scripted_oldest(const struct scripted_broker *scripted,
                                         enum scripted_verb verb);
size_t scripted_waiting(const struct scripted_broker *scripted);

/* Each answers the request and frees it. */
void scripted_refuse(struct scripted_broker *scripted, struct scripted_request *request,
                     enum refusal refusal);
void scripted_published(struct scripted_broker *scripted, struct scripted_request *request);
void scripted_snapshot(struct scripted_broker *scripted, struct scripted_request *request,
                       const struct broker_snapshot *snapshot);
void scripted_history(struct scripted_broker *scripted, struct scripted_request *request,
                      const struct broker_history *history);
/* `returning` has one for each item; NULL: none is. */
void scripted_counted(struct scripted_broker *scripted, struct scripted_request *request,
                      uint64_t online, const bool *returning);
void scripted_sanctions(struct scripted_broker *scripted, struct scripted_request *request,
                        const struct broker_sanctions *sanctions);

#endif
