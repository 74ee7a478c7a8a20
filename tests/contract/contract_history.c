#include "tests/contract/contract.h"
#include "tests/contract/stage.h"

#include <stdio.h>

#define GIFT "{\"msg_type\":\"x_gift\"}"
#define LIKE "{\"msg_type\":\"like\"}"

/* What the broker says after `after` begins with this seq, in order and without a hole. */
static void assert_follow(const struct answer *answer, uint64_t first, size_t n)
{
    assert_int_equal(answer->cut->n_chat, n);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(answer->cut->chat[i].entry.position.seq, first + i);
}

static void a_room_never_used_has_no_past(void **state)
{
    struct stage *stage = *state;
    struct answer answer;

    read_after(&stage->a, (struct position){0, 0}, 10, &answer);

    assert_true(answer.position.term == 0 && answer.position.seq == 0);
    assert_follow(&answer, 0, 0);
    assert_true(answer.cut->complete);
    answer_dispose(&answer);
}

static void what_is_newer_is_given_oldest_first_as_it_was_heard(void **state)
{
    struct stage *stage = *state;
    struct position at[5];
    struct answer answer;

    hear(&stage->a, stage->room);
    for (size_t i = 0; i < 5; i++) {
        at[i] = published(stage, GIFT);
        (void)published(stage, LIKE);
    }

    for (size_t i = 0; i < 5; i++) {
        read_after(&stage->a, at[i], 10, &answer);
        assert_int_equal(position_compare(answer.position, at[4]), 0);
        assert_follow(&answer, i + 2, 4 - i);
        assert_true(answer.cut->complete);
        if (i == 0)
            assert_true(span_equal(answer.cut->chat[0].bytes, heard_at(&stage->a, 2)->bytes));
        answer_dispose(&answer);
    }
}

static void from_the_beginning_all_of_it_is_given(void **state)
{
    struct stage *stage = *state;
    struct answer answer;

    for (size_t i = 0; i < 3; i++)
        (void)published(stage, GIFT);

    read_after(&stage->a, (struct position){0, 0}, 10, &answer);

    assert_follow(&answer, 1, 3);
    assert_true(answer.cut->complete);
    assert_true(answer.cut->chat[0].entry.flags & ENTRY_FIRST_OF_TERM);
    answer_dispose(&answer);
}

static void a_limit_gives_the_first_of_them(void **state)
{
    struct stage *stage = *state;
    struct position first = published(stage, GIFT);
    struct answer answer;

    for (size_t i = 0; i < 9; i++)
        (void)published(stage, GIFT);

    read_after(&stage->a, first, 4, &answer);

    assert_follow(&answer, 2, 4);
    assert_true(answer.cut->complete);
    assert_int_equal(answer.position.seq, 10);
    answer_dispose(&answer);
}

static void what_has_left_the_history_is_told(void **state)
{
    enum { MORE = 3000 }; /* than any broker keeps here */

    struct stage *stage = *state;
    struct position first = published(stage, GIFT);
    struct position last = first;
    struct answer answer;

    for (size_t i = 0; i < MORE; i++)
        last = published(stage, GIFT);

    read_after(&stage->a, first, 10, &answer);
    assert_false(answer.cut->complete);
    assert_int_equal(answer.cut->n_chat, 10);
    assert_true(answer.cut->chat[0].entry.position.seq > 2);
    answer_dispose(&answer);

    /* Anywhere within what is kept there is nothing lost. */
    for (uint64_t back = 1; back < 1000; back += 111) {
        read_after(&stage->a, (struct position){last.term, last.seq - back}, 1, &answer);
        assert_follow(&answer, last.seq - back + 1, 1);
        assert_true(answer.cut->complete);
        answer_dispose(&answer);
    }
}

static void after_a_position_to_come_there_is_nothing(void **state)
{
    struct stage *stage = *state;
    struct position now = published(stage, GIFT);
    struct answer answer;

    read_after(&stage->a, (struct position){now.term, now.seq + 7}, 10, &answer);
    assert_follow(&answer, 0, 0);
    assert_true(answer.cut->complete);
    assert_int_equal(position_compare(answer.position, now), 0);
    answer_dispose(&answer);

    read_after(&stage->a, (struct position){now.term + 7, 1}, 10, &answer);
    assert_follow(&answer, 0, 0);
    answer_dispose(&answer);
}

static void of_an_earlier_term_the_first_of_the_next_must_follow(void **state)
{
    struct stage *stage = *state;
    struct position now = published(stage, GIFT);
    struct answer answer;

    (void)published(stage, GIFT);

    /* A reader that had seen more than the broker now knows of. */
    read_after(&stage->a, (struct position){now.term - 1, 90}, 10, &answer);
    assert_follow(&answer, 1, 2);
    assert_true(answer.cut->complete);
    answer_dispose(&answer);
}

static void likes_are_no_part_of_it_but_their_number_comes_with_it(void **state)
{
    struct stage *stage = *state;
    struct position now = published(stage, GIFT);
    struct answer answer;

    (void)published(stage, LIKE);
    (void)published(stage, "{\"msg_type\":\"like\",\"count\":4}");

    read_after(&stage->a, now, 10, &answer);
    assert_follow(&answer, 0, 0);
    assert_int_equal(answer.cut->likes, 5);
    answer_dispose(&answer);
}

int contract_history(void)
{
    const struct CMUnitTest sentences[] = {
        STAGE_TEST(a_room_never_used_has_no_past),
        STAGE_TEST(what_is_newer_is_given_oldest_first_as_it_was_heard),
        STAGE_TEST(from_the_beginning_all_of_it_is_given),
        STAGE_TEST(a_limit_gives_the_first_of_them),
        STAGE_TEST(what_has_left_the_history_is_told),
        STAGE_TEST(after_a_position_to_come_there_is_nothing),
        STAGE_TEST(of_an_earlier_term_the_first_of_the_next_must_follow),
        STAGE_TEST(likes_are_no_part_of_it_but_their_number_comes_with_it),
    };

    return cmocka_run_group_tests(sentences, NULL, NULL);
}
