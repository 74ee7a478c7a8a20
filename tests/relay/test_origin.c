#include "relay/origin.h"

#include "tests/support/failing_malloc.h"
#include "tests/support/unit.h"

static void a_session_of_this_worker_is_recognized(void **state)
{
    struct origin *origin = origin_new("cn-1", "worker.3");
    struct span text = origin_text(origin, 0, UINT64_MAX);
    uint64_t session = 0;

    assert_true(span_is(text, "cn-1/worker.3/18446744073709551615"));
    assert_true(origin_is_ours(origin, text, &session));
    assert_true(session == UINT64_MAX);
    origin_free(origin);
    (void)state;
}

static void others_are_not_ours(void **state)
{
    static const char *const others[] = {"",          "cn-1",       "cn-1/worker.3",
                                         "cn-1/w/17", "cn-2/wo/17", "cn-1/worker.33/17"};
    struct origin *origin = origin_new("cn-1", "worker.3");
    uint64_t session = 1;

    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        assert_false(origin_is_ours(origin, span_of(others[i]), &session));
        assert_int_equal(session, 0);
    }

    origin_free(origin);
    (void)state;
}

static void several_texts_are_kept_at_a_time(void **state)
{
    struct origin *origin = origin_new("r", "w");
    struct span first = origin_text(origin, 0, 1);
    struct span last = origin_text(origin, ORIGIN_TEXTS - 1, 2);

    assert_true(span_is(first, "r/w/1"));
    assert_true(span_is(last, "r/w/2"));
    origin_free(origin);
    (void)state;
}

static void without_memory_there_is_none(void **state)
{
    for (int i = 0; i < 2; i++) {
        fail_malloc_after(i);
        struct origin *origin = origin_new("r", "w");
        fail_malloc_never();

        assert_null(origin);
    }

    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_session_of_this_worker_is_recognized),
        cmocka_unit_test(others_are_not_ours),
        cmocka_unit_test(several_texts_are_kept_at_a_time),
        cmocka_unit_test(without_memory_there_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
