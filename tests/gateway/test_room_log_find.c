/* Where in a room's log a client goes on that comes back. */
#include "gateway/room_log.h"

#include "base/bytes.h"
#include "tests/support/unit.h"

static int set_up(void **state)
{
    *state = room_log_new(10, 1000);

    return *state ? 0 : -1;
}

static int tear_down(void **state)
{
    room_log_free(*state);

    return 0;
}

static void append(struct room_log *log, enum dialect_id dialect, struct position position)
{
    struct room_frame frame = {.kind = position.seq > 0 ? KIND_CHAT : KIND_LIKE,
                               .position = position};

    frame.wire[dialect] = bytes_copy("x", 1);
    assert_int_equal(room_log_append(log, &frame), 0);
}

static void assert_found(struct room_log *log, uint64_t term, uint64_t seq, uint64_t expected)
{
    uint64_t cursor = 0;

    assert_true(room_log_find(log, DIALECT_V1, (struct position){term, seq}, &cursor));
    assert_int_equal(cursor, expected);
}

static void assert_not_found(struct room_log *log, uint64_t term, uint64_t seq)
{
    uint64_t cursor;

    assert_false(room_log_find(log, DIALECT_V1, (struct position){term, seq}, &cursor));
}

static void who_comes_back_goes_on_behind_what_it_has(void **state)
{
    struct room_log *log = *state;

    append(log, DIALECT_V1, (struct position){7, 10});
    append(log, DIALECT_V1, (struct position){0, 0});
    append(log, DIALECT_V1, (struct position){8, 11});

    assert_found(log, 7, 9, 0);
    assert_found(log, 7, 10, 1);
    assert_found(log, 8, 11, 3);
    assert_not_found(log, 7, 8);
    assert_not_found(log, 7, 11);
    assert_not_found(log, 8, 12);
    assert_not_found(log, 0, 0);
}

static void the_first_message_of_a_room_follows_nothing(void **state)
{
    struct room_log *log = *state;

    append(log, DIALECT_V1, (struct position){0, 0});
    append(log, DIALECT_V1, (struct position){7, 1});

    assert_found(log, 0, 0, 1);
}

static void nobody_goes_on_where_messages_were_lost(void **state)
{
    struct room_log *log = *state;

    append(log, DIALECT_V1, (struct position){7, 10});
    room_log_break(log, (struct position){0, 0});
    assert_not_found(log, 7, 10);

    append(log, DIALECT_V1, (struct position){8, 11});
    assert_not_found(log, 7, 10);
    assert_found(log, 8, 11, 2);
}

static void what_was_not_encoded_for_a_dialect_cannot_be_gone_on_with(void **state)
{
    struct room_log *log = *state;

    append(log, DIALECT_V1, (struct position){7, 10});
    append(log, DIALECT_PLAIN, (struct position){7, 11});
    append(log, DIALECT_V1, (struct position){7, 12});

    assert_not_found(log, 7, 10);
    assert_found(log, 7, 11, 2);
    assert_found(log, 7, 12, 3);
}

static void assert_position(struct room_log *log, uint64_t cursor, uint64_t term, uint64_t seq)
{
    struct position position = room_log_position(log, cursor);

    assert_int_equal(position.term, term);
    assert_int_equal(position.seq, seq);
}

static void a_reader_has_all_up_to_the_last_sequenced_message_before_it(void **state)
{
    struct room_log *log = *state;

    room_log_break(log, (struct position){7, 9});
    append(log, DIALECT_V1, (struct position){0, 0});
    append(log, DIALECT_V1, (struct position){7, 10});
    append(log, DIALECT_V1, (struct position){0, 0});

    assert_position(log, 0, 7, 9);
    assert_position(log, 1, 7, 9);
    assert_position(log, 2, 7, 10);
    assert_position(log, 3, 7, 10);
}

static void what_left_the_log_is_before_its_first_reader(void **state)
{
    struct room_log *log = *state;

    for (uint64_t seq = 1; seq <= 15; seq++)
        append(log, DIALECT_V1, (struct position){7, seq});

    assert_position(log, room_log_begin(log), 7, 5);
}

static void what_was_before_a_break_counts_no_more(void **state)
{
    struct room_log *log = *state;

    append(log, DIALECT_V1, (struct position){7, 10});
    room_log_break(log, (struct position){8, 5});
    for (int i = 0; i < 10; i++)
        append(log, DIALECT_V1, (struct position){0, 0});

    assert_position(log, room_log_end(log), 8, 5);
    assert_position(log, room_log_begin(log), 8, 5);
}

#define SENTENCE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SENTENCE(who_comes_back_goes_on_behind_what_it_has),
        SENTENCE(the_first_message_of_a_room_follows_nothing),
        SENTENCE(nobody_goes_on_where_messages_were_lost),
        SENTENCE(what_was_not_encoded_for_a_dialect_cannot_be_gone_on_with),
        SENTENCE(a_reader_has_all_up_to_the_last_sequenced_message_before_it),
        SENTENCE(what_left_the_log_is_before_its_first_reader),
        SENTENCE(what_was_before_a_break_counts_no_more),
    };

    return cmocka_run_group_tests_name("room_log_find", tests, NULL, NULL);
}
