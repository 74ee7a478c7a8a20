#include "tests/contract/hardship.h"

#include "tests/contract/stage.h"
#include "tests/support/torture.h"

#include <event2/event.h>
#include <stdio.h>

#define GIFT "{\"msg_type\":\"x_gift\"}"

enum { TURNS = 8, ASKED = 6 };

void hardship_work(struct stage *stage, struct torture *torture)
{
    for (int i = 0; i < TURNS; i++) {
        torture_begin(torture);
        (void)event_base_loop(stage->loop, EVLOOP_ONCE);
        torture_end(torture);
    }
}

static bool all_answered(const struct answer *answers)
{
    for (size_t i = 0; i < ASKED; i++) {
        if (answers[i].times == 0)
            return false;
    }

    return true;
}

void hardship_ask_each_kind(struct stage *stage, struct torture *torture)
{
    static int round; /* somebody new is muted in each */
    char uid[16];
    const struct broker_publish gift = {.room = span_of(stage->room), .message = span_of(GIFT)};
    const struct census_item item = {.verb = CENSUS_ENTER, .uid = span_of("u")};
    const struct broker_census one = {.room = span_of(stage->room), .items = &item, .n_items = 1};
    const struct broker_moderate mute = {
        .room = span_of(stage->room), .verb = MODERATE_MUTE, .uid = span_of("u"), .seconds = 60};
    struct answer answers[ASKED];

    (void)snprintf(uid, sizeof uid, "u%d", round++);
    torture_begin(torture);
    worker_publish(&stage->a, &gift, &answers[0]);
    worker_snapshot(&stage->a, stage->room, &answers[1]);
    worker_history(&stage->a, (struct position){0, 0}, 10, &answers[2]);
    answers[3].n_items = 1;
    worker_census(&stage->a, &one, &answers[3]);
    worker_moderate(&stage->a, &mute, &answers[4]);
    worker_sanctions(&stage->a, stage->room, &answers[5]);
    torture_end(torture);

    hardship_work(stage, torture);
    STAGE_UNTIL(stage, all_answered(answers));

    for (size_t i = 0; i < ASKED; i++) {
        assert_int_equal(answers[i].times, 1);
        assert_true(answers[i].refusal == REFUSAL_NONE || torture_refused(torture));
        answer_dispose(&answers[i]);
    }
}
