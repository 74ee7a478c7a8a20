#include "base/process.h"

#include "base/clock.h"
#include "tests/support/unit.h"

#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

static void an_open_file_is_counted(void **state)
{
    struct process_usage before;
    struct process_usage after;
    int fd;

    process_usage_read(&before);
    fd = dup(1);
    process_usage_read(&after);

    assert_true(before.open_fds > 0);
    assert_int_equal(after.open_fds, before.open_fds + 1);
    (void)close(fd);
    (void)state;
}

static void it_tells_the_limit_of_files(void **state)
{
    struct process_usage usage;
    struct rlimit files;

    process_usage_read(&usage);

    assert_int_equal(getrlimit(RLIMIT_NOFILE, &files), 0);
    assert_int_equal(usage.max_fds, files.rlim_cur);
    (void)state;
}

static void memory_grows_when_it_is_used(void **state)
{
    struct process_usage before;
    struct process_usage after;
    const size_t size = 64 << 20;
    char *block = malloc(size);

    assert_non_null(block);
    process_usage_read(&before);
    memset(block, 1, size);
    process_usage_read(&after);

    assert_in_range(after.resident_bytes, before.resident_bytes + size / 2,
                    before.resident_bytes + 8 * size); /* sanitizers add their own */
    free(block);
    (void)state;
}

static void it_began_a_moment_ago_and_that_never_changes(void **state)
{
    struct process_usage first;
    struct process_usage second;

    process_usage_read(&first);
    process_usage_read(&second);

    assert_in_range(first.start_ms, clock_wall_ms() - 60000, clock_wall_ms() + 100);
    assert_int_equal(first.start_ms, second.start_ms);
    assert_true(second.cpu_us >= first.cpu_us);
    (void)state;
}

static void its_memory_is_not_for_others(void **state)
{
    struct rlimit limit;
#ifdef __SANITIZE_ADDRESS__
    const int dumpable = 1; /* or no leak would be found */
#else
    const int dumpable = 0;
#endif

    (void)state;

    assert_int_equal(process_keep_secrets(), 0);

    assert_int_equal(getrlimit(RLIMIT_CORE, &limit), 0);
    assert_int_equal(limit.rlim_max, 0);
    assert_int_equal(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0), dumpable);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_open_file_is_counted),
        cmocka_unit_test(it_tells_the_limit_of_files),
        cmocka_unit_test(memory_grows_when_it_is_used),
        cmocka_unit_test(it_began_a_moment_ago_and_that_never_changes),
        cmocka_unit_test(its_memory_is_not_for_others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
