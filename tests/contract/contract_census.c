#include "tests/contract/contract.h"
#include "tests/contract/stage.h"

#include <string.h>

#define JOIN "{\"msg_type\":\"join\",\"from_name\":\"A\"}"
#define LEAVE "{\"msg_type\":\"leave\",\"from_name\":\"A\"}"

static struct census_item item(enum census_verb verb, const char *uid, const char *announcement)
{
    return (struct census_item){
        .verb = verb,
        .uid = span_of(uid),
        .announcement = announcement ? span_of(announcement) : SPAN_NONE,
        .origin = span_of("local/a/17"),
    };
}

static void count_one(struct stage *stage, uint64_t count, struct census_item what,
                      struct answer *answer)
{
    count_in(&stage->a, count, &what, answer);
}

static void viewers_are_counted(void **state)
{
    struct stage *stage = *state;
    struct answer answer;

    count_in(&stage->a, 5, NULL, &answer);
    assert_int_equal(answer.online, 5);

    cut(&stage->a, &answer);
    assert_int_equal(answer.online, 5);
    answer_dispose(&answer);

    count_in(&stage->a, 0, NULL, &answer);
    assert_int_equal(answer.online, 0);
}

static void who_comes_and_goes_is_announced_with_the_count(void **state)
{
    struct stage *stage = *state;
    struct answer answer;

    hear(&stage->a, stage->room);

    count_one(stage, 3, item(CENSUS_ENTER, "7", JOIN), &answer);
    assert_false(answer.returning[0]);
    count_one(stage, 2, item(CENSUS_LEAVE, "7", LEAVE), &answer);

    for (size_t i = 0; i < 2; i++) {
        const struct entry *entry = &heard_at(&stage->a, i)->entry;

        assert_true(entry->position.seq == 0);
        assert_int_equal(entry->total, i == 0 ? 3 : 2);
        assert_int_equal(entry->flags, ENTRY_NOT_TO_SENDER);
        assert_true(span_is(entry->origin, "local/a/17"));
        assert_true(span_is(entry->payload, i == 0 ? JOIN : LEAVE));
    }
}

static void announcements_are_not_kept(void **state)
{
    struct stage *stage = *state;
    struct answer answer;

    count_one(stage, 1, item(CENSUS_ENTER, "7", JOIN), &answer);

    cut(&stage->a, &answer);
    assert_true(answer.position.seq == 0);
    assert_int_equal(answer.cut->n_chat, 0);
    answer_dispose(&answer);
}

static void without_an_announcement_nothing_is_told(void **state)
{
    struct stage *stage = *state;
    struct answer answer;

    hear(&stage->a, stage->room);

    count_one(stage, 1, item(CENSUS_ENTER, "7", NULL), &answer);
    count_one(stage, 0, item(CENSUS_LEAVE, "7", NULL), &answer);

    assert_int_equal(heard_before_last_word(&stage->a), 0);
}

static void a_lost_viewer_is_announced_as_gone_only_when_the_grace_is_over(void **state)
{
    struct stage *stage = *state;
    struct answer answer;

    hear(&stage->a, stage->room);
    count_one(stage, 1, item(CENSUS_ENTER, "7", NULL), &answer);

    count_one(stage, 1, item(CENSUS_LOST, "7", LEAVE), &answer);
    assert_int_equal(answer.online, 1);
    assert_int_equal(heard_before_last_word(&stage->a), 0);

    count_one(stage, 0, item(CENSUS_EXPIRE, "7", LEAVE), &answer);

    assert_int_equal(answer.online, 0);
    assert_true(span_is(heard_at(&stage->a, 1)->entry.payload, LEAVE));
    assert_int_equal(heard_at(&stage->a, 1)->entry.total, 0);
}

static void a_returning_viewer_is_told_to_nobody(void **state)
{
    struct stage *stage = *state;
    struct answer answer;

    hear(&stage->a, stage->room);
    count_one(stage, 1, item(CENSUS_ENTER, "7", NULL), &answer);
    count_one(stage, 1, item(CENSUS_LOST, "7", NULL), &answer);

    count_one(stage, 1, item(CENSUS_ENTER, "7", JOIN), &answer);

    assert_true(answer.returning[0]);
    assert_int_equal(answer.online, 1);
    assert_returned(&heard_at(&stage->a, 0)->entry, "7");

    count_one(stage, 1, item(CENSUS_EXPIRE, "7", LEAVE), &answer);
    assert_int_equal(heard_before_last_word(&stage->a), 1);
}

static void who_returns_after_the_grace_is_announced(void **state)
{
    struct stage *stage = *state;
    const struct census_item lost = item(CENSUS_LOST, "7", NULL);
    const struct broker_census short_grace = {
        .room = span_of(stage->room), .count = 1, .grace_ms = 20, .items = &lost, .n_items = 1};
    struct answer answer;

    hear(&stage->a, stage->room);
    count_one(stage, 1, item(CENSUS_ENTER, "7", NULL), &answer);
    worker_census(&stage->a, &short_grace, &answer);
    STAGE_UNTIL(stage, answer.times > 0);
    stage_wait_ms(stage, 60);

    count_one(stage, 1, item(CENSUS_ENTER, "7", JOIN), &answer);

    assert_false(answer.returning[0]);
    assert_int_equal(heard_at(&stage->a, 0)->entry.flags, ENTRY_NOT_TO_SENDER);
}

