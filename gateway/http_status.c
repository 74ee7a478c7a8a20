#include "base/metrics.h"
#include "gateway/http_call.h"
#include "schema/json.h"

#define JSON_TYPE "application/json"
#define METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"

struct http_reasons {
    struct buffer *out;
    size_t count;
};

/* The loop turns, or nobody would answer. */
void http_get_livez(struct http_call *call)
{
    buffer_add_text(&call->body, "{\"live\":true}");
    http_answer(call, 200, JSON_TYPE);
}

void http_reason(struct http_reasons *reasons, const char *subject, const char *why)
{
    struct buffer text;

    buffer_init(&text, 256);
    buffer_add_text(&text, subject);
    buffer_add_text(&text, ": ");
    buffer_add_text(&text, why);

    if (reasons->count++ > 0)
        buffer_add_char(reasons->out, ',');
    json_write_string(reasons->out, buffer_span(&text));
    buffer_dispose(&text);
}

void http_get_readyz(struct http_call *call)
{
    const struct http_settings *settings = call->settings;
    struct buffer list;
    struct http_reasons reasons = {.out = &list};

    buffer_init(&list, 4096);
    settings->judge_readiness(settings->owner, &reasons);

    buffer_add_text(&call->body, reasons.count == 0 ? "{\"ready\":true" : "{\"ready\":false");
    buffer_add_text(&call->body, ",\"reasons\":[");
    buffer_add_span(&call->body, buffer_span(&list));
    buffer_add_text(&call->body, "]}");
    buffer_dispose(&list);

    http_answer(call, reasons.count == 0 ? 200 : 503, JSON_TYPE);
}

void http_get_metrics(struct http_call *call)
{
    const struct http_settings *settings = call->settings;

    metrics_render(&call->body, settings->metrics, settings->n_metrics);
    metrics_render_process(&call->body, LIVEGATE_VERSION);
    http_answer(call, 200, METRICS_TYPE);
}
