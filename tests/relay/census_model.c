#include "tests/relay/census_model.h"

#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *model_uid(int number)
{
    static const char *const uids[MODEL_UIDS] = {"u0", "u1", "u2", "u3", "u4"};

    return uids[number];
}

void model_init(struct model *model, const char *room, uint64_t grace_ms)
{
    memset(model, 0, sizeof *model);
    model->room = room;
    model->grace_ms = grace_ms;
    for (int i = 0; i < MODEL_UIDS; i++)
        model->holder[i] = NOBODY;
}

static void drop_entries(struct model_worker *worker)
{
    while (worker->from < worker->to)
        free(worker->entries[worker->from++ % MODEL_QUEUE]);
}

void model_dispose(struct model *model)
{
    for (int i = 0; i < MODEL_WORKERS; i++)
        drop_entries(&model->workers[i]);
}

uint64_t model_online(const struct model *model)
{
    uint64_t online = 0;

    for (int i = 0; i < MODEL_WORKERS; i++)
        online += model->counts[i];

    return online;
}

/* ---- the verbs: may it be announced?  Is it a returning one? ---- */

static bool enter(struct model *model, int worker, int uid, bool *returning)
{
    bool elsewhere = model->holder[uid] != NOBODY && model->holder[uid] != worker;

    *returning = elsewhere || (model->away[uid] && clock_now() < model->deadline[uid]);
    if (*returning && elsewhere && model->counts[model->holder[uid]] > 0)
        model->counts[model->holder[uid]]--;
    model->holder[uid] = worker;
    model->away[uid] = false;

    return !*returning;
}

static bool elsewhere(const struct model *model, int worker, int uid)
{
    return model->holder[uid] != NOBODY && model->holder[uid] != worker;
}

static bool leave(struct model *model, int worker, int uid)
{
    if (elsewhere(model, worker, uid))
        return false;

    model->holder[uid] = NOBODY;
    model->away[uid] = false;

    return true;
}

static bool lose(struct model *model, int worker, int uid)
{
    if (!elsewhere(model, worker, uid)) {
        model->holder[uid] = worker;
        model->away[uid] = true;
        model->deadline[uid] = clock_now() + model->grace_ms;
    }

    return false;
}

static bool expire(struct model *model, int worker, int uid)
{
    return !elsewhere(model, worker, uid) && model->away[uid] && leave(model, worker, uid);
}

static bool apply(struct model *model, int worker, const struct scripted_item *item,
                  bool *returning)
{
    int uid = item->uid[1] - '0';

    *returning = false;
    switch (item->verb) {
    case CENSUS_ENTER:
        return enter(model, worker, uid, returning);
    case CENSUS_LEAVE:
        return leave(model, worker, uid);
    case CENSUS_LOST:
        return lose(model, worker, uid);
    case CENSUS_EXPIRE:
        return expire(model, worker, uid);
    }

    return false;
}

/* ---- the channel ---- */

static void publish(struct model *model, const char *entry)
{
    for (int i = 0; i < MODEL_WORKERS; i++) {
        struct model_worker *worker = &model->workers[i];

        if (worker->to - worker->from == MODEL_QUEUE)
            abort();
        worker->entries[worker->to++ % MODEL_QUEUE] = strdup(entry);
    }
}

static void announce(struct model *model, const struct scripted_item *item, bool is_returning)
{
    int change = item->verb == CENSUS_ENTER ? 1 : -1;
    int *announced = &model->announced[item->uid[1] - '0'];
    char entry[256];

    if (!is_returning && !item->announcement[0])
        return;

    if (!is_returning) {
        *announced += change;
        model->doubled = model->doubled || *announced < 0 || *announced > 1;
    }

    (void)snprintf(entry, sizeof entry, "::1::%llu:%s:%s:{\"msg_type\":\"%s\",\"from_uid\":\"%s\"}",
                   (unsigned long long)model_online(model), item->origin, is_returning ? "rx" : "x",
                   change > 0 ? "join" : "leave", item->uid);
    publish(model, entry);
}

/* ---- steps ---- */

static void do_census(struct model *model, int worker, const struct scripted_request *request,
                      struct model_answer *answer)
{
    bool announced[SCRIPTED_ITEMS];

    for (size_t i = 0; i < request->n_items; i++)
        announced[i] = apply(model, worker, &request->items[i], &answer->returning[i]);

    model->counts[worker] = request->count;
    for (size_t i = 0; i < request->n_items; i++) {
        if (announced[i] || answer->returning[i])
            announce(model, &request->items[i], answer->returning[i]);
    }
}

bool model_do_request(struct model *model, int worker)
{
    struct model_worker *w = &model->workers[worker];
    const struct scripted_request *request = scripted_first(w->broker);

    for (size_t i = 0; i < w->done && request; i++)
        request = request->next;

    if (!request)
        return false;

    if (request->verb == SCRIPTED_CENSUS)
        do_census(model, worker, request, &w->answers[w->done]);
    w->answers[w->done].online = model_online(model);
    w->done++;

    return true;
}

bool model_answer(struct model *model, int worker)
{
    struct model_worker *w = &model->workers[worker];
    struct model_answer answer = w->answers[0];
    struct scripted_request *request = scripted_first(w->broker);

    if (w->done == 0)
        return false;

    w->done--;
    memmove(w->answers, w->answers + 1, w->done * sizeof w->answers[0]);
    if (request->verb == SCRIPTED_CENSUS)
        scripted_counted(w->broker, request, answer.online, answer.returning);
    else if (request->verb == SCRIPTED_HISTORY)
        scripted_history(w->broker, request, &(struct broker_history){.complete = true});
    else
        scripted_snapshot(w->broker, request, &(struct broker_snapshot){.online = answer.online});

    return true;
}

bool model_deliver(struct model *model, int worker)
{
    struct model_worker *w = &model->workers[worker];
    char *entry;

    if (w->from == w->to)
        return false;

    entry = w->entries[w->from++ % MODEL_QUEUE];
    scripted_entry(w->broker, model->room, entry);
    free(entry);

    return true;
}

void model_cut(struct model *model, int worker)
{
    struct model_worker *w = &model->workers[worker];

    scripted_state(w->broker, BROKER_DOWN);
    while (scripted_first(w->broker))
        scripted_refuse(w->broker, scripted_first(w->broker),
                        w->done > 0 ? REFUSAL_TIMEOUT : REFUSAL_UNAVAILABLE);
    w->done = 0;
    drop_entries(w);
}
