/* The labels in base/metrics_table.h stand for things this layer names. */
#include "base/metrics.h"

#include "schema/kinds.h"
#include "schema/refusal.h"
#include "schema/token.h"
#include "tests/support/unit.h"

#include <stdio.h>
#include <string.h>

/* What the workers' metrics say, as one string. */
static const char *rendered(struct buffer *out, const struct metrics *m)
{
    buffer_init(out, 1 << 20);
    metrics_render(out, &m, 1);

    return buffer_text(out);
}

static const char *label_of(unsigned kind)
{
    if (kind == KIND_UNKNOWN)
        return "unknown";

    return kind == KIND_CUSTOM ? "custom" : kind_traits(kind)->name;
}

static void messages_are_counted_under_the_name_of_their_kind(void **state)
{
    struct metrics *m = metrics_new();
    struct buffer out;
    const char *text;

    assert_non_null(m);
    for (unsigned kind = 0; kind < KIND_COUNT; kind++)
        metrics_add(m, METRIC_MESSAGES_IN, kind, 100 + kind);

    text = rendered(&out, m);
    for (unsigned kind = 0; kind < KIND_COUNT; kind++) {
        char line[128];

        (void)snprintf(line, sizeof line, "livegate_messages_in_total{kind=\"%s\"} %u\n",
                       label_of(kind), 100 + kind);
        assert_non_null(strstr(text, line));
    }

    buffer_dispose(&out);
    metrics_free(m);
    (void)state;
}

static void drops_are_too_and_without_one_they_are_unknown(void **state)
{
    struct metrics *m = metrics_new();
    struct buffer out;
    const char *text;

    assert_non_null(m);
    for (unsigned kind = 0; kind <= KIND_UNKNOWN; kind++)
        metrics_add_of_kind(m, METRIC_DROPS, DROP_MUTED, kind, 100 + kind);

    text = rendered(&out, m);
    for (unsigned kind = 0; kind <= KIND_UNKNOWN; kind++) {
        char line[128];

        (void)snprintf(line, sizeof line, "livegate_drops_total{reason=\"muted\",kind=\"%s\"} %u\n",
                       label_of(kind), 100 + kind);
        assert_non_null(strstr(text, line));
    }

    buffer_dispose(&out);
    metrics_free(m);
    (void)state;
}

static void refused_tokens_are_counted_by_their_fault(void **state)
{
    static const char *const labels[] = {
#define X(constant, label, text) label,
        TOKEN_FAULTS(X)
#undef X
    };
    struct metrics *m = metrics_new();
    struct buffer out;
    const char *text;

    assert_non_null(m);
    for (unsigned fault = 0; fault < TOKEN_FAULT_COUNT; fault++)
        metrics_add(m, METRIC_TOKENS_REFUSED, fault, 100 + fault);

    text = rendered(&out, m);
    for (unsigned fault = 0; fault < TOKEN_FAULT_COUNT; fault++) {
        char line[128];

        (void)snprintf(line, sizeof line, "livegate_tokens_refused_total{reason=\"%s\"} %u\n",
                       labels[fault], 100 + fault);
        assert_non_null(strstr(text, line));
    }

    buffer_dispose(&out);
    metrics_free(m);
    (void)state;
}

static void every_close_code_of_ours_has_a_series(void **state)
{
    unsigned other = metrics_code(METRIC_SESSIONS_CLOSED, 0);

#define X(constant, code, retry, text) \
    assert_int_not_equal(metrics_code(METRIC_SESSIONS_CLOSED, code), other);
    CLOSE_CODES(X)
#undef X
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_are_counted_under_the_name_of_their_kind),
        cmocka_unit_test(drops_are_too_and_without_one_they_are_unknown),
        cmocka_unit_test(refused_tokens_are_counted_by_their_fault),
        cmocka_unit_test(every_close_code_of_ours_has_a_series),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
