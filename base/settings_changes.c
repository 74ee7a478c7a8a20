/* Two loads of the same settings compared: what has changed since the start. */
#include "base/settings.h"

#include <string.h>

static bool same_lists(const struct text_list *a, const struct text_list *b)
{
    if (a->count != b->count)
        return false;

    for (size_t i = 0; i < a->count; i++) {
        if (strcmp(a->items[i], b->items[i]) != 0)
            return false;
    }

    return true;
}

static bool same(const struct setting *row, const void *a, const void *b)
{
    switch (row->type) {
    case SETTING_HEADING:
        return true;
    case SETTING_INTEGER:
    case SETTING_DURATION:
    case SETTING_BYTES:
        return memcmp(a, b, sizeof(uint64_t)) == 0;
    case SETTING_TEXT:
        return strcmp(*(char *const *)a, *(char *const *)b) == 0;
    case SETTING_FLAG:
        return *(const bool *)a == *(const bool *)b;
    case SETTING_CHOICE:
        return *(const int *)a == *(const int *)b;
    case SETTING_LIST:
        return same_lists(a, b);
    case SETTING_ADDRESS:
        return ((const struct address *)a)->port == ((const struct address *)b)->port &&
               strcmp(((const struct address *)a)->host, ((const struct address *)b)->host) == 0;
    }

    return true;
}

size_t settings_changed(const struct settings_table *table, const void *before, const void *after,
                        bool reloadable, struct buffer *names)
{
    size_t changed = 0;

    for (size_t i = 0; i < table->count; i++) {
        const struct setting *row = &table->rows[i];
        bool may_change = row->flags & SETTING_RELOADABLE;

        if (may_change != reloadable || row->flags & (SETTING_COMMAND | SETTING_CONFIG) ||
            same(row, (const char *)before + row->offset, (const char *)after + row->offset))
            continue;

        (void)buffer_add_text(names, changed++ > 0 ? ", " : "");
        (void)buffer_add_text(names, row->name);
    }

    return changed;
}
