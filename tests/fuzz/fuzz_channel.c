/* Any bytes in the channel of a room, between two messages that are good: its clients are told what
 * is well-formed and nothing else, and stay. */
#include "relay/arrival.h"
#include "tests/fuzz/claim.h"
#include "tests/fuzz/crowd.h"
#include "tests/fuzz/cut_broker.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/stage.h"

#include <errno.h>

enum { PATIENCE_MS = 1500 };

/* What can be read is a good message of its kind; what cannot says what place it took. */
static void check_arrival(struct span bytes)
{
    struct arrival arrival;
    struct buffer scratch;
    struct entry entry;
    int error;

    buffer_init(&scratch, ARRIVAL_SCRATCH_MAX);
    error = arrival_read(&arrival, bytes, &scratch);
    claim(error == 0 || error == -EBADMSG);
    if (entry_parse(&entry, bytes) == 0)
        claim(position_compare(entry.position, arrival.entry.position) == 0);
    if (error == 0)
        claim(message_check(&arrival.message, NULL) == 0);
    buffer_dispose(&scratch);
}

static void on_published(void *arg, const struct broker_status *status,
                         const struct broker_published *published)
{
    (void)arg;
    (void)published;
    claim(status->refusal == REFUSAL_NONE);
}

static void publish(struct stage *stage)
{
    struct relay_publish request = {.room = span_of(CROWD_ROOM),
                                    .message =
                                        span_of("{\"msg_type\":\"message\",\"content\":\"good\"}")};

    relay_publish(stage->relay, &request, on_published, NULL);
    stage_settle(stage);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct stage stage;
    const struct stage_settings settings = {.room_log = 0};
    struct span bytes = span_make(data, size);
    struct crowd crowd;

    check_arrival(bytes);
    stage_start(&stage, &settings);
    crowd_connect(&crowd, &stage);
    stage_settle(&stage);
    publish(&stage);

    for (int times = 0; times < 2; times++) {
        cut_broker_bring(stage.broker, span_of(CROWD_ROOM), bytes);
        stage_step(&stage);
        stage_check(&stage);
    }
    publish(&stage);
    stage_pass(&stage, PATIENCE_MS);
    stage_check(&stage);
    crowd_check(&crowd);
    stage_stop(&stage);

    return 0;
}
