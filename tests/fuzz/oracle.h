/* oracle.h - what jansson makes of a JSON text, to compare ours with.
 *
 * In a file of its own, for jansson's names and those of schema/json.h collide. */
#ifndef TESTS_FUZZ_ORACLE_H
#define TESTS_FUZZ_ORACLE_H

#include <stddef.h>
#include <stdint.h>

enum oracle_verdict {
    ORACLE_ACCEPTS,
    ORACLE_REFUSES,
    ORACLE_CANNOT_SAY /* refused for what is no fault in RFC 8259: a number that no double holds,
                       * a zero character in a name, a depth of its own; or it holds a zero
                       * byte, which jansson passes over where it looks one byte ahead */
};

/* `*digest` is of all the text means, in order: types, names, strings decoded.  Of a text
 * with doubled names it is 0: jansson keeps the last. */
enum oracle_verdict oracle_judge(const char *text, size_t size, uint64_t *digest);

/* Adds bytes to a digest; both sides use it. */
uint64_t oracle_mix(uint64_t digest, const void *bytes, size_t size);

#endif
