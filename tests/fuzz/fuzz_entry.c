/* Any bytes as an entry: what can be read is written and read again as the same. */
#include "schema/entry.h"
#include "tests/fuzz/fuzz.h"

#include <errno.h>
#include <stdlib.h>

static bool same(const struct entry *a, const struct entry *b)
{
    return position_compare(a->position, b->position) == 0 && a->ts == b->ts &&
           span_equal(a->id, b->id) && a->total == b->total && span_equal(a->origin, b->origin) &&
           a->flags == b->flags && span_equal(a->payload, b->payload);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct entry entry;
    struct entry again;
    struct buffer out;
    int error = entry_parse(&entry, span_make(data, size));

    if (error != 0) {
        if (error != -EBADMSG)
            abort();
        return 0;
    }

    buffer_init(&out, size + 16);
    entry_write(&entry, &out);
    if (buffer_status(&out) != 0 || entry_parse(&again, buffer_span(&out)) != 0 ||
        !same(&entry, &again))
        abort();
    buffer_dispose(&out);

    return 0;
}
