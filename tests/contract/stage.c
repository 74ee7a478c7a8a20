#include "tests/contract/stage.h"

#include "base/wheel.h"
#include "schema/message.h"
#include "tests/support/failing_malloc.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TICK_MS = 2 };

const struct contract_broker *stage_broker;
void *stage_place;

struct listener {
    struct list_node node;
    bool is_over; /* it unlistened, or another took its place */
    char room[STAGE_ROOM_MAX];
};

/* ---- what a worker is told ---- */

static void on_entry(void *owner, void *arg, struct span bytes)
{
    struct stage_worker *worker = owner;
    const struct listener *listener = arg;
    struct heard *heard = unfailing_calloc(1, sizeof *heard + bytes.size);

    assert_non_null(heard);
    assert_false(worker->stage->in_call);
    assert_false(listener->is_over);

    memcpy(heard->room, listener->room, sizeof heard->room);
    memcpy(heard->storage, bytes.data, bytes.size);
    heard->bytes = span_make(heard->storage, bytes.size);
    assert_int_equal(entry_parse(&heard->entry, heard->bytes), 0);
    list_append(&worker->heard, &heard->node);
    worker->n_heard++;
    if (worker->on_heard)
        worker->on_heard(worker);
}

static void on_listening(void *owner, void *arg)
{
    struct stage_worker *worker = owner;
    const struct listener *listener = arg;

    assert_false(worker->stage->in_call);
    assert_false(listener->is_over);
    worker->n_listening++;
}

static void on_state(void *owner, enum broker_state state, const char *why)
{
    struct stage_worker *worker = owner;

    assert_false(worker->stage->in_call);
    assert_non_null(why);
    worker->state = state;
}

/* ---- the stage ---- */

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
    struct stage *stage = arg;

    (void)fd;
    (void)what;
    (void)wheel_advance(stage->wheel, clock_now());
}

void stage_turn(struct stage *stage)
{
    assert_true(event_base_loop(stage->loop, EVLOOP_ONCE) >= 0);
}

void stage_wait_ms(struct stage *stage, uint64_t ms)
{
    uint64_t until = clock_now() + ms;

    STAGE_UNTIL(stage, clock_now() > until);
}

void worker_open(struct stage *stage, struct stage_worker *worker, const char *name)
{
    static const struct broker_events events = {
        .on_entry = on_entry, .on_listening = on_listening, .on_state = on_state};

    *worker = (struct stage_worker){.stage = stage};
    list_init(&worker->listeners);
    list_init(&worker->heard);
    worker->broker = stage_broker->open(stage_place, stage->loop, stage->wheel, name);
    assert_non_null(worker->broker);

    stage->in_call = true;
    broker_start(worker->broker, &events, worker);
    stage->in_call = false;
    STAGE_UNTIL(stage, worker->state == BROKER_UP);
}

void worker_close(struct stage_worker *worker)
{
    struct list_node *node;

    if (!worker->stage)
        return;

    broker_free(worker->broker);
    worker->broker = NULL;
    while ((node = list_pop(&worker->heard)))
        free(CONTAINER_OF(node, struct heard, node));
    while ((node = list_pop(&worker->listeners)))
        free(CONTAINER_OF(node, struct listener, node));
}

static void name_rooms(struct stage *stage)
{
    static unsigned sentences;

    sentences++;
    (void)snprintf(stage->room, sizeof stage->room, "room-%u", sentences);
    (void)snprintf(stage->other_room, sizeof stage->other_room, "other-%u", sentences);
}

int stage_setup(void **state)
{
    static const struct timeval tick = {0, TICK_MS * 1000};
    struct stage *stage = calloc(1, sizeof *stage);

    assert_non_null(stage);
    name_rooms(stage);
    stage->loop = event_base_new();
    stage->wheel = wheel_new(TICK_MS, clock_now());
    stage->tick = event_new(stage->loop, -1, EV_PERSIST, on_tick, stage);
    assert_non_null(stage->tick);
    assert_int_equal(event_add(stage->tick, &tick), 0);
    worker_open(stage, &stage->a, "a");
    *state = stage;

    return 0;
}

int stage_setup_two(void **state)
{
    struct stage *stage;

    if (stage_setup(state) != 0)
        return -1;

    stage = *state;
    worker_open(stage, &stage->b, "b");

    return 0;
}

int stage_teardown(void **state)
{
    struct stage *stage = *state;

    worker_close(&stage->b);
    worker_close(&stage->a);
    event_free(stage->tick);
    wheel_free(stage->wheel);
    event_base_free(stage->loop);
    free(stage);

    return 0;
}

/* ---- requests ---- */

static void begin(struct stage_worker *worker, struct answer *answer)
{
    *answer = (struct answer){.unexpected = &worker->stage->in_call};
    worker->stage->in_call = true;
}

void worker_publish(struct stage_worker *worker, const struct broker_publish *publish,
                    struct answer *answer)
{
    begin(worker, answer);
    broker_publish(worker->broker, publish, answer_published, answer);
    worker->stage->in_call = false;
}

void worker_snapshot(struct stage_worker *worker, const char *room, struct answer *answer)
{
    begin(worker, answer);
    broker_snapshot(worker->broker, span_of(room), answer_snapshot, answer);
    worker->stage->in_call = false;
}

void worker_history(struct stage_worker *worker, struct position after, size_t limit,
                    struct answer *answer)
{
    begin(worker, answer);
    broker_history(worker->broker, span_of(worker->stage->room), after, limit, answer_history,
                   answer);
    worker->stage->in_call = false;
}

