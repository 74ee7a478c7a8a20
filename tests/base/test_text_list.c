#include "base/text_list.h"

#include "tests/support/failing_malloc.h"
#include "tests/support/unit.h"

#include <errno.h>

static void items_are_parted_by_commas(void **state)
{
    struct text_list list;
    struct buffer out;

    assert_int_equal(text_list_parse(&list, span_of(" a, b c ,d")), 0);
    assert_int_equal(list.count, 3);
    assert_string_equal(list.items[0], "a");
    assert_string_equal(list.items[1], "b c");
    assert_string_equal(list.items[2], "d");
    assert_null(list.items[3]);

    buffer_init(&out, 100);
    text_list_write(&list, &out);
    assert_true(span_is(buffer_span(&out), "a,b c,d"));
    buffer_dispose(&out);
    text_list_dispose(&list);
    (void)state;
}

static void an_empty_text_has_no_items(void **state)
{
    struct text_list list;

    assert_int_equal(text_list_parse(&list, SPAN_NONE), 0);
    assert_int_equal(list.count, 0);
    assert_non_null(list.items);
    assert_null(list.items[0]);
    text_list_dispose(&list);
    text_list_dispose(&list);
    (void)state;
}

static void an_empty_item_is_refused(void **state)
{
    struct text_list list;

    assert_int_equal(text_list_parse(&list, span_of("a,,b")), -EINVAL);
    assert_int_equal(text_list_parse(&list, span_of("a,")), -EINVAL);
    assert_int_equal(text_list_parse(&list, span_of(" ")), -EINVAL);
    assert_null(list.items);
    (void)state;
}

static void without_memory_there_is_no_list(void **state)
{
    struct text_list list;

    for (int successes = 0; successes < 2; successes++) {
        fail_malloc_after(successes);
        assert_int_equal(text_list_parse(&list, span_of("a,b")), -ENOMEM);
        fail_malloc_never();
        assert_null(list.items);
        assert_null(list.storage);
    }
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_are_parted_by_commas),
        cmocka_unit_test(an_empty_text_has_no_items),
        cmocka_unit_test(an_empty_item_is_refused),
        cmocka_unit_test(without_memory_there_is_no_list),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
