#include "base/buffer.h"

#include "tests/support/failing_malloc.h"
#include "tests/support/unit.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

static void pieces_are_put_together_in_order(void **state)
{
    struct buffer b;

    buffer_init(&b, 1000);
    (void)buffer_add_text(&b, "{\"like_num\":");
    (void)buffer_add_u64(&b, 42);
    (void)buffer_add_char(&b, ',');
    (void)buffer_add_span(&b, span_of("\"delta\":"));
    (void)buffer_add_i64(&b, -3);
    (void)buffer_printf(&b, ",\"x\":%s}", "true");

    assert_int_equal(buffer_status(&b), 0);
    assert_true(span_is(buffer_span(&b), "{\"like_num\":42,\"delta\":-3,\"x\":true}"));
    buffer_dispose(&b);
    (void)state;
}

static void numbers_are_written_as_printf_writes_them(void **state)
{
    static const uint64_t numbers[] = {0, 9, 10, 99, 100, 101, 12345, 999999, UINT64_MAX};
    struct buffer b;
    char expected[32];

    buffer_init(&b, 100);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        buffer_clear(&b);
        (void)snprintf(expected, sizeof expected, "%" PRIu64, numbers[i]);
        assert_int_equal(buffer_add_u64(&b, numbers[i]), 0);
        assert_string_equal(buffer_text(&b), expected);
    }

    buffer_clear(&b);
    assert_int_equal(buffer_add_i64(&b, INT64_MIN), 0);
    assert_string_equal(buffer_text(&b), "-9223372036854775808");
    buffer_dispose(&b);
    (void)state;
}

static void it_grows_up_to_its_maximum_and_not_beyond(void **state)
{
    struct buffer b;

    buffer_init(&b, 100);
    for (int i = 0; i < 100; i++)
        assert_int_equal(buffer_add_char(&b, 'x'), 0);

    assert_int_equal(buffer_add_char(&b, 'y'), -EMSGSIZE);
    assert_int_equal(b.size, 100);
    assert_int_equal(b.capacity, 100);
    buffer_dispose(&b);
    (void)state;
}

static void a_failure_sticks_until_it_is_cleared(void **state)
{
    struct buffer b;

    buffer_init(&b, 10);
    (void)buffer_add_text(&b, "12345678");
    (void)buffer_add_text(&b, "too long");

    assert_int_equal(buffer_add_char(&b, '9'), -EMSGSIZE);
    assert_int_equal(buffer_add(&b, NULL, 0), -EMSGSIZE);
    assert_int_equal(buffer_printf(&b, "9"), -EMSGSIZE);
    assert_int_equal(buffer_status(&b), -EMSGSIZE);
    assert_null(buffer_reserve(&b, 1));
    assert_null(buffer_text(&b));
    assert_true(span_is(buffer_span(&b), "12345678"));

    buffer_clear(&b);
    assert_int_equal(buffer_add_char(&b, '9'), 0);
    assert_true(span_is(buffer_span(&b), "9"));
    buffer_dispose(&b);
    (void)state;
}

static void printf_and_text_may_fill_it_to_the_last_byte(void **state)
{
    struct buffer b;

    buffer_init(&b, 5);
    assert_int_equal(buffer_printf(&b, "%05d", 42), 0);

    assert_string_equal(buffer_text(&b), "00042");
    assert_int_equal(b.size, 5);
    buffer_dispose(&b);
    (void)state;
}

static void reserved_room_counts_when_committed(void **state)
{
    struct buffer b;
    unsigned char *room;

    buffer_init(&b, 4096);
    room = buffer_reserve(&b, 1000);
    memset(room, 'r', 1000);
    assert_int_equal(b.size, 0);
    buffer_commit(&b, 600);

    assert_int_equal(b.size, 600);
    assert_ptr_equal(buffer_reserve(&b, 400), b.data + 600);
    buffer_dispose(&b);
    (void)state;
}

static void the_front_can_be_dropped_and_the_end_cut(void **state)
{
    struct buffer b;

    buffer_init(&b, 100);
    (void)buffer_add_text(&b, "headtail");
    buffer_drop_front(&b, 4);
    assert_true(span_is(buffer_span(&b), "tail"));

    buffer_truncate(&b, 2);
    assert_true(span_is(buffer_span(&b), "ta"));
    buffer_truncate(&b, 50);
    assert_int_equal(b.size, 2);

    buffer_drop_front(&b, 50);
    assert_int_equal(b.size, 0);
    buffer_dispose(&b);
    (void)state;
}

static void an_empty_one_gives_back_what_it_rarely_needs(void **state)
{
    struct buffer b;

    buffer_init(&b, 10000);
    assert_non_null(buffer_reserve(&b, 5000));
    buffer_relax(&b, 8192);
    assert_non_null(b.data);

    (void)buffer_add_char(&b, 'x');
    buffer_relax(&b, 64);
    assert_non_null(b.data);

    buffer_clear(&b);
    buffer_relax(&b, 64);
    assert_null(b.data);
    assert_int_equal(buffer_add_char(&b, 'x'), 0);
    buffer_dispose(&b);
    (void)state;
}

static void without_memory_the_bytes_so_far_stay(void **state)
{
    struct buffer b;

    buffer_init(&b, 10000);
    fail_malloc_after(1);
    assert_int_equal(buffer_add_text(&b, "kept"), 0);
    assert_null(buffer_reserve(&b, 1000));
    fail_malloc_never();

    assert_int_equal(buffer_status(&b), -ENOMEM);
    assert_true(span_is(buffer_span(&b), "kept"));
    buffer_dispose(&b);
    (void)state;
}

static void without_memory_every_add_says_so(void **state)
{
    struct buffer b;

    fail_malloc_after(0);
    buffer_init(&b, 10000);
    assert_int_equal(buffer_printf(&b, "x"), -ENOMEM);
    buffer_clear(&b);
    assert_int_equal(buffer_add(&b, "x", 1), -ENOMEM);
    buffer_clear(&b);
    assert_int_equal(buffer_add_i64(&b, -1), -ENOMEM);
    buffer_clear(&b);
    assert_null(buffer_text(&b));
    fail_malloc_never();
    buffer_dispose(&b);
    (void)state;
}

static void a_buffer_can_be_made_to_fail(void **state)
{
    struct buffer b;

    (void)state;
    buffer_init(&b, 10);
    buffer_fail(&b, -ENOMEM);
    buffer_fail(&b, -EMSGSIZE);

    assert_int_equal(buffer_add_char(&b, 'x'), -ENOMEM);
    assert_int_equal(buffer_status(&b), -ENOMEM);
    buffer_dispose(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_are_put_together_in_order),
        cmocka_unit_test(numbers_are_written_as_printf_writes_them),
        cmocka_unit_test(it_grows_up_to_its_maximum_and_not_beyond),
        cmocka_unit_test(a_failure_sticks_until_it_is_cleared),
        cmocka_unit_test(printf_and_text_may_fill_it_to_the_last_byte),
        cmocka_unit_test(reserved_room_counts_when_committed),
        cmocka_unit_test(the_front_can_be_dropped_and_the_end_cut),
        cmocka_unit_test(an_empty_one_gives_back_what_it_rarely_needs),
        cmocka_unit_test(without_memory_the_bytes_so_far_stay),
        cmocka_unit_test(without_memory_every_add_says_so),
        cmocka_unit_test(a_buffer_can_be_made_to_fail),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
