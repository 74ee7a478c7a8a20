#include "bench/frame.h"

#include <stdint.h>
#include <string.h>

size_t frame_read(const unsigned char *data, size_t size, struct frame *frame)
{
    size_t head = 2, payload;

    if (size < head)
        return 0;

    payload = data[1] & 0x7f;
    if (payload >= 126) {
        head = payload == 126 ? 4 : 10;
        if (size < head)
            return 0;

        payload = 0;
        for (size_t i = 2; i < head; i++)
            payload = payload << 8 | data[i];
    }

    if (size - head < payload)
        return 0;

    *frame = (struct frame){.opcode = data[0] & 0x0f, .payload = data + head, .size = payload};

    return head + payload;
}

size_t frame_write(unsigned char *out, enum opcode opcode, const void *payload, size_t size)
{
    static const unsigned char mask[4] = {0x37, 0xfa, 0x21, 0x3d};
    const unsigned char *bytes = payload;
    size_t at = 0;

    out[at++] = (unsigned char)(0x80 | opcode);
    if (size < 126) {
        out[at++] = (unsigned char)(0x80 | size);
    } else if (size <= UINT16_MAX) {
        out[at++] = 0x80 | 126;
        out[at++] = (unsigned char)(size >> 8);
        out[at++] = (unsigned char)size;
    } else {
        out[at++] = 0x80 | 127;
        for (int shift = 56; shift >= 0; shift -= 8)
            out[at++] = (unsigned char)((uint64_t)size >> shift);
    }

    memcpy(out + at, mask, sizeof mask);
    at += sizeof mask;

    for (size_t i = 0; i < size; i++)
        out[at++] = bytes[i] ^ mask[i % 4];

    return at;
}
