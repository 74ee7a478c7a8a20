#include "base/metrics.h"

#include "tests/support/failing_malloc.h"
#include "tests/support/unit.h"

#include <pthread.h>
#include <string.h>

enum { N = 2 };

static struct metrics *workers[N];
static const struct metrics *const *const readable = (const struct metrics *const *)workers;
static struct buffer out;

static int set_up(void **state)
{
    buffer_init(&out, 1 << 20);
    for (int i = 0; i < N; i++)
        workers[i] = metrics_new();

    (void)state;

    return workers[0] && workers[1] ? 0 : -1;
}

static int tear_down(void **state)
{
    for (int i = 0; i < N; i++)
        metrics_free(workers[i]);

    buffer_dispose(&out);
    (void)state;

    return 0;
}

/* Does this whole line stand in what was rendered? */
static void assert_line(const char *line)
{
    struct span rest = buffer_span(&out);
    int found = 0;

    while (!span_is_none(rest))
        found += span_is(span_cut(&rest, '\n'), line);

    if (found != 1)
        fail_msg("%d times: %s", found, line);
}

static void counters_and_gauges_are_summed_over_the_workers(void **state)
{
    metrics_add(workers[0], METRIC_DELIVERIES, 0, 1000);
    metrics_add(workers[1], METRIC_DELIVERIES, 0, 500);
    metrics_add(workers[0], METRIC_CONNECTIONS, 0, 3);
    metrics_add(workers[0], METRIC_CONNECTIONS, 0, -1);
    metrics_set(workers[1], METRIC_CONNECTIONS, 0, 5);

    metrics_render(&out, readable, N);

    assert_line("# HELP livegate_deliveries_total Frames handed to client sockets.");
    assert_line("# TYPE livegate_deliveries_total counter");
    assert_line("livegate_deliveries_total 1500");
    assert_line("# TYPE livegate_connections gauge");
    assert_line("livegate_connections 7");
    assert_int_equal(metrics_read(readable, N, METRIC_CONNECTIONS, 0), 7);
    (void)state;
}

static void each_label_value_is_a_series_from_the_start(void **state)
{
    metrics_add(workers[0], METRIC_UPGRADES_REFUSED, 1, 2);

    metrics_render(&out, readable, N);

    assert_line("livegate_upgrades_refused_total{status=\"401\"} 2");
    assert_line("livegate_upgrades_refused_total{status=\"403\"} 0");
    assert_line("livegate_messages_in_total{kind=\"on_off_shelf\"} 0");
    assert_line("livegate_messages_out_total{kind=\"custom\"} 0");
    (void)state;
}

enum { JOIN, LEAVE, CHAT, LIKE, KINDS = 9 }; /* METRIC_SET_KIND */

static void drops_are_counted_by_reason_and_kind(void **state)
{
    metrics_add_of_kind(workers[0], METRIC_DROPS, DROP_LAGGING, LIKE, 2);
    metrics_add_of_kind(workers[1], METRIC_DROPS, DROP_LAGGING, LIKE, 3);
    metrics_add_of_kind(workers[0], METRIC_DROPS, DROP_LAGGING, JOIN, 1);
    metrics_add_of_kind(workers[0], METRIC_DROPS, DROP_MUTED, LIKE, 7);

    metrics_render(&out, readable, N);

    assert_line("# TYPE livegate_drops_total counter");
    assert_line("livegate_drops_total{reason=\"lagging\",kind=\"like\"} 5");
    assert_line("livegate_drops_total{reason=\"lagging\",kind=\"join\"} 1");
    assert_line("livegate_drops_total{reason=\"muted\",kind=\"like\"} 7");
    assert_line("livegate_drops_total{reason=\"muted\",kind=\"unknown\"} 0");
    assert_int_equal(metrics_read_of_kind(readable, N, METRIC_DROPS, DROP_LAGGING, LIKE), 5);
    assert_int_equal(metrics_read(readable, N, METRIC_DROPS, DROP_LAGGING), 6);
    (void)state;
}

static void without_a_kind_we_know_it_is_unknown(void **state)
{
    metrics_add(workers[0], METRIC_DROPS, DROP_MALFORMED, 1);
    metrics_add_of_kind(workers[0], METRIC_DROPS, DROP_MALFORMED, KINDS, 2);
    metrics_add_of_kind(workers[1], METRIC_DROPS, DROP_MALFORMED, UINT32_MAX, 4);
    metrics_add_of_kind(workers[1], METRIC_DROPS, DROP_MALFORMED, KINDS - 1, 8);

    metrics_render(&out, readable, N);

    assert_line("livegate_drops_total{reason=\"malformed\",kind=\"unknown\"} 7");
    assert_line("livegate_drops_total{reason=\"malformed\",kind=\"recall\"} 8");
    assert_int_equal(metrics_read(readable, N, METRIC_DROPS, DROP_MALFORMED), 15);
    (void)state;
}

static void the_broker_is_up_when_it_is_up_for_every_worker(void **state)
{
    metrics_set(workers[0], METRIC_BROKER_UP, 0, 1);
    assert_int_equal(metrics_read(readable, N, METRIC_BROKER_UP, 0), 0);

    metrics_set(workers[1], METRIC_BROKER_UP, 0, 1);
    assert_int_equal(metrics_read(readable, N, METRIC_BROKER_UP, 0), 1);
    assert_int_equal(metrics_read(readable, 0, METRIC_BROKER_UP, 0), 0);
    (void)state;
}

