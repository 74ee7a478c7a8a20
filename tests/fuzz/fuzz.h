/* fuzz.h - what a fuzz test implements.
 *
 * tests/fuzz/fuzz_<name>.c defines LLVMFuzzerTestOneInput: it hands any bytes at all to the code
 * under test and aborts where a promise is broken.  In the `fuzz` preset libFuzzer calls it, in the
 * others run_corpus.c does, for each file of tests/fuzz/corpus/<name>/. */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* Borrows `data`.  Returns 0.
 * The name is libFuzzer's.  NOLINTNEXTLINE(readability-identifier-naming) */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
