#include "schema/base64url.h"

#include <errno.h>
#include <stdint.h>

/* -1: not a letter of this alphabet. */
static int sextet(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';

    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;

    if (c >= '0' && c <= '9')
        return c - '0' + 52;

    if (c == '-' || c == '_')
        return c == '-' ? 62 : 63;

    return -1;
}

int base64url_decode(struct span text, void *bytes, size_t capacity)
{
    unsigned char *out = bytes;
    uint32_t bits = 0;
    unsigned n_bits = 0;
    size_t size = 0;

    if (text.size % 4 == 1)
        return -EBADMSG;

    if (BASE64URL_DECODED(text.size) > capacity)
        return -ENOBUFS;

    for (size_t i = 0; i < text.size; i++) {
        int value = sextet(text.data[i]);

        if (value < 0)
            return -EBADMSG;

        bits = bits << 6 | (uint32_t)value;
        n_bits += 6;
        if (n_bits >= 8) {
            n_bits -= 8;
            out[size++] = (unsigned char)(bits >> n_bits);
            bits &= (UINT32_C(1) << n_bits) - 1;
        }
    }

    return bits == 0 ? (int)size : -EBADMSG;
}
