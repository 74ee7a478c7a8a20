#include "base/file.h"

#include "tests/support/failing_malloc.h"
#include "tests/support/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char path[] = "/tmp/livegate-test-file-XXXXXX";

static int make_file(void **state)
{
    int fd = mkstemp(path);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "w");

    (void)state;
    if (!file)
        return -1;

    for (int i = 0; i < 10000; i++)
        (void)fputc('a' + i % 26, file);

    return fclose(file);
}

static int remove_file(void **state)
{
    (void)state;

    return unlink(path);
}

static void a_file_is_read_whole(void **state)
{
    struct buffer content;

    assert_int_equal(file_read(path, 10000, &content), 0);

    assert_int_equal(content.size, 10000);
    assert_int_equal(content.data[9999], 'a' + 9999 % 26);
    buffer_dispose(&content);
    (void)state;
}

static void a_file_that_is_too_big_is_refused(void **state)
{
    struct buffer content;

    assert_int_equal(file_read(path, 9999, &content), -EMSGSIZE);
    assert_int_equal(file_read(path, 0, &content), -EMSGSIZE);
    (void)state;
}

static void a_pipe_is_read_to_its_end(void **state)
{
    struct buffer content;
    char name[32];
    int ends[2];

    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], "secret\n", 7), 7);
    (void)close(ends[1]);
    (void)snprintf(name, sizeof name, "/dev/fd/%d", ends[0]);

    assert_int_equal(file_read(name, 100, &content), 0);
    assert_true(span_is(buffer_span(&content), "secret\n"));
    (void)close(ends[0]);
    buffer_dispose(&content);
    (void)state;
}

static void what_cannot_be_read_says_why(void **state)
{
    struct buffer content;

    assert_int_equal(file_read("/nowhere/at/all", 100, &content), -ENOENT);
    assert_int_equal(file_read("/", 100, &content), -EISDIR);
    (void)state;
}

static void without_memory_it_says_so(void **state)
{
    struct buffer content;

    for (int successes = 0; successes < 2; successes++) {
        fail_malloc_after(successes);
        assert_int_equal(file_read(path, 20000, &content), -ENOMEM);
        fail_malloc_never();
    }
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_read_whole),
        cmocka_unit_test(a_file_that_is_too_big_is_refused),
        cmocka_unit_test(a_pipe_is_read_to_its_end),
        cmocka_unit_test(what_cannot_be_read_says_why),
        cmocka_unit_test(without_memory_it_says_so),
    };

    return cmocka_run_group_tests(tests, make_file, remove_file);
}
