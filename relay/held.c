#include "relay/held.h"

#include <stdint.h>

void held_init(struct held *held)
{
    *held = (struct held){0};
    buffer_init(&held->entries, HELD_MAX_BYTES);
}

void held_clear(struct held *held)
{
    buffer_dispose(&held->entries);
    held_init(held);
}

void held_add(struct held *held, struct span bytes)
{
    uint64_t size = bytes.size;
    size_t lost = held->count + 1;

    if (held->overflowed) {
        held->lost++;
        return;
    }

    (void)buffer_add(&held->entries, &size, sizeof size);
    (void)buffer_add_span(&held->entries, bytes);
    held->count++;
    if (buffer_status(&held->entries) == 0 && held->count <= HELD_MAX_COUNT)
        return;

    held_clear(held);
    held->overflowed = true;
    held->lost = lost;
}

void held_take(struct held *held, struct held *to)
{
    *to = *held;
    held_init(held);
}

bool held_next(const struct held *held, size_t *at, struct span *bytes)
{
    uint64_t size;

    if (*at >= held->entries.size)
        return false;

    memcpy(&size, held->entries.data + *at, sizeof size);
    *bytes = span_make(held->entries.data + *at + sizeof size, size);
    *at += sizeof size + size;

    return true;
}
