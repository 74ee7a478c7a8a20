/* livegate_publish: positions, ids, lists, counters. */
#include "tests/relay/function_calls.h"
#include "tests/support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHAT "{\"msg_type\":\"message\",\"content\":\"hi\"}"
#define GIFT "{\"msg_type\":\"x_gift\",\"price\":99.00,\"list\":[]}"
#define JOIN "{\"msg_type\":\"join\"}"
#define LIKE "{\"msg_type\":\"like\",\"count\":7}"
#define FOLLOW "{\"msg_type\":\"subscribe\",\"from_uid\":\"u1\"}"

static long long length_of(const char *list)
{
    return reply_integer(DO("LLEN", list));
}

static void a_sequenced_message_takes_the_next_position(void **state)
{
    struct position first = published(GIFT);
    struct position second = published(GIFT);

    (void)state;
    assert_true(first.term > 1000000000000);
    assert_int_equal(first.seq, 1);
    assert_int_equal(second.term, first.term);
    assert_int_equal(second.seq, 2);
}

static void its_bytes_are_heard_and_kept_as_they_came(void **state)
{
    struct entry entry;

    (void)state;
    (void)PUBLISH(GIFT, "gift-1", "eu/w1/5", "px");

    entry = heard();
    assert_span(entry.payload, GIFT);
    assert_span(entry.id, "gift-1");
    assert_span(entry.origin, "eu/w1/5");
    assert_int_equal(entry.flags, ENTRY_PLAIN_TEXT | ENTRY_NOT_TO_SENDER | ENTRY_FIRST_OF_TERM);
    assert_int_equal(entry.position.seq, 1);
    assert_int_equal(entry.total, -1);
    assert_true(entry.ts > 1000000000000);

    entry = entry_of(reply_item(DO("LRANGE", ROOM_KEY ":log", "0", "-1"), 0));
    assert_span(entry.payload, GIFT);
    assert_int_equal(entry.position.seq, 1);
}

static void only_the_first_entry_of_a_term_says_so(void **state)
{
    (void)state;
    (void)published(CHAT);
    (void)published(CHAT);

    assert_int_equal(heard().flags, ENTRY_FIRST_OF_TERM);
    assert_int_equal(heard().flags, 0);
}

static void without_an_id_it_is_called_by_its_position(void **state)
{
    const redisReply *reply = PUBLISH(CHAT);
    char id[64];

    (void)state;
    (void)snprintf(id, sizeof id, "%lld-1", reply_integer(reply_item(reply, 1)));
    assert_string_equal(reply_text(reply_item(reply, 0)), id);
    assert_span(heard().id, id);
}

static void an_id_given_beside_the_message_replaces_its_own(void **state)
{
    const redisReply *reply = PUBLISH("{\"msg_type\":\"buy\",\"id\":\"order-1\"}", "u.u1.order-1");

    (void)state;
    assert_string_equal(reply_text(reply_item(reply, 0)), "u.u1.order-1");
    assert_span(heard().id, "u.u1.order-1");
}

static void the_same_id_publishes_once_and_answers_the_same(void **state)
{
    struct position first;
    struct position again;

    (void)state;
    first = published("{\"msg_type\":\"buy\",\"id\":7}");
    (void)published(CHAT);
    again = published("{\"msg_type\":\"buy\",\"id\":\"7\"}");

    assert_int_equal(position_compare(first, again), 0);
    (void)heard();
    (void)heard();
    nothing_was_heard();
    assert_int_equal(length_of(ROOM_KEY ":log"), 2);
}

static void likes_with_an_id_count_once(void **state)
{
    (void)state;
    (void)PUBLISH(LIKE, "tap-1");
    (void)PUBLISH(LIKE, "tap-1");

    assert_int_equal(heard().total, 7);
    nothing_was_heard();
    assert_string_equal(reply_text(DO("HGET", ROOM_KEY ":counts", "like")), "7");
}

static void an_id_is_remembered_for_five_minutes(void **state)
{
    long long seconds;

    (void)state;
    (void)PUBLISH(CHAT, "a");

    seconds = reply_integer(DO("TTL", ROOM_KEY ":id:a"));
    assert_true(seconds > 290 && seconds <= 300);
}

