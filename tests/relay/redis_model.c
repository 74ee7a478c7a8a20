#include "tests/relay/redis_model.h"

#include "base/clock.h"
#include "relay/position.h"
#include "tests/support/unit.h"

#include <stdio.h>
#include <string.h>

unsigned redis_model_below(struct redis_model *model, unsigned n)
{
    /* splitmix64: every seed is as good as any other. */
    uint64_t z = model->random += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);

    return (unsigned)((z ^ (z >> 31)) % n);
}

bool redis_model_chance(struct redis_model *model, unsigned percent)
{
    return redis_model_below(model, 100) < percent;
}

static const char *text_of(const struct redis_model_message *message, char text[MODEL_TEXT])
{
    (void)snprintf(
        text, MODEL_TEXT, "%llu:%llu:%llu:m%u:::%s:{\"msg_type\":\"message\",\"content\":\"x\"}",
        (unsigned long long)message->position.term, (unsigned long long)message->position.seq,
        (unsigned long long)clock_now(), message->name, message->first ? "f" : "");

    return text;
}

/* ---- Redis ---- */

int redis_model_find(const struct redis_model *model, unsigned name)
{
    for (size_t i = model->n_log; i-- > 0;) {
        if (model->log[i].name == name)
            return (int)i;
    }

    return -1;
}

static struct position position_now(const struct redis_model *model)
{
    return model->n_log > 0 ? model->log[model->n_log - 1].position : (struct position){0, 0};
}

static bool was_used(const struct redis_model *model, uint64_t term)
{
    for (size_t i = 0; i < model->n_terms; i++) {
        if (model->terms[i] == term)
            return true;
    }

    return false;
}

/* As the function counts: by its clock, and above the term it finds.  Milliseconds do not collide.
 */
static uint64_t next_term(struct redis_model *model, bool skew)
{
    uint64_t old = position_now(model).term;
    uint64_t term = clock_now() - (skew ? redis_model_below(model, 5000) : 0);

    if (term <= old)
        term = old + 1;
    while (was_used(model, term))
        term++;

    assert_true(model->n_terms < MODEL_TERMS);
    model->terms[model->n_terms++] = term;

    return term;
}

void redis_model_publish(struct redis_model *model, unsigned name, bool skew)
{
    struct position last = position_now(model);
    struct redis_model_message message = {.position = {last.term, last.seq + 1}, .name = name};

    if (redis_model_find(model, name) >= 0)
        return;

    if (model->new_process || model->n_log == 0) {
        message.position.term = next_term(model, skew);
        message.first = true;
    }

    assert_true(model->n_log < MODEL_MAX && model->n_channel < MODEL_MAX);
    model->new_process = false;
    model->log[model->n_log++] = message;
    model->channel[model->n_channel++] = message;
}

void redis_model_restart(struct redis_model *model, size_t lost)
{
    model->n_log -= lost < model->n_log ? lost : model->n_log;
    model->new_process = true;
}

/* ---- the channel ---- */

void redis_model_deliver(struct redis_model *model)
{
    size_t i = 0;
    struct redis_model_message message;
    char text[MODEL_TEXT];

    if (model->n_channel == 0)
        return;

    if (redis_model_chance(model, model->chances.reorder))
        i = redis_model_below(model, (unsigned)model->n_channel);
    message = model->channel[i];
    if (!redis_model_chance(model, model->chances.repeat)) {
        model->n_channel--;
        memmove(&model->channel[i], &model->channel[i + 1],
                (model->n_channel - i) * sizeof model->channel[0]);
    }

    if (!redis_model_chance(model, model->chances.loss))
        scripted_entry(model->broker, ROOM, text_of(&message, text));
}

/* ---- requests ---- */

static void do_snapshot(struct redis_model *model)
{
    struct redis_model_result *result = &model->result;
    size_t i = model->n_log > MODEL_CHAT ? model->n_log - MODEL_CHAT : 0;

    while (i < model->n_log)
        result->messages[result->n++] = model->log[i++];
}

static void do_history(struct redis_model *model, struct position after)
{
    struct redis_model_result *result = &model->result;
    size_t oldest = model->n_log > model->history ? model->n_log - model->history : 0;
    size_t i = model->n_log;

    while (i > oldest && position_compare(model->log[i - 1].position, after) > 0)
        i--;

    result->complete = position_compare(result->position, after) <= 0;
    for (; i < model->n_log && result->n < BROKER_HISTORY_MAX; i++) {
        const struct entry next = {.position = model->log[i].position,
                                   .flags = model->log[i].first ? ENTRY_FIRST_OF_TERM : 0};

        if (result->n == 0)
            result->complete = position_leads_to(after, &next, i > 0 && i > oldest);
        result->messages[result->n++] = model->log[i];
    }
}

bool redis_model_do(struct redis_model *model)
{
    const struct scripted_request *request = scripted_first(model->broker);

    if (!request || model->done)
        return false;

    model->done = true;
    model->result = (struct redis_model_result){.position = position_now(model)};
    if (request->verb == SCRIPTED_SNAPSHOT)
        do_snapshot(model);
    if (request->verb == SCRIPTED_HISTORY)
        do_history(model, request->after);

    return true;
}

bool redis_model_answer(struct redis_model *model)
{
    static char texts[BROKER_HISTORY_MAX][MODEL_TEXT];
    struct span spans[BROKER_HISTORY_MAX];
    struct scripted_request *request = scripted_first(model->broker);
    const struct redis_model_result *result = &model->result;

    if (!request || !model->done)
        return false;

    model->done = false;
    for (size_t i = 0; i < result->n; i++)
        spans[i] = span_of(text_of(&result->messages[i], texts[i]));

    if (request->verb == SCRIPTED_SNAPSHOT)
        scripted_snapshot(model->broker, request,
                          &(struct broker_snapshot){
                              .position = result->position, .chat = spans, .n_chat = result->n});
    else if (request->verb == SCRIPTED_HISTORY)
        scripted_history(model->broker, request,
                         &(struct broker_history){.position = result->position,
                                                  .complete = result->complete,
                                                  .entries = spans,
                                                  .n_entries = result->n});
    else
        scripted_counted(model->broker, request, 0, NULL);

    return true;
}

bool redis_model_refuse(struct redis_model *model, enum refusal refusal)
{
    struct scripted_request *request = scripted_first(model->broker);

    if (!request)
        return false;

    model->done = false;
    scripted_refuse(model->broker, request, refusal);

    return true;
}
