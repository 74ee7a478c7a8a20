#include "relay/memory_answer.h"

#include "relay/memory_queue.h"

#include <stddef.h>

void memory_answer_published(const struct memory_request *request, enum refusal refusal,
                             const char *detail, const struct broker_published *published)
{
    static const struct broker_published none = {SPAN_NONE, {0, 0}};
    const struct broker_status status = {
        .refusal = refusal,
        .detail = refusal != REFUSAL_NONE && detail[0] != '\0' ? detail : NULL,
    };

    request->done.published(request->arg, &status, refusal == REFUSAL_NONE ? published : &none);
}

void memory_answer_snapshot(const struct memory_request *request, enum refusal refusal,
                            const struct broker_snapshot *snapshot)
{
    const struct broker_status status = {.refusal = refusal};

    request->done.snapshot(request->arg, &status, snapshot);
}

void memory_answer_history(const struct memory_request *request, enum refusal refusal,
                           const struct broker_history *history)
{
    const struct broker_status status = {.refusal = refusal};

    request->done.history(request->arg, &status, history);
}

void memory_answer_counted(const struct memory_request *request, enum refusal refusal,
                           const struct broker_counted *counted)
{
    static const struct broker_counted none = {0};
    const struct broker_status status = {.refusal = refusal};

    request->done.counted(request->arg, &status, counted ? counted : &none);
}

void memory_answer_moderated(const struct memory_request *request, enum refusal refusal,
                             const char *detail, bool changed)
{
    const struct broker_status status = {.refusal = refusal, .detail = detail};

    request->done.moderated(request->arg, &status, changed);
}

void memory_answer_sanctions(const struct memory_request *request, enum refusal refusal,
                             const struct broker_sanctions *sanctions)
{
    static const struct broker_sanctions none = {0};
    const struct broker_status status = {.refusal = refusal};

    request->done.sanctions(request->arg, &status, refusal == REFUSAL_NONE ? sanctions : &none);
}

void memory_answer_refuse(const struct memory_request *request, enum refusal refusal)
{
    static const struct broker_snapshot nothing = {0};
    static const struct broker_history no_past = {0};

    switch (request->verb) {
    case MEMORY_START:
    case MEMORY_LISTEN:
        return;
    case MEMORY_PUBLISH:
        memory_answer_published(request, refusal, "", NULL);
        return;
    case MEMORY_SNAPSHOT:
        memory_answer_snapshot(request, refusal, &nothing);
        return;
    case MEMORY_HISTORY:
        memory_answer_history(request, refusal, &no_past);
        return;
    case MEMORY_CENSUS:
        memory_answer_counted(request, refusal, NULL);
        return;
    case MEMORY_MODERATE:
        memory_answer_moderated(request, refusal, NULL, false);
        return;
    case MEMORY_SANCTIONS:
        memory_answer_sanctions(request, refusal, NULL);
        return;
    }
}
