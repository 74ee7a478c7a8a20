#include "relay/arrival.h"

#include "schema/json.h"
#include "schema/msgpack.h"

#include <errno.h>
#include <string.h>

/* The same entry with its payload as JSON, in `scratch`. */
static int to_json(struct arrival *arrival, struct buffer *scratch)
{
    struct entry head = arrival->entry;
    bool has_head = head.payload.data != arrival->bytes.data;
    int error;

    head.payload = SPAN_NONE;
    buffer_clear(scratch);
    if (has_head)
        entry_write(&head, scratch);

    error = msgpack_to_json(arrival->entry.payload, scratch);
    if (error == 0)
        error = buffer_status(scratch);
    if (error != 0)
        return error == -ENOMEM ? -ENOMEM : -EBADMSG;

    arrival->bytes = buffer_span(scratch);

    return entry_parse(&arrival->entry, arrival->bytes);
}

static int check(struct arrival *arrival)
{
    const struct json_value *count = &arrival->message.fields[FIELD_COUNT];
    int64_t taps = 1;

    arrival->message.summed = arrival->entry.flags & ENTRY_SUMMED;
    arrival->message.by_broker = arrival->entry.position.seq > 0;
    if (message_check(&arrival->message, NULL) != 0)
        return -EBADMSG;

    if (count->type == JSON_NUMBER && json_to_integer(*count, &taps) != 0)
        taps = 1;
    arrival->taps = (uint64_t)taps;

    return 0;
}

/* Whatever the others here have room for is measured by what may be published; by plain PUBLISH
 * anything comes. */
static bool is_too_big(const struct entry *entry)
{
    bool announced = entry->position.seq == 0 && entry->total >= 0 &&
                     (entry->flags & ENTRY_NOT_TO_SENDER) && !msgpack_is_map(entry->payload);

    return entry->payload.size > (announced ? MESSAGE_MAX_ANNOUNCEMENT : MESSAGE_MAX_BYTES);
}

int arrival_read(struct arrival *arrival, struct span bytes, struct buffer *scratch)
{
    memset(&arrival->entry, 0, sizeof arrival->entry);
    arrival->bytes = bytes;
    arrival->taps = 0;
    if (entry_parse(&arrival->entry, bytes) != 0 || is_too_big(&arrival->entry))
        return -EBADMSG;

    if (msgpack_is_map(arrival->entry.payload)) {
        struct position position = arrival->entry.position;
        int error = to_json(arrival, scratch);

        arrival->entry.position = position; /* also of what cannot be converted */
        if (error != 0)
            return error;
    }

    if (message_read(&arrival->message, arrival->entry.payload, NULL) != 0)
        return -EBADMSG;

    return check(arrival);
}
