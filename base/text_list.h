/* text_list.h - a few texts in a row, "a, b, c". */
#ifndef BASE_TEXT_LIST_H
#define BASE_TEXT_LIST_H

#include "base/attributes.h"
#include "base/buffer.h"
#include "base/span.h"

#include <stddef.h>

struct text_list {
    char **items; /* ends with NULL; NULL itself only before parsing */
    size_t count;
    char *storage; /* where the items' bytes are */
};

/* Frees the items; the list is all zero again. */
void text_list_dispose(struct text_list *list);

/* Initialises the list from texts with commas between; blanks around an item do not
 * count, and an empty text has none.
 * 0, -EINVAL (an item is empty) or -ENOMEM; on failure the list is all zero. */
int text_list_parse(struct text_list *list, struct span text) MUST_USE;

/* Appends what text_list_parse reads. */
void text_list_write(const struct text_list *list, struct buffer *out);

#endif
