#include "gateway/room_log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY 8

struct room_log {
    struct room_frame *frames; /* a ring; capacity is a power of two */
    size_t capacity;
    size_t max_frames;
    size_t bytes;
    size_t max_bytes;
    uint64_t begin; /* frame n lies at n % capacity */
    uint64_t end;
    uint64_t unbroken;              /* from here on the sequenced ones follow each other … */
    struct position before;         /* … the first of those still here this one */
    uint64_t last_withheld;         /* behind the newest frame that is not to somebody; 0: none */
    uint64_t newest[KIND_COUNT];    /* behind the newest frame of a kind; 0: none */
    uint64_t missed[DIALECT_COUNT]; /* behind the newest frame dropped that could not be spared */
};

struct room_log *room_log_new(size_t max_frames, size_t max_bytes)
{
    struct room_log *log = calloc(1, sizeof *log);

    if (!log)
        return NULL;

    log->max_frames = max_frames;
    log->max_bytes = max_bytes;

    return log;
}

void room_log_prefetch(const struct room_log *log)
{
    __builtin_prefetch(log);
    __builtin_prefetch(log->newest);
}

bool room_frame_is_empty(const struct room_frame *frame)
{
    for (size_t i = 0; i < DIALECT_COUNT; i++) {
        if (frame->wire[i])
            return false;
    }

    return true;
}

void room_frame_dispose(const struct room_frame *frame)
{
    for (size_t i = 0; i < DIALECT_COUNT; i++)
        bytes_release(frame->wire[i]);
}

static size_t frame_bytes(const struct room_frame *frame)
{
    size_t size = 0;

    for (size_t i = 0; i < DIALECT_COUNT; i++)
        size += frame->wire[i] ? frame->wire[i]->size : 0;

    return size;
}

static struct room_frame *frame_at(const struct room_log *log, uint64_t cursor)
{
    return &log->frames[cursor & (log->capacity - 1)];
}

static bool is_droppable(const struct room_frame *frame)
{
    return kind_traits(frame->kind)->class == CLASS_DROPPABLE;
}

static void drop_oldest(struct room_log *log)
{
    struct room_frame *oldest = frame_at(log, log->begin++);

    for (size_t i = 0; i < DIALECT_COUNT; i++) {
        if (oldest->wire[i] && !is_droppable(oldest))
            log->missed[i] = log->begin;
    }

    if (oldest->position.seq > 0 && log->begin > log->unbroken)
        log->before = oldest->position;

    log->bytes -= frame_bytes(oldest);
    room_frame_dispose(oldest);
}

void room_log_clear(struct room_log *log)
{
    while (log->begin != log->end)
        drop_oldest(log);

    free(log->frames);
    log->frames = NULL;
    log->capacity = 0;
}

void room_log_free(struct room_log *log)
{
    if (!log)
        return;

    room_log_clear(log);
    free(log);
}

static int grow(struct room_log *log)
{
    size_t capacity = log->capacity ? log->capacity * 2 : FIRST_CAPACITY;
    struct room_frame *frames = malloc(capacity * sizeof *frames);

    if (!frames)
        return -ENOMEM;

    for (uint64_t i = log->begin; i != log->end; i++)
        frames[i & (capacity - 1)] = *frame_at(log, i);

    free(log->frames);
    log->frames = frames;
    log->capacity = capacity;

    return 0;
}

/* Must the oldest of the frames from `begin` on, of `bytes` in all, leave to let `size` more in? */
static bool too_full(const struct room_log *log, uint64_t begin, size_t bytes, size_t size)
{
    return begin != log->end &&
           (log->end - begin >= log->max_frames || bytes + size > log->max_bytes);
}

bool room_log_would_lose(const struct room_log *log, const struct room_frame *frame,
                         uint64_t cursor)
{
    size_t size = frame_bytes(frame), bytes = log->bytes;
    uint64_t begin = log->begin;

    while (begin <= cursor && too_full(log, begin, bytes, size))
        bytes -= frame_bytes(frame_at(log, begin++));

    return cursor < begin;
}

int room_log_append(struct room_log *log, const struct room_frame *frame)
{
    size_t size = frame_bytes(frame);

    while (too_full(log, log->begin, log->bytes, size))
        drop_oldest(log);

    if (log->end - log->begin == log->capacity && grow(log) != 0) {
        room_frame_dispose(frame);
        return -ENOMEM;
    }

    if (frame->not_to != 0)
        log->last_withheld = log->end + 1;

    *frame_at(log, log->end++) = *frame;
    log->newest[frame->kind] = log->end;
    log->bytes += size;

    return 0;
}

