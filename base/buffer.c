#include "base/buffer.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { FIRST_CAPACITY = 64, DIGITS_MAX = 20 };

void buffer_init(struct buffer *b, size_t max)
{
    *b = (struct buffer){.max = max};
}

void buffer_dispose(struct buffer *b)
{
    free(b->data);
    buffer_init(b, b->max);
}

void buffer_clear(struct buffer *b)
{
    b->size = 0;
    b->failed = false;
    b->error = 0;
}

void buffer_relax(struct buffer *b, size_t keep)
{
    if (b->size == 0 && b->capacity > keep)
        buffer_dispose(b);
}

static void fail(struct buffer *b, int error)
{
    b->failed = true;
    b->error = error;
}

unsigned char *buffer_grow(struct buffer *b, size_t size)
{
    size_t capacity = b->capacity > 0 ? b->capacity : FIRST_CAPACITY;
    unsigned char *data;

    if (b->failed)
        return NULL;

    if (size > b->max - b->size) {
        fail(b, -EMSGSIZE);
        return NULL;
    }

    while (capacity - b->size < size && capacity <= b->max / 2)
        capacity *= 2;

    if (capacity - b->size < size || capacity > b->max)
        capacity = b->max;

    data = realloc(b->data, capacity + 1); /* one more for a NUL */
    if (!data) {
        fail(b, -ENOMEM);
        return NULL;
    }

    b->data = data;
    b->capacity = capacity;

    return b->data + b->size;
}

int buffer_add_u64(struct buffer *b, uint64_t number)
{
    static const char pairs[] = "00010203040506070809101112131415161718192021222324"
                                "25262728293031323334353637383940414243444546474849"
                                "50515253545556575859606162636465666768697071727374"
                                "75767778798081828384858687888990919293949596979899";
    char digits[DIGITS_MAX];
    char *at = digits + sizeof digits;

    while (number >= 100) {
        at -= 2;
        memcpy(at, pairs + (number % 100) * 2, 2);
        number /= 100;
    }

    if (number >= 10) {
        at -= 2;
        memcpy(at, pairs + number * 2, 2);
    } else {
        *--at = (char)('0' + number);
    }

    return buffer_add(b, at, (size_t)(digits + sizeof digits - at));
}

int buffer_add_i64(struct buffer *b, int64_t number)
{
    if (number >= 0)
        return buffer_add_u64(b, (uint64_t)number);

    (void)buffer_add_char(b, '-');

    return buffer_add_u64(b, 0 - (uint64_t)number);
}

int buffer_printf(struct buffer *b, const char *format, ...)
{
    va_list args;
    char none[1];
    int size;
    unsigned char *room;

    va_start(args, format);
    size = vsnprintf(none, sizeof none, format, args);
    va_end(args);

    if (size < 0) {
        fail(b, -EMSGSIZE); /* longer than INT_MAX: the only way our formats fail */
        return b->error;
    }

    room = buffer_reserve(b, (size_t)size);
    if (!room)
        return b->error;

    va_start(args, format);
    (void)vsnprintf((char *)room, (size_t)size + 1, format, args);
    va_end(args);
    buffer_commit(b, (size_t)size);

    return 0;
}

const char *buffer_text(struct buffer *b)
{
    if (!buffer_reserve(b, 0))
        return NULL;

    b->data[b->size] = '\0';

    return (const char *)b->data;
}

void buffer_drop_front(struct buffer *b, size_t n)
{
    if (n >= b->size) {
        b->size = 0;
        return;
    }

    memmove(b->data, b->data + n, b->size - n);
    b->size -= n;
}

void buffer_truncate(struct buffer *b, size_t size)
{
    if (size < b->size)
        b->size = size;
}
