#include "gateway/survey.h"

#include "base/clock.h"
#include "base/metrics.h"
#include "base/wheel.h"
#include "gateway/mailbox.h"
#include "gateway/pulse.h"
#include "tests/support/failing_malloc.h"
#include "tests/support/unit.h"

#include <errno.h>
#include <event2/event.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum { WORKERS = 3, ROUNDS = 500, PATIENCE_MS = 100 };

/* The first asks, on the test's thread. */
struct worker {
    struct event_base *loop;
    struct mailbox *mailbox;
    struct letter end;
    pthread_t thread;
    unsigned index;
    unsigned asked;
};

struct fixture {
    struct worker workers[WORKERS];
    struct mailbox *mailboxes[WORKERS];
    struct wheel *wheel;
    struct metrics *metrics;
    struct pulse *pulse;
    struct surveyor *surveyor;
};

/* Who asks, and what came of it: "0 1 -" when the last did not answer. */
struct asker {
    struct fixture *f;
    unsigned told;
    char answers[64];
};

static int set_up(void **state)
{
    static struct fixture f;
    struct surveyor_settings settings = {.n_all = WORKERS, .patience_ms = PATIENCE_MS};

    f = (struct fixture){.wheel = wheel_new(PULSE_MS, clock_now()), .metrics = metrics_new()};
    for (unsigned i = 0; i < WORKERS; i++) {
        f.workers[i].index = i;
        f.workers[i].loop = event_base_new();
        f.workers[i].mailbox = mailbox_new(f.workers[i].loop, &f.workers[i]);
        f.mailboxes[i] = f.workers[i].mailbox;
    }

    f.pulse = pulse_new(f.workers[0].loop, f.wheel, f.metrics);
    settings.wheel = f.wheel;
    settings.own = f.mailboxes[0];
    settings.all = f.mailboxes;
    f.surveyor = surveyor_new(&settings);
    *state = &f;

    return f.surveyor && f.pulse ? 0 : -1;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    surveyor_free(f->surveyor);
    pulse_free(f->pulse);
    metrics_free(f->metrics);
    wheel_free(f->wheel);
    for (unsigned i = 0; i < WORKERS; i++) {
        mailbox_free(f->mailboxes[i]);
        event_base_free(f->workers[i].loop);
    }

    return 0;
}

static void say_index(const void *about, void *reader, struct buffer *answer)
{
    struct worker *worker = reader;

    worker->asked++;
    (void)buffer_printf(answer, "%s%u", (const char *)about, worker->index);
}

static void note_answers(void *owner, const struct survey *survey)
{
    struct asker *asker = owner;
    size_t used = 0;

    asker->told++;
    for (size_t i = 0; i < survey_size(survey); i++) {
        struct span answer = span_of("-");

        (void)!survey_answer(survey, i, &answer);
        used += (size_t)snprintf(asker->answers + used, sizeof asker->answers - used, "%.*s ",
                                 SPAN_ARGS(answer));
    }

    (void)event_base_loopbreak(asker->f->workers[0].loop);
}

static int ask(struct asker *asker, const char *about)
{
    const struct question question = {
        .answer = say_index, .about = about, .done = note_answers, .asker = asker};

    return survey_begin(asker->f->surveyor, &question);
}

static void turn(struct worker *worker)
{
    assert_int_not_equal(event_base_loop(worker->loop, EVLOOP_NONBLOCK), -1);
}

static void all_are_asked_and_their_answers_come_together(void **state)
{
    struct fixture *f = *state;
    struct asker asker = {.f = f};

    assert_int_equal(ask(&asker, "w"), 0);
    for (unsigned i = WORKERS; i-- > 0;) {
        assert_int_equal(asker.told, 0);
        turn(&f->workers[i]);
    }
    turn(&f->workers[0]);

    assert_int_equal(asker.told, 1);
    assert_string_equal(asker.answers, "w0 w1 w2 ");
}

static void who_does_not_answer_in_time_is_left_out_and_may_answer_later(void **state)
{
    struct fixture *f = *state;
    struct asker asker = {.f = f};

    assert_int_equal(ask(&asker, ""), 0);
    turn(&f->workers[1]);
    assert_int_equal(event_base_dispatch(f->workers[0].loop), 0);

    assert_string_equal(asker.answers, "0 1 - ");

    turn(&f->workers[2]);
    turn(&f->workers[0]);

    assert_int_equal(asker.told, 1);
}

static void who_stops_asking_is_told_what_is_there(void **state)
{
    struct fixture *f = *state;
    struct asker asker = {.f = f};

    assert_int_equal(ask(&asker, ""), 0);
    turn(&f->workers[2]);
    turn(&f->workers[0]);

    surveyor_free(f->surveyor);
    f->surveyor = NULL;

    assert_int_equal(asker.told, 1);
    assert_string_equal(asker.answers, "0 - 2 ");
}

/* ---- threads ---- */

static void end_loop(struct letter *letter, void *reader)
{
    (void)letter;

    (void)event_base_loopbreak(((struct worker *)reader)->loop);
}

static void *work(void *arg)
{
    struct worker *worker = arg;

    (void)event_base_dispatch(worker->loop);

    return NULL;
}

static void workers_on_threads_answer_every_survey(void **state)
{
    struct fixture *f = *state;
    struct asker asker = {.f = f};

    for (unsigned i = 1; i < WORKERS; i++)
        assert_int_equal(pthread_create(&f->workers[i].thread, NULL, work, &f->workers[i]), 0);

    for (unsigned round = 1; round <= ROUNDS; round++) {
        assert_int_equal(ask(&asker, ""), 0);
        assert_int_equal(event_base_dispatch(f->workers[0].loop), 0);
        assert_int_equal(asker.told, round);
    }

    for (unsigned i = 1; i < WORKERS; i++) {
        f->workers[i].end.open = end_loop;
        mailbox_post(f->mailboxes[i], &f->workers[i].end);
        assert_int_equal(pthread_join(f->workers[i].thread, NULL), 0);
        assert_int_equal(f->workers[i].asked, ROUNDS);
    }
}

/* ---- memory ---- */

static void without_memory_nobody_is_asked(void **state)
{
    struct fixture *f = *state;
    struct asker asker = {.f = f};

    fail_malloc_after(0);
    assert_int_equal(ask(&asker, ""), -ENOMEM);
    assert_null(surveyor_new(&(struct surveyor_settings){.n_all = 0}));
    fail_malloc_never();
    turn(&f->workers[0]);

    assert_int_equal(asker.told, 0);
    surveyor_free(NULL);
}

static void an_answer_that_found_no_memory_is_none(void **state)
{
    struct fixture *f = *state;
    struct asker asker = {.f = f};

    assert_int_equal(ask(&asker, ""), 0);
    fail_malloc_after(0);
    turn(&f->workers[1]);
    fail_malloc_never();
    turn(&f->workers[2]);
    turn(&f->workers[0]);
    turn(&f->workers[0]);

    assert_string_equal(asker.answers, "0 - 2 ");
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(all_are_asked_and_their_answers_come_together),
        TEST(who_does_not_answer_in_time_is_left_out_and_may_answer_later),
        TEST(who_stops_asking_is_told_what_is_there),
        TEST(workers_on_threads_answer_every_survey),
        TEST(without_memory_nobody_is_asked),
        TEST(an_answer_that_found_no_memory_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