size_t room_log_bytes(const struct room_log *log)
{
    return log->bytes;
}

uint64_t room_log_begin(const struct room_log *log)
{
    return log->begin;
}

uint64_t room_log_end(const struct room_log *log)
{
    return log->end;
}

int room_log_read(const struct room_log *log, const struct room_reader *reader, uint64_t *cursor,
                  struct buffer *block, struct room_read *read)
{
    size_t start = block->size;
    uint64_t at = *cursor;

    *read = (struct room_read){0};

    if (at < log->missed[reader->dialect])
        return -EPIPE;

    if (at < log->begin) {
        read->skipped[KIND_UNKNOWN] = log->begin - at;
        at = log->begin;
    }

    for (; at != log->end; at++) {
        const struct room_frame *frame = frame_at(log, at);
        const struct bytes *wire = frame->wire[reader->dialect];

        if (wire && reader->skip_droppable && is_droppable(frame) &&
            log->newest[frame->kind] != at + 1) {
            read->skipped[frame->kind]++;
        } else if (wire && (frame->not_to == 0 || frame->not_to != reader->session)) {
            if ((read->frames > 0 || reader->must_fit) &&
                block->size - start + wire->size > reader->max_bytes)
                break;

            if (buffer_add(block, wire->data, wire->size) != 0)
                return -ENOMEM;

            read->frames++;
        }
    }

    *cursor = at;

    return 0;
}

void room_log_break(struct room_log *log, struct position position)
{
    log->unbroken = log->end;
    log->before = position;
}

static uint64_t first_unbroken(const struct room_log *log)
{
    return log->unbroken > log->begin ? log->unbroken : log->begin;
}

struct position room_log_position(const struct room_log *log, uint64_t cursor)
{
    for (uint64_t at = cursor; at > first_unbroken(log); at--) {
        struct position position = frame_at(log, at - 1)->position;

        if (position.seq > 0)
            return position;
    }

    return log->before;
}

/* What was said before anybody spoke a dialect is not encoded in it: the first frame from which on
 * all is. */
static uint64_t first_encoded(const struct room_log *log, enum dialect_id dialect)
{
    uint64_t first = first_unbroken(log);
    uint64_t at = log->end;

    while (at > first &&
           (frame_at(log, at - 1)->wire[dialect] || frame_at(log, at - 1)->position.seq == 0))
        at--;

    return at;
}

static bool follows(struct position next, struct position after)
{
    return next.seq == after.seq + 1 && (next.term == after.term || after.seq == 0);
}

bool room_log_find(const struct room_log *log, enum dialect_id dialect, struct position after,
                   uint64_t *cursor)
{
    uint64_t first = first_encoded(log, dialect);

    for (uint64_t at = log->end; at > first; at--) {
        struct position position = frame_at(log, at - 1)->position;
        bool is_successor = position.seq > 0 && follows(position, after);

        if (is_successor || (position.seq > 0 && position_compare(position, after) == 0)) {
            *cursor = is_successor ? at - 1 : at;
            return true;
        }
    }

    return false;
}

bool room_log_seek(const struct room_log *log, uint64_t id, uint64_t *cursor)
{
    uint64_t at = *cursor > log->begin ? *cursor : log->begin;

    while (at < log->end && frame_at(log, at)->id != id)
        at++;

    *cursor = at;

    return id != 0 && at < log->end;
}

struct position room_log_place(const struct room_log *log, uint64_t cursor)
{
    return frame_at(log, cursor)->position;
}

void room_log_replace(struct room_log *log, uint64_t cursor, const struct room_frame *frame)
{
    struct room_frame *old = frame_at(log, cursor);

    log->bytes += frame_bytes(frame);
    log->bytes -= frame_bytes(old);
    room_frame_dispose(old);
    *old = *frame;
}

bool room_log_withholds(const struct room_log *log, uint64_t from, uint64_t to, uint64_t session)
{
    if (log->last_withheld <= from)
        return false;

    for (uint64_t at = from > log->begin ? from : log->begin; at < to; at++) {
        if (frame_at(log, at)->not_to == session)
            return true;
    }

    return false;
}
