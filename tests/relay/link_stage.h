/* link_stage.h - a loop, a link on it, and a record of all the link tells. */
#ifndef TESTS_RELAY_LINK_STAGE_H
#define TESTS_RELAY_LINK_STAGE_H

#include "base/clock.h"
#include "relay/redis_link.h"
#include "tests/support/unit.h"

#include <event2/event.h>
#include <stdbool.h>
#include <stddef.h>

enum { LINK_PATIENCE_MS = 15000, LINK_MAX_ENDS = 64 };

struct link_stage {
    struct event_base *loop;
    struct metrics *metrics;
    struct redis_url url;
    struct redis_link *link;
    bool in_call; /* nothing may be called back now */
    size_t ups;
    size_t downs;
    const char *why; /* of the last down */
    size_t n_ends;
    enum redis_end last_end;
    int last_type;
    char last_text[128];
    size_t messages;
};

#define LINK_UNTIL(stage, condition)                                            \
    do {                                                                        \
        uint64_t give_up_ms = clock_now() + LINK_PATIENCE_MS;                   \
        while (!(condition)) {                                                  \
            if (clock_now() > give_up_ms)                                       \
                fail_msg("waited %d ms for: %s", LINK_PATIENCE_MS, #condition); \
            link_stage_turn(stage);                                             \
        }                                                                       \
    } while (0)

/* For cmocka: of each test. */
int link_stage_set_up(void **state);
int link_stage_tear_down(void **state);

void link_stage_turn(struct link_stage *stage);

/* Makes the link and starts it. */
void link_stage_connect(struct link_stage *stage, const char *url);

/* Asks one word, or two; gives what redis_link_ask() gave.  Ends are counted. */
int link_stage_ask(struct link_stage *stage, const char *word, const char *argument);

/* The same, and the answer is waited for. */
void link_stage_hear(struct link_stage *stage, const char *word, const char *argument);

#endif
