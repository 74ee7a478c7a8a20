#include "tests/contract/contract.h"
#include "tests/contract/stage.h"

#include <stdio.h>
#include <string.h>

/* Puts an item on or takes it off; a version below zero: none. */
static void shelve(struct stage *stage, const char *goods_id, const char *status, int version,
                   struct answer *answer)
{
    char message[200];
    char version_text[40] = "";

    if (version >= 0)
        (void)snprintf(version_text, sizeof version_text, ",\"version\":%d", version);
    (void)snprintf(message, sizeof message,
                   "{\"msg_type\":\"on_off_shelf\",\"goods_id\":\"%s\",\"status\":\"%s\"%s}",
                   goods_id, status, version_text);
    publish(stage, message, answer);
}

static void shelved(struct stage *stage, const char *goods_id, const char *status, int version)
{
    struct answer answer;

    shelve(stage, goods_id, status, version, &answer);
    assert_int_equal(answer.refusal, REFUSAL_NONE);
}

/* The shelf holds these, in this order; each is a part of an entry's payload. */
static void assert_shelf(struct stage *stage, const char *const *parts, size_t n)
{
    struct answer answer;

    cut(&stage->a, &answer);
    assert_int_equal(answer.cut->n_shelf, n);
    for (size_t i = 0; i < n; i++) {
        char payload[200];

        (void)snprintf(payload, sizeof payload, "%.*s",
                       SPAN_ARGS(answer.cut->shelf[i].entry.payload));
        if (!strstr(payload, parts[i]))
            fail_msg("item %zu is %s, not %s", i, payload, parts[i]);
    }
    answer_dispose(&answer);
}

static void items_are_on_the_shelf_in_the_order_of_their_last_change(void **state)
{
    struct stage *stage = *state;

    shelved(stage, "a", "on", -1);
    shelved(stage, "b", "on", -1);
    shelved(stage, "c", "on", -1);
    shelved(stage, "a", "on", -1);
    shelved(stage, "b", "off", -1);

    assert_shelf(stage, (const char *[]){"\"c\"", "\"a\""}, 2);
}

static void an_items_entry_has_the_position_of_its_last_change(void **state)
{
    struct stage *stage = *state;
    struct answer change;
    struct answer answer;

    shelved(stage, "a", "on", -1);
    shelve(stage, "a", "on", -1, &change);
    published(stage, "{\"msg_type\":\"x_gift\"}");

    cut(&stage->a, &answer);
    assert_int_equal(position_compare(answer.cut->shelf[0].entry.position, change.position), 0);
    answer_dispose(&answer);
}

static void a_goods_id_is_the_same_as_text_and_as_a_number(void **state)
{
    struct stage *stage = *state;

    published(stage, "{\"msg_type\":\"on_off_shelf\",\"goods_id\":7,\"status\":\"on\"}");
    published(stage, "{\"msg_type\":\"on_off_shelf\",\"goods_id\":\"\\u0037\",\"status\":\"off\"}");

    assert_shelf(stage, NULL, 0);
}

static void an_item_taken_off_does_not_come_back_with_an_older_version(void **state)
{
    struct stage *stage = *state;

    shelved(stage, "a", "on", 1);
    shelved(stage, "a", "off", 3);
    shelved(stage, "a", "on", 2);
    shelved(stage, "late", "off", 5);
    shelved(stage, "late", "on", 4);

    assert_shelf(stage, NULL, 0);

    shelved(stage, "a", "on", 4);

    assert_shelf(stage, (const char *[]){"\"version\":4"}, 1);
}

static void an_older_version_changes_nothing_and_gives_the_rooms_position(void **state)
{
    struct stage *stage = *state;
    struct position last;
    struct answer answer;

    shelved(stage, "a", "on", 7);
    last = published(stage, "{\"msg_type\":\"x_gift\"}");
    hear(&stage->a, stage->room);

    shelve(stage, "a", "off", 6, &answer);

    assert_int_equal(answer.refusal, REFUSAL_NONE);
    assert_int_equal(position_compare(answer.position, last), 0);
    assert_int_equal(heard_before_last_word(&stage->a), 0);
    assert_shelf(stage, (const char *[]){"\"version\":7"}, 1);
}

static void the_same_version_applies_again(void **state)
{
    struct stage *stage = *state;

    shelved(stage, "a", "on", 7);
    shelved(stage, "a", "off", 7);

    assert_shelf(stage, NULL, 0);
}

static void a_change_without_a_version_applies_and_keeps_the_one_known(void **state)
{
    struct stage *stage = *state;

    shelved(stage, "a", "on", 7);
    shelved(stage, "a", "off", -1);
    assert_shelf(stage, NULL, 0);

    shelved(stage, "a", "on", 6);
    assert_shelf(stage, NULL, 0);

    shelved(stage, "a", "on", -1);
    assert_shelf(stage, (const char *[]){"\"a\""}, 1);

    shelved(stage, "a", "off", 6);
    assert_shelf(stage, (const char *[]){"\"a\""}, 1);
}

static void a_shelf_holds_500_items(void **state)
{
    struct stage *stage = *state;
    struct position last = {0, 0};
    struct answer answer;

    for (int i = 0; i < BROKER_MAX_SHELF; i++) {
        char goods_id[16];

        (void)snprintf(goods_id, sizeof goods_id, "g%d", i);
        shelve(stage, goods_id, "on", -1, &answer);
        assert_int_equal(answer.refusal, REFUSAL_NONE);
        last = answer.position;
    }

    shelve(stage, "one-more", "on", -1, &answer);
    assert_int_equal(answer.refusal, REFUSAL_SHELF_FULL);
    cut(&stage->a, &answer);
    assert_int_equal(position_compare(answer.position, last), 0);
    assert_int_equal(answer.cut->n_shelf, BROKER_MAX_SHELF);
    answer_dispose(&answer);

    shelved(stage, "g3", "on", -1);
    shelved(stage, "g4", "off", -1);
    shelved(stage, "one-more", "on", -1);
    cut(&stage->a, &answer);
    assert_int_equal(answer.cut->n_shelf, BROKER_MAX_SHELF);
    answer_dispose(&answer);
}

int contract_shelf(void)
{
    const struct CMUnitTest tests[] = {
        STAGE_TEST(items_are_on_the_shelf_in_the_order_of_their_last_change),
        STAGE_TEST(an_items_entry_has_the_position_of_its_last_change),
        STAGE_TEST(a_goods_id_is_the_same_as_text_and_as_a_number),
        STAGE_TEST(an_item_taken_off_does_not_come_back_with_an_older_version),
        STAGE_TEST(an_older_version_changes_nothing_and_gives_the_rooms_position),
        STAGE_TEST(the_same_version_applies_again),
        STAGE_TEST(a_change_without_a_version_applies_and_keeps_the_one_known),
        STAGE_TEST(a_shelf_holds_500_items),
    };

    return cmocka_run_group_tests_name("shelf", tests, NULL, NULL);
}
