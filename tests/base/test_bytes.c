#include "base/bytes.h"

#include "tests/support/failing_malloc.h"
#include "tests/support/unit.h"

static void a_copy_does_not_follow_its_source(void **state)
{
    char source[] = "order";
    struct bytes *b = bytes_copy(source, 5);

    source[0] = 'b';

    assert_true(span_is(bytes_span(b), "order"));
    bytes_release(b);
    (void)state;
}

static void shared_bytes_live_until_the_last_holder_lets_go(void **state)
{
    struct bytes *first = bytes_copy("like", 4);
    struct bytes *second = bytes_share(first);

    bytes_release(first);

    assert_true(span_is(bytes_span(second), "like"));
    bytes_release(second); /* the leak checker sees a missing free */
    (void)state;
}

static void new_bytes_are_filled_through_their_storage(void **state)
{
    unsigned char *storage;
    struct bytes *b = bytes_new(300, &storage);

    memset(storage, 'x', 300);

    assert_int_equal(b->size, 300);
    assert_int_equal(b->data[299], 'x');
    bytes_release(b);
    (void)state;
}

static void bytes_may_be_empty(void **state)
{
    struct bytes *b = bytes_copy(NULL, 0);

    assert_non_null(b);
    assert_int_equal(b->size, 0);
    bytes_release(b);
    bytes_release(NULL);
    (void)state;
}

static void a_part_keeps_the_whole_alive(void **state)
{
    struct bytes *whole = bytes_copy("like buy", 8);
    struct bytes *part = bytes_part(whole, 5, 3);

    bytes_release(whole);

    assert_true(span_is(bytes_span(part), "buy"));
    bytes_release(part);
    (void)state;
}

static void without_memory_there_are_no_bytes(void **state)
{
    struct bytes *whole = bytes_copy("buy", 3);
    unsigned char *storage;

    fail_malloc_after(0);

    assert_null(bytes_copy("buy", 3));
    assert_null(bytes_new(3, &storage));
    assert_null(bytes_part(whole, 0, 3));
    fail_malloc_never();
    bytes_release(whole);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_copy_does_not_follow_its_source),
        cmocka_unit_test(shared_bytes_live_until_the_last_holder_lets_go),
        cmocka_unit_test(new_bytes_are_filled_through_their_storage),
        cmocka_unit_test(bytes_may_be_empty),
        cmocka_unit_test(a_part_keeps_the_whole_alive),
        cmocka_unit_test(without_memory_there_are_no_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
