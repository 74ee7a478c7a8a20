/* Any bytes as a client's frame of livegate.v1.msgpack: refused, or a message whose way to JSON,
 * to msgpack and back changes nothing.  The same bytes as JSON: packed if and only if they are. */
#include "schema/message.h"
#include "schema/msgpack.h"
#include "schema/payload.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>

#define MAX_BYTES ((size_t)1 << 24)

static void there_and_back(struct span json)
{
    struct buffer packed, again;
    struct message message;

    buffer_init(&packed, MAX_BYTES);
    buffer_init(&again, MAX_BYTES);

    if (msgpack_from_json(json, &packed) != 0 ||
        msgpack_to_json(buffer_span(&packed), &again) != 0 ||
        !span_equal(json, buffer_span(&again)))
        abort();

    if (message_read(&message, json, NULL) == 0 && message_check(&message, NULL) == 0 &&
        message_read(&message, buffer_span(&again), NULL) != 0)
        abort();

    buffer_dispose(&packed);
    buffer_dispose(&again);
}

static void as_json(struct span text)
{
    struct buffer packed;
    enum json_type type;

    buffer_init(&packed, MAX_BYTES);
    if ((json_check(text, &type) == 0) != (msgpack_from_json(text, &packed) == 0))
        abort();
    buffer_dispose(&packed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span frame = span_make(data, size);
    struct buffer json;

    buffer_init(&json, PAYLOAD_JSON_MAX(size));
    if (msgpack_to_json(frame, &json) == 0)
        there_and_back(buffer_span(&json));
    as_json(frame);
    buffer_dispose(&json);

    return 0;
}
