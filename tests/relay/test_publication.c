#include "relay/publication.h"

#include "tests/support/failing_malloc.h"
#include "tests/support/unit.h"

#include <string.h>

/* Which messages are good is said in schema/vectors. */

static int setup(void **state)
{
    static struct publication publication;

    publication_init(&publication);
    *state = &publication;

    return 0;
}

static int teardown(void **state)
{
    publication_dispose(*state);

    return 0;
}

static struct broker_publish what(const char *message)
{
    return (struct broker_publish){.room = span_of("8"), .message = span_of(message)};
}

static void a_like_says_how_many_taps(void **state)
{
    struct publication *p = *state;
    struct broker_publish publish = what("{\"msg_type\":\"like\"}");

    assert_int_equal(publication_check(p, &publish), REFUSAL_NONE);
    assert_int_equal(p->taps, 1);

    publish = what("{\"msg_type\":\"like\",\"count\":70}");
    assert_int_equal(publication_check(p, &publish), REFUSAL_NONE);
    assert_int_equal(p->taps, 70);

    publish = what("{\"msg_type\":\"like\",\"count\":7000}");
    assert_int_equal(publication_check(p, &publish), REFUSAL_MALFORMED);

    publish.flags = ENTRY_SUMMED;
    assert_int_equal(publication_check(p, &publish), REFUSAL_NONE);
    assert_int_equal(p->taps, 7000);
}

static void a_shelf_change_is_read_with_its_escapes(void **state)
{
    struct publication *p = *state;
    const struct broker_publish on = what("{\"msg_type\":\"on_off_shelf\",\"goods_id\":\"\\u0061\","
                                          "\"status\":\"\\u006fn\",\"version\":3}");
    const struct broker_publish off =
        what("{\"msg_type\":\"on_off_shelf\",\"goods_id\":17,\"status\":\"off\"}");

    assert_int_equal(publication_check(p, &on), REFUSAL_NONE);
    assert_true(span_is(p->shelf.goods_id, "a"));
    assert_true(p->shelf.on && p->shelf.has_version);
    assert_int_equal(p->shelf.version, 3);

    assert_int_equal(publication_check(p, &off), REFUSAL_NONE);
    assert_true(span_is(p->shelf.goods_id, "17"));
    assert_false(p->shelf.on || p->shelf.has_version);
}

static void the_given_id_counts_more_than_the_messages(void **state)
{
    struct publication *p = *state;
    struct broker_publish publish = what("{\"msg_type\":\"x_gift\",\"id\":\"mine\"}");

    assert_int_equal(publication_check(p, &publish), REFUSAL_NONE);
    assert_true(span_is(p->id, "mine"));

    publish.id = span_of("u.7.mine");
    assert_int_equal(publication_check(p, &publish), REFUSAL_NONE);
    assert_true(span_is(p->id, "u.7.mine"));

    publish = what("{\"msg_type\":\"x_gift\"}");
    assert_int_equal(publication_check(p, &publish), REFUSAL_NONE);
    assert_int_equal(p->id.size, 0);
}

static void what_would_break_an_entry_is_refused(void **state)
{
    struct publication *p = *state;
    struct broker_publish publish = what("{\"msg_type\":\"x_gift\"}");

    publish.id = span_of("a:b");
    assert_int_equal(publication_check(p, &publish), REFUSAL_MALFORMED);
    assert_int_equal(strncmp(p->detail, "id ", 3), 0);
}

static void a_bad_room_is_refused(void **state)
{
    static const char *const rooms[] = {"", "a b", "!worker", "@all", "{8}", "8\n"};
    struct publication *p = *state;
    struct broker_publish publish = what("{\"msg_type\":\"x_gift\"}");

    for (size_t i = 0; i < sizeof rooms / sizeof rooms[0]; i++) {
        publish.room = span_of(rooms[i]);
        assert_int_equal(publication_check(p, &publish), REFUSAL_MALFORMED);
        assert_int_equal(strncmp(p->detail, "room_id ", 8), 0);
    }
}

static void a_good_one_has_no_detail_of_an_earlier_bad_one(void **state)
{
    struct publication *p = *state;
    const struct broker_publish bad = what("[]");
    const struct broker_publish good = what("{\"msg_type\":\"x_gift\"}");

    assert_int_equal(publication_check(p, &bad), REFUSAL_MALFORMED);
    assert_true(p->detail[0] != '\0');

    assert_int_equal(publication_check(p, &good), REFUSAL_NONE);
    assert_true(p->detail[0] == '\0');
}

static void without_memory_a_msgpack_message_is_an_internal_error(void **state)
{
    static const char packed[] = "\x81\xa8msg_type\xa6x_gift";
    struct publication *p = *state;
    const struct broker_publish publish = {.room = span_of("8"),
                                           .message = span_make(packed, sizeof packed - 1)};
    enum refusal refusal;
    int failures = 0;

    for (;; failures++) {
        fail_malloc_after(failures);
        refusal = publication_check(p, &publish);
        fail_malloc_never();
        if (refusal == REFUSAL_NONE)
            break;

        assert_int_equal(refusal, REFUSAL_INTERNAL);
    }

    assert_true(failures > 0);
    assert_int_equal(p->message.kind, KIND_CUSTOM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_like_says_how_many_taps, setup, teardown),
        cmocka_unit_test_setup_teardown(a_shelf_change_is_read_with_its_escapes, setup, teardown),
        cmocka_unit_test_setup_teardown(the_given_id_counts_more_than_the_messages, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(what_would_break_an_entry_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(a_bad_room_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(a_good_one_has_no_detail_of_an_earlier_bad_one, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(without_memory_a_msgpack_message_is_an_internal_error,
                                        setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
