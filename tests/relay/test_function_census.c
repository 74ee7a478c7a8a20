/* livegate_census: who is in a room, over all workers. */
#include "tests/relay/census_calls.h"
#include "tests/relay/function_calls.h"
#include "tests/support/unit.h"

static void the_counts_of_all_living_workers_are_summed_up(void **state)
{
    (void)state;
    worker_beat("a");
    worker_beat("b");

    assert_int_equal(worker_count("a", "3"), 3);
    assert_int_equal(worker_count("b", "4"), 7);
    assert_int_equal(worker_count("a", "1"), 5);
    assert_int_equal(worker_count("b", "0"), 1);
    assert_false(hash_has(ROOM_KEY ":online", "b"));
}

static void a_new_viewer_is_announced_with_the_count(void **state)
{
    struct entry entry;

    (void)state;
    assert_false(worker_tell("a", "5", "enter", "u1", JOIN));

    entry = heard();
    assert_span(entry.payload, JOIN);
    assert_span(entry.origin, "eu/w/1");
    assert_int_equal(entry.total, 5);
    assert_int_equal(entry.flags, ENTRY_NOT_TO_SENDER);
    assert_int_equal(entry.position.term, 0);
}

static void without_an_announcement_nobody_is_told(void **state)
{
    (void)state;
    (void)worker_tell("a", "5", "enter", "u1", "");
    (void)worker_tell("a", "4", "leave", "u1", "");

    nothing_was_heard();
}

static void viewers_without_uid_are_announced_and_not_remembered(void **state)
{
    (void)state;
    assert_false(worker_tell("a", "1", "enter", "", JOIN));
    assert_false(worker_tell("a", "0", "leave", "", LEAVE));
    assert_false(worker_tell("a", "1", "enter", "", JOIN));

    assert_span(heard().payload, JOIN);
    assert_span(heard().payload, LEAVE);
    assert_span(heard().payload, JOIN);
    assert_int_equal(reply_integer(DO("HLEN", ROOM_KEY ":present")), 0);
}

static void who_comes_back_within_the_grace_is_returning(void **state)
{
    struct entry entry;

    (void)state;
    (void)worker_tell("a", "1", "enter", "u\"1", "");
    assert_false(worker_tell("a", "1", "lost", "u\"1", LEAVE));

    assert_true(worker_tell("a", "1", "enter", "u\"1", JOIN));

    entry = heard();
    assert_int_equal(entry.flags, ENTRY_RETURNING | ENTRY_NOT_TO_SENDER);
    assert_span(entry.payload, "{\"msg_type\":\"join\",\"room_id\":\"8\",\"from_uid\":\"u\\\"1\"}");
    assert_span(entry.origin, "eu/w/1");
    nothing_was_heard();
    assert_false(hash_has(ROOM_KEY ":away", "u\"1"));
}

static void who_comes_back_through_another_worker_is_counted_once(void **state)
{
    const redisReply *reply;

    (void)state;
    worker_beat("a");
    worker_beat("b");
    (void)worker_tell("a", "3", "enter", "u1", "");
    (void)worker_tell("a", "3", "lost", "u1", "");

    reply = CENSUS("b", "1", GRACE, TTL, "enter", "u1", "eu/b/1", JOIN);

    assert_int_equal(reply_integer(reply_item(reply, 0)), 3);
    assert_int_equal(reply_integer(reply_item(reply, 1)), 1);
    assert_int_equal(heard().flags, ENTRY_RETURNING | ENTRY_NOT_TO_SENDER);
    assert_int_equal(worker_count("a", "2"), 3);
}

static void a_socket_that_still_looks_alive_elsewhere_counts_as_returning(void **state)
{
    (void)state;
    worker_beat("a");
    worker_beat("b");
    (void)worker_tell("a", "1", "enter", "u1", "");

    assert_true(worker_tell("b", "1", "enter", "u1", JOIN));

    assert_int_equal(worker_count("b", "1"), 1);
    assert_false(hash_has(ROOM_KEY ":online", "a"));
}

static void after_the_grace_nobody_is_returning(void **state)
{
    (void)state;
    (void)worker_tell("a", "1", "enter", "u1", "");
    (void)CENSUS("a", "1", "0", TTL, "lost", "u1", "", "");

    assert_false(worker_tell("a", "1", "enter", "u1", JOIN));
    assert_span(heard().payload, JOIN);
}

static void the_end_of_the_grace_is_announced(void **state)
{
    (void)state;
    (void)worker_tell("a", "1", "enter", "u1", "");
    (void)worker_tell("a", "1", "lost", "u1", "");

    (void)worker_tell("a", "0", "expire", "u1", LEAVE);

    assert_span(heard().payload, LEAVE);
    assert_false(hash_has(ROOM_KEY ":present", "u1"));
    assert_false(hash_has(ROOM_KEY ":away", "u1"));
}