static void codes_are_found_by_number_or_are_other(void **state)
{
    metrics_add(workers[0], METRIC_SESSIONS_CLOSED, metrics_code(METRIC_SESSIONS_CLOSED, 4408), 1);
    metrics_add(workers[0], METRIC_SESSIONS_CLOSED, metrics_code(METRIC_SESSIONS_CLOSED, 3999), 2);
    metrics_add(workers[0], METRIC_UPGRADES_REFUSED, metrics_code(METRIC_UPGRADES_REFUSED, 426), 3);

    metrics_render(&out, readable, N);

    assert_line("livegate_sessions_closed_total{code=\"4408\"} 1");
    assert_line("livegate_sessions_closed_total{code=\"other\"} 2");
    assert_line("livegate_upgrades_refused_total{status=\"426\"} 3");
    (void)state;
}

static void a_label_beyond_its_set_touches_no_other_metric(void **state)
{
    metrics_add(workers[0], METRIC_DROPS, 999, 4);

    assert_int_equal(metrics_read(readable, N, METRIC_DROPS, DROP_BROKER_DOWN), 4);
    assert_int_equal(metrics_read(readable, N, METRIC_BROKER_UP, 0), 0);
    (void)state;
}

static void durations_fall_into_cumulative_buckets(void **state)
{
    metrics_observe(workers[0], METRIC_PUBLISH_SECONDS, 0, 90);
    metrics_observe(workers[0], METRIC_PUBLISH_SECONDS, 0, 100);
    metrics_observe(workers[1], METRIC_PUBLISH_SECONDS, 0, 101);
    metrics_observe(workers[1], METRIC_PUBLISH_SECONDS, 0, 6000000);

    metrics_render(&out, readable, N);

    assert_line("# TYPE livegate_publish_seconds histogram");
    assert_line("livegate_publish_seconds_bucket{le=\"0.0001\"} 2");
    assert_line("livegate_publish_seconds_bucket{le=\"0.00025\"} 3");
    assert_line("livegate_publish_seconds_bucket{le=\"5\"} 3");
    assert_line("livegate_publish_seconds_bucket{le=\"+Inf\"} 4");
    assert_line("livegate_publish_seconds_sum 6.000291");
    assert_line("livegate_publish_seconds_count 4");
    assert_line("livegate_loop_delay_seconds_count 0");
    assert_int_equal(metrics_read(readable, N, METRIC_PUBLISH_SECONDS, 0), 4);
    (void)state;
}

static void every_line_has_a_name_and_a_value(void **state)
{
    struct span rest;

    metrics_render(&out, readable, N);
    metrics_render_process(&out, "1.2.3");
    assert_int_equal(buffer_status(&out), 0);

    rest = buffer_span(&out);
    while (rest.size > 0) {
        struct span line = span_cut(&rest, '\n');

        assert_true(span_starts_with(line, span_of("# HELP ")) ||
                    span_starts_with(line, span_of("# TYPE ")) ||
                    span_starts_with(line, span_of("livegate_")) ||
                    span_starts_with(line, span_of("process_")));
        assert_in_range(span_find(line, ' '), 1, line.size - 2);
    }
    (void)state;
}

static void the_process_tells_its_size_and_version(void **state)
{
    metrics_render_process(&out, "1.2\"\\\n3");

    assert_line("livegate_build_info{version=\"1.2\\\"\\\\\\n3\"} 1");
    assert_line("# TYPE process_resident_memory_bytes gauge");
    assert_line("# TYPE process_cpu_seconds_total counter");
    (void)state;
}

static void *count(void *arg)
{
    for (int i = 0; i < 100000; i++)
        metrics_add(arg, METRIC_DELIVERIES, 0, 1);

    return NULL;
}

static void a_reader_may_look_while_workers_count(void **state)
{
    pthread_t threads[N];
    int64_t before = 0;

    for (int i = 0; i < N; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, count, workers[i]), 0);

    for (int i = 0; i < 1000; i++) {
        int64_t now = metrics_read(readable, N, METRIC_DELIVERIES, 0);

        assert_true(now >= before);
        before = now;
    }

    for (int i = 0; i < N; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);

    assert_int_equal(metrics_read(readable, N, METRIC_DELIVERIES, 0), N * 100000);
    (void)state;
}

static void without_memory_there_are_no_metrics(void **state)
{
    fail_malloc_after(0);
    assert_null(metrics_new());
    fail_malloc_never();
    metrics_free(NULL);
    (void)state;
}

#define WITH_WORKERS(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORKERS(counters_and_gauges_are_summed_over_the_workers),
        WITH_WORKERS(each_label_value_is_a_series_from_the_start),
        WITH_WORKERS(drops_are_counted_by_reason_and_kind),
        WITH_WORKERS(without_a_kind_we_know_it_is_unknown),
        WITH_WORKERS(the_broker_is_up_when_it_is_up_for_every_worker),
        WITH_WORKERS(codes_are_found_by_number_or_are_other),
        WITH_WORKERS(a_label_beyond_its_set_touches_no_other_metric),
        WITH_WORKERS(durations_fall_into_cumulative_buckets),
        WITH_WORKERS(every_line_has_a_name_and_a_value),
        WITH_WORKERS(the_process_tells_its_size_and_version),
        WITH_WORKERS(a_reader_may_look_while_workers_count),
        cmocka_unit_test(without_memory_there_are_no_metrics),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
