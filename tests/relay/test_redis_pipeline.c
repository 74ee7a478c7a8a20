#include "relay/redis_pipeline.h"

#include "tests/support/failing_malloc.h"
#include "tests/support/unit.h"

#include <errno.h>
#include <event2/buffer.h>
#include <hiredis/hiredis.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_ENDS = 16 };

struct fixture {
    struct redis_pipeline *pipeline;
    struct evbuffer *out;
    size_t n_ends;
    struct {
        const void *arg;
        enum redis_end end;
        int type;
        char text[32];
    } ends[MAX_ENDS];
    size_t n_messages;
    char message[32];
};

static void on_message(void *owner, const redisReply *reply)
{
    struct fixture *f = owner;

    f->n_messages++;
    (void)strncpy(f->message, reply->element[2]->str, sizeof f->message - 1);
}

static int set_up(void **state)
{
    static struct fixture fixture;

    fixture = (struct fixture){.out = evbuffer_new()};
    fixture.pipeline = redis_pipeline_new(on_message, &fixture);
    *state = &fixture;

    return fixture.pipeline && fixture.out ? 0 : -1;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    redis_pipeline_free(f->pipeline);
    evbuffer_free(f->out);

    return 0;
}

static void on_end(const struct redis_call *call, enum redis_end end, const redisReply *reply)
{
    struct fixture *f = call->owner;

    assert_true(f->n_ends < MAX_ENDS);
    f->ends[f->n_ends].arg = call->arg;
    f->ends[f->n_ends].end = end;
    f->ends[f->n_ends].type = reply ? reply->type : 0;
    if (reply && reply->str)
        (void)strncpy(f->ends[f->n_ends].text, reply->str, sizeof f->ends[0].text - 1);
    f->n_ends++;
}

static int try_to_ask(struct fixture *f, const char *word, void *arg, uint32_t replies)
{
    const struct redis_call call = {.on_end = on_end, .owner = f, .arg = arg, .replies = replies};
    const struct span words[] = {span_of(word), SPAN_NONE};

    return redis_pipeline_ask(f->pipeline, f->out, words, 2, &call, 1000);
}

static void ask(struct fixture *f, const char *word, void *arg)
{
    assert_int_equal(try_to_ask(f, word, arg, 0), 0);
}

static int take(struct fixture *f, const char *text)
{
    return redis_pipeline_take(f->pipeline, span_of(text));
}

static void commands_go_out_one_behind_the_other(void **state)
{
    static const char expected[] = "*2\r\n$3\r\nONE\r\n$0\r\n\r\n*2\r\n$3\r\nTWO\r\n$0\r\n\r\n";
    struct fixture *f = *state;
    char out[100];

    ask(f, "ONE", NULL);
    ask(f, "TWO", NULL);

    assert_int_equal(evbuffer_remove(f->out, out, sizeof out), sizeof expected - 1);
    assert_memory_equal(out, expected, sizeof expected - 1);
    assert_int_equal(redis_pipeline_calls(f->pipeline), 2);
    assert_int_equal(redis_pipeline_bytes(f->pipeline), sizeof expected - 1);
    redis_pipeline_end(f->pipeline, 0, false);
}

static void replies_end_the_calls_in_order(void **state)
{
    struct fixture *f = *state;
    int a;
    int b;

    ask(f, "A", &a);
    ask(f, "B", &b);

    assert_int_equal(take(f, "+first\r\n$6\r\nsecond\r\n"), 0);

    assert_int_equal(f->n_ends, 2);
    assert_ptr_equal(f->ends[0].arg, &a);
    assert_string_equal(f->ends[0].text, "first");
    assert_ptr_equal(f->ends[1].arg, &b);
    assert_string_equal(f->ends[1].text, "second");
    assert_int_equal(redis_pipeline_calls(f->pipeline), 0);
    assert_int_equal(redis_pipeline_bytes(f->pipeline), 0);
    assert_true(redis_pipeline_due(f->pipeline) == UINT64_MAX);
}

static void replies_may_be_cut_anywhere(void **state)
{
    static const char replies[] = "*2\r\n$3\r\nabc\r\n:42\r\n+OK\r\n";
    struct fixture *f = *state;

    ask(f, "A", NULL);
    ask(f, "B", NULL);

    for (size_t i = 0; i < sizeof replies - 1; i++)
        assert_int_equal(redis_pipeline_take(f->pipeline, span_make(replies + i, 1)), 0);

    assert_int_equal(f->n_ends, 2);
    assert_int_equal(f->ends[0].type, REDIS_REPLY_ARRAY);
    assert_int_equal(f->ends[1].type, REDIS_REPLY_STATUS);
}

static void one_call_may_have_many_replies(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(try_to_ask(f, "SUBSCRIBE", f, 2), 0);
    ask(f, "PING", NULL);

    assert_int_equal(take(f, "*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n"
                             "*3\r\n$9\r\nsubscribe\r\n$1\r\nb\r\n:2\r\n"
                             "*2\r\n$4\r\npong\r\n$0\r\n\r\n"),
                     0);

    assert_int_equal(f->n_ends, 3);
    assert_ptr_equal(f->ends[1].arg, f);
    assert_ptr_equal(f->ends[2].arg, NULL);
}

static void an_error_is_the_last_reply_of_a_call(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(try_to_ask(f, "SUBSCRIBE", f, 500), 0);
    ask(f, "PING", NULL);

    assert_int_equal(take(f, "-NOPERM no\r\n+PONG\r\n"), 0);

    assert_int_equal(f->n_ends, 2);
    assert_int_equal(f->ends[0].type, REDIS_REPLY_ERROR);
    assert_string_equal(f->ends[1].text, "PONG");
}

