#include "relay/position.h"

#include "tests/support/unit.h"

static enum order order(uint64_t seen_term, uint64_t seen_seq, uint64_t term, uint64_t seq)
{
    return position_order((struct position){seen_term, seen_seq}, (struct position){term, seq});
}

static void the_successor_is_next(void **state)
{
    (void)state;
    assert_int_equal(order(7, 41, 7, 42), ORDER_NEXT);
}

static void the_first_message_of_an_empty_room_is_next(void **state)
{
    (void)state;
    assert_int_equal(order(0, 0, 7, 1), ORDER_NEXT);
}

static void an_empty_room_that_begins_later_lacks_something(void **state)
{
    (void)state;
    assert_int_equal(order(0, 0, 7, 2), ORDER_NEW_TERM);
}

static void the_same_or_an_older_one_is_a_duplicate(void **state)
{
    (void)state;
    assert_int_equal(order(7, 42, 7, 42), ORDER_DUPLICATE);
    assert_int_equal(order(7, 42, 7, 1), ORDER_DUPLICATE);
}

static void a_later_one_leaves_a_gap(void **state)
{
    (void)state;
    assert_int_equal(order(7, 42, 7, 44), ORDER_GAP);
}

static void a_later_term_is_new_whatever_its_number(void **state)
{
    (void)state;
    assert_int_equal(order(7, 42, 8, 43), ORDER_NEW_TERM);
    assert_int_equal(order(7, 42, 8, 1), ORDER_NEW_TERM);
}

static void an_earlier_term_is_old_whatever_its_number(void **state)
{
    (void)state;
    assert_int_equal(order(7, 42, 6, 43), ORDER_OLD_TERM);
    assert_int_equal(order(7, 42, 6, 1), ORDER_OLD_TERM);
}

static bool leads(struct position after, struct position next, unsigned flags)
{
    return position_leads_to(after, &(struct entry){.position = next, .flags = flags}, true);
}

static void within_a_term_only_the_successor_follows(void **state)
{
    (void)state;
    assert_true(leads((struct position){7, 42}, (struct position){7, 43}, 0));
    assert_false(leads((struct position){7, 42}, (struct position){7, 44}, 0));
    assert_true(leads((struct position){0, 0}, (struct position){7, 1}, ENTRY_FIRST_OF_TERM));
}

static void a_later_term_follows_by_its_first_if_nothing_lies_between(void **state)
{
    (void)state;
    assert_true(leads((struct position){7, 42}, (struct position){8, 43}, ENTRY_FIRST_OF_TERM));
    assert_true(leads((struct position){7, 42}, (struct position){8, 30}, ENTRY_FIRST_OF_TERM));
    assert_false(leads((struct position){7, 42}, (struct position){8, 44}, ENTRY_FIRST_OF_TERM));
    assert_false(leads((struct position){7, 42}, (struct position){8, 43}, 0));
}

static void a_first_with_nothing_older_in_the_log_may_not_be_the_first_after(void **state)
{
    struct entry next = {.position = {8, 43}, .flags = ENTRY_FIRST_OF_TERM};

    (void)state;
    assert_false(position_leads_to((struct position){7, 42}, &next, false));
    next.position.seq = 1;
    assert_true(position_leads_to((struct position){7, 42}, &next, false));
    assert_true(leads((struct position){8, 0}, (struct position){8, 43}, ENTRY_FIRST_OF_TERM));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_successor_is_next),
        cmocka_unit_test(the_first_message_of_an_empty_room_is_next),
        cmocka_unit_test(an_empty_room_that_begins_later_lacks_something),
        cmocka_unit_test(the_same_or_an_older_one_is_a_duplicate),
        cmocka_unit_test(a_later_one_leaves_a_gap),
        cmocka_unit_test(a_later_term_is_new_whatever_its_number),
        cmocka_unit_test(an_earlier_term_is_old_whatever_its_number),
        cmocka_unit_test(within_a_term_only_the_successor_follows),
        cmocka_unit_test(a_later_term_follows_by_its_first_if_nothing_lies_between),
        cmocka_unit_test(a_first_with_nothing_older_in_the_log_may_not_be_the_first_after),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
