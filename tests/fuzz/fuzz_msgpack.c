/* Any bytes as msgpack: refused, or one JSON object of a bounded size. */
#include "schema/msgpack.h"
#include "schema/payload.h"
#include "tests/fuzz/fuzz.h"

#include <errno.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span payload = span_make(data, size);
    enum json_type type = JSON_NONE;
    struct buffer json;
    int error;

    buffer_init(&json, PAYLOAD_JSON_MAX(size));
    error = msgpack_to_json(payload, &json);

    if (error != 0 && error != -EBADMSG && error != -E2BIG)
        abort();
    if (error == 0 && !msgpack_is_map(payload))
        abort();
    if (error == 0 && (json_check(buffer_span(&json), &type) != 0 || type != JSON_OBJECT))
        abort();
    buffer_dispose(&json);

    return 0;
}
