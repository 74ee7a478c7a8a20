#include "tests/contract/contract.h"
#include "tests/contract/stage.h"

#include <stdio.h>
#include <string.h>

#define GIFT "{\"msg_type\":\"x_gift\"}"
#define SAY(id) "{\"msg_type\":\"message\",\"content\":\"bad\",\"id\":\"" id "\"}"
#define RECALLED(id) "{\"msg_type\":\"recall\",\"id\":\"" id "\"}"

static enum refusal recall_in(struct stage *stage, const char *room, const char *id,
                              struct answer *answer)
{
    const struct broker_moderate what = {
        .room = span_of(room), .verb = MODERATE_RECALL, .uid = span_of(id)};

    worker_moderate(&stage->a, &what, answer);
    STAGE_UNTIL(stage, answer->times > 0);

    return answer->refusal;
}

/* Must be done; gives whether that changed something. */
static bool recall(struct stage *stage, const char *id)
{
    struct answer answer;

    assert_int_equal(recall_in(stage, stage->room, id, &answer), REFUSAL_NONE);

    return answer.changed;
}

static void assert_text(struct span span, const char *text)
{
    if (!span_is(span, text))
        fail_msg("\"%.*s\" is not \"%s\"", SPAN_ARGS(span), text);
}

static void assert_entry(const struct entry *entry, uint64_t seq, const char *id,
                         const char *payload)
{
    assert_int_equal(entry->position.seq, seq);
    assert_text(entry->id, id);
    assert_text(entry->payload, payload);
    assert_int_equal(entry->total, -1);
    assert_int_equal(entry->origin.size, 0);
}

static void a_tombstone_takes_its_place_in_the_history(void **state)
{
    struct stage *stage = *state;
    struct answer answer;

    (void)published(stage, SAY("a"));
    (void)published(stage, SAY("b"));
    (void)published(stage, GIFT);
    assert_true(recall(stage, "b"));

    read_after(&stage->a, (struct position){0, 0}, 10, &answer);
    assert_true(answer.cut->complete);
    assert_int_equal(answer.position.seq, 4);
    assert_int_equal(answer.cut->n_chat, 4);
    assert_entry(&answer.cut->chat[0].entry, 1, "a", SAY("a"));
    assert_entry(&answer.cut->chat[1].entry, 2, "b", RECALLED("b"));
    assert_int_equal(answer.cut->chat[2].entry.position.seq, 3);
    assert_entry(&answer.cut->chat[3].entry, 4, "", RECALLED("b"));
    answer_dispose(&answer);
}

static void it_is_told_in_its_turn(void **state)
{
    struct stage *stage = *state;

    hear(&stage->a, stage->room);
    (void)published(stage, SAY("a"));
    assert_true(recall(stage, "a"));
    (void)published(stage, SAY("b"));

    assert_entry(&heard_at(&stage->a, 0)->entry, 1, "a", SAY("a"));
    assert_entry(&heard_at(&stage->a, 1)->entry, 2, "", RECALLED("a"));
    assert_entry(&heard_at(&stage->a, 2)->entry, 3, "b", SAY("b"));
}

static void the_chat_is_without_it(void **state)
{
    struct stage *stage = *state;
    struct answer answer;

    (void)published(stage, SAY("a"));
    (void)published(stage, SAY("b"));
    (void)published(stage, SAY("c"));
    (void)recall(stage, "b");

    cut(&stage->a, &answer);
    assert_int_equal(answer.position.seq, 4);
    assert_int_equal(answer.cut->n_chat, 2);
    assert_text(answer.cut->chat[0].entry.id, "a");
    assert_text(answer.cut->chat[1].entry.id, "c");
    answer_dispose(&answer);
}

static void a_second_time_changes_nothing_and_is_good(void **state)
{
    struct stage *stage = *state;

    hear(&stage->a, stage->room);
    (void)published(stage, SAY("a"));

    assert_true(recall(stage, "a"));
    assert_false(recall(stage, "a"));

    assert_int_equal(heard_before_last_word(&stage->a), 2);
}

