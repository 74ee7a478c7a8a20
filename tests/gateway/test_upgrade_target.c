#include "gateway/upgrade.h"

#include "tests/gateway/judging.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void the_query_names_dialect_room_and_uid(void **state)
{
    struct verdict v = judge_target("/a?x&dialect=plain&room_id=r%2D1&from_uid=%E6%9D%A5+b%2B&y=z");

    (void)state;

    assert_int_equal(v.verdict, UPGRADE_ACCEPTED);
    assert_string_equal(v.upgrade.dialect, "plain");
    assert_string_equal(v.upgrade.room, "r-1");
    assert_string_equal(v.upgrade.uid, "\xe6\x9d\xa5 b+");
    assert_string_equal(v.upgrade.path, "/a");
}

static void a_path_may_name_the_room(void **state)
{
    static const struct {
        const char *target;
        enum upgrade_verdict verdict;
        const char *room;
    } cases[] = {
        {"/rooms/77", UPGRADE_ACCEPTED, "77"},
        {"/rooms/a%2Eb?x=y", UPGRADE_ACCEPTED, "a.b"},
        {"/rooms/77?room_id=88", UPGRADE_ACCEPTED, "88"},
        {"/rooms/77?room_id=", UPGRADE_ACCEPTED, "77"},
        {"/rooms/", UPGRADE_ACCEPTED, ""},
        {"/rooms", UPGRADE_ACCEPTED, ""},
        {"/rooms/a/b", UPGRADE_ACCEPTED, ""},
        {"/api/rooms/77", UPGRADE_ACCEPTED, ""},
        {"/rooms/a+b", UPGRADE_NOT_FOUND, NULL},
        {"/rooms/a%2Fb", UPGRADE_NOT_FOUND, NULL},
        {"/rooms/@all", UPGRADE_NOT_FOUND, NULL},
        {"/rooms/%21worker", UPGRADE_NOT_FOUND, NULL},
    };

    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct verdict v = judge_target(cases[i].target);

        assert_int_equal(v.verdict, cases[i].verdict);
        if (cases[i].room)
            assert_string_equal(v.upgrade.room, cases[i].room);
    }
}

static void any_path_will_do(void **state)
{
    static const char *const targets[] = {"/",      "/ws",    "//", "/chat/webSocketServer.mn",
                                          "/a%20b", "/a?b?c", "/?", "/\xe6\x9d\xa5"};

    (void)state;

    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++)
        assert_int_equal(judge_target(targets[i]).verdict, UPGRADE_ACCEPTED);
}

static void a_bad_target_is_refused(void **state)
{
    static const struct {
        const char *target;
        enum upgrade_verdict verdict;
    } cases[] = {
        {"/%zz", UPGRADE_BAD_REQUEST},
        {"/%00", UPGRADE_BAD_REQUEST},
        {"/%ff", UPGRADE_BAD_REQUEST},
        {"/\xff", UPGRADE_BAD_REQUEST},
        {"/?dialect=klingon", UPGRADE_BAD_REQUEST},
        {"/?dialect=averyveryverylongdialect", UPGRADE_BAD_REQUEST},
        {"/?from_uid=%ff", UPGRADE_BAD_REQUEST},
        {"/?from_uid=a%0ab", UPGRADE_BAD_REQUEST},
        {"/?from_uid=a&from_uid=b", UPGRADE_BAD_REQUEST},
        {"/?room_id=%", UPGRADE_BAD_REQUEST},
        {"/?room_id=a%20b", UPGRADE_NOT_FOUND},
        {"/?room_id=@u.7", UPGRADE_NOT_FOUND},
        {"/?room_id=1234567890123456789012345678901234567890123456789012345678901234a",
         UPGRADE_NOT_FOUND},
    };

    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(judge_target(cases[i].target).verdict, cases[i].verdict);
}

static void a_uid_may_have_128_bytes_and_no_more(void **state)
{
    char target[256];

    (void)state;

    (void)snprintf(target, sizeof target, "/?from_uid=%0*d", MESSAGE_MAX_UID, 7);
    assert_int_equal(judge_target(target).verdict, UPGRADE_ACCEPTED);
    (void)snprintf(target, sizeof target, "/?from_uid=%0*d", MESSAGE_MAX_UID + 1, 7);
    assert_int_equal(judge_target(target).verdict, UPGRADE_BAD_REQUEST);
}

static void a_long_path_is_cut(void **state)
{
    char target[1001];
    struct verdict v;

    (void)state;
    memset(target, 'p', sizeof target);
    target[0] = '/';
    target[1000] = '\0';

    v = judge_target(target);

    assert_int_equal(v.verdict, UPGRADE_ACCEPTED);
    assert_int_equal(strlen(v.upgrade.path), sizeof v.upgrade.path - 1);
}

static void any_dialect_passes_a_policy_without_a_list(void **state)
{
    const struct upgrade_policy policy = {.protocols = NULL};
    struct verdict v = judge_by(&policy, "GET /?dialect=klingon HTTP/1.1\r\n" GOOD_HEADERS
                                         "Sec-WebSocket-Protocol: chat\r\n" END);

    (void)state;

    assert_int_equal(v.verdict, UPGRADE_ACCEPTED);
    assert_string_equal(v.upgrade.dialect, "klingon");
    assert_string_equal(v.upgrade.protocol, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_query_names_dialect_room_and_uid),
        cmocka_unit_test(a_path_may_name_the_room),
        cmocka_unit_test(any_path_will_do),
        cmocka_unit_test(a_bad_target_is_refused),
        cmocka_unit_test(a_uid_may_have_128_bytes_and_no_more),
        cmocka_unit_test(a_long_path_is_cut),
        cmocka_unit_test(any_dialect_passes_a_policy_without_a_list),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
