/* siphash.h - a keyed hash for tables whose keys strangers choose.
 *
 * SipHash-1-3 (Aumasson and Bernstein): without the key nobody can find keys
 * that fall into one bucket, and it costs little more than an unkeyed hash. */
#ifndef BASE_SIPHASH_H
#define BASE_SIPHASH_H

#include "base/span.h"

#include <stdint.h>

struct siphash_key {
    uint64_t k0;
    uint64_t k1;
};

uint64_t siphash13(struct siphash_key key, struct span data);

#endif
