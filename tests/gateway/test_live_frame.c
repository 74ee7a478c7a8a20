#include "gateway/live_frame.h"

#include "relay/relay.h"
#include "tests/support/unit.h"

#include <string.h>

struct fixture {
    struct buffer out;
    struct entry entry;
    struct message message;
    struct relayed relayed;
};

static int set_up(void **state)
{
    static struct fixture fixture;

    fixture = (struct fixture){.entry = {.total = -1}};
    fixture.relayed = (struct relayed){.entry = &fixture.entry, .message = &fixture.message};
    buffer_init(&fixture.out, 10000);
    *state = &fixture;

    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    buffer_dispose(&f->out);

    return 0;
}

static void published(struct fixture *f, const char *json)
{
    assert_int_equal(message_read(&f->message, span_of(json), NULL), 0);
    assert_int_equal(message_check(&f->message, NULL), 0);
}

static void assert_frame(struct fixture *f, bool data, const char *expected)
{
    live_frame_write(&banners_default, &f->relayed, data, &f->out);
    assert_int_equal(buffer_status(&f->out), 0);
    assert_string_equal(buffer_text(&f->out), expected);
}

static void a_join_gets_its_count_and_its_banner(void **state)
{
    struct fixture *f = *state;

    published(f, "{\"msg_type\":\"join\",\"from_name\":\"Ann\",\"online_num\":9}");
    f->relayed.online_num = 3;

    assert_frame(f, false,
                 "{\"msg_type\":\"join\",\"from_name\":\"Ann\",\"online_num\":3,"
                 "\"msg_content\":\"Ann 进入直播间\"}");
}

static void a_join_that_speaks_for_several_says_so(void **state)
{
    struct fixture *f = *state;

    published(f, "{\"msg_type\":\"join\",\"from_name\":\"Ann\",\"count\":128}");

    assert_frame(f, false,
                 "{\"msg_type\":\"join\",\"from_name\":\"Ann\",\"count\":128,\"online_num\":0,"
                 "\"msg_content\":\"Ann 等 128 人进入直播间\"}");
}

static void a_nameless_leave_is_a_guests(void **state)
{
    struct fixture *f = *state;

    published(f, "{\"msg_type\":\"leave\",\"from_name\":\"\"}");

    assert_frame(f, false,
                 "{\"msg_type\":\"leave\",\"from_name\":\"\",\"online_num\":0,"
                 "\"msg_content\":\"游客 离开直播间\"}");
}

static void a_publishers_own_banner_stays(void **state)
{
    struct fixture *f = *state;

    published(f, "{\"msg_type\":\"buy\",\"msg_content\":\"sold\",\"price\":99.00}");

    assert_frame(f, false, "{\"msg_type\":\"buy\",\"msg_content\":\"sold\",\"price\":99.00}");
}

static void what_is_not_for_clients_is_left_out(void **state)
{
    struct fixture *f = *state;

    published(f, "{\"client_id\":\"c\",\"msg_type\":\"x_a\",\"seq\":1,\"term\":2,\"ts\":3,"
                 "\"token\":\"t\",\"id\":\"i\"}");

    assert_frame(f, false, "{\"msg_type\":\"x_a\",\"id\":\"i\"}");
}

static void a_message_that_has_only_data_gets_content(void **state)
{
    struct fixture *f = *state;

    published(f, "{\"msg_type\":\"message\",\"data\":\"a\\\"b\",\"from_name\":\"Ann\"}");

    assert_frame(f, false,
                 "{\"msg_type\":\"message\",\"data\":\"a\\\"b\",\"from_name\":\"Ann\","
                 "\"content\":\"a\\\"b\"}");
}

static void a_message_gets_data_only_for_who_wants_it(void **state)
{
    struct fixture *f = *state;

    published(f,
              "{\"msg_type\":\"message\",\"content\":\"a\",\"data\":\"\",\"from_name\":\"Ann\"}");

    assert_frame(
        f, true,
        "{\"msg_type\":\"message\",\"content\":\"a\",\"from_name\":\"Ann\",\"data\":\"a\"}");
}

static void a_message_always_has_a_name_to_show(void **state)
{
    struct fixture *f = *state;

    published(f, "{\"msg_type\":\"message\",\"content\":\"a\"}");

    assert_frame(f, false, "{\"msg_type\":\"message\",\"content\":\"a\",\"from_name\":\"游客\"}");
}

static void a_like_is_the_sum_and_nothing_else(void **state)
{
    struct fixture *f = *state;

    published(f, "{\"msg_type\":\"like\",\"count\":7,\"from_uid\":\"u\"}");
    f->relayed.like_num = 100;
    f->relayed.delta = 7;

    assert_frame(f, false, "{\"msg_type\":\"like\",\"like_num\":100,\"delta\":7}");
}

static void a_follow_gets_its_exact_total(void **state)
{
    struct fixture *f = *state;

    published(f, "{\"msg_type\":\"subscribe\",\"from_name\":\"Ann\",\"subscribe_num\":1}");
    f->relayed.subscribe_num = 8;

    assert_frame(f, false,
                 "{\"msg_type\":\"subscribe\",\"from_name\":\"Ann\",\"subscribe_num\":8,"
                 "\"msg_content\":\"Ann 关注了直播间\"}");
}

static void a_welcome_holds_all_numbers_and_ends_before_its_list(void **state)
{
    struct fixture *f = *state;
    struct live_welcome welcome = {
        .join = span_of("{\"msg_type\":\"join\",\"room_id\":42,\"from_name\":\"Ann\"}"),
        .online_num = 5,
        .like_num = 6,
        .subscribe_num = 7,
    };

    live_frame_begin_welcome(&banners_default, &welcome, &f->out);

    assert_string_equal(buffer_text(&f->out),
                        "{\"msg_type\":\"join\",\"room_id\":42,\"from_name\":\"Ann\","
                        "\"msg_content\":\"Ann 进入直播间\",\"online_num\":5,\"like_num\":6,"
                        "\"subscribe_num\":7,\"message_list\":");
}

#define SENTENCE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SENTENCE(a_join_gets_its_count_and_its_banner),
        SENTENCE(a_join_that_speaks_for_several_says_so),
        SENTENCE(a_nameless_leave_is_a_guests),
        SENTENCE(a_publishers_own_banner_stays),
        SENTENCE(what_is_not_for_clients_is_left_out),
        SENTENCE(a_message_that_has_only_data_gets_content),
        SENTENCE(a_message_gets_data_only_for_who_wants_it),
        SENTENCE(a_message_always_has_a_name_to_show),
        SENTENCE(a_like_is_the_sum_and_nothing_else),
        SENTENCE(a_follow_gets_its_exact_total),
        SENTENCE(a_welcome_holds_all_numbers_and_ends_before_its_list),
    };

    return cmocka_run_group_tests_name("live_frame", tests, NULL, NULL);
}
