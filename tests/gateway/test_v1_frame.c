#include "gateway/v1_frame.h"

#include "relay/relay.h"
#include "relay/snapshot.h"
#include "tests/support/unit.h"

#include <errno.h>
#include <string.h>

#define EVERYTHING ((struct position){UINT64_MAX, UINT64_MAX})

struct fixture {
    struct buffer out;
    struct entry entry;
    struct message message;
    struct relayed relayed;
    struct snapshot *snapshot;
};

static int set_up(void **state)
{
    static struct fixture fixture;

    fixture = (struct fixture){
        .entry = {.position = {7, 42}, .ts = 1000, .id = SPAN_LITERAL("i"), .total = -1},
        .snapshot = snapshot_new(),
    };
    fixture.relayed = (struct relayed){.entry = &fixture.entry, .message = &fixture.message};
    buffer_init(&fixture.out, 100000);
    *state = &fixture;

    return fixture.snapshot ? 0 : -1;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    buffer_dispose(&f->out);
    snapshot_free(f->snapshot);

    return 0;
}

static void assert_written(struct fixture *f, const char *expected)
{
    assert_int_equal(buffer_status(&f->out), 0);
    assert_string_equal(buffer_text(&f->out), expected);
    buffer_clear(&f->out);
}

static void published(struct fixture *f, const char *json)
{
    assert_int_equal(message_read(&f->message, span_of(json), NULL), 0);
    assert_int_equal(message_check(&f->message, NULL), 0);
}

static void assert_frame(struct fixture *f, const char *expected)
{
    v1_frame_write(span_of("r"), &f->relayed, &f->out);
    assert_written(f, expected);
}

#define HEAD(type) "{\"msg_type\":\"" type "\",\"room_id\":\"r\",\"id\":\"i\",\"ts\":1000,"
#define PLACE "\"term\":7,\"seq\":42"

static void a_message_begins_with_its_room_and_position_and_keeps_its_members(void **state)
{
    struct fixture *f = *state;

    published(f, "{ \"from_name\":\"Ann\",\"msg_type\":\"message\", \"content\":\"hi\",\"n\":99.00,"
                 "\"l\":[ ]}");

    assert_frame(f, HEAD("message") PLACE
                 ",\"from_name\":\"Ann\",\"content\":\"hi\",\"n\":99.00,\"l\":[ ]}");
}

static void a_message_without_other_members_is_whole(void **state)
{
    struct fixture *f = *state;

    published(f, "{\"msg_type\":\"buy\"}");

    assert_frame(f, HEAD("buy") PLACE "}");
}

static void what_is_the_gateways_or_a_clients_own_is_left_out(void **state)
{
    struct fixture *f = *state;

    published(f, "{\"msg_type\":\"x_a\",\"client_id\":1,\"token\":\"t\",\"ack\":1,\"term\":1,"
                 "\"seq\":1,\"ts\":1,\"id\":\"mine\",\"room_id\":\"r\",\"b\":1}");

    assert_frame(f, HEAD("x_a") PLACE ",\"b\":1}");
}

static void counters_are_the_gateways(void **state)
{
    struct fixture *f = *state;

    f->relayed.online_num = 3;
    f->relayed.subscribe_num = 4;
    f->relayed.like_num = 5;
    f->relayed.delta = 2;

    published(f, "{\"msg_type\":\"join\",\"online_num\":9}");
    assert_frame(f, HEAD("join") PLACE ",\"online_num\":3}");
    published(f, "{\"msg_type\":\"leave\"}");
    assert_frame(f, HEAD("leave") PLACE ",\"online_num\":3}");
    published(f, "{\"msg_type\":\"subscribe\",\"subscribe_num\":9}");
    assert_frame(f, HEAD("subscribe") PLACE ",\"subscribe_num\":4}");
    published(f, "{\"msg_type\":\"like\",\"count\":2}");
    assert_frame(f, HEAD("like") PLACE ",\"like_num\":5,\"delta\":2}");
}