static void the_first_of_a_term_stays_its_first(void **state)
{
    struct stage *stage = *state;
    struct answer answer;

    (void)published(stage, SAY("a"));
    (void)recall(stage, "a");

    read_after(&stage->a, (struct position){0, 0}, 10, &answer);
    assert_int_equal(answer.cut->chat[0].entry.flags, ENTRY_FIRST_OF_TERM);
    assert_int_equal(answer.cut->chat[1].entry.flags, 0);
    answer_dispose(&answer);
}

static void a_message_without_an_id_of_its_own_is_known_by_its_position(void **state)
{
    struct stage *stage = *state;
    struct position at = published(stage, "{\"msg_type\":\"x_gift\",\"n\":1}");
    struct answer answer;
    char id[48];

    (void)snprintf(id, sizeof id, "%llu-%llu", (unsigned long long)at.term,
                   (unsigned long long)at.seq);
    assert_true(recall(stage, id));

    read_after(&stage->a, (struct position){0, 0}, 1, &answer);
    assert_text(answer.cut->chat[0].entry.id, id);
    assert_non_null(memmem(answer.cut->chat[0].bytes.data, answer.cut->chat[0].bytes.size, "recall",
                           strlen("recall")));
    answer_dispose(&answer);
}

static void what_came_as_msgpack_is_recalled_too(void **state)
{
    struct stage *stage = *state;
    struct answer answer;

    publish(stage,
            "\x83\xa8msg_type\xa7message\xa7"
            "content\xa3"
            "bad\xa2id\xa1m",
            &answer);
    assert_int_equal(answer.refusal, REFUSAL_NONE);
    assert_true(recall(stage, "m"));

    read_after(&stage->a, (struct position){0, 0}, 1, &answer);
    assert_entry(&answer.cut->chat[0].entry, 1, "m", RECALLED("m"));
    answer_dispose(&answer);
}

static void what_plain_clients_typed_and_others_follow_leaves_no_trace(void **state)
{
    struct stage *stage = *state;
    const struct broker_publish typed = {.room = span_of(stage->room),
                                         .message = span_of(SAY("a")),
                                         .id = span_of("u.7.a"),
                                         .origin = span_of("r/w/1"),
                                         .flags = ENTRY_PLAIN_TEXT | ENTRY_NOT_TO_SENDER};
    struct answer answer;

    (void)published(stage, GIFT);
    publish_as(&stage->a, &typed, &answer);
    assert_true(recall(stage, "u.7.a"));

    read_after(&stage->a, answer.position, 1, &answer);
    answer_dispose(&answer);
    read_after(&stage->a, (struct position){0, 0}, 10, &answer);
    assert_entry(&answer.cut->chat[1].entry, 2, "u.7.a", RECALLED("u.7.a"));
    assert_int_equal(answer.cut->chat[1].entry.flags, 0);
    answer_dispose(&answer);
}

static void who_publishes_it_again_changes_nothing(void **state)
{
    struct stage *stage = *state;
    struct answer answer;

    (void)published(stage, SAY("a"));
    (void)recall(stage, "a");
    publish(stage, SAY("a"), &answer);

    assert_int_equal(answer.position.seq, 1);
    cut(&stage->a, &answer);
    assert_int_equal(answer.cut->n_chat, 0);
    assert_int_equal(answer.position.seq, 2);
    answer_dispose(&answer);
}

