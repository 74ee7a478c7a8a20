/* livegate_moderate … recall: what it makes of lists that are not as a quiet room's. */
#include "tests/relay/function_calls.h"
#include "tests/support/unit.h"

#include <stdio.h>

/* The rest is said in tests/contract. */

#define RECALL(id) ASK(calls.asks, "FCALL", "livegate_moderate", "1", ROOM_KEY, "recall", id)
#define SAY(id) "{\"msg_type\":\"message\",\"content\":\"bad\",\"id\":\"" id "\"}"
#define RECALLED(id) "{\"msg_type\":\"recall\",\"id\":\"" id "\"}"

static struct entry logged(const char *list, const char *place)
{
    return entry_of(DO("LINDEX", list, place));
}

static void of_a_long_log_every_entry_is_found(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 1500; i++) {
        char message[100];

        (void)snprintf(message, sizeof message, "{\"msg_type\":\"x_n\",\"id\":\"n%u\"}", i);
        (void)published(message);
    }

    for (unsigned i = 0; i < 1500; i += 333) {
        char id[8], place[8];

        (void)snprintf(id, sizeof id, "n%u", i);
        (void)snprintf(place, sizeof place, "%u", i);
        assert_int_equal(reply_integer(RECALL(id)), 1);
        assert_span(logged(ROOM_KEY ":log", place).id, id);
        assert_int_equal(logged(ROOM_KEY ":log", place).position.seq, i + 1);
        assert_non_null(strstr(DO("LINDEX", ROOM_KEY ":log", place)->str, "recall"));
    }
    assert_int_equal(reply_integer(DO("LLEN", ROOM_KEY ":log")), 1505);
}

static void what_only_the_chat_still_has_leaves_it(void **state)
{
    (void)state;
    (void)published(SAY("a"));
    (void)DO("DEL", ROOM_KEY ":log");

    assert_int_equal(reply_integer(RECALL("a")), 1);
    assert_int_equal(reply_integer(DO("LLEN", ROOM_KEY ":chat")), 0);
    assert_int_equal(logged(ROOM_KEY ":log", "0").position.seq, 2);
    assert_int_equal(reply_integer(RECALL("a")), 0);
}

static void an_id_that_was_used_twice_is_recalled_twice(void **state)
{
    (void)state;
    (void)published(SAY("a"));
    (void)DO("DEL", ROOM_KEY ":id:a");
    (void)published(SAY("a"));

    assert_int_equal(reply_integer(RECALL("a")), 1);
    assert_span(logged(ROOM_KEY ":log", "0").payload, RECALLED("a"));
    assert_span(logged(ROOM_KEY ":log", "1").payload, RECALLED("a"));
    assert_int_equal(reply_integer(DO("LLEN", ROOM_KEY ":chat")), 0);

    (void)DO("DEL", ROOM_KEY ":id:a");
    (void)published(SAY("a"));
    assert_int_equal(reply_integer(RECALL("a")), 1); /* that one, too */
}

static void what_others_wrote_there_is_no_obstacle(void **state)
{
    (void)state;
    (void)DO("RPUSH", ROOM_KEY ":log", "nonsense", "7:1:1:a::::\x81nonsense", "7:2:1:a::::");
    (void)DO("HSET", ROOM_KEY ":meta", "term", "7", "seq", "2");

    assert_int_equal(reply_integer(RECALL("a")), 1);
    assert_span(logged(ROOM_KEY ":log", "1").payload, RECALLED("a"));
    assert_span(logged(ROOM_KEY ":log", "2").payload, RECALLED("a"));
    assert_string_equal(DO("LINDEX", ROOM_KEY ":log", "0")->str, "nonsense");
}

static void a_text_that_ends_like_a_recall_is_none(void **state)
{
    (void)state;
    (void)published("\x82\xa8msg_type\xa3x_a\xa1t\xbf" RECALLED("aa"));

    assert_error(RECALL("aa"), "NOT_IN_HISTORY");
}

static void after_a_restart_the_recall_begins_a_term(void **state)
{
    struct position before = published(SAY("a"));
    struct entry entry;

    (void)state;
    (void)DO("HSET", ROOM_KEY ":meta", "process", "another");
    assert_int_equal(reply_integer(RECALL("a")), 1);

    entry = logged(ROOM_KEY ":log", "-1");
    assert_true(entry.position.term > before.term);
    assert_int_equal(entry.position.seq, 2);
    assert_true(entry.flags & ENTRY_FIRST_OF_TERM);
    entry = logged(ROOM_KEY ":log", "0");
    assert_int_equal(entry.position.term, before.term);
}

static void what_cannot_be_written_is_not_begun(void **state)
{
    (void)state;
    (void)published(SAY("a"));
    (void)DO("DEL", ROOM_KEY ":meta");
    (void)DO("SET", ROOM_KEY ":meta", "text");

    assert_error(RECALL("a"), "WRONGTYPE");
    assert_span(logged(ROOM_KEY ":log", "0").payload, SAY("a"));
    assert_int_equal(reply_integer(DO("LLEN", ROOM_KEY ":chat")), 1);
}

#define TEST(name) cmocka_unit_test_setup(name, calls_forget)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(of_a_long_log_every_entry_is_found),
        TEST(what_only_the_chat_still_has_leaves_it),
        TEST(an_id_that_was_used_twice_is_recalled_twice),
        TEST(what_others_wrote_there_is_no_obstacle),
        TEST(a_text_that_ends_like_a_recall_is_none),
        TEST(after_a_restart_the_recall_begins_a_term),
        TEST(what_cannot_be_written_is_not_begun),
    };

    return cmocka_run_group_tests(tests, calls_set_up, calls_tear_down);
}
