#include "schema/room.h"

#include "tests/support/unit.h"

static const struct span live = SPAN_LITERAL("live");

static void room_ids_are_words_of_64(void **state)
{
    char long_id[65];

    memset(long_id, 'r', sizeof long_id);

    assert_true(room_id_valid(span_of("8")));
    assert_true(room_id_valid(span_of("a-Z_0.9")));
    assert_true(room_id_valid(span_make(long_id, 64)));
    assert_false(room_id_valid(span_make(long_id, 65)));
    assert_false(room_id_valid(span_of("")));
    assert_false(room_id_valid(SPAN_NONE));
    assert_false(room_id_valid(span_of("a b")));
    assert_false(room_id_valid(span_of("a}")));
    assert_false(room_id_valid(span_make("a\0", 2)));
    assert_false(room_id_valid(span_of("直播")));
    (void)state;
}

static void reserved_names_are_not_for_clients(void **state)
{
    assert_false(room_id_valid(span_of("@all")));
    assert_false(room_id_valid(span_of("!worker")));
    assert_true(room_id_valid_internally(span_of("!worker")));
    assert_true(room_id_valid_internally(span_of("8")));
    assert_false(room_id_valid_internally(span_of("!")));
    assert_false(room_id_valid_internally(span_of("!!a")));
    assert_false(room_id_valid_internally(span_of("@all")));
    assert_false(room_id_valid_internally(SPAN_NONE));
    (void)state;
}

static void prefixes_may_have_parts(void **state)
{
    assert_true(room_prefix_valid(span_of("live")));
    assert_true(room_prefix_valid(span_of("shop:live-1")));
    assert_true(room_prefix_valid(span_of("12345678901234567890123456789012")));
    assert_false(room_prefix_valid(span_of("123456789012345678901234567890123")));
    assert_false(room_prefix_valid(span_of("")));
    assert_false(room_prefix_valid(span_of("li{ve")));
    assert_false(room_prefix_valid(span_of("li ve")));
    (void)state;
}

static void a_channel_is_the_room_in_braces(void **state)
{
    char name[ROOM_NAME_MAX];

    assert_int_equal(room_channel(name, live, span_of("8")), 8);
    assert_string_equal(name, "live:{8}");
    assert_int_equal(room_workers_key(name, live), 12);
    assert_string_equal(name, "live:workers");
    (void)state;
}

static void the_room_of_a_channel_is_found_again(void **state)
{
    char name[ROOM_NAME_MAX];
    size_t length = room_channel(name, live, span_of("!w1"));

    assert_true(span_is(room_of_channel(live, span_make(name, length)), "!w1"));
    assert_true(span_is(room_of_channel(live, span_of("live:{8}")), "8"));
    (void)state;
}

static void other_channels_have_no_room(void **state)
{
    static const char *const others[] = {
        "",        "live",       "live:",     "live:{",       "live:{}",
        "live:{8", "live:8}",    "live:{8}x", "live:{8}:log", "other:{8}",
        "live{8}", "live:{a b}", "live:{8}}", "live:{@all}",  "live:}"};

    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        assert_true(span_is_none(room_of_channel(live, span_of(others[i]))));
    (void)state;
}

static void names_that_are_too_long_are_cut(void **state)
{
    static char text[2 * ROOM_NAME_MAX];
    char name[ROOM_NAME_MAX];

    memset(text, 'r', sizeof text);

    assert_int_equal(room_channel(name, live, span_make(text, sizeof text)), ROOM_NAME_MAX - 1);
    assert_int_equal(strlen(name), ROOM_NAME_MAX - 1);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(room_ids_are_words_of_64),
        cmocka_unit_test(reserved_names_are_not_for_clients),
        cmocka_unit_test(prefixes_may_have_parts),
        cmocka_unit_test(a_channel_is_the_room_in_braces),
        cmocka_unit_test(the_room_of_a_channel_is_found_again),
        cmocka_unit_test(other_channels_have_no_room),
        cmocka_unit_test(names_that_are_too_long_are_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
