#include "tests/contract/contract.h"
#include "tests/contract/stage.h"

#include "base/random.h"
#include "schema/message.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void a_room_never_used_is_empty_at_0_0(void **state)
{
    struct stage *stage = *state;
    struct answer answer;

    cut(&stage->a, &answer);

    assert_true(answer.position.term == 0 && answer.position.seq == 0);
    assert_int_equal(answer.cut->n_chat, 0);
    assert_int_equal(answer.cut->n_shelf, 0);
    assert_int_equal(answer.cut->likes, 0);
    assert_int_equal(answer.cut->follows, 0);
    assert_int_equal(answer.cut->online, 0);
    answer_dispose(&answer);
}

static void chat_holds_the_last_100_oldest_first(void **state)
{
    struct stage *stage = *state;
    struct answer answer;

    for (int i = 0; i < 130; i++) {
        char message[100];

        (void)snprintf(message, sizeof message, "{\"msg_type\":\"message\",\"content\":\"%d\"}", i);
        published(stage, message);
        published(stage, "{\"msg_type\":\"x_gift\"}");
    }

    cut(&stage->a, &answer);
    assert_int_equal(answer.cut->n_chat, BROKER_CHAT);
    for (size_t i = 0; i < BROKER_CHAT; i++) {
        char expected[100];

        (void)snprintf(expected, sizeof expected, "{\"msg_type\":\"message\",\"content\":\"%zu\"}",
                       30 + i);
        assert_true(span_is(answer.cut->chat[i].entry.payload, expected));
    }
    answer_dispose(&answer);
}

static void a_snapshot_shows_entries_as_they_were_heard(void **state)
{
    struct stage *stage = *state;
    struct answer answer;

    hear(&stage->a, stage->room);
    published(stage, "{\"msg_type\":\"message\",\"content\":\"x\"}");
    published(stage, "{\"msg_type\":\"on_off_shelf\",\"goods_id\":\"1\",\"status\":\"on\"}");

    cut(&stage->a, &answer);

    assert_true(span_equal(answer.cut->chat[0].bytes, heard_at(&stage->a, 0)->bytes));
    assert_true(span_equal(answer.cut->shelf[0].bytes, heard_at(&stage->a, 1)->bytes));
    answer_dispose(&answer);
}

/* ---- a snapshot and the messages after it make a later snapshot ---- */

enum { GOODS = 8 };

struct model {
    struct position position;
    struct span chat[BROKER_CHAT];
    size_t n_chat;
    struct span shelf[GOODS];
    size_t n_shelf;
    uint64_t follows;
};

static void model_load(struct model *model, const struct snapshot_copy *cut)
{
    assert_in_range(cut->n_shelf, 0, GOODS);
    *model = (struct model){.position = cut->position, .follows = cut->follows};
    for (; model->n_chat < cut->n_chat; model->n_chat++)
        model->chat[model->n_chat] = cut->chat[model->n_chat].bytes;
    for (; model->n_shelf < cut->n_shelf; model->n_shelf++)
        model->shelf[model->n_shelf] = cut->shelf[model->n_shelf].bytes;
}

static void read_entry(struct span bytes, struct entry *entry, struct message *message)
{
    assert_int_equal(entry_parse(entry, bytes), 0);
    assert_int_equal(message_read(message, entry->payload, NULL), 0);
    assert_int_equal(message_check(message, NULL), 0);
}

static void forget_goods(struct model *model, struct span goods_id)
{
    size_t left = 0;

    for (size_t i = 0; i < model->n_shelf; i++) {
        struct entry entry;
        struct message message;

        read_entry(model->shelf[i], &entry, &message);
        if (!span_equal(message.fields[FIELD_GOODS_ID].raw, goods_id))
            model->shelf[left++] = model->shelf[i];
    }
    model->n_shelf = left;
}

static void model_apply(struct model *model, struct span bytes)
{
    struct entry entry;
    struct message message;

    read_entry(bytes, &entry, &message);
    if (entry.position.seq == 0 || position_compare(entry.position, model->position) <= 0)
        return;

    if (message.kind == KIND_CHAT) {
        if (model->n_chat == BROKER_CHAT)
            memmove(model->chat, model->chat + 1, --model->n_chat * sizeof model->chat[0]);
        model->chat[model->n_chat++] = bytes;
    } else if (message.kind == KIND_FOLLOW) {
        model->follows = (uint64_t)entry.total;
    } else if (message.kind == KIND_SHELF) {
        forget_goods(model, message.fields[FIELD_GOODS_ID].raw);
        if (span_is(message.fields[FIELD_STATUS].raw, "on"))
            model->shelf[model->n_shelf++] = bytes;
    }
    model->position = entry.position;
}

