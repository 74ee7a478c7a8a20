/* buffer.h - bytes that grow, up to a maximum.
 *
 * For building a message, a reply or a line piece by piece.  A failure sticks:
 * once an add has failed, all further ones do nothing, so a chain of adds is
 * checked once at the end with buffer_status.
 *
 *     buffer_add_text(&b, "{\"like_num\":");
 *     buffer_add_u64(&b, likes);
 *     buffer_add_text(&b, "}");
 *     if (buffer_status(&b) != 0)
 *
 * The struct is open so that it can live inside others; only read its fields.
 * Memory comes with the first byte.  Belongs to one thread. */
#ifndef BASE_BUFFER_H
#define BASE_BUFFER_H

#include "base/attributes.h"
#include "base/span.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct buffer {
    unsigned char *data; /* NULL before the first byte */
    size_t size;
    size_t capacity;
    size_t max; /* at most SIZE_MAX - 1 */
    bool failed;
    int error; /* why, while failed: -ENOMEM, or -EMSGSIZE when max is reached */
};

/* An empty buffer that will hold at most max bytes. */
void buffer_init(struct buffer *b, size_t max);

/* Frees the memory; the buffer is empty and usable again. */
void buffer_dispose(struct buffer *b);

/* Empty again and not failed; keeps the memory. */
void buffer_clear(struct buffer *b);

/* Gives back memory beyond `keep` bytes when the buffer is empty: for one that
 * rarely grows and lives long. */
void buffer_relax(struct buffer *b, size_t keep);

/* 0, or the error of the first add that failed. */
static inline int buffer_status(const struct buffer *b)
{
    return b->failed ? b->error : 0;
}

/* Makes it fail as an add would: a part of what belongs in it could not be made. */
static inline void buffer_fail(struct buffer *b, int error)
{
    if (b->failed)
        return;

    b->failed = true;
    b->error = error;
}

static inline struct span buffer_span(const struct buffer *b)
{
    return span_make(b->data, b->size);
}

/* The slow part of buffer_reserve. */
unsigned char *buffer_grow(struct buffer *b, size_t size);

/* Room for `size` more bytes behind the last one, to be filled and then
 * counted with buffer_commit; valid until the next call.  NULL on failure. */
static inline unsigned char *buffer_reserve(struct buffer *b, size_t size)
{
    if (b->failed || !b->data || b->capacity - b->size < size)
        return buffer_grow(b, size);

    return b->data + b->size;
}

/* Counts `size` bytes of the room last reserved. */
static inline void buffer_commit(struct buffer *b, size_t size)
{
    b->size += size;
}

/* Copies `size` bytes.  0, -ENOMEM or -EMSGSIZE (the bytes so far stay). */
static inline int buffer_add(struct buffer *b, const void *data, size_t size)
{
    unsigned char *room;

    if (size == 0)
        return buffer_status(b);

    room = buffer_reserve(b, size);
    if (!room)
        return b->error;

    memcpy(room, data, size);
    b->size += size;

    return 0;
}

/* As buffer_add. */
static inline int buffer_add_span(struct buffer *b, struct span s)
{
    return buffer_add(b, s.data, s.size);
}

static inline int buffer_add_text(struct buffer *b, const char *text)
{
    return buffer_add(b, text, strlen(text));
}

static inline int buffer_add_char(struct buffer *b, char c)
{
    return buffer_add(b, &c, 1);
}

/* Decimal. */
int buffer_add_u64(struct buffer *b, uint64_t number);
int buffer_add_i64(struct buffer *b, int64_t number);

/* Never with a format from outside. */
int buffer_printf(struct buffer *b, const char *format, ...) PRINTF_LIKE(2, 3);

/* The bytes with a NUL behind them (not counted); valid until the next call.
 * NULL when failed. */
const char *buffer_text(struct buffer *b);

/* Forgets the first n bytes (all, if there are fewer) and moves the rest to
 * the front. */
void buffer_drop_front(struct buffer *b, size_t n);

/* Forgets what lies behind the first `size` bytes; a failure still sticks. */
void buffer_truncate(struct buffer *b, size_t size);

#endif
