#include "base/text_list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void text_list_dispose(struct text_list *list)
{
    free(list->items);
    free(list->storage);
    *list = (struct text_list){0};
}

static size_t count_commas(struct span text)
{
    size_t commas = 0;

    for (size_t i = 0; i < text.size; i++)
        commas += text.data[i] == ',';

    return commas;
}

/* Cuts the storage into items.  0, or -EINVAL. */
static int cut(struct text_list *list, size_t size)
{
    struct span rest = size > 0 ? span_make(list->storage, size) : SPAN_NONE;

    while (!span_is_none(rest)) {
        struct span item = span_trim(span_cut(&rest, ','));
        char *start = list->storage + (item.data - list->storage);

        if (item.size == 0)
            return -EINVAL;

        start[item.size] = '\0'; /* in place of a comma, a blank or the end */
        list->items[list->count++] = start;
    }

    return 0;
}

int text_list_parse(struct text_list *list, struct span text)
{
    int error = -ENOMEM;

    list->count = 0;
    list->items = calloc(count_commas(text) + 2, sizeof(char *));
    list->storage = malloc(text.size + 1);
    if (list->items && list->storage) {
        if (text.size > 0)
            memcpy(list->storage, text.data, text.size);

        error = cut(list, text.size);
    }

    if (error != 0)
        text_list_dispose(list);

    return error;
}

void text_list_write(const struct text_list *list, struct buffer *out)
{
    for (size_t i = 0; i < list->count; i++) {
        (void)buffer_add_text(out, i > 0 ? "," : "");
        (void)buffer_add_text(out, list->items[i]);
    }
}
