#include "schema/entry.h"

#include "schema/msgpack.h"

#include <errno.h>

enum head {
    HEAD_TERM,
    HEAD_SEQ,
    HEAD_TS,
    HEAD_ID,
    HEAD_TOTAL,
    HEAD_ORIGIN,
    HEAD_FLAGS,
    HEAD_COUNT
};

static const char flag_letters[] = {
#define X(constant, letter) [ENTRY_##constant##_INDEX] = (letter),
    ENTRY_FLAGS(X)
#undef X
};

static bool has_no_head(struct span bytes)
{
    return (bytes.size > 0 && bytes.data[0] == '{') || msgpack_is_map(bytes);
}

/* Cuts the fields of the head off *bytes.  False if there are too few. */
static bool cut_head(struct span *bytes, struct span head[HEAD_COUNT])
{
    for (size_t i = 0; i < HEAD_COUNT; i++) {
        size_t size = span_find(*bytes, ':');

        if (size == bytes->size)
            return false;

        head[i] = span_make(bytes->data, size);
        *bytes = span_skip(*bytes, size + 1);
    }

    return true;
}

static int read_number(struct span digits, int64_t when_empty, int64_t *number)
{
    if (digits.size == 0) {
        *number = when_empty;
        return 0;
    }

    return digits.data[0] == '-' ? -EBADMSG : span_to_i64(digits, number);
}

static int read_position(struct position *position, const struct span head[HEAD_COUNT])
{
    *position = (struct position){0, 0};
    if ((head[HEAD_TERM].size > 0 && span_to_u64(head[HEAD_TERM], &position->term) != 0) ||
        (head[HEAD_SEQ].size > 0 && span_to_u64(head[HEAD_SEQ], &position->seq) != 0))
        return -EBADMSG;

    return (position->term == 0) == (position->seq == 0) ? 0 : -EBADMSG;
}

/* Letters that are not ours belong to a newer release: it may run beside this one. */
static int read_flags(struct span letters, unsigned *flags)
{
    *flags = 0;
    for (size_t i = 0; i < letters.size; i++) {
        if (letters.data[i] < 'a' || letters.data[i] > 'z')
            return -EBADMSG;

        for (size_t j = 0; j < sizeof flag_letters; j++) {
            if (letters.data[i] == flag_letters[j])
                *flags |= 1U << j;
        }
    }

    return 0;
}

int entry_parse(struct entry *entry, struct span bytes)
{
    struct span head[HEAD_COUNT];

    *entry = (struct entry){.total = -1, .payload = bytes};
    if (has_no_head(bytes))
        return 0;

    if (!cut_head(&entry->payload, head) || entry->payload.size == 0 ||
        head[HEAD_ID].size > ENTRY_MAX_ID || head[HEAD_ORIGIN].size > ENTRY_MAX_ORIGIN)
        return -EBADMSG;

    if (read_position(&entry->position, head) != 0 ||
        read_number(head[HEAD_TS], 0, &entry->ts) != 0 ||
        read_number(head[HEAD_TOTAL], -1, &entry->total) != 0 ||
        read_flags(head[HEAD_FLAGS], &entry->flags) != 0)
        return -EBADMSG;

    entry->id = head[HEAD_ID];
    entry->origin = head[HEAD_ORIGIN];

    return 0;
}

static void write_number(struct buffer *out, uint64_t number, bool known)
{
    if (known)
        (void)buffer_add_u64(out, number);
    (void)buffer_add_char(out, ':');
}

struct span entry_flag_letters(unsigned flags, char letters[ENTRY_MAX_FLAGS])
{
    size_t n = 0;

    for (size_t i = 0; i < sizeof flag_letters; i++) {
        if (flags & (1U << i))
            letters[n++] = flag_letters[i];
    }

    return span_make(letters, n);
}

void entry_write(const struct entry *entry, struct buffer *out)
{
    bool sequenced = entry->position.term > 0;
    char letters[ENTRY_MAX_FLAGS];

    write_number(out, entry->position.term, sequenced);
    write_number(out, entry->position.seq, sequenced);
    write_number(out, (uint64_t)entry->ts, entry->ts > 0);
    (void)buffer_add_span(out, entry->id);
    (void)buffer_add_char(out, ':');
    write_number(out, (uint64_t)entry->total, entry->total >= 0);
    (void)buffer_add_span(out, entry->origin);
    (void)buffer_add_char(out, ':');
    (void)buffer_add_span(out, entry_flag_letters(entry->flags, letters));
    (void)buffer_add_char(out, ':');
    (void)buffer_add_span(out, entry->payload);
}

int position_compare(struct position a, struct position b)
{
    if (a.term != b.term)
        return a.term < b.term ? -1 : 1;

    return (a.seq > b.seq) - (a.seq < b.seq);
}