static void what_is_not_there_cannot_be_recalled(void **state)
{
    struct stage *stage = *state;
    struct answer answer;

    assert_int_equal(recall_in(stage, stage->room, "a", &answer), REFUSAL_NOT_IN_HISTORY);
    (void)published(stage, SAY("ab"));
    (void)published(stage, "{\"msg_type\":\"like\",\"id\":\"a\"}");
    assert_int_equal(recall_in(stage, stage->room, "a", &answer), REFUSAL_NOT_IN_HISTORY);
    assert_false(answer.changed);
    assert_int_equal(recall_in(stage, stage->other_room, "ab", &answer), REFUSAL_NOT_IN_HISTORY);

    cut(&stage->a, &answer);
    assert_int_equal(answer.position.seq, 1);
    assert_int_equal(answer.cut->n_chat, 1);
    answer_dispose(&answer);
}

static void what_changed_the_room_for_good_cannot_be_recalled(void **state)
{
    static const char *const messages[] = {
        "{\"msg_type\":\"subscribe\",\"id\":\"a\"}",
        "{\"msg_type\":\"on_off_shelf\",\"goods_id\":1,\"status\":\"on\",\"id\":\"b\"}",
    };
    static const char *const ids[] = {"a", "b"};
    struct stage *stage = *state;
    struct answer answer;

    for (size_t i = 0; i < 2; i++) {
        (void)published(stage, messages[i]);
        assert_int_equal(recall_in(stage, stage->room, ids[i], &answer), REFUSAL_MALFORMED);
        assert_string_equal(answer.detail, "id must be that of a message, a buy or an x_ message");
    }

    cut(&stage->a, &answer);
    assert_int_equal(answer.position.seq, 2);
    answer_dispose(&answer);
}

static void what_is_no_id_is_refused(void **state)
{
    static const char *const ids[] = {"", "a b", "a:b", "\xe4", "*"};
    struct stage *stage = *state;
    struct answer answer;
    char longest[258];

    memset(longest, 'a', sizeof longest - 1);
    longest[257] = '\0';

    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        assert_int_equal(recall_in(stage, stage->room, ids[i], &answer), REFUSAL_MALFORMED);
        assert_string_equal(answer.detail, "id must be 1 to 256 of A-Za-z0-9_.-");
    }

    assert_int_equal(recall_in(stage, stage->room, longest, &answer), REFUSAL_MALFORMED);
    longest[256] = '\0';
    assert_int_equal(recall_in(stage, stage->room, longest, &answer), REFUSAL_NOT_IN_HISTORY);
    assert_int_equal(recall_in(stage, BROKER_EVERYWHERE, "a", &answer), REFUSAL_MALFORMED);
    assert_int_equal(recall_in(stage, "a b", "a", &answer), REFUSAL_MALFORMED);
}

static void nobody_can_publish_a_recall(void **state)
{
    struct stage *stage = *state;
    struct answer answer;

    (void)published(stage, SAY("a"));
    publish(stage, RECALLED("a"), &answer);

    assert_int_equal(answer.refusal, REFUSAL_UNKNOWN);
}

int contract_recall(void)
{
    const struct CMUnitTest sentences[] = {
        STAGE_TEST(a_tombstone_takes_its_place_in_the_history),
        STAGE_TEST(it_is_told_in_its_turn),
        STAGE_TEST(the_chat_is_without_it),
        STAGE_TEST(a_second_time_changes_nothing_and_is_good),
        STAGE_TEST(the_first_of_a_term_stays_its_first),
        STAGE_TEST(a_message_without_an_id_of_its_own_is_known_by_its_position),
        STAGE_TEST(what_came_as_msgpack_is_recalled_too),
        STAGE_TEST(what_plain_clients_typed_and_others_follow_leaves_no_trace),
        STAGE_TEST(who_publishes_it_again_changes_nothing),
        STAGE_TEST(what_is_not_there_cannot_be_recalled),
        STAGE_TEST(what_changed_the_room_for_good_cannot_be_recalled),
        STAGE_TEST(what_is_no_id_is_refused),
        STAGE_TEST(nobody_can_publish_a_recall),
    };

    return cmocka_run_group_tests_name("recall", sentences, NULL, NULL);
}