static void who_left_is_not_returning(void **state)
{
    struct stage *stage = *state;
    struct answer answer;

    count_one(stage, 1, item(CENSUS_ENTER, "7", NULL), &answer);
    count_one(stage, 1, item(CENSUS_LOST, "7", NULL), &answer);
    count_one(stage, 0, item(CENSUS_LEAVE, "7", NULL), &answer);

    count_one(stage, 1, item(CENSUS_ENTER, "7", NULL), &answer);

    assert_false(answer.returning[0]);
}

static void viewers_without_a_uid_are_not_remembered(void **state)
{
    struct stage *stage = *state;
    struct answer answer;

    hear(&stage->a, stage->room);

    for (int i = 0; i < 2; i++) {
        count_one(stage, 1, item(CENSUS_ENTER, "", JOIN), &answer);
        assert_false(answer.returning[0]);
    }
    count_one(stage, 0, item(CENSUS_LEAVE, "", LEAVE), &answer);

    assert_int_equal(heard_before_last_word(&stage->a), 3);
}

static void a_uid_may_be_any_text(void **state)
{
    static const char *const uids[] = {"a:b", "{x}", "\xe5\xbc\xa0\xe4\xb8\x89", "a b\r\n", "*?[]"};
    struct stage *stage = *state;
    struct answer answer;

    hear(&stage->a, stage->room);

    for (size_t i = 0; i < sizeof uids / sizeof uids[0]; i++) {
        count_one(stage, 1, item(CENSUS_ENTER, uids[i], NULL), &answer);
        count_one(stage, 1, item(CENSUS_LOST, uids[i], NULL), &answer);
        count_one(stage, 1, item(CENSUS_ENTER, uids[i], NULL), &answer);
        assert_true(answer.returning[0]);
        assert_returned(&heard_at(&stage->a, i)->entry, uids[i]);
    }
}

static void the_same_uid_in_another_room_is_another(void **state)
{
    struct stage *stage = *state;
    const struct census_item enter = item(CENSUS_ENTER, "7", NULL);
    const struct broker_census elsewhere = {
        .room = span_of(stage->other_room), .count = 1, .items = &enter, .n_items = 1};
    struct answer answer;

    count_one(stage, 1, item(CENSUS_ENTER, "7", NULL), &answer);
    count_one(stage, 1, item(CENSUS_LOST, "7", NULL), &answer);

    worker_census(&stage->a, &elsewhere, &answer);
    STAGE_UNTIL(stage, answer.times > 0);

    assert_false(answer.returning[0]);
    assert_int_equal(answer.online, 1);
}

static void items_are_applied_in_order_in_one_step(void **state)
{
    struct stage *stage = *state;
    const struct census_item items[] = {
        item(CENSUS_ENTER, "7", JOIN), item(CENSUS_ENTER, "8", JOIN), item(CENSUS_LOST, "7", NULL),
        item(CENSUS_ENTER, "7", JOIN), item(CENSUS_LEAVE, "8", LEAVE)};
    const struct broker_census census = {.room = span_of(stage->room),
                                         .count = 1,
                                         .grace_ms = STAGE_PATIENCE_MS,
                                         .items = items,
                                         .n_items = 5};
    struct answer answer;

    hear(&stage->a, stage->room);

    worker_census(&stage->a, &census, &answer);
    STAGE_UNTIL(stage, answer.times > 0);

    assert_false(answer.returning[0]);
    assert_false(answer.returning[1]);
    assert_true(answer.returning[3]);
    assert_int_equal(heard_before_last_word(&stage->a), 4);
    for (size_t i = 0; i < 4; i++) {
        const struct entry *entry = &heard_at(&stage->a, i)->entry;

        assert_int_equal(entry->total, 1);
        if (i == 2)
            assert_returned(entry, "7");
        else
            assert_true(span_is(entry->payload, i == 3 ? LEAVE : JOIN));
    }
}

int contract_census(void)
{
    const struct CMUnitTest tests[] = {
        STAGE_TEST(viewers_are_counted),
        STAGE_TEST(who_comes_and_goes_is_announced_with_the_count),
        STAGE_TEST(announcements_are_not_kept),
        STAGE_TEST(without_an_announcement_nothing_is_told),
        STAGE_TEST(a_lost_viewer_is_announced_as_gone_only_when_the_grace_is_over),
        STAGE_TEST(a_returning_viewer_is_told_to_nobody),
        STAGE_TEST(who_returns_after_the_grace_is_announced),
        STAGE_TEST(who_left_is_not_returning),
        STAGE_TEST(viewers_without_a_uid_are_not_remembered),
        STAGE_TEST(a_uid_may_be_any_text),
        STAGE_TEST(the_same_uid_in_another_room_is_another),
        STAGE_TEST(items_are_applied_in_order_in_one_step),
    };

    return cmocka_run_group_tests_name("census", tests, NULL, NULL);
}
