/* metrics.h - counts what happens, for Prometheus.
 *
 * Each worker has its own struct metrics and writes to it without locks; one
 * reader sums them all when asked.  The table is base/metrics_table.h.
 *
 * A series is written by one thread and may be read by any.  What the main thread
 * does is counted in the first worker's struct, in series that no worker writes. */
#ifndef BASE_METRICS_H
#define BASE_METRICS_H

#include "base/attributes.h"
#include "base/buffer.h"
#include "base/metrics_table.h"

#include <stddef.h>
#include <stdint.h>

struct metrics;

enum metric {
#define X(constant, name, type, label, set, help) METRIC_##constant,
    METRICS(X)
#undef X
        METRIC_COUNT
};

enum limit {
#define V(constant, text) LIMIT_##constant,
    METRIC_SET_LIMIT(V)
#undef V
};

enum tls_session {
#define V(constant, text) TLS_SESSION_##constant,
    METRIC_SET_TLS_SESSION(V)
#undef V
};

enum tls_failure {
#define V(constant, text) TLS_FAILURE_##constant,
    METRIC_SET_TLS_FAILURE(V)
#undef V
};

enum drop_reason {
#define V(constant, text) DROP_##constant,
    METRIC_SET_DROP(V)
#undef V
};

enum broker_function {
#define V(constant, text) BROKER_FUNCTION_##constant,
    METRIC_SET_FUNCTION(V)
#undef V
};

enum broker_error {
#define V(constant, text) BROKER_ERROR_##constant,
    METRIC_SET_BROKER_ERROR(V)
#undef V
};

enum reload_result {
#define V(constant, text) RELOAD_##constant,
    METRIC_SET_RELOAD(V)
#undef V
};

/* Frees it.  NULL is allowed. */
void metrics_free(struct metrics *m);

/* All zero.  NULL when out of memory. */
struct metrics *metrics_new(void) OWNER_CALLS(metrics_free);

/* Adds n, which is negative when a gauge goes down.  `label` is the index of the
 * label's value in its set (0 when the metric has none); one beyond the set counts
 * as its last.  In a COUNTER_BY_KIND it counts as of unknown kind. */
void metrics_add(struct metrics *m, enum metric metric, unsigned label, int64_t n);

/* The same in a COUNTER_BY_KIND.  `kind` is an enum message_kind; one beyond it is unknown. */
void metrics_add_of_kind(struct metrics *m, enum metric metric, unsigned label, unsigned kind,
                         int64_t n);

/* Sets a gauge. */
void metrics_set(struct metrics *m, enum metric metric, unsigned label, int64_t value);

/* Counts a duration, in microseconds, in a histogram. */
void metrics_observe(struct metrics *m, enum metric metric, unsigned label, uint64_t us);

/* The index of a numeric label value (an HTTP status, a close code); the last of the
 * set, "other", when it is not in it. */
unsigned metrics_code(enum metric metric, unsigned code);

/* The sum over n workers of one series: a counter, of all kinds, a gauge, or how many
 * durations a histogram has counted. */
int64_t metrics_read(const struct metrics *const *workers, size_t n, enum metric metric,
                     unsigned label);

/* Of a COUNTER_BY_KIND what is of this kind, as for metrics_add_of_kind(). */
int64_t metrics_read_of_kind(const struct metrics *const *workers, size_t n, enum metric metric,
                             unsigned label, unsigned kind);

/* Appends all metrics, summed over n workers, in Prometheus' text format 0.0.4. */
void metrics_render(struct buffer *out, const struct metrics *const *workers, size_t n);

/* Appends what the process itself uses, under the names all exporters have, and
 * livegate_build_info with the version.  Any thread. */
void metrics_render_process(struct buffer *out, const char *version);

#endif