static void the_end_of_the_grace_of_who_came_back_is_not_announced(void **state)
{
    (void)state;
    worker_beat("a");
    worker_beat("b");
    (void)worker_tell("a", "1", "enter", "u1", "");
    (void)worker_tell("a", "1", "lost", "u1", "");
    (void)worker_tell("a", "1", "enter", "u1", "");
    (void)worker_tell("a", "1", "expire", "u1", LEAVE);

    (void)worker_tell("a", "1", "lost", "u1", "");
    (void)worker_tell("b", "1", "enter", "u1", "");
    (void)worker_tell("a", "0", "expire", "u1", LEAVE);

    (void)heard();
    (void)heard();
    nothing_was_heard();
    assert_true(hash_has(ROOM_KEY ":present", "u1"));
}

static void a_leave_is_announced_once_the_viewer_is_nowhere(void **state)
{
    (void)state;
    worker_beat("a");
    (void)worker_tell("a", "1", "enter", "u1", "");
    (void)worker_tell("b", "1", "enter", "u1", "");
    (void)heard();

    (void)worker_tell("a", "0", "leave", "u1", LEAVE);
    nothing_was_heard();

    (void)worker_tell("b", "0", "leave", "u1", LEAVE);
    assert_span(heard().payload, LEAVE);
    assert_int_equal(reply_integer(DO("HLEN", ROOM_KEY ":present")), 0);
}

static void assert_heard_silent_leave(void)
{
    struct entry entry = heard();

    assert_int_equal(entry.flags, ENTRY_RETURNING | ENTRY_NOT_TO_SENDER);
    assert_span(entry.payload, "{\"msg_type\":\"leave\",\"room_id\":\"8\",\"from_uid\":\"u1\"}");
}

/* Sockets of u1 may have stayed at a. */
static void u1_is_taken_from_a_by_b(void)
{
    worker_beat("a");
    worker_beat("b");
    (void)worker_tell("a", "1", "enter", "u1", "");
    (void)worker_tell("b", "1", "enter", "u1", "");
    assert_int_equal(heard().flags, ENTRY_RETURNING | ENTRY_NOT_TO_SENDER);
}

static void who_was_taken_from_a_living_worker_is_heard_to_leave_even_silently(void **state)
{
    (void)state;
    u1_is_taken_from_a_by_b();
    (void)worker_tell("b", "1", "enter", "u1", "");

    (void)worker_tell("b", "0", "leave", "u1", "");

    assert_heard_silent_leave();
    assert_false(hash_has(ROOM_KEY ":present", "u1"));
    assert_false(worker_tell("a", "1", "enter", "u1", ""));
    (void)worker_tell("a", "0", "leave", "u1", "");
    nothing_was_heard();
}

static void so_it_is_when_its_grace_is_over(void **state)
{
    (void)state;
    u1_is_taken_from_a_by_b();

    (void)worker_tell("b", "1", "lost", "u1", "");
    (void)worker_tell("b", "0", "expire", "u1", "");

    assert_heard_silent_leave();
}

static void a_leave_with_words_needs_no_silent_one(void **state)
{
    (void)state;
    u1_is_taken_from_a_by_b();
    (void)worker_tell("a", "0", "leave", "u1", "");

    (void)worker_tell("b", "0", "leave", "u1", LEAVE);

    assert_span(heard().payload, LEAVE);
    nothing_was_heard();
}

static void of_who_was_lost_elsewhere_no_socket_has_stayed_there(void **state)
{
    (void)state;
    worker_beat("a");
    (void)worker_tell("a", "1", "enter", "u1", "");
    (void)worker_tell("a", "1", "lost", "u1", "");
    (void)worker_tell("b", "1", "enter", "u1", "");
    (void)heard();

    (void)worker_tell("b", "0", "leave", "u1", "");

    nothing_was_heard();
}

static void items_apply_in_order_and_are_announced_after_all_were_counted(void **state)
{
    const redisReply *reply = CENSUS("a", "2", GRACE, TTL, "enter", "u1", "o/1/1", JOIN, "enter",
                                     "u2", "o/1/2", JOIN, "leave", "u1", "o/1/1", LEAVE);
    struct entry entry;

    (void)state;
    assert_int_equal(reply->elements, 4);
    for (size_t i = 0; i < 3; i++) {
        entry = heard();
        assert_int_equal(entry.total, 2);
        assert_span(entry.payload, i < 2 ? JOIN : LEAVE);
    }
    assert_false(hash_has(ROOM_KEY ":present", "u1"));
    assert_true(hash_has(ROOM_KEY ":present", "u2"));
}

