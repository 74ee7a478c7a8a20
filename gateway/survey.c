#include "gateway/survey.h"

#include "base/clock.h"
#include "base/list.h"
#include "base/wheel.h"
#include "gateway/mailbox.h"

#include <errno.h>
#include <stdlib.h>

/* A worker's rooms: 100,000 of them, and more. */
#define MAX_ANSWER ((size_t)16 * 1024 * 1024)

struct surveyor {
    struct surveyor_settings settings;
    struct list open;
};

/* Goes to a worker and comes back; what is in it belongs to who has the letter. */
struct form {
    struct letter letter;
    struct survey *survey;
    struct buffer answer;
    bool returned;
};

struct survey {
    struct list_node node;
    struct surveyor *surveyor;
    struct question question;
    struct wheel_timer deadline;
    size_t n_out; /* forms that have not come back: the survey lives until then */
    bool told;
    struct form forms[];
};

static void survey_free(struct survey *survey)
{
    list_remove(&survey->node);
    wheel_cancel(survey->surveyor->settings.wheel, &survey->deadline);

    for (size_t i = 0; i < survey_size(survey); i++)
        buffer_dispose(&survey->forms[i].answer);

    free(survey);
}

static void tell(struct survey *survey)
{
    if (survey->told)
        return;

    survey->told = true;
    survey->question.done(survey->question.asker, survey);
}

void surveyor_free(struct surveyor *surveyor)
{
    if (!surveyor)
        return;

    LIST_FOR_EACH (node, &surveyor->open) {
        struct survey *survey = CONTAINER_OF(node, struct survey, node);

        tell(survey);
        survey_free(survey);
    }

    free(surveyor);
}

struct surveyor *surveyor_new(const struct surveyor_settings *settings)
{
    struct surveyor *surveyor = calloc(1, sizeof *surveyor);

    if (!surveyor)
        return NULL;

    surveyor->settings = *settings;
    list_init(&surveyor->open);

    return surveyor;
}

static void on_returned(struct letter *letter, void *reader)
{
    struct form *form = CONTAINER_OF(letter, struct form, letter);
    struct survey *survey = form->survey;

    (void)reader;

    form->returned = true;
    if (--survey->n_out > 0)
        return;

    tell(survey);
    survey_free(survey);
}

/* On the thread of the worker that is asked. */
static void on_asked(struct letter *letter, void *reader)
{
    struct form *form = CONTAINER_OF(letter, struct form, letter);
    const struct question *question = &form->survey->question;

    question->answer(question->about, reader, &form->answer);
    letter->open = on_returned;
    mailbox_post(form->survey->surveyor->settings.own, letter);
}

static void on_deadline(struct wheel_timer *timer)
{
    tell(CONTAINER_OF(timer, struct survey, deadline));
}

int survey_begin(struct surveyor *surveyor, const struct question *question)
{
    const struct surveyor_settings *settings = &surveyor->settings;
    struct survey *survey = calloc(1, sizeof *survey + settings->n_all * sizeof survey->forms[0]);

    if (!survey)
        return -ENOMEM;

    survey->surveyor = surveyor;
    survey->question = *question;
    survey->n_out = settings->n_all;
    list_append(&surveyor->open, &survey->node);
    wheel_timer_init(&survey->deadline, on_deadline);
    wheel_add(settings->wheel, &survey->deadline, clock_now() + settings->patience_ms);

    for (size_t i = 0; i < settings->n_all; i++) {
        struct form *form = &survey->forms[i];

        form->survey = survey;
        form->letter.open = on_asked;
        buffer_init(&form->answer, MAX_ANSWER);
        mailbox_post(settings->all[i], &form->letter);
    }

    return 0;
}

size_t survey_size(const struct survey *survey)
{
    return survey->surveyor->settings.n_all;
}

bool survey_answer(const struct survey *survey, size_t index, struct span *answer)
{
    const struct form *form = &survey->forms[index];

    if (!form->returned || buffer_status(&form->answer) != 0)
        return false;

    *answer = buffer_span(&form->answer);

    return true;
}
