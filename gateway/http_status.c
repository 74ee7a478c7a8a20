#include "base/metrics.h"
#include "gateway/http_call.h"
#include "gateway/survey.h"
#include "schema/json.h"

#define JSON_TYPE "application/json"
#define MAX_REASONS ((size_t)64 * 1024)
#define METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"

/* Lines, each once. */
struct http_reasons {
    struct buffer *lines;
};

static bool has_line(struct span lines, struct span wanted)
{
    while (!span_is_none(lines)) {
        if (span_equal(span_cut(&lines, '\n'), wanted))
            return true;
    }

    return false;
}

static void add_line(struct buffer *lines, struct span line)
{
    if (has_line(buffer_span(lines), line))
        return;

    (void)buffer_add_span(lines, line);
    (void)buffer_add_char(lines, '\n');
}

void http_reason(struct http_reasons *reasons, const char *subject, const char *why)
{
    struct buffer line;

    buffer_init(&line, 256);
    (void)buffer_printf(&line, "%s: %s", subject, why);
    add_line(reasons->lines, buffer_span(&line));
    buffer_dispose(&line);
}

/* ---- what the workers are asked ---- */

static void say_nothing(const void *about, void *worker, struct buffer *answer)
{
    (void)about;
    (void)worker;
    (void)answer;
}

static void say_reasons(const void *about, void *worker, struct buffer *answer)
{
    const struct http_witness *witness = about;
    struct http_reasons reasons = {.lines = answer};

    witness->judge_readiness(worker, &reasons);
}

/* Everybody's, and who is stuck.  What several say is told once. */
static void gather(struct buffer *lines, const struct survey *survey)
{
    for (size_t i = 0; i < survey_size(survey); i++) {
        struct span answer;

        if (!survey_answer(survey, i, &answer))
            (void)buffer_printf(lines, "worker %zu: does not answer\n", i);
        else
            while (answer.size > 0)
                add_line(lines, span_cut(&answer, '\n'));
    }
}

static void write_reasons(struct buffer *out, struct span lines)
{
    buffer_add_text(out, ",\"reasons\":[");

    for (bool first = true; lines.size > 0; first = false) {
        if (!first)
            buffer_add_char(out, ',');
        json_write_string(out, span_cut(&lines, '\n'));
    }

    buffer_add_char(out, ']');
}

static void ask_all(struct http_call *call, const struct question *question)
{
    if (survey_begin(call->settings->surveyor, question) != 0)
        http_refuse(call, REFUSAL_INTERNAL, NULL);
}

/* ---- GET /livez: all loops turn ---- */

static void on_life(void *asker, const struct survey *survey)
{
    struct http_call *call = asker;
    struct buffer stuck;
    bool live;

    buffer_init(&stuck, MAX_REASONS);
    gather(&stuck, survey);
    live = stuck.size == 0 && buffer_status(&stuck) == 0;
    if (live) {
        buffer_add_text(&call->body, "{\"live\":true}");
    } else {
        buffer_add_text(&call->body, "{\"live\":false");
        write_reasons(&call->body, buffer_span(&stuck));
        buffer_add_char(&call->body, '}');
    }

    http_answer(call, live ? 200 : 503, JSON_TYPE);
    buffer_dispose(&stuck);
}

void http_get_livez(struct http_call *call)
{
    ask_all(call, &(struct question){.answer = say_nothing, .done = on_life, .asker = call});
}

/* ---- GET /readyz ---- */

static void on_readiness(void *asker, const struct survey *survey)
{
    struct http_call *call = asker;
    struct buffer lines;
    bool ready;

    buffer_init(&lines, MAX_REASONS);
    gather(&lines, survey);
    ready = lines.size == 0 && buffer_status(&lines) == 0;

    buffer_add_text(&call->body, ready ? "{\"ready\":true" : "{\"ready\":false");
    write_reasons(&call->body, buffer_span(&lines));
    buffer_add_char(&call->body, '}');
    http_answer(call, ready ? 200 : 503, JSON_TYPE);
    buffer_dispose(&lines);
}

void http_get_readyz(struct http_call *call)
{
    const struct question question = {.answer = say_reasons,
                                      .about = call->settings->witness,
                                      .done = on_readiness,
                                      .asker = call};

    ask_all(call, &question);
}

/* ---- GET /metrics ---- */

void http_get_metrics(struct http_call *call)
{
    const struct http_settings *settings = call->settings;

    metrics_render(&call->body, settings->metrics, settings->n_metrics);
    metrics_render_process(&call->body, LIVEGATE_VERSION);
    http_answer(call, 200, METRICS_TYPE);
}