static void likes_are_counted_but_not_sequenced(void **state)
{
    struct position position;
    struct entry entry;

    (void)state;
    (void)published(LIKE);
    position = published("{\"msg_type\":\"like\"}");

    assert_int_equal(position.term, 0);
    assert_int_equal(position.seq, 0);
    assert_int_equal(heard().total, 7);
    entry = heard();
    assert_int_equal(entry.total, 8);
    assert_int_equal(entry.position.term, 0);
    assert_int_equal(length_of(ROOM_KEY ":log"), 0);
}

static void only_a_sum_of_likes_may_be_large(void **state)
{
    const char *sum = "{\"msg_type\":\"like\",\"count\":5000}";

    (void)state;
    assert_error(PUBLISH(sum), "MALFORMED count must be");
    (void)reply_item(PUBLISH(sum, "", "eu/w1/0", "s"), 2);
    assert_int_equal(heard().total, 5000);
}

static void follows_are_sequenced_and_counted(void **state)
{
    struct entry entry;

    (void)state;
    assert_int_equal(published(FOLLOW).seq, 1);
    assert_int_equal(published(FOLLOW).seq, 2);

    (void)heard();
    entry = heard();
    assert_int_equal(entry.total, 2);
    assert_int_equal(entry.position.seq, 2);
    assert_string_equal(reply_text(DO("HGET", ROOM_KEY ":counts", "subscribe")), "2");
}

static void joins_are_just_handed_on(void **state)
{
    const redisReply *reply = PUBLISH(JOIN);

    (void)state;
    assert_string_equal(reply_text(reply_item(reply, 0)), "");
    assert_int_equal(reply_integer(reply_item(reply, 1)), 0);
    assert_span(heard().payload, JOIN);
    assert_int_equal(reply_integer(DO("DBSIZE")), 0);
}

static void only_chat_is_in_the_chat_list(void **state)
{
    (void)state;
    (void)published(GIFT);
    (void)published(CHAT);

    assert_int_equal(length_of(ROOM_KEY ":log"), 2);
    assert_int_equal(length_of(ROOM_KEY ":chat"), 1);
}

static void lists_are_cut_at_twice_their_length(void **state)
{
    (void)state;
    for (int i = 0; i < 199; i++)
        (void)PUBLISH(CHAT, "", "", "", "20");
    assert_int_equal(length_of(ROOM_KEY ":chat"), 199);

    (void)PUBLISH(CHAT, "", "", "", "20");

    assert_int_equal(length_of(ROOM_KEY ":chat"), 100);
    assert_in_range(length_of(ROOM_KEY ":log"), 20, 39);
    assert_int_equal(
        entry_of(reply_item(DO("LRANGE", ROOM_KEY ":log", "-1", "-1"), 0)).position.seq, 200);
}

static void backends_keep_as_much_history_as_gateways_asked_for(void **state)
{
    (void)state;
    (void)PUBLISH(GIFT, "", "", "", "5", "1000");
    for (int i = 0; i < 9; i++)
        (void)published(GIFT);

    assert_int_equal(length_of(ROOM_KEY ":log"), 5);
    assert_in_range(reply_integer(DO("TTL", ROOM_KEY ":meta")), 990, 1500);
}

static void everything_of_a_room_expires(void **state)
{
    static const char *const keys[] = {ROOM_KEY ":meta",   ROOM_KEY ":log",   ROOM_KEY ":chat",
                                       ROOM_KEY ":counts", ROOM_KEY ":state", ROOM_KEY ":versions"};

    (void)state;
    (void)published(CHAT);
    (void)published(LIKE);
    (void)published(
        "{\"msg_type\":\"on_off_shelf\",\"goods_id\":1,\"version\":1,\"status\":\"on\"}");

    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        long long seconds = reply_integer(DO("TTL", keys[i]));

        if (seconds <= 0)
            fail_msg("%s: %lld", keys[i], seconds);
    }
}

