/* Any bytes as a client's frame: the first one says of which dialect it is and how it comes, the
 * rest is the frame.  It is said twice, by one that is in the room; the room is told only what is
 * well-formed, without secrets, and nobody else is sent away for it. */
#include "tests/fuzz/claim.h"
#include "tests/fuzz/crowd.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/stage.h"

enum { GRACE_MS = 500, TOLD_MS = 200 };

static void hear_out(struct stage *stage)
{
    stage_settle(stage);
    stage_pass(stage, TOLD_MS);
    stage_check(stage);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct stage stage;
    const struct stage_settings settings = {.leave_grace_ms = GRACE_MS};
    struct listener speaker = {.asks = true};
    struct crowd crowd;
    struct span frame;
    enum ws_opcode opcode;

    if (size == 0)
        return 0;

    frame = span_make(data + 1, size - 1);
    opcode = data[0] & 128 ? WS_BINARY : WS_TEXT;
    stage_start(&stage, &settings);
    crowd_connect(&crowd, &stage);
    listener_connect(&speaker, &stage, data[0] % 64 % DIALECT_COUNT);
    stage_settle(&stage);

    for (int times = 0; times < 2 && speaker.ws; times++) {
        bool pieces = data[0] & 64 && times == 1;

        if (pieces)
            stage_say(speaker.ws, opcode, span_make(frame.data, frame.size / 3), false);
        stage_say(speaker.ws, opcode, span_skip(frame, pieces ? frame.size / 3 : 0), true);
        hear_out(&stage);
    }
    crowd_check(&crowd);
    stage_stop(&stage);

    return 0;
}
