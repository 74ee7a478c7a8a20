#include "gateway/ws_message.h"

#include "base/burden.h"
#include "tests/support/failing_malloc.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MAX = 16 };

static int add(struct ws_message *message, const char *text, size_t remaining, bool last,
               struct span *whole)
{
    const struct ws_piece piece = {
        .bytes = span_of(text), .remaining = remaining, .last = last, .text = true};

    return ws_message_add(message, &piece, MAX, whole);
}

static void a_message_in_one_piece_is_handed_on_where_it_lies(void **state)
{
    const char *text = "hello";
    struct ws_message message = {NULL};
    struct span whole;

    (void)state;
    fail_malloc_after(0);

    assert_int_equal(add(&message, text, 0, true, &whole), 1);
    assert_ptr_equal(whole.data, text);
    assert_int_equal(whole.size, 5);

    fail_malloc_never();
}

static void an_empty_message_is_a_message(void **state)
{
    struct ws_message message = {NULL};
    struct span whole;

    (void)state;

    assert_int_equal(add(&message, "", 0, true, &whole), 1);
    assert_int_equal(whole.size, 0);
}

static void pieces_are_put_together(void **state)
{
    struct ws_message message = {NULL};
    struct span whole;

    (void)state;

    assert_int_equal(add(&message, "", 0, false, &whole), 0);
    assert_int_equal(add(&message, "one ", 3, false, &whole), 0);
    assert_int_equal(add(&message, "two", 0, false, &whole), 0);
    assert_int_equal(add(&message, " three", 0, true, &whole), 1);

    assert_true(span_is(whole, "one two three"));
    ws_message_clear(&message);
    assert_int_equal(add(&message, "next", 0, true, &whole), 1);
    assert_true(span_is(whole, "next"));
}

static void what_waits_for_its_rest_is_a_burden(void **state)
{
    struct ws_message message = {NULL};
    struct span whole;

    (void)state;

    assert_int_equal(add(&message, "one ", 0, false, &whole), 0);
    assert_int_equal(add(&message, "two", 0, false, &whole), 0);
    assert_int_equal(burden_bytes(), 7);
    ws_message_clear(&message);

    assert_int_equal(burden_bytes(), 0);
}

static void the_largest_message_passes_and_one_byte_more_does_not(void **state)
{
    struct ws_message message = {NULL};
    struct span whole;

    (void)state;

    assert_int_equal(add(&message, "0123456789", 6, false, &whole), 0);
    assert_int_equal(add(&message, "abcdef", 0, true, &whole), 1);
    ws_message_clear(&message);
    assert_int_equal(add(&message, "0123456789", 0, false, &whole), 0);
    assert_int_equal(add(&message, "abcdefg", 0, true, &whole), -EMSGSIZE);
    ws_message_clear(&message);
}

static void what_is_announced_counts_before_it_comes(void **state)
{
    struct ws_message message = {NULL};
    struct span whole;

    (void)state;

    assert_int_equal(add(&message, "a", MAX, false, &whole), -EMSGSIZE);
    assert_int_equal(add(&message, "a", (size_t)1 << 62, false, &whole), -EMSGSIZE);
    assert_int_equal(add(&message, "a", SIZE_MAX, false, &whole), -EMSGSIZE);
    assert_null(message.pieces);
}

static void a_text_must_be_utf8_as_a_whole(void **state)
{
    static const struct {
        const char *first;
        const char *last;
        int found;
    } cases[] = {
        {"\xe6\x9d", "\xa5", 1}, {"\xe6\x9d", "", -EBADMSG}, {"\xe6\x9d", "a", -EBADMSG},
        {"a", "\xff", -EBADMSG}, {"", "\xc0\x80", -EBADMSG},
    };
    struct ws_message message = {NULL};
    struct span whole;

    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(add(&message, cases[i].first, 0, false, &whole), 0);
        assert_int_equal(add(&message, cases[i].last, 0, true, &whole), cases[i].found);
        ws_message_clear(&message);
    }
}

static void binary_may_be_anything(void **state)
{
    const struct ws_piece piece = {.bytes = span_of("\xff\xfe"), .last = true};
    struct ws_message message = {NULL};
    struct span whole;

    (void)state;

    assert_int_equal(ws_message_add(&message, &piece, MAX, &whole), 1);
}

static void without_memory_it_says_so_and_can_be_cleared(void **state)
{
    struct ws_message message = {NULL};
    struct span whole;

    (void)state;

    for (int successes = 0; successes < 2; successes++) {
        fail_malloc_after(successes);
        assert_int_equal(add(&message, "a", 0, false, &whole), -ENOMEM);
        fail_malloc_never();
        ws_message_clear(&message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_in_one_piece_is_handed_on_where_it_lies),
        cmocka_unit_test(an_empty_message_is_a_message),
        cmocka_unit_test(pieces_are_put_together),
        cmocka_unit_test(what_waits_for_its_rest_is_a_burden),
        cmocka_unit_test(the_largest_message_passes_and_one_byte_more_does_not),
        cmocka_unit_test(what_is_announced_counts_before_it_comes),
        cmocka_unit_test(a_text_must_be_utf8_as_a_whole),
        cmocka_unit_test(binary_may_be_anything),
        cmocka_unit_test(without_memory_it_says_so_and_can_be_cleared),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
