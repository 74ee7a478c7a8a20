/* json_members.h - the members of an object that we know, found by name.
 *
 * For texts where being read in two ways would be dangerous: tokens and keys.  A known
 * member twice is refused, and so is any name with escapes, which another reader may
 * take for one of ours. */
#ifndef SCHEMA_JSON_MEMBERS_H
#define SCHEMA_JSON_MEMBERS_H

#include "base/attributes.h"
#include "base/span.h"
#include "schema/json.h"

#include <stddef.h>

/* Fills `values` with the values of `names`, JSON_NONE for those that are not there.
 * 0, or -EBADMSG (also for what is not an object). */
int json_members_read(struct span text, const struct span *names, struct json_value *values,
                      size_t count) MUST_USE;

#endif