static void the_snapshot_counts_the_living(void **state)
{
    (void)state;
    worker_beat("a");
    worker_beat("b");
    (void)worker_count("a", "3");
    (void)worker_count("b", "4");
    worker_silence("b", 5000);

    assert_int_equal(
        reply_integer(reply_item(DO("FCALL_RO", "livegate_snapshot", "1", ROOM_KEY), 6)), 3);
}

static void all_of_it_expires_with_the_room(void **state)
{
    static const char *const keys[] = {ROOM_KEY ":online", ROOM_KEY ":present", ROOM_KEY ":away"};

    (void)state;
    (void)CENSUS("a", "1", GRACE, TTL, "enter", "u1", "", "", "lost", "u1", "", "");

    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        assert_in_range(reply_integer(DO("TTL", keys[i])), 590, 600);
}

static void what_is_malformed_changes_nothing(void **state)
{
    (void)state;
    assert_error(CENSUS("a", "x", GRACE, TTL), "MALFORMED count must be");
    assert_error(CENSUS("a", "1", GRACE, TTL, "jump", "u1", "", ""), "MALFORMED verb must be");
    assert_error(DO("FCALL", "livegate_census", "1", "live:8", "a", "1", GRACE, TTL),
                 "MALFORMED key must be");

    assert_int_equal(reply_integer(DO("DBSIZE")), 0);
}

static void a_key_of_another_type_changes_nothing(void **state)
{
    static const char *const keys[] = {ROOM_KEY ":online", ROOM_KEY ":present", ROOM_KEY ":away"};

    (void)state;
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        (void)DO("FLUSHALL");
        (void)DO("SET", keys[i], "x");
        assert_error(CENSUS("a", "1", GRACE, TTL, "enter", "u1", "", JOIN, "lost", "u2", "", ""),
                     "WRONGTYPE");
        assert_int_equal(reply_integer(DO("DBSIZE")), 1);
    }

    nothing_was_heard();
}

static void what_may_have_to_be_written_must_be_allowed(void **state)
{
    static const char *const lacking[] = {"-hset", "-hdel", "-hincrby", "-publish"};

    (void)state;
    for (size_t i = 0; i < sizeof lacking / sizeof lacking[0]; i++) {
        (void)DO("ACL", "SETUSER", "weak", "reset", "on", "nopass", "~live:*", "&live:*", "+@all",
                 lacking[i]);
        assert_string_equal(reply_text(DO("AUTH", "weak", "x")), "OK");
        assert_error(CENSUS("a", "1", GRACE, TTL, "enter", "u1", "", JOIN), "NOPERM this user");
        assert_string_equal(reply_text(DO("AUTH", "default", "")), "OK");
        assert_int_equal(reply_integer(DO("DBSIZE")), 0);
    }
}

static void a_missing_right_changes_nothing(void **state)
{
    (void)state;
    (void)DO("ACL", "SETUSER", "weak", "reset", "on", "nopass", "~live:*", "resetchannels",
             "+@all");
    assert_string_equal(reply_text(DO("AUTH", "weak", "x")), "OK");
    assert_error(CENSUS("a", "1", GRACE, TTL, "enter", "u1", "", JOIN), "NOPERM this user");
    assert_string_equal(reply_text(DO("AUTH", "default", "")), "OK");

    assert_int_equal(reply_integer(DO("DBSIZE")), 0);
}

#define TEST(name) cmocka_unit_test_setup(name, calls_forget)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_counts_of_all_living_workers_are_summed_up),
        TEST(a_new_viewer_is_announced_with_the_count),
        TEST(without_an_announcement_nobody_is_told),
        TEST(viewers_without_uid_are_announced_and_not_remembered),
        TEST(who_comes_back_within_the_grace_is_returning),
        TEST(who_comes_back_through_another_worker_is_counted_once),
        TEST(a_socket_that_still_looks_alive_elsewhere_counts_as_returning),
        TEST(after_the_grace_nobody_is_returning),
        TEST(the_end_of_the_grace_is_announced),
        TEST(the_end_of_the_grace_of_who_came_back_is_not_announced),
        TEST(a_leave_is_announced_once_the_viewer_is_nowhere),
        TEST(who_was_taken_from_a_living_worker_is_heard_to_leave_even_silently),
        TEST(so_it_is_when_its_grace_is_over),
        TEST(a_leave_with_words_needs_no_silent_one),
        TEST(of_who_was_lost_elsewhere_no_socket_has_stayed_there),
        TEST(items_apply_in_order_and_are_announced_after_all_were_counted),
        TEST(the_snapshot_counts_the_living),
        TEST(all_of_it_expires_with_the_room),
        TEST(what_is_malformed_changes_nothing),
        TEST(a_key_of_another_type_changes_nothing),
        TEST(what_may_have_to_be_written_must_be_allowed),
        TEST(a_missing_right_changes_nothing),
    };

    return cmocka_run_group_tests(tests, calls_set_up, calls_tear_down);
}