static void there_is_no_banner_but_the_publishers(void **state)
{
    struct fixture *f = *state;

    published(f, "{\"msg_type\":\"buy\",\"msg_content\":\"sold\"}");

    assert_frame(f, HEAD("buy") PLACE ",\"msg_content\":\"sold\"}");
}

static void a_message_that_was_only_published_has_its_own_id_and_no_position(void **state)
{
    struct fixture *f = *state;

    f->entry = (struct entry){.total = -1};
    published(f, "{\"msg_type\":\"buy\",\"id\":5}");
    assert_frame(f, "{\"msg_type\":\"buy\",\"room_id\":\"r\",\"id\":5,\"ts\":0,\"term\":0,"
                    "\"seq\":0}");
    published(f, "{\"msg_type\":\"buy\"}");
    assert_frame(f, "{\"msg_type\":\"buy\",\"room_id\":\"r\",\"id\":\"\",\"ts\":0,\"term\":0,"
                    "\"seq\":0}");
}

static void a_text_said_as_data_is_content_too(void **state)
{
    struct fixture *f = *state;

    published(f, "{\"msg_type\":\"message\",\"data\":\"hi\",\"content\":\"\"}");

    assert_frame(f, HEAD("message") PLACE ",\"content\":\"hi\",\"data\":\"hi\"}");
}

static void an_entry_of_the_history_looks_as_it_did_when_it_came(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(v1_frame_write_entry(
                         span_of("r"),
                         span_of("7:42:1000:i:12:::{\"msg_type\":\"subscribe\",\"a\":1}"), &f->out),
                     0);
    assert_written(f, HEAD("subscribe") PLACE ",\"subscribe_num\":12,\"a\":1}");
}

static void an_entry_that_cannot_be_read_or_is_not_of_the_room_is_told(void **state)
{
    static const char *const entries[] = {
        "nothing", "7:42:1000:i::::{", "7:42:1000:i::::{\"msg_type\":\"nothing\"}",
        "7:42:1000:i::::{\"msg_type\":\"buy\",\"room_id\":\"other\"}"};
    struct fixture *f = *state;

    for (size_t i = 0; i < sizeof entries / sizeof entries[0]; i++)
        assert_int_equal(v1_frame_write_entry(span_of("r"), span_of(entries[i]), &f->out),
                         -EBADMSG);
    assert_int_equal(f->out.size, 0);
}

static void load(struct fixture *f, const char *chat, const char *shelf)
{
    const struct span chats[] = {span_of(chat)}, shelves[] = {span_of(shelf)};
    const struct broker_snapshot read = {
        .position = {7, 43}, .chat = chats, .n_chat = 1, .shelf = shelves, .n_shelf = 1};

    assert_int_equal(snapshot_load(f->snapshot, &read), 0);
}

static void lists_hold_what_is_not_newer_than_asked_for(void **state)
{
    struct fixture *f = *state;

    load(f, "7:42:1000:i::::{\"msg_type\":\"message\",\"content\":\"c\"}",
         "7:43:1001:j::::{\"msg_type\":\"on_off_shelf\",\"goods_id\":\"g\",\"status\":\"on\"}");

    assert_int_equal(v1_frame_write_chat(span_of("r"), f->snapshot, EVERYTHING, &f->out), 0);
    assert_written(f, "[" HEAD("message") PLACE ",\"content\":\"c\"}]");
    assert_int_equal(v1_frame_write_shelf(span_of("r"), f->snapshot, EVERYTHING, &f->out), 0);
    assert_written(f, "[{\"msg_type\":\"on_off_shelf\",\"room_id\":\"r\",\"id\":\"j\",\"ts\":1001,"
                      "\"term\":7,\"seq\":43,\"goods_id\":\"g\",\"status\":\"on\"}]");

    assert_int_equal(
        v1_frame_write_shelf(span_of("r"), f->snapshot, (struct position){7, 42}, &f->out), 0);
    assert_written(f, "[]");
}

