#include "bench/message.h"

#include "tests/support/unit.h"

#include <jansson.h>
#include <string.h>

static struct bench_message message;

static int tear_down(void **state)
{
    bench_message_free(&message);
    (void)state;

    return 0;
}

static void assert_is_a_message_of(size_t size)
{
    json_t *object = json_loadb(message.text, message.size, 0, NULL);

    assert_non_null(object);
    assert_int_equal(message.size, size);
    assert_string_equal(json_string_value(json_object_get(object, "msg_type")), "message");
    json_decref(object);
}

static void a_message_has_the_wanted_size_and_is_json(void **state)
{
    static const size_t sizes[] = {100, 200, 1024, 1500, 1501, 16384};
    (void)state;

    for (size_t i = 0; i < 2 * sizeof sizes / sizeof sizes[0]; i++) {
        bench_message_make(&message, sizes[i / 2], i % 2 == 1);
        assert_is_a_message_of(sizes[i / 2]);
        bench_message_free(&message);
    }
}

static void its_mark_is_found_again(void **state)
{
    struct mark mark;
    const char *behind;
    (void)state;

    bench_message_make(&message, 200, false);
    bench_message_mark(&message, 1234567890, 9876543210123456);
    behind = mark_find(message.text, message.size, &mark);

    assert_non_null(behind);
    assert_int_equal(mark.number, 1234567890);
    assert_int_equal(mark.due_us, 9876543210123456);
    assert_null(mark_find(behind, message.size - (size_t)(behind - message.text), &mark));
}

static void a_mark_that_is_cut_is_none(void **state)
{
    struct mark mark = {.number = 7};
    char text[MARK_SIZE];
    (void)state;

    mark_write(&mark, text);

    assert_null(mark_find(text, MARK_SIZE - 1, &mark));
    assert_ptr_equal(mark_find(text, MARK_SIZE, &mark), text + MARK_SIZE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_message_has_the_wanted_size_and_is_json, tear_down),
        cmocka_unit_test_teardown(its_mark_is_found_again, tear_down),
        cmocka_unit_test(a_mark_that_is_cut_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
