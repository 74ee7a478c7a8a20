/* scene.h - one relay on a scripted broker, with a journal of all it tells the gateway.
 *
 * The journal is one text: "entered anna 1; message a; like 12 +3; ", so that a test
 * says in one line what was told, how often and in which order. */
#ifndef TESTS_RELAY_SCENE_H
#define TESTS_RELAY_SCENE_H

#include "base/buffer.h"
#include "base/metrics.h"
#include "relay/relay.h"
#include "relay/visit.h"
#include "tests/support/scripted_broker.h"
#include "tests/support/unit.h"

#include <stdint.h>

#define ROOM "room"

/* An entry of a chat message. */
#define CHAT(term, seq, id) \
#term ":" #seq ":1000:" id "::::{\"msg_type\":\"message\",\"content\":\"hi\"}"

/* Others of the room's entries; FIRST is the first one of its term. */
#define GIFT(term, seq, id) #term ":" #seq ":1000:" id "::::{\"msg_type\":\"x_gift\"}"
#define FIRST(term, seq, id) #term ":" #seq ":1000:" id ":::f:{\"msg_type\":\"x_gift\"}"

#define ENTRIES(...) ((const char *const[]){__VA_ARGS__, NULL})

enum {
    SCENE_GRACE_MS = 10000,
    SCENE_TICK_MS = 100,
    SCENE_REFRESH_MS = 3600000,
    SCENE_BIG_ROOM = 10,
    SCENE_BACKOFF_MS = 5000 /* longer than the relay ever waits before it tries again */
};

struct scene {
    struct event_base *loop;
    struct wheel *wheel;
    struct metrics *metrics;
    struct scripted_broker *broker;
    struct relay *relay;
    struct relay_room *room; /* the one that is open; NULL: none */
    uint64_t likes;          /* the counter that comes with a history */
    struct buffer journal;
    void (*on_told)(struct scene *scene); /* also called for each line; may be NULL */
    char taken[32];                       /* the viewer that another worker took last */
};

/* A socket of a viewer. */
struct viewer {
    struct visit visit;
    struct scene *scene;
    const char *name; /* for the journal; also in its messages */
};

/* For cmocka: a scene whose broker is up, with no room open. */
int scene_setup(void **state);
int scene_teardown(void **state);

/* Lets the loop turn, with no time passing. */
void scene_turn(struct scene *scene);
void scene_pass(struct scene *scene, uint64_t ms);

/* Opens the room; it is listening, and its snapshot is asked for. */
void scene_open(struct scene *scene);

/* Also answers with an empty snapshot, and forgets the journal. */
void scene_open_empty(struct scene *scene);

/* The same, with nothing in it but that its last message was this one. */
void scene_open_at(struct scene *scene, uint64_t term, uint64_t seq);
void scene_close(struct scene *scene);

/* Comes through the room's channel. */
void scene_arrive(struct scene *scene, const char *entry);

/* Answers the oldest question for the room's state. */
void scene_answer_snapshot(struct scene *scene, const struct broker_snapshot *snapshot);

/* Answers the oldest question for the room's history: `complete`, these entries (NULL ends them)
 * and that the room is at `position`. */
void scene_answer_history(struct scene *scene, struct position position, bool complete,
                          const char *const *entries);

/* After which seq it is asked for; 0 when it is not. */
uint64_t scene_asked_after(const struct scene *scene);

/* Answers the oldest census: all that it says was done, `online` viewers are there. */
void scene_answer_census(struct scene *scene, uint64_t online);

/* What the oldest unanswered census says: "2: enter anna aloud, leave bert"; valid until the next
 * call.  "none" when there is none. */
const char *scene_census(struct scene *scene);

/* Asserts what was told since the last time, and forgets it. */
#define ASSERT_TOLD(scene, text)                         \
    do {                                                 \
        assert_string_equal(scene_journal(scene), text); \
        buffer_clear(&(scene)->journal);                 \
    } while (0)
const char *scene_journal(struct scene *scene);

int64_t scene_metric(const struct scene *scene, enum metric which, unsigned label);

/* Enters the scene's room as `uid` ("": none), whose session is `session`.
 * 0, or -ENOMEM. */
int viewer_try_enter(struct viewer *viewer, struct scene *scene, const char *uid, uint64_t session);
void viewer_enter(struct viewer *viewer, struct scene *scene, const char *uid);

#define SCENE_TEST(test) cmocka_unit_test_setup_teardown(test, scene_setup, scene_teardown)

#endif
