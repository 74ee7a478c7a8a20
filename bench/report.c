#include "bench/report.h"

#include <inttypes.h>
#include <stdio.h>

static const char *separator;

void report_begin(void)
{
    separator = "{";
}

static void name_it(const char *name, const char *more)
{
    (void)printf("%s\"%s%s\": ", separator, name, more);
    separator = ", ";
}

void report_number(const char *name, double value, int digits)
{
    name_it(name, "");
    (void)printf("%.*f", digits, value);
}

void report_count(const char *name, uint64_t count)
{
    name_it(name, "");
    (void)printf("%" PRIu64, count);
}

void report_durations(const char *name, const struct histogram *histogram)
{
    static const struct {
        const char *name;
        double share;
    } shares[] = {{"_p50_us", 0.5}, {"_p99_us", 0.99}, {"_p999_us", 0.999}, {"_max_us", 1}};

    for (unsigned i = 0; i < sizeof shares / sizeof shares[0]; i++) {
        name_it(name, shares[i].name);
        (void)printf("%" PRIu64, histogram_at(histogram, shares[i].share));
    }
}

void report_list(const char *name, const double *values, unsigned count)
{
    name_it(name, "");
    for (unsigned i = 0; i < count; i++)
        (void)printf("%s%.2f", i == 0 ? "[" : ", ", values[i]);
    (void)printf("%s]", count == 0 ? "[" : "");
}

void report_end(void)
{
    (void)printf("}\n");
    (void)fflush(stdout);
}