static void messages_belong_to_no_call(void **state)
{
    struct fixture *f = *state;

    ask(f, "PING", NULL);

    assert_int_equal(take(f, "*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$5\r\nhello\r\n+PONG\r\n"), 0);

    assert_int_equal(f->n_messages, 1);
    assert_string_equal(f->message, "hello");
    assert_int_equal(f->n_ends, 1);
    assert_string_equal(f->ends[0].text, "PONG");
}

static void what_nobody_asked_for_is_not_redis(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(take(f, "+OK\r\n"), -EPROTO);
}

static void what_is_not_the_protocol_is_not_redis(void **state)
{
    static const char *const texts[] = {
        "HTTP/1.1 400 Bad Request\r\n",
        "*3\r\n$x\r\n",
        "$-5\r\n",
        "*99999999999999999999\r\n",
        ":12x\r\n",
        "%1\r\n+a\r\n+b\r\n",
        ">1\r\n+a\r\n",
        "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n",
    };

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct fixture *f = *state;

        ask(f, "A", NULL);
        if (take(f, texts[i]) != -EPROTO)
            fail_msg("taken: %s", texts[i]);
        redis_pipeline_end(f->pipeline, 0, false);

        /* It is of no more use. */
        (void)tear_down(state);
        (void)set_up(state);
    }
}

static void odd_shapes_are_just_answers(void **state)
{
    struct fixture *f = *state;

    for (int i = 0; i < 5; i++)
        ask(f, "A", NULL);

    assert_int_equal(take(f, "*0\r\n*-1\r\n$-1\r\n*3\r\n:1\r\n$-1\r\n*0\r\n"
                             "*3\r\n*1\r\n+message\r\n$1\r\na\r\n$1\r\nb\r\n"),
                     0);

    assert_int_equal(f->n_ends, 5);
    assert_int_equal(f->n_messages, 0);
}

static void an_answer_that_asks_for_gigabytes_gets_none(void **state)
{
    struct fixture *f = *state;

    ask(f, "A", NULL);

    assert_int_equal(take(f, "*1000000000\r\n"), -ENOMEM);
    redis_pipeline_end(f->pipeline, 0, false);
}

static void what_was_not_sent_did_not_happen(void **state)
{
    struct fixture *f = *state;
    size_t first;

    ask(f, "A", NULL);
    first = evbuffer_get_length(f->out);
    ask(f, "B", NULL);
    ask(f, "C", NULL);

    /* Half of the second has left, and half a command is none. */
    redis_pipeline_end(f->pipeline, evbuffer_get_length(f->out) - first - 3, false);

    assert_int_equal(f->n_ends, 3);
    assert_int_equal(f->ends[0].end, REDIS_UNANSWERED);
    assert_int_equal(f->ends[1].end, REDIS_UNSENT);
    assert_int_equal(f->ends[2].end, REDIS_UNSENT);
}

static void a_freed_link_says_so(void **state)
{
    struct fixture *f = *state;

    ask(f, "A", NULL);

    redis_pipeline_end(f->pipeline, 0, true);

    assert_int_equal(f->ends[0].end, REDIS_FREED);
}

static void on_end_ask_again(const struct redis_call *call, enum redis_end end,
                             const redisReply *reply)
{
    struct fixture *f = call->owner;

    on_end(call, end, reply);
    for (int i = 0; i < 200; i++)
        ask(f, "AGAIN", NULL);
}

static void more_may_be_asked_from_inside_an_answer(void **state)
{
    struct fixture *f = *state;
    const struct redis_call call = {.on_end = on_end_ask_again, .owner = f};
    const struct span word = span_of("A");

    for (int i = 0; i < 40; i++)
        ask(f, "A", NULL);
    assert_int_equal(redis_pipeline_ask(f->pipeline, f->out, &word, 1, &call, 1), 0);
    for (int i = 0; i < 41; i++)
        f->n_ends = take(f, "+OK\r\n") == 0 ? 0 : MAX_ENDS;

    assert_int_equal(redis_pipeline_calls(f->pipeline), 200);
    for (int i = 0; i < 200; i++)
        f->n_ends = take(f, "+OK\r\n") == 0 ? 0 : MAX_ENDS;
    assert_int_equal(redis_pipeline_calls(f->pipeline), 0);
}

static void without_memory_nothing_was_asked(void **state)
{
    struct fixture *f = *state;
    const struct redis_call call = {.on_end = on_end, .owner = f};
    struct span words[20];

    for (size_t i = 0; i < 20; i++)
        words[i] = span_of("x");

    /* The queue; then, there being one, the two arrays. */
    for (int i = 0; i < 3; i++) {
        fail_malloc_after(i > 0);
        assert_int_equal(redis_pipeline_ask(f->pipeline, f->out, words, 20, &call, 1), -ENOMEM);
        fail_malloc_never();
        assert_int_equal(redis_pipeline_calls(f->pipeline), 0);
        assert_int_equal(evbuffer_get_length(f->out), 0);
    }

    fail_malloc_after(0);
    assert_null(redis_pipeline_new(on_message, f));
    fail_malloc_never();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(commands_go_out_one_behind_the_other),
        TEST(replies_end_the_calls_in_order),
        TEST(replies_may_be_cut_anywhere),
        TEST(one_call_may_have_many_replies),
        TEST(an_error_is_the_last_reply_of_a_call),
        TEST(messages_belong_to_no_call),
        TEST(what_nobody_asked_for_is_not_redis),
        TEST(what_is_not_the_protocol_is_not_redis),
        TEST(odd_shapes_are_just_answers),
        TEST(an_answer_that_asks_for_gigabytes_gets_none),
        TEST(what_was_not_sent_did_not_happen),
        TEST(a_freed_link_says_so),
        TEST(more_may_be_asked_from_inside_an_answer),
        TEST(without_memory_nothing_was_asked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