static void expiry_is_put_off_now_and_then(void **state)
{
    (void)state;
    (void)published(CHAT);
    (void)DO("EXPIRE", ROOM_KEY ":chat", "100");
    (void)published(CHAT);
    assert_in_range(reply_integer(DO("TTL", ROOM_KEY ":chat")), 1, 100);

    (void)DO("HSET", ROOM_KEY ":meta", "touch", "1");
    (void)published(CHAT);

    assert_in_range(reply_integer(DO("TTL", ROOM_KEY ":chat")), 7 * 86400 - 5, 7 * 86400 + 3600);
    assert_in_range(reply_integer(DO("TTL", ROOM_KEY ":log")), 86400 - 5, 86400 + 3600);
}

static void the_snapshot_is_what_was_published(void **state)
{
    const redisReply *reply;

    (void)state;
    (void)published(CHAT);
    (void)published(FOLLOW);
    (void)published(LIKE);
    (void)published("{\"msg_type\":\"on_off_shelf\",\"goods_id\":\"g\",\"status\":\"on\"}");

    reply = DO("FCALL_RO", "livegate_snapshot", "1", ROOM_KEY);

    assert_int_equal(reply->elements, 7);
    assert_int_equal(reply_integer(reply_item(reply, 1)), 3);
    assert_int_equal(reply_item(reply, 2)->elements, 1);
    assert_span(entry_of(reply_item(reply_item(reply, 2), 0)).payload, CHAT);
    assert_int_equal(reply_item(reply, 3)->elements, 1);
    assert_int_equal(entry_of(reply_item(reply_item(reply, 3), 0)).position.seq, 3);
    assert_int_equal(reply_integer(reply_item(reply, 4)), 7);
    assert_int_equal(reply_integer(reply_item(reply, 5)), 1);
    assert_int_equal(reply_integer(reply_item(reply, 6)), 0);
}

static void the_snapshot_of_a_new_room_is_empty(void **state)
{
    const redisReply *reply = DO("FCALL_RO", "livegate_snapshot", "1", ROOM_KEY);

    (void)state;
    for (size_t i = 0; i < 7; i++) {
        if (i == 2 || i == 3)
            assert_int_equal(reply_item(reply, i)->elements, 0);
        else
            assert_int_equal(reply_integer(reply_item(reply, i)), 0);
    }
}

static void the_snapshot_has_as_much_chat_as_is_asked_for(void **state)
{
    (void)state;
    for (int i = 0; i < 150; i++)
        (void)published(CHAT);

    assert_int_equal(reply_item(DO("FCALL", "livegate_snapshot", "1", ROOM_KEY), 2)->elements, 100);
    assert_int_equal(reply_item(DO("FCALL", "livegate_snapshot", "1", ROOM_KEY, "50"), 2)->elements,
                     50);
}

#define TEST(name) cmocka_unit_test_setup(name, calls_forget)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_sequenced_message_takes_the_next_position),
        TEST(its_bytes_are_heard_and_kept_as_they_came),
        TEST(only_the_first_entry_of_a_term_says_so),
        TEST(without_an_id_it_is_called_by_its_position),
        TEST(an_id_given_beside_the_message_replaces_its_own),
        TEST(the_same_id_publishes_once_and_answers_the_same),
        TEST(likes_with_an_id_count_once),
        TEST(an_id_is_remembered_for_five_minutes),
        TEST(likes_are_counted_but_not_sequenced),
        TEST(only_a_sum_of_likes_may_be_large),
        TEST(follows_are_sequenced_and_counted),
        TEST(joins_are_just_handed_on),
        TEST(only_chat_is_in_the_chat_list),
        TEST(lists_are_cut_at_twice_their_length),
        TEST(backends_keep_as_much_history_as_gateways_asked_for),
        TEST(everything_of_a_room_expires),
        TEST(expiry_is_put_off_now_and_then),
        TEST(the_snapshot_is_what_was_published),
        TEST(the_snapshot_of_a_new_room_is_empty),
        TEST(the_snapshot_has_as_much_chat_as_is_asked_for),
    };

    return cmocka_run_group_tests(tests, calls_set_up, calls_tear_down);
}
