#include "bench/mark.h"

#include <string.h>

#define SIGN "@bench:"

enum { SIGN_SIZE = sizeof SIGN - 1, NUMBER_SIZE = 10, TIME_SIZE = 16 };

_Static_assert(SIGN_SIZE + NUMBER_SIZE + TIME_SIZE == MARK_SIZE, "no more and no less");

static void write_digits(char *end, int digits, uint64_t number)
{
    for (int i = 1; i <= digits; i++, number /= 10)
        end[-i] = (char)('0' + number % 10);
}

static uint64_t read_digits(const char *text, int digits)
{
    uint64_t number = 0;

    for (int i = 0; i < digits; i++)
        number = number * 10 + (uint64_t)(text[i] - '0');

    return number;
}

void mark_write(const struct mark *mark, char text[MARK_SIZE])
{
    memcpy(text, SIGN, SIGN_SIZE);
    write_digits(text + SIGN_SIZE + NUMBER_SIZE, NUMBER_SIZE, mark->number);
    write_digits(text + MARK_SIZE, TIME_SIZE, mark->due_us);
}

const char *mark_find(const char *text, size_t size, struct mark *mark)
{
    const char *found = memmem(text, size, SIGN, SIGN_SIZE);

    if (!found || size - (size_t)(found - text) < MARK_SIZE)
        return NULL;

    mark->number = read_digits(found + SIGN_SIZE, NUMBER_SIZE);
    mark->due_us = read_digits(found + SIGN_SIZE + NUMBER_SIZE, TIME_SIZE);

    return found + MARK_SIZE;
}