static void joined_tells_where_the_room_stands(void **state)
{
    struct fixture *f = *state;
    const struct v1_joined joined = {.room = span_of("r"),
                                     .position = {7, 42},
                                     .resumed = true,
                                     .online_num = 1,
                                     .like_num = 2,
                                     .subscribe_num = 3};

    v1_frame_write_joined(&joined, &f->out);

    assert_written(f, "{\"msg_type\":\"joined\",\"room_id\":\"r\",\"term\":7,\"seq\":42,"
                      "\"resumed\":true,\"online_num\":1,\"like_num\":2,\"subscribe_num\":3}");
}

static void a_client_is_asked_to_reconnect_after_a_while(void **state)
{
    struct fixture *f = *state;

    v1_frame_write_reconnect(1500, &f->out);

    assert_written(f, "{\"msg_type\":\"reconnect\",\"after_ms\":1500}");
}

static void an_ack_repeats_the_clients_number(void **state)
{
    struct fixture *f = *state;

    v1_frame_write_ack(12, span_of("a-1"), (struct position){7, 42}, &f->out);

    assert_written(f, "{\"msg_type\":\"ack\",\"ack\":12,\"id\":\"a-1\",\"term\":7,\"seq\":42}");
}

static void an_error_says_whether_to_try_again(void **state)
{
    struct fixture *f = *state;

    v1_frame_write_error(12, REFUSAL_UNAVAILABLE, NULL, &f->out);
    assert_written(f, "{\"msg_type\":\"error\",\"ack\":12,\"code\":\"unavailable\","
                      "\"message\":\"the broker cannot be reached, try again\",\"retry\":true}");

    v1_frame_write_error(NO_ACK, REFUSAL_MALFORMED, "content \"is\" needed", &f->out);
    assert_written(f, "{\"msg_type\":\"error\",\"code\":\"malformed\","
                      "\"message\":\"content \\\"is\\\" needed\",\"retry\":false}");
}

static void a_recall_names_the_message_wherever_it_stands(void **state)
{
    static const char recall[] = "{\"msg_type\":\"recall\",\"id\":\"m1\"}";
    static const char told[] =
        "{\"msg_type\":\"recall\",\"room_id\":\"r\",\"id\":\"m1\",\"ts\":1000,"
        "\"term\":7,\"seq\":42}";
    struct fixture *f = *state;

    /* said */
    assert_int_equal(v1_frame_write_entry(span_of("r"),
                                          span_of("7:42:1000:::::{\"msg_type\":"
                                                  "\"recall\",\"id\":\"m1\"}"),
                                          &f->out),
                     0);
    assert_written(f, told);

    /* and in the place of the message */
    assert_int_equal(v1_frame_write_entry(span_of("r"),
                                          span_of("7:42:1000:m1::::{\"msg_type\":"
                                                  "\"recall\",\"id\":\"m1\"}"),
                                          &f->out),
                     0);
    assert_written(f, told);

    /* but not by a publisher */
    assert_int_equal(v1_frame_write_entry(span_of("r"), span_of(recall), &f->out), -EBADMSG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(a_message_begins_with_its_room_and_position_and_keeps_its_members),
        TEST(a_message_without_other_members_is_whole),
        TEST(what_is_the_gateways_or_a_clients_own_is_left_out),
        TEST(counters_are_the_gateways),
        TEST(there_is_no_banner_but_the_publishers),
        TEST(a_message_that_was_only_published_has_its_own_id_and_no_position),
        TEST(a_text_said_as_data_is_content_too),
        TEST(an_entry_of_the_history_looks_as_it_did_when_it_came),
        TEST(an_entry_that_cannot_be_read_or_is_not_of_the_room_is_told),
        TEST(lists_hold_what_is_not_newer_than_asked_for),
        TEST(joined_tells_where_the_room_stands),
        TEST(a_client_is_asked_to_reconnect_after_a_while),
        TEST(an_ack_repeats_the_clients_number),
        TEST(an_error_says_whether_to_try_again),
        TEST(a_recall_names_the_message_wherever_it_stands),
    };

    return cmocka_run_group_tests_name("v1_frame", tests, NULL, NULL);
}