static void assert_model_is(const struct model *model, const struct snapshot_copy *cut)
{
    assert_int_equal(position_compare(model->position, cut->position), 0);
    assert_int_equal(model->follows, cut->follows);
    assert_int_equal(model->n_chat, cut->n_chat);
    for (size_t i = 0; i < cut->n_chat; i++)
        assert_true(span_equal(model->chat[i], cut->chat[i].bytes));
    assert_int_equal(model->n_shelf, cut->n_shelf);
    for (size_t i = 0; i < cut->n_shelf; i++)
        assert_true(span_equal(model->shelf[i], cut->shelf[i].bytes));
}

static void publish_anything(struct stage_worker *worker, struct answer *answer)
{
    char message[160];
    struct broker_publish what = {.room = span_of(worker->stage->room)};
    unsigned n = (unsigned)random_below(GOODS);

    switch (random_below(4)) {
    case 0:
        (void)snprintf(message, sizeof message, "{\"msg_type\":\"message\",\"content\":\"%u\"}", n);
        break;
    case 1:
        (void)snprintf(message, sizeof message,
                       "{\"msg_type\":\"on_off_shelf\",\"goods_id\":\"%u\",\"status\":\"on\"}", n);
        break;
    case 2:
        (void)snprintf(message, sizeof message,
                       "{\"msg_type\":\"on_off_shelf\",\"goods_id\":\"%u\",\"status\":\"off\"}", n);
        break;
    default:
        (void)snprintf(message, sizeof message, "{\"msg_type\":\"subscribe\"}");
    }
    what.message = span_of(message);
    worker_publish(worker, &what, answer);
}

void snapshot_plus_messages_is_exact(struct stage *stage, struct stage_worker *const *publishers,
                                     size_t n_publishers)
{
    enum { SNAPSHOTS = 10, BETWEEN = 60, PUBLISHED = SNAPSHOTS * BETWEEN };
    struct answer *answers = calloc(PUBLISHED, sizeof *answers);
    struct answer cuts[SNAPSHOTS];
    struct answer last;

    assert_non_null(answers);
    hear(&stage->a, stage->room);

    for (size_t i = 0; i < PUBLISHED; i++) {
        publish_anything(publishers[random_below(n_publishers)], &answers[i]);
        if (i % BETWEEN == BETWEEN / 2)
            worker_snapshot(&stage->a, stage->room, &cuts[i / BETWEEN]);
        if (random_below(10) == 0)
            stage_turn(stage);
    }
    for (size_t i = 0; i < PUBLISHED; i++)
        STAGE_UNTIL(stage, answers[i].times == 1 && answers[i].refusal == REFUSAL_NONE);
    (void)heard_before_last_word(&stage->a);
    cut(&stage->a, &last);

    for (size_t i = 0; i < SNAPSHOTS; i++) {
        struct model model;

        STAGE_UNTIL(stage, cuts[i].times > 0);
        model_load(&model, cuts[i].cut);
        LIST_FOR_EACH (node, &stage->a.heard)
            model_apply(&model, CONTAINER_OF(node, struct heard, node)->bytes);
        assert_model_is(&model, last.cut);
        answer_dispose(&cuts[i]);
    }
    answer_dispose(&last);
    free(answers);
}

static void a_snapshot_and_the_messages_after_it_make_a_later_snapshot(void **state)
{
    struct stage *stage = *state;

    snapshot_plus_messages_is_exact(stage, (struct stage_worker *[]){&stage->a}, 1);
}

int contract_snapshots(void)
{
    const struct CMUnitTest tests[] = {
        STAGE_TEST(a_room_never_used_is_empty_at_0_0),
        STAGE_TEST(chat_holds_the_last_100_oldest_first),
        STAGE_TEST(a_snapshot_shows_entries_as_they_were_heard),
        STAGE_TEST(a_snapshot_and_the_messages_after_it_make_a_later_snapshot),
    };

    return cmocka_run_group_tests_name("snapshots", tests, NULL, NULL);
}
