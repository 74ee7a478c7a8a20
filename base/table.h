/* table.h - a hash table from byte strings to pointers.
 *
 * Keys may come from strangers: the hash is keyed anew in each process.  It
 * grows and shrinks a few buckets at a time, so no single call is slow however
 * large it is, and gives its memory back as it empties.
 *
 * Copies keys; borrows values, which are never NULL and never freed here.
 * Belongs to one thread. */
#ifndef BASE_TABLE_H
#define BASE_TABLE_H

#include "base/attributes.h"
#include "base/span.h"

#include <stddef.h>

struct table;

/* Frees the table and its copies of the keys, not the values.  NULL is allowed. */
void table_free(struct table *t);

/* An empty table.  NULL when out of memory. */
struct table *table_new(void) OWNER_CALLS(table_free);

/* The value of `key`, or NULL. */
void *table_get(const struct table *t, struct span key);

/* Sets the value of `key`, replacing an old one.
 * 0, -ENOMEM (the table is as it was), or -EINVAL for a NULL value or a key of
 * 4 GB and more. */
int table_put(struct table *t, struct span key, void *value) MUST_USE;

/* Takes `key` out and gives its value; NULL when it was not there. */
void *table_remove(struct table *t, struct span key);

size_t table_count(const struct table *t);

/* Visits the entries in no useful order: start with a cursor of 0; NULL at the
 * end.  `key` may be NULL, else it is valid until that entry is removed.
 *
 *     size_t cursor = 0;
 *     while ((session = table_next(t, &cursor, NULL)))
 *
 * Any entry may be put or removed meanwhile: those that are there all the time
 * are visited once, new ones once or not at all. */
void *table_next(const struct table *t, size_t *cursor, struct span *key);

#endif
