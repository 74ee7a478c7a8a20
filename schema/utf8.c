#include "schema/utf8.h"

#include <string.h>

#define HIGH_BITS UINT64_C(0x8080808080808080)

static bool continues(const char *at)
{
    return ((unsigned char)*at & 0xC0) == 0x80;
}

/* What the second byte must be at least to not be overlong, and at most to be neither
 * a surrogate nor beyond the last code point. */
static bool second_byte_fits(unsigned char first, unsigned char second)
{
    switch (first) {
    case 0xE0:
        return second >= 0xA0;
    case 0xED:
        return second <= 0x9F;
    case 0xF0:
        return second >= 0x90;
    case 0xF4:
        return second <= 0x8F;
    default:
        return true;
    }
}

size_t utf8_character(const char *at, const char *end)
{
    unsigned char first = (unsigned char)*at;
    size_t left = (size_t)(end - at);

    if (first < 0x80)
        return 1;

    if (first < 0xC2 || first > 0xF4 || left < 2 || !continues(at + 1) ||
        !second_byte_fits(first, (unsigned char)at[1]))
        return 0;

    if (first < 0xE0)
        return 2;
    if (left < 3 || !continues(at + 2))
        return 0;
    if (first < 0xF0)
        return 3;

    return left >= 4 && continues(at + 3) ? 4 : 0;
}

bool utf8_valid(struct span text)
{
    const char *at = text.data;
    const char *end = text.size > 0 ? at + text.size : at;

    while (at < end) {
        uint64_t word;
        size_t size;

        if (end - at >= (ptrdiff_t)sizeof word) {
            memcpy(&word, at, sizeof word);
            if ((word & HIGH_BITS) == 0) {
                at += sizeof word;
                continue;
            }
        }

        size = utf8_character(at, end);
        if (size == 0)
            return false;
        at += size;
    }

    return true;
}

size_t utf8_length(struct span text)
{
    size_t length = 0;

    for (size_t i = 0; i < text.size; i++)
        length += !continues(text.data + i);

    return length;
}

size_t utf8_write(uint32_t code_point, char bytes[4])
{
    unsigned char *to = (unsigned char *)bytes;

    if (code_point < 0x80) {
        to[0] = (unsigned char)code_point;
        return 1;
    }

    if (code_point < 0x800) {
        to[0] = (unsigned char)(0xC0 | code_point >> 6);
        to[1] = (unsigned char)(0x80 | (code_point & 0x3F));
        return 2;
    }

    if (code_point < 0x10000) {
        to[0] = (unsigned char)(0xE0 | code_point >> 12);
        to[1] = (unsigned char)(0x80 | (code_point >> 6 & 0x3F));
        to[2] = (unsigned char)(0x80 | (code_point & 0x3F));
        return 3;
    }

    to[0] = (unsigned char)(0xF0 | code_point >> 18);
    to[1] = (unsigned char)(0x80 | (code_point >> 12 & 0x3F));
    to[2] = (unsigned char)(0x80 | (code_point >> 6 & 0x3F));
    to[3] = (unsigned char)(0x80 | (code_point & 0x3F));

    return 4;
}
