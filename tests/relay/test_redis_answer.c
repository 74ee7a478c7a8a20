#include "relay/redis_answer.h"

#include "relay/redis_trouble.h"
#include "tests/support/unit.h"

#include <errno.h>
#include <hiredis/hiredis.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ENTRY(position) "$42\r\n" position ":1000:m:::f:{\"msg_type\":\"x_gift\",\"n\":1}\r\n"

static redisReply *read_reply(const char *text)
{
    redisReader *reader = redisReaderCreate();
    void *reply = NULL;

    assert_non_null(reader);
    assert_int_equal(redisReaderFeed(reader, text, strlen(text)), REDIS_OK);
    assert_int_equal(redisReaderGetReply(reader, &reply), REDIS_OK);
    assert_non_null(reply);
    redisReaderFree(reader);

    return reply;
}

static void an_id_and_a_position_say_what_was_published(void **state)
{
    redisReply *reply = read_reply("*3\r\n$2\r\nm1\r\n:1700000000000\r\n:7\r\n");
    struct broker_published published;

    (void)state;
    assert_int_equal(redis_answer_published(reply, &published), 0);
    assert_true(span_is(published.id, "m1"));
    assert_true(published.position.term == 1700000000000);
    assert_true(published.position.seq == 7);
    freeReplyObject(reply);
}

static void counts_come_with_a_flag_for_each_item(void **state)
{
    redisReply *reply = read_reply("*3\r\n:5\r\n:0\r\n:1\r\n");
    struct broker_counted counted;
    bool returning[2];

    (void)state;
    assert_int_equal(redis_answer_counted(reply, returning, 2, &counted), 0);
    assert_int_equal(counted.online, 5);
    assert_false(counted.returning[0]);
    assert_true(counted.returning[1]);
    assert_int_equal(redis_answer_counted(reply, returning, 3, &counted), -EBADMSG);
    freeReplyObject(reply);
}

static void a_snapshot_has_its_shelf_in_order_of_position(void **state)
{
    static struct redis_cut cut;
    redisReply *reply = read_reply("*7\r\n:1\r\n:9\r\n*1\r\n" ENTRY("1:9") "*3\r\n" ENTRY("2:3")
                                       ENTRY("1:5") ENTRY("1:4") ":10\r\n:11\r\n:12\r\n");

    (void)state;
    assert_int_equal(redis_answer_snapshot(reply, &cut), 0);
    assert_true(cut.snapshot.position.seq == 9);
    assert_int_equal(cut.snapshot.n_chat, 1);
    assert_int_equal(cut.snapshot.n_shelf, 3);
    assert_memory_equal(cut.snapshot.shelf[0].data, "1:4:", 4);
    assert_memory_equal(cut.snapshot.shelf[1].data, "1:5:", 4);
    assert_memory_equal(cut.snapshot.shelf[2].data, "2:3:", 4);
    assert_int_equal(cut.snapshot.likes, 10);
    assert_int_equal(cut.snapshot.follows, 11);
    assert_int_equal(cut.snapshot.online, 12);
    freeReplyObject(reply);
}

static void what_is_no_entry_is_left_out(void **state)
{
    static struct redis_cut cut;
    redisReply *reply = read_reply("*7\r\n:1\r\n:9\r\n*4\r\n$1\r\nx\r\n:5\r\n*0\r\n" ENTRY(
        "1:9") "*2\r\n$-1\r\n" ENTRY("1:2") ":0\r\n:0\r\n:0\r\n");

    (void)state;
    assert_int_equal(redis_answer_snapshot(reply, &cut), 0);
    assert_int_equal(cut.snapshot.n_chat, 1);
    assert_int_equal(cut.snapshot.n_shelf, 1);
    freeReplyObject(reply);
}

static void too_many_entries_are_no_trouble(void **state)
{
    enum { MANY = 1000 };
    static struct redis_cut cut;
    static char text[2 * MANY * 64];
    redisReply *reply;
    size_t at = 0;

    (void)state;
    at += (size_t)sprintf(text + at, "*7\r\n:1\r\n:9\r\n");
    for (int list = 0; list < 2; list++) {
        at += (size_t)sprintf(text + at, "*%d\r\n", MANY);
        for (int i = 0; i < MANY; i++)
            at += (size_t)sprintf(text + at, "$20\r\n1:%04d:1000:m:::f:{}\r\n", i + 1);
    }
    (void)sprintf(text + at, ":0\r\n:0\r\n:0\r\n");
    reply = read_reply(text);

    assert_int_equal(redis_answer_snapshot(reply, &cut), 0);
    assert_int_equal(cut.snapshot.n_chat, BROKER_CHAT);
    assert_memory_equal(cut.snapshot.chat[BROKER_CHAT - 1].data, "1:1000:", 7);
    assert_int_equal(cut.snapshot.n_shelf, BROKER_MAX_SHELF);
    freeReplyObject(reply);
}

