#include "base/metrics.h"

#include "base/process.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

/* Upper bounds of the histograms' buckets; one more holds what is longer. */
static const struct bound {
    uint64_t us;
    const char *seconds;
} bounds[] = {
    {100, "0.0001"},  {250, "0.00025"}, {500, "0.0005"},  {1000, "0.001"},  {2500, "0.0025"},
    {5000, "0.005"},  {10000, "0.01"},  {25000, "0.025"}, {50000, "0.05"},  {100000, "0.1"},
    {250000, "0.25"}, {500000, "0.5"},  {1000000, "1"},   {2500000, "2.5"}, {5000000, "5"},
};

enum { N_BOUNDS = sizeof bounds / sizeof bounds[0] };

enum type { COUNTER, GAUGE, LEAST, HISTOGRAM, COUNTER_BY_KIND };

#define V(constant, text) text,
#define S(set) static const char *const values_##set[] = {METRIC_SET_##set(V)};
METRIC_SETS(S)
#undef S
#undef V

#define SIZE(set) (sizeof values_##set / sizeof values_##set[0])

enum { N_KINDS = SIZE(ANY_KIND) };

/* Cells of one series: a value; a value for each kind; or the buckets and the sum of all
 * durations. */
enum {
    CELLS_COUNTER = 1,
    CELLS_GAUGE = 1,
    CELLS_LEAST = 1,
    CELLS_HISTOGRAM = N_BOUNDS + 2,
    CELLS_COUNTER_BY_KIND = N_KINDS,
};

/* Where each metric's cells begin. */
enum {
#define X(constant, name, type, label, set, help) \
    FIRST_##constant, LAST_##constant = FIRST_##constant + SIZE(set) * CELLS_##type - 1,
    METRICS(X)
#undef X
        N_CELLS
};

struct metrics {
    _Atomic int64_t cells[N_CELLS];
};

struct traits {
    const char *name;
    const char *help;
    const char *label; /* "": none */
    const char *const *values;
    unsigned n_values;
    enum type type;
    unsigned first;        /* cell */
    unsigned series_cells; /* of each value */
};

