/* report.h - what a task found, as one JSON object on stdout. */
#ifndef BENCH_REPORT_H
#define BENCH_REPORT_H

#include "bench/histogram.h"

#include <stdint.h>

void report_begin(void);
void report_number(const char *name, double value, int digits);
void report_count(const char *name, uint64_t count);

/* name_p50_us, name_p99_us, name_p999_us and name_max_us. */
void report_durations(const char *name, const struct histogram *histogram);

void report_list(const char *name, const double *values, unsigned count);
void report_end(void);

#endif
