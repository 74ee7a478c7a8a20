/* json_scan.h - the scanner under json.h and message.h: checks a text and finds its
 * values in one pass.  For schema's own files.
 *
 * A scan stands at a place of the text.  Members of an object (items of an array) are
 * scanned one by one with all that is in them, so that who wants to look at the members
 * of a text that is not checked yet needs no second pass.  After an error the scan is
 * of no more use; the end of the text is never passed. */
#ifndef SCHEMA_JSON_SCAN_H
#define SCHEMA_JSON_SCAN_H

#include "base/attributes.h"
#include "base/span.h"
#include "schema/json.h"

#include <stdbool.h>

struct json_scan {
    const char *at;
    const char *end;
    int depth; /* of containers entered */
    int error; /* -EBADMSG or -E2BIG once something was refused */
};

/* Begins before the first byte. */
struct json_scan json_scan_start(struct span text);

/* Any value, surrounded by white space. */
bool json_scan_value(struct json_scan *scan, struct json_value *value) MUST_USE;

/* Into an object ('{') or array ('['), surrounded by white space. */
bool json_scan_enter(struct json_scan *scan, char bracket) MUST_USE;

/* The next member of the object entered, or its end.
 * 1; 0 (the object is left); or the error. */
int json_scan_member(struct json_scan *scan, bool first, struct json_member *member) MUST_USE;

/* Likewise for the items of an array. */
int json_scan_item(struct json_scan *scan, bool first, struct json_value *item) MUST_USE;

/* True if only white space is left. */
bool json_scan_at_end(struct json_scan *scan) MUST_USE;

/* Where the run ends that a JSON string may contain as it is and that is ASCII: at a
 * quote, a backslash, a control character, a byte from 0x80 or at `end`. */
const char *json_plain_end(const char *at, const char *end);

#endif