void worker_census(struct stage_worker *worker, const struct broker_census *census,
                   struct answer *answer)
{
    assert_in_range(census->n_items, 0, ANSWER_MAX_ITEMS);
    begin(worker, answer);
    answer->n_items = census->n_items;
    broker_census(worker->broker, census, answer_counted, answer);
    worker->stage->in_call = false;
}

void worker_moderate(struct stage_worker *worker, const struct broker_moderate *moderate,
                     struct answer *answer)
{
    begin(worker, answer);
    broker_moderate(worker->broker, moderate, answer_moderated, answer);
    worker->stage->in_call = false;
}

void worker_sanctions(struct stage_worker *worker, const char *room, struct answer *answer)
{
    begin(worker, answer);
    broker_sanctions(worker->broker, span_of(room), answer_sanctions, answer);
    worker->stage->in_call = false;
}

static void end_listeners(struct stage_worker *worker, const char *room)
{
    LIST_FOR_EACH (node, &worker->listeners) {
        struct listener *listener = CONTAINER_OF(node, struct listener, node);

        if (strcmp(listener->room, room) == 0)
            listener->is_over = true;
    }
}

int worker_try_to_listen(struct stage_worker *worker, const char *room)
{
    struct listener *listener = unfailing_calloc(1, sizeof *listener);
    int error;

    assert_non_null(listener);
    assert_in_range(strlen(room), 1, sizeof listener->room - 1);
    memcpy(listener->room, room, strlen(room));

    worker->stage->in_call = true;
    error = broker_listen(worker->broker, span_of(room), listener);
    worker->stage->in_call = false;
    if (error != 0) {
        free(listener);
        return error;
    }

    end_listeners(worker, room);
    list_append(&worker->listeners, &listener->node);

    return 0;
}

void worker_listen(struct stage_worker *worker, const char *room)
{
    assert_int_equal(worker_try_to_listen(worker, room), 0);
}

void worker_unlisten(struct stage_worker *worker, const char *room)
{
    worker->stage->in_call = true;
    broker_unlisten(worker->broker, span_of(room));
    worker->stage->in_call = false;
    end_listeners(worker, room);
}

/* ---- and with their answers waited for ---- */

void hear(struct stage_worker *worker, const char *room)
{
    size_t before = worker->n_listening;

    worker_listen(worker, room);
    STAGE_UNTIL(worker->stage, worker->n_listening > before);
}

void publish_as(struct stage_worker *worker, const struct broker_publish *what,
                struct answer *answer)
{
    worker_publish(worker, what, answer);
    STAGE_UNTIL(worker->stage, answer->times > 0);
}

void publish(struct stage *stage, const char *message, struct answer *answer)
{
    const struct broker_publish what = {.room = span_of(stage->room), .message = span_of(message)};

    publish_as(&stage->a, &what, answer);
}

struct position published(struct stage *stage, const char *message)
{
    struct answer answer;

    publish(stage, message, &answer);
    if (answer.refusal != REFUSAL_NONE)
        fail_msg("%s was refused: %s", message, answer.detail);

    return answer.position;
}

void cut(struct stage_worker *worker, struct answer *answer)
{
    worker_snapshot(worker, worker->stage->room, answer);
    STAGE_UNTIL(worker->stage, answer->times > 0);
    assert_int_equal(answer->refusal, REFUSAL_NONE);
}

void read_after(struct stage_worker *worker, struct position after, size_t limit,
                struct answer *answer)
{
    worker_history(worker, after, limit, answer);
    STAGE_UNTIL(worker->stage, answer->times > 0);
    assert_int_equal(answer->refusal, REFUSAL_NONE);
}

void count_in(struct stage_worker *worker, uint64_t count, const struct census_item *item,
              struct answer *answer)
{
    const struct broker_census census = {
        .room = span_of(worker->stage->room),
        .count = count,
        .grace_ms = STAGE_PATIENCE_MS,
        .items = item,
        .n_items = item ? 1 : 0,
    };

    worker_census(worker, &census, answer);
    STAGE_UNTIL(worker->stage, answer->times > 0);
    assert_int_equal(answer->refusal, REFUSAL_NONE);
}

/* ---- what was heard ---- */

const struct heard *heard_at(struct stage_worker *worker, size_t i)
{
    struct list_node *node;

    STAGE_UNTIL(worker->stage, worker->n_heard > i);
    node = list_first(&worker->heard);
    for (; i > 0; i--)
        node = node->next;

    return CONTAINER_OF(node, struct heard, node);
}

void assert_returned(const struct entry *entry, const char *uid)
{
    struct message message;
    char text[MESSAGE_MAX_UID];
    int size;

    assert_int_equal(entry->flags, ENTRY_RETURNING | ENTRY_NOT_TO_SENDER);
    assert_int_equal(message_read(&message, entry->payload, NULL), 0);
    assert_int_equal(message_check(&message, NULL), 0);
    assert_int_equal(message.kind, KIND_JOIN);
    size = message_id_text(&message, FIELD_FROM_UID, text, sizeof text);
    assert_true(size > 0 && span_is(span_make(text, (size_t)size), uid));
}

static bool is_last_word(const struct list *heard)
{
    const struct heard *last;

    if (list_empty(heard))
        return false;

    last = CONTAINER_OF(heard->head.previous, struct heard, node);

    return span_is(last->entry.payload, STAGE_LAST_WORD);
}

size_t heard_before_last_word(struct stage_worker *worker)
{
    (void)published(worker->stage, STAGE_LAST_WORD);
    STAGE_UNTIL(worker->stage, is_last_word(&worker->heard));

    return worker->n_heard - 1;
}
