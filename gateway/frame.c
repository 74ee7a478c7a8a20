#include "gateway/frame.h"

#include <stdint.h>
#include <string.h>

#define FRAGMENT ((size_t)16 << 10)

enum {
    FIN = 0x80,
    LENGTH_16 = 126, /* the length follows in 2 bytes */
    LENGTH_64 = 127, /* in 8 bytes */
    CODE_SIZE = 2
};

static void put(unsigned char *out, uint64_t number, size_t bytes)
{
    while (bytes > 0) {
        bytes--;
        out[bytes] = (unsigned char)number;
        number >>= 8;
    }
}

static size_t put_head(unsigned char out[FRAME_HEAD_MAX], unsigned first, size_t payload)
{
    out[0] = (unsigned char)first;

    if (payload < LENGTH_16) {
        out[1] = (unsigned char)payload;
        return 2;
    }

    if (payload <= UINT16_MAX) {
        out[1] = LENGTH_16;
        put(out + 2, payload, 2);
        return 4;
    }

    out[1] = LENGTH_64;
    put(out + 2, payload, 8);

    return FRAME_HEAD_MAX;
}

size_t frame_head(unsigned char out[FRAME_HEAD_MAX], enum ws_opcode opcode, size_t payload)
{
    return put_head(out, FIN | opcode, payload);
}

static void write_frame(struct buffer *out, unsigned first, struct span payload)
{
    unsigned char head[FRAME_HEAD_MAX];

    (void)buffer_add(out, head, put_head(head, first, payload.size));
    (void)buffer_add_span(out, payload);
}

void frame_write(struct buffer *out, enum ws_opcode opcode, struct span payload)
{
    write_frame(out, FIN | opcode, payload);
}

void frame_write_part(struct buffer *out, enum ws_opcode opcode, struct span payload, bool last)
{
    write_frame(out, (last ? FIN : 0) | opcode, payload);
}

void frame_write_rest(struct buffer *out, struct span rest)
{
    while (rest.size > 0) {
        size_t size = rest.size < FRAGMENT ? rest.size : FRAGMENT;

        frame_write_part(out, WS_CONTINUATION, span_make(rest.data, size), size == rest.size);
        rest = span_skip(rest, size);
    }
}

size_t frame_size(const unsigned char *frame)
{
    size_t size = frame[1], more = 0;

    if (size == LENGTH_16)
        more = 2;
    else if (size == LENGTH_64)
        more = 8;
    else
        return 2 + size;

    size = 0;
    for (size_t i = 0; i < more; i++)
        size = size << 8 | frame[2 + i];

    return 2 + more + size;
}

/* The size of `text` cut to `max` bytes, not within a UTF-8 character. */
static size_t cut(const char *text, size_t max)
{
    size_t size = strlen(text);

    if (size <= max)
        return size;

    while (max > 0 && ((unsigned char)text[max] & 0xc0) == 0x80)
        max--;

    return max;
}

size_t frame_close_body(unsigned char out[FRAME_CONTROL_MAX], enum close_code code,
                        const char *reason)
{
    const struct close_traits *traits;
    size_t size;

    if (!reason) {
        traits = close_traits((uint16_t)code);
        reason = traits ? traits->text : "";
    }

    put(out, (uint64_t)code, CODE_SIZE);
    size = cut(reason, FRAME_CONTROL_MAX - CODE_SIZE);
    memcpy(out + CODE_SIZE, reason, size);

    return CODE_SIZE + size;
}
