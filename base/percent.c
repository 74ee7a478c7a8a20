#include "base/percent.h"

#include <errno.h>

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';

    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;

    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

int percent_next(struct span encoded, size_t *at)
{
    char c = encoded.data[(*at)++];
    int high;
    int low;

    if (c != '%')
        return (unsigned char)c;

    if (encoded.size - *at < 2)
        return -EINVAL;

    high = hex_digit(encoded.data[*at]);
    low = hex_digit(encoded.data[*at + 1]);
    *at += 2;

    return high < 0 || low < 0 ? -EINVAL : high * 16 + low;
}

int percent_decode(struct span encoded, char *text, size_t capacity)
{
    size_t size = 0;
    size_t at = 0;

    while (at < encoded.size) {
        int byte = percent_next(encoded, &at);

        if (byte <= 0)
            return -EINVAL;

        if (size + 1 >= capacity)
            return -ENOBUFS;

        text[size++] = (char)byte;
    }

    text[size] = '\0';

    return (int)size;
}