static void other_shapes_are_refused(void **state)
{
    static const char *const shapes[] = {
        "+OK\r\n",
        ":1\r\n",
        "$-1\r\n",
        "*-1\r\n",
        "*0\r\n",
        "*1\r\n:-1\r\n",
        "*2\r\n$1\r\na\r\n:1\r\n",
        "*3\r\n:1\r\n:1\r\n$1\r\n1\r\n",
        "*3\r\n$1\r\na\r\n:1\r\n:-1\r\n",
        "*3\r\n*0\r\n*0\r\n*0\r\n",
        "*7\r\n:1\r\n:1\r\n:1\r\n:1\r\n:1\r\n:1\r\n$1\r\nx\r\n",
        "*7\r\n:1\r\n:1\r\n*0\r\n*0\r\n:1\r\n:1\r\n$1\r\n1\r\n",
        "*7\r\n:1\r\n:-1\r\n*0\r\n*0\r\n:1\r\n:1\r\n:1\r\n",
        "*7\r\n$1\r\n1\r\n:1\r\n*0\r\n*0\r\n:1\r\n:1\r\n:1\r\n",
    };
    static struct redis_cut cut;

    (void)state;
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        redisReply *reply = read_reply(shapes[i]);
        struct broker_published published;
        struct broker_counted counted;
        bool returning[6];

        assert_int_equal(redis_answer_published(reply, &published), -EBADMSG);
        assert_int_equal(redis_answer_snapshot(reply, &cut), -EBADMSG);
        assert_int_equal(redis_answer_counted(reply, returning, 6, &counted), -EBADMSG);
        freeReplyObject(reply);
    }
}

static void our_functions_refusals_keep_their_detail(void **state)
{
    static const struct {
        const char *text;
        enum refusal refusal;
        const char *detail;
    } cases[] = {
        {"MALFORMED content must be a string", REFUSAL_MALFORMED, "content must be a string"},
        {"UNKNOWN msg_type must be", REFUSAL_UNKNOWN, "msg_type must be"},
        {"TOO_BIG message is too big", REFUSAL_TOO_BIG, "message is too big"},
        {"SHELF_FULL the shelf holds", REFUSAL_SHELF_FULL, "the shelf holds"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct span text = span_of(cases[i].text);
        const struct redis_trouble *trouble = redis_trouble_of(text);

        assert_int_equal(trouble->refusal, cases[i].refusal);
        assert_int_equal(trouble->remedy, REMEDY_NONE);
        assert_true(span_is(redis_trouble_detail(trouble, text), cases[i].detail));
    }
}

static void what_redis_complains_of_has_a_remedy_and_no_detail(void **state)
{
    static const struct {
        const char *text;
        enum redis_remedy remedy;
    } cases[] = {
        {"ERR Function not found", REMEDY_LOAD},
        {"LOADING Redis is loading the dataset in memory", REMEDY_RENEW},
        {"READONLY You can't write against a read only replica.", REMEDY_RENEW},
        {"NOAUTH Authentication required.", REMEDY_RENEW},
        {"OOM command not allowed when used memory > 'maxmemory'.", REMEDY_WAIT},
        {"MISCONF Redis is configured to save RDB snapshots", REMEDY_WAIT},
        {"BUSY Redis is busy running a script.", REMEDY_WAIT},
        {"MOVED 3999 127.0.0.1:6381", REMEDY_WAIT},
        {"CLUSTERDOWN Hash slot not served", REMEDY_WAIT},
        {"NOPERM this user has no permissions", REMEDY_NONE},
        {"ERR The user executing the script can't run this command", REMEDY_NONE},
        {"ERR ACL failure in script: User gate has no", REMEDY_NONE},
        {"WRONGTYPE Operation against a key", REMEDY_NONE},
        {"", REMEDY_NONE},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct span text = span_of(cases[i].text);
        const struct redis_trouble *trouble = redis_trouble_of(text);

        assert_int_equal(trouble->remedy, cases[i].remedy);
        assert_non_null(trouble->why);
        assert_true(span_is_none(redis_trouble_detail(trouble, text)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_id_and_a_position_say_what_was_published),
        cmocka_unit_test(counts_come_with_a_flag_for_each_item),
        cmocka_unit_test(a_snapshot_has_its_shelf_in_order_of_position),
        cmocka_unit_test(what_is_no_entry_is_left_out),
        cmocka_unit_test(too_many_entries_are_no_trouble),
        cmocka_unit_test(other_shapes_are_refused),
        cmocka_unit_test(our_functions_refusals_keep_their_detail),
        cmocka_unit_test(what_redis_complains_of_has_a_remedy_and_no_detail),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
