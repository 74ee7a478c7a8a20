#include "tests/relay/link_stage.h"

#include "base/metrics.h"

#include <hiredis/hiredis.h>
#include <string.h>

static void on_up(void *owner)
{
    struct link_stage *stage = owner;

    assert_false(stage->in_call);
    stage->ups++;
}

static void on_down(void *owner, const char *why)
{
    struct link_stage *stage = owner;

    assert_false(stage->in_call);
    assert_false(redis_link_is_up(stage->link));
    assert_int_equal(redis_link_calls(stage->link), 0);
    stage->downs++;
    stage->why = why;
}

static void on_message(void *owner, const redisReply *reply)
{
    struct link_stage *stage = owner;

    assert_int_equal(reply->elements, 3);
    stage->messages++;
}

static void on_end(const struct redis_call *call, enum redis_end end, const redisReply *reply)
{
    struct link_stage *stage = call->owner;

    assert_false(stage->in_call && end != REDIS_FREED);
    stage->n_ends++;
    stage->last_end = end;
    stage->last_type = reply ? reply->type : 0;
    stage->last_text[0] = '\0';
    if (reply && reply->str)
        (void)strncpy(stage->last_text, reply->str, sizeof stage->last_text - 1);
}

int link_stage_set_up(void **state)
{
    static struct link_stage stage;

    stage = (struct link_stage){.loop = event_base_new(), .metrics = metrics_new()};
    *state = &stage;

    return stage.loop && stage.metrics ? 0 : -1;
}

int link_stage_tear_down(void **state)
{
    struct link_stage *stage = *state;

    redis_link_free(stage->link);
    metrics_free(stage->metrics);
    event_base_free(stage->loop);

    return 0;
}

void link_stage_turn(struct link_stage *stage)
{
    const struct timeval soon = {0, 5000};

    assert_int_equal(event_base_loopexit(stage->loop, &soon), 0);
    assert_true(event_base_loop(stage->loop, EVLOOP_ONCE) >= 0);
}

void link_stage_connect(struct link_stage *stage, const char *url)
{
    static const struct redis_link_events events = {
        .on_up = on_up, .on_down = on_down, .on_message = on_message};
    const struct redis_link_settings settings = {
        .loop = stage->loop, .metrics = stage->metrics, .url = &stage->url, .name = "test"};

    assert_int_equal(redis_url_parse(&stage->url, url), 0);
    stage->link = redis_link_new(&settings, &events, stage);
    assert_non_null(stage->link);
    stage->in_call = true;
    redis_link_start(stage->link);
    stage->in_call = false;
}

int link_stage_ask(struct link_stage *stage, const char *word, const char *argument)
{
    const struct redis_call call = {.on_end = on_end, .owner = stage};
    const struct span words[] = {span_of(word), span_of(argument)};
    int error;

    stage->in_call = true;
    error = redis_link_ask(stage->link, words, argument ? 2 : 1, &call);
    stage->in_call = false;

    return error;
}

void link_stage_hear(struct link_stage *stage, const char *word, const char *argument)
{
    size_t before = stage->n_ends;

    assert_int_equal(link_stage_ask(stage, word, argument), 0);
    LINK_UNTIL(stage, stage->n_ends > before);
}
