#include "gateway/upgrade_token.h"

#include "tests/gateway/judging.h"
#include "tests/support/unit.h"

#include <stdio.h>

/* What is found in a request; "none" for SPAN_NONE. */
static const char *found(const char *target, const char *headers, bool cookies)
{
    static char request[UPGRADE_MAX_BYTES], text[UPGRADE_MAX_BYTES];
    struct upgrade_request head;
    struct span token;

    (void)snprintf(request, sizeof request, "GET %s HTTP/1.1\r\n" GOOD_HEADERS "%s" END, target,
                   headers);
    assert_int_equal(upgrade_request_read(&head, span_of(request)), 0);
    token = upgrade_token_find(&head, cookies);
    (void)snprintf(text, sizeof text, "%.*s", SPAN_ARGS(token));

    return span_is_none(token) ? "none" : text;
}

static void the_query_names_it_in_either_way(void **state)
{
    assert_string_equal(found("/?room_id=8&token=a.b.c", "", false), "a.b.c");
    assert_string_equal(found("/?access_token=a.b.c", "", false), "a.b.c");
    assert_string_equal(found("/?access_token=x&token=a.b.c", "", false), "a.b.c");
    assert_string_equal(found("/?tokens=x&Token=y", "", false), "none");
    assert_string_equal(found("/token=x", "", false), "none");
    (void)state;
}

static void the_header_is_that_of_bearers(void **state)
{
    assert_string_equal(found("/", "Authorization: Bearer a.b.c\r\n", false), "a.b.c");
    assert_string_equal(found("/", "authorization:bearer  a.b.c \r\n", false), "a.b.c");
    assert_string_equal(found("/", "Authorization: Basic QTpC\r\n", false), "none");
    assert_string_equal(found("/?token=q", "Authorization: Bearer h\r\n", false), "q");
    (void)state;
}

static void a_cookie_is_read_only_where_pages_are_known(void **state)
{
    static const char cookie[] = "Cookie: a=b; livegate_token=a.b.c; c=d\r\n";

    assert_string_equal(found("/", cookie, false), "none");
    assert_string_equal(found("/", cookie, true), "a.b.c");
    assert_string_equal(found("/", "Cookie: xlivegate_token=1\r\n", true), "none");
    assert_string_equal(found("/?token=q", cookie, true), "q");
    (void)state;
}

static void an_empty_one_is_one(void **state)
{
    assert_string_equal(found("/?token=", "", false), "");
    assert_string_equal(found("/?token", "", false), "");
    assert_string_equal(found("/", "Authorization: Bearer\r\n", false), "");
    assert_string_equal(found("/", "Authorization: Bearer \r\n", false), "");
    assert_string_equal(found("/", "Cookie: livegate_token=\r\n", true), "");
    assert_string_equal(found("/?token=", "Authorization: Bearer a.b.c\r\n", false), "");
    (void)state;
}

static void of_two_in_one_place_none_counts(void **state)
{
    assert_string_equal(found("/?token=a&token=b", "", false), "");
    assert_string_equal(found("/?token=a&token=b&token=c", "", false), "");
    assert_string_equal(found("/", "Authorization: Bearer a\r\nAuthorization: Bearer b\r\n", false),
                        "");
    assert_string_equal(found("/", "Cookie: livegate_token=a;livegate_token=b\r\n", true), "");
    assert_string_equal(
        found("/", "Cookie: livegate_token=a\r\nCookie: livegate_token=b\r\n", true), "");
    (void)state;
}

static void the_judge_hands_it_on(void **state)
{
    assert_true(span_is(judge_target("/?token=a.b.c").upgrade.shown, "a.b.c"));
    assert_true(span_is_none(judge_target("/").upgrade.shown));
    assert_true(span_is_none(judge_with("Cookie: livegate_token=a\r\n").upgrade.shown));
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_query_names_it_in_either_way),
        cmocka_unit_test(the_header_is_that_of_bearers),
        cmocka_unit_test(a_cookie_is_read_only_where_pages_are_known),
        cmocka_unit_test(an_empty_one_is_one),
        cmocka_unit_test(of_two_in_one_place_none_counts),
        cmocka_unit_test(the_judge_hands_it_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
