#include "schema/word.h"

bool word_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '-';
}

bool word_valid(struct span word, size_t max)
{
    if (word.size == 0 || word.size > max)
        return false;

    for (size_t i = 0; i < word.size; i++) {
        if (!word_char(word.data[i]))
            return false;
    }

    return true;
}
