#include "base/allowance.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define NEWER "/sys/fs/cgroup/memory.max"
#define OLDER "/sys/fs/cgroup/memory/memory.limit_in_bytes"

#define SLICE "/sys/fs/cgroup/live.slice"
#define SERVICE SLICE "/gate.service"
#define MINE "/proc/self/cgroup"

static const char *const folders[] = {
    "",      "/sys",       "/sys/fs", "/sys/fs/cgroup", "/sys/fs/cgroup/memory",
    "/proc", "/proc/self", SLICE,     SERVICE,          "/sys/fs/cgroup/memory/box"};
static const char *const files[] = {NEWER,
                                    OLDER,
                                    MINE,
                                    SLICE "/memory.max",
                                    SERVICE "/memory.max",
                                    "/sys/fs/cgroup/memory/box/memory.limit_in_bytes"};

enum { FOLDERS = sizeof folders / sizeof folders[0] };

static char root[64];

static const char *path_of(const char *name)
{
    static char path[256];

    (void)snprintf(path, sizeof path, "%s%s", root, name);

    return path;
}

static int set_up(void **state)
{
    (void)state;
    (void)strcpy(root, "/tmp/livegate-allowance-XXXXXX");
    if (!mkdtemp(root))
        return -1;

    for (size_t i = 1; i < FOLDERS; i++) {
        if (mkdir(path_of(folders[i]), 0700) != 0)
            return -1;
    }

    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        (void)unlink(path_of(files[i]));
    for (size_t i = FOLDERS; i > 0; i--)
        (void)rmdir(path_of(folders[i - 1]));

    return 0;
}

static void write_file(const char *name, const char *text)
{
    FILE *file = fopen(path_of(name), "w");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static uint64_t memory_of_the_machine(void)
{
    return (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
}

static void without_a_control_group_it_is_the_machines_memory(void **state)
{
    (void)state;

    assert_int_equal(allowance_bytes(root), memory_of_the_machine());
}

static void in_a_container_it_is_its_limit(void **state)
{
    (void)state;

    write_file(NEWER, "67108864\n");

    assert_int_equal(allowance_bytes(root), 67108864);
}

static void the_first_version_of_control_groups_is_known_too(void **state)
{
    (void)state;

    write_file(OLDER, "1048576\n");

    assert_int_equal(allowance_bytes(root), 1048576);
}

static void a_limit_that_is_none_is_none(void **state)
{
    (void)state;

    write_file(NEWER, "max\n");
    write_file(OLDER, "9223372036854771712\n");

    assert_int_equal(allowance_bytes(root), memory_of_the_machine());
}

static void the_limit_of_a_service_is_known_and_those_above_it(void **state)
{
    (void)state;

    write_file(MINE, "0::/live.slice/gate.service\n");
    write_file(SERVICE "/memory.max", "67108864\n");
    assert_int_equal(allowance_bytes(root), 67108864);

    write_file(SLICE "/memory.max", "33554432\n");
    assert_int_equal(allowance_bytes(root), 33554432);

    write_file(SLICE "/memory.max", "max\n");
    assert_int_equal(allowance_bytes(root), 67108864);
}

static void a_group_of_the_first_version_likewise(void **state)
{
    (void)state;

    write_file(MINE, "3:cpu:/else\n4:memory:/box\n0::/\n");
    write_file("/sys/fs/cgroup/memory/box/memory.limit_in_bytes", "1048576\n");

    assert_int_equal(allowance_bytes(root), 1048576);
}

static void a_group_that_only_the_host_can_see_does_not_hide_the_container_s(void **state)
{
    (void)state;

    write_file(MINE, "0::/docker/1f00\nnonsense\n\n::\n");
    write_file(NEWER, "67108864\n");

    assert_int_equal(allowance_bytes(root), 67108864);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(without_a_control_group_it_is_the_machines_memory),
        TEST(in_a_container_it_is_its_limit),
        TEST(the_first_version_of_control_groups_is_known_too),
        TEST(a_limit_that_is_none_is_none),
        TEST(the_limit_of_a_service_is_known_and_those_above_it),
        TEST(a_group_of_the_first_version_likewise),
        TEST(a_group_that_only_the_host_can_see_does_not_hide_the_container_s),
    };

    return cmocka_run_group_tests_name("allowance", tests, NULL, NULL);
}