static const struct traits table[] = {
#define X(constant, name, type, label, set, help) \
    {name, help, label, values_##set, SIZE(set), type, FIRST_##constant, CELLS_##type},
    METRICS(X)
#undef X
};

void metrics_free(struct metrics *m)
{
    free(m);
}

struct metrics *metrics_new(void)
{
    return calloc(1, sizeof(struct metrics));
}

/* The first cell of a series. */
static unsigned series(enum metric metric, unsigned label)
{
    const struct traits *t = &table[metric];
    unsigned value = label < t->n_values ? label : t->n_values - 1;

    return t->first + value * t->series_cells;
}

static int64_t load(const struct metrics *m, unsigned cell)
{
    return atomic_load_explicit(&m->cells[cell], memory_order_relaxed);
}

/* One thread writes, so a load and a store do: no locked instruction. */
static void increase(struct metrics *m, unsigned cell, int64_t n)
{
    atomic_store_explicit(&m->cells[cell], load(m, cell) + n, memory_order_relaxed);
}

void metrics_add(struct metrics *m, enum metric metric, unsigned label, int64_t n)
{
    increase(m, series(metric, label), n);
}

/* Which one of N_KINDS. */
static unsigned kind_cell(unsigned kind)
{
    return kind + 1 < N_KINDS ? kind + 1 : 0;
}

void metrics_add_of_kind(struct metrics *m, enum metric metric, unsigned label, unsigned kind,
                         int64_t n)
{
    increase(m, series(metric, label) + kind_cell(kind), n);
}

void metrics_set(struct metrics *m, enum metric metric, unsigned label, int64_t value)
{
    atomic_store_explicit(&m->cells[series(metric, label)], value, memory_order_relaxed);
}

void metrics_observe(struct metrics *m, enum metric metric, unsigned label, uint64_t us)
{
    unsigned first = series(metric, label);
    unsigned bucket = 0;

    while (bucket < N_BOUNDS && us > bounds[bucket].us)
        bucket++;

    increase(m, first + bucket, 1);
    increase(m, first + N_BOUNDS + 1, (int64_t)us);
}

unsigned metrics_code(enum metric metric, unsigned code)
{
    const struct traits *t = &table[metric];
    unsigned i = 0;

    for (; i + 1 < t->n_values; i++) {
        uint64_t number;

        if (span_to_u64(span_of(t->values[i]), &number) == 0 && number == code)
            break;
    }

    return i;
}

static int64_t sum(const struct metrics *const *workers, size_t n, unsigned cell)
{
    int64_t total = 0;

    for (size_t i = 0; i < n; i++)
        total += load(workers[i], cell);

    return total;
}

static int64_t sum_cells(const struct metrics *const *workers, size_t n, unsigned first,
                         unsigned n_cells)
{
    int64_t total = 0;

    for (unsigned i = 0; i < n_cells; i++)
        total += sum(workers, n, first + i);

    return total;
}

static int64_t least(const struct metrics *const *workers, size_t n, unsigned cell)
{
    int64_t value = n > 0 ? load(workers[0], cell) : 0;

    for (size_t i = 1; i < n; i++) {
        if (load(workers[i], cell) < value)
            value = load(workers[i], cell);
    }

    return value;
}

int64_t metrics_read(const struct metrics *const *workers, size_t n, enum metric metric,
                     unsigned label)
{
    unsigned first = series(metric, label);

    switch (table[metric].type) {
    case COUNTER:
    case GAUGE:
        return sum(workers, n, first);

    case LEAST:
        return least(workers, n, first);

    case HISTOGRAM:
        return sum_cells(workers, n, first, N_BOUNDS + 1);

    case COUNTER_BY_KIND:
        return sum_cells(workers, n, first, N_KINDS);
    }

    return 0;
}

int64_t metrics_read_of_kind(const struct metrics *const *workers, size_t n, enum metric metric,
                             unsigned label, unsigned kind)
{
    return sum(workers, n, series(metric, label) + kind_cell(kind));
}

/* ---- Prometheus' text format ---- */

static void add_head(struct buffer *out, const char *name, const char *type, const char *help)
{
    (void)buffer_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* name="value", escaped as the format asks */
static void add_label(struct buffer *out, const char *name, const char *value)
{
    (void)buffer_add_text(out, name);
    (void)buffer_add_text(out, "=\"");
    for (; *value; value++) {
        if (*value == '\n') {
            (void)buffer_add_text(out, "\\n");
            continue;
        }

        if (*value == '"' || *value == '\\')
            (void)buffer_add_char(out, '\\');

        (void)buffer_add_char(out, *value);
    }

    (void)buffer_add_char(out, '"');
}

/* What tells the cells of a series apart. */
struct cell_label {
    const char *name;
    const char *value;
};

/* The name with its suffix and labels, up to where the value stands.  `cell` is NULL
 * where there is one cell. */
static void add_series(struct buffer *out, const struct traits *t, const char *suffix,
                       unsigned value, const struct cell_label *cell)
{
    bool labelled = t->label[0] != '\0';

    (void)buffer_add_text(out, t->name);
    (void)buffer_add_text(out, suffix);
    if (labelled || cell) {
        (void)buffer_add_char(out, '{');
        if (labelled)
            add_label(out, t->label, t->values[value]);

        if (labelled && cell)
            (void)buffer_add_char(out, ',');

        if (cell)
            add_label(out, cell->name, cell->value);

        (void)buffer_add_char(out, '}');
    }

    (void)buffer_add_char(out, ' ');
}

static void add_value(struct buffer *out, int64_t value)
{
    (void)buffer_add_i64(out, value);
    (void)buffer_add_char(out, '\n');
}

static void render_histogram(struct buffer *out, const struct metrics *const *workers, size_t n,
                             enum metric metric, unsigned value)
{
    const struct traits *t = &table[metric];
    unsigned first = series(metric, value);
    int64_t count = 0;
    int64_t us = sum(workers, n, first + N_BOUNDS + 1);

    for (unsigned bucket = 0; bucket <= N_BOUNDS; bucket++) {
        const struct cell_label cell = {"le", bucket < N_BOUNDS ? bounds[bucket].seconds : "+Inf"};

        count += sum(workers, n, first + bucket);
        add_series(out, t, "_bucket", value, &cell);
        add_value(out, count);
    }

    add_series(out, t, "_sum", value, NULL);
    (void)buffer_printf(out, "%" PRId64 ".%06" PRId64 "\n", us / 1000000, us % 1000000);
    add_series(out, t, "_count", value, NULL);
    add_value(out, count);
}

static void render_kinds(struct buffer *out, const struct metrics *const *workers, size_t n,
                         enum metric metric, unsigned value)
{
    for (unsigned kind = 0; kind < N_KINDS; kind++) {
        const struct cell_label cell = {"kind", values_ANY_KIND[kind_cell(kind)]};

        add_series(out, &table[metric], "", value, &cell);
        add_value(out, metrics_read_of_kind(workers, n, metric, value, kind));
    }
}

static void render_value(struct buffer *out, const struct metrics *const *workers, size_t n,
                         enum metric metric, unsigned value)
{
    add_series(out, &table[metric], "", value, NULL);
    add_value(out, metrics_read(workers, n, metric, value));
}

void metrics_render(struct buffer *out, const struct metrics *const *workers, size_t n)
{
    static const struct {
        const char *name;
        void (*render)(struct buffer *out, const struct metrics *const *workers, size_t n,
                       enum metric metric, unsigned value);
    } types[] = {
        [COUNTER] = {"counter", render_value},
        [GAUGE] = {"gauge", render_value},
        [LEAST] = {"gauge", render_value},
        [HISTOGRAM] = {"histogram", render_histogram},
        [COUNTER_BY_KIND] = {"counter", render_kinds},
    };

    for (unsigned metric = 0; metric < METRIC_COUNT; metric++) {
        const struct traits *t = &table[metric];

        add_head(out, t->name, types[t->type].name, t->help);
        for (unsigned value = 0; value < t->n_values; value++)
            types[t->type].render(out, workers, n, (enum metric)metric, value);
    }
}

static void add_own(struct buffer *out, const char *name, const char *type, const char *help)
{
    add_head(out, name, type, help);
    (void)buffer_printf(out, "%s ", name);
}

void metrics_render_process(struct buffer *out, const char *version)
{
    struct process_usage usage;

    process_usage_read(&usage);
    add_own(out, "process_start_time_seconds", "gauge", "When the process began, since 1970.");
    (void)buffer_printf(out, "%" PRIu64 ".%03" PRIu64 "\n", usage.start_ms / 1000,
                        usage.start_ms % 1000);
    add_own(out, "process_cpu_seconds_total", "counter", "Processor time, user and system.");
    (void)buffer_printf(out, "%" PRIu64 ".%06" PRIu64 "\n", usage.cpu_us / 1000000,
                        usage.cpu_us % 1000000);
    add_own(out, "process_resident_memory_bytes", "gauge", "Memory in use, not swapped out.");
    (void)buffer_printf(out, "%" PRIu64 "\n", usage.resident_bytes);
    add_own(out, "process_open_fds", "gauge", "Open file descriptors.");
    (void)buffer_printf(out, "%" PRIu64 "\n", usage.open_fds);
    add_own(out, "process_max_fds", "gauge", "Most file descriptors that may be open.");
    (void)buffer_printf(out, "%" PRIu64 "\n", usage.max_fds);
    add_head(out, "livegate_build_info", "gauge", "Always 1; the version is a label.");
    (void)buffer_add_text(out, "livegate_build_info{");
    add_label(out, "version", version);
    (void)buffer_add_text(out, "} 1\n");
}
