/* stage.h - where a contract sentence plays: a loop, one worker or two with their
 * brokers, and a record of all they are told.
 *
 * Every sentence has a room of its own, so what others left behind in the same
 * server does not matter.  Nothing sleeps: STAGE_UNTIL turns the loop until a
 * condition holds. */
#ifndef TESTS_CONTRACT_STAGE_H
#define TESTS_CONTRACT_STAGE_H

#include "base/attributes.h"
#include "base/clock.h"
#include "base/list.h"
#include "base/span.h"
#include "relay/broker.h"
#include "schema/entry.h"
#include "tests/contract/answer.h"
#include "tests/contract/contract.h"
#include "tests/support/unit.h"

#include <stddef.h>
#include <stdint.h>

#define STAGE_PATIENCE_MS 10000
#define STAGE_LAST_WORD "{\"msg_type\":\"x_last_word\"}"

enum { STAGE_ROOM_MAX = 80 };

/* One payload that a worker heard. */
struct heard {
    struct list_node node;
    char room[STAGE_ROOM_MAX];
    struct entry entry; /* taken apart; its spans point to `bytes` */
    struct span bytes;
    char storage[];
};

struct stage_worker {
    struct stage *stage;
    struct broker *broker; /* NULL: not open */
    enum broker_state state;
    struct list listeners; /* one for each time it listened; none is told after its time */
    struct list heard;     /* in the order of arrival */
    size_t n_heard;
    size_t n_listening;                            /* times on_listening came */
    void (*on_heard)(struct stage_worker *worker); /* NULL: none; from inside on_entry */
};

struct stage {
    struct event_base *loop;
    struct wheel *wheel;
    struct event *tick;
    struct stage_worker a;
    struct stage_worker b; /* only when opened */
    bool in_call;          /* nothing may be called back now */
    char room[40];         /* of this sentence */
    char other_room[40];
};

#define STAGE_UNTIL(stage, condition)                                            \
    do {                                                                         \
        uint64_t give_up_at = clock_now() + STAGE_PATIENCE_MS;                   \
        while (!(condition)) {                                                   \
            if (clock_now() > give_up_at)                                        \
                fail_msg("waited %d ms for: %s", STAGE_PATIENCE_MS, #condition); \
            stage_turn(stage);                                                   \
        }                                                                        \
    } while (0)

/* ---- cmocka's setup and teardown; the second opens worker b too ---- */

int stage_setup(void **state);
int stage_setup_two(void **state);
int stage_teardown(void **state);

#define STAGE_TEST(sentence) cmocka_unit_test_setup_teardown(sentence, stage_setup, stage_teardown)
#define STAGE_TEST_TWO(sentence) \
    cmocka_unit_test_setup_teardown(sentence, stage_setup_two, stage_teardown)

/* The broker under test, and where it plays. */
extern const struct contract_broker *stage_broker;
extern void *stage_place;

/* One turn of the loop; at most some milliseconds. */
void stage_turn(struct stage *stage);

/* Lets so much time pass. */
void stage_wait_ms(struct stage *stage, uint64_t ms);

/* Opens a worker and waits until it is up; closes it. */
void worker_open(struct stage *stage, struct stage_worker *worker, const char *name);
void worker_close(struct stage_worker *worker);

/* ---- requests; nothing is waited for ---- */

void worker_publish(struct stage_worker *worker, const struct broker_publish *publish,
                    struct answer *answer);
void worker_snapshot(struct stage_worker *worker, const char *room, struct answer *answer);
void worker_history(struct stage_worker *worker, struct position after, size_t limit,
                    struct answer *answer);
void worker_census(struct stage_worker *worker, const struct broker_census *census,
                   struct answer *answer);
void worker_moderate(struct stage_worker *worker, const struct broker_moderate *moderate,
                     struct answer *answer);
void worker_sanctions(struct stage_worker *worker, const char *room, struct answer *answer);
void worker_listen(struct stage_worker *worker, const char *room);
int worker_try_to_listen(struct stage_worker *worker, const char *room) MUST_USE;
void worker_unlisten(struct stage_worker *worker, const char *room);

/* ---- and with their answers waited for ---- */

/* Listens and waits for the confirmation. */
void hear(struct stage_worker *worker, const char *room);

/* Publishes a text to the sentence's room, from worker a. */
void publish(struct stage *stage, const char *message, struct answer *answer);

/* The same, from anyone with anything. */
void publish_as(struct stage_worker *worker, const struct broker_publish *what,
                struct answer *answer);

/* Publishes, must be done; gives the position. */
struct position published(struct stage *stage, const char *message);

/* A snapshot of the sentence's room, which must be given; free with answer_dispose(). */
void cut(struct stage_worker *worker, struct answer *answer);

/* The first messages of the sentence's room after a position, which must be given; likewise. */
void read_after(struct stage_worker *worker, struct position after, size_t limit,
                struct answer *answer);

/* Census of one item or, with NULL, of none, in the sentence's room, with a grace far longer
 * than the sentence.  Must be done. */
void count_in(struct stage_worker *worker, uint64_t count, const struct census_item *item,
              struct answer *answer);

/* ---- what was heard ---- */

/* The i-th; waits for it. */
const struct heard *heard_at(struct stage_worker *worker, size_t i);

/* The entry says that this viewer returned: a join of its uid, for gateways only. */
void assert_returned(const struct entry *entry, const char *uid);

/* Publishes a last word to the sentence's room, which the worker listens to, and gives the
 * number of entries it heard before that: what did not come until now will not come. */
size_t heard_before_last_word(struct stage_worker *worker);

/* The sentence that snapshots are kept for (contract_snapshots.c), for one publisher or several. */
void snapshot_plus_messages_is_exact(struct stage *stage, struct stage_worker *const *publishers,
                                     size_t n_publishers);

#endif
