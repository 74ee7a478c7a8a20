#include "schema/banner.h"

#include "tests/support/unit.h"

#include <errno.h>

static void assert_written(const struct banners *banners, enum banner banner,
                           const struct banner_values *values, const char *expected)
{
    struct buffer out;

    buffer_init(&out, 1000);
    banner_write(banners, banner, values, &out);
    assert_int_equal(buffer_status(&out), 0);
    assert_string_equal(buffer_text(&out), expected);
    buffer_dispose(&out);
}

static struct banners with_join(const char *text)
{
    struct banners banners = banners_default;

    banners.texts[BANNER_JOIN] = text;

    return banners;
}

static void the_defaults_are_good_templates(void **state)
{
    for (int i = 0; i < BANNER_COUNT; i++)
        assert_int_equal(banner_check(banners_default.texts[i]), 0);
    (void)state;
}

static void values_stand_where_the_template_says(void **state)
{
    struct banner_values values = {.name = span_of("小明"), .goods = span_of("口红"), .count = 128};

    assert_written(&banners_default, BANNER_JOIN, &values, "小明 进入直播间");
    assert_written(&banners_default, BANNER_JOINS, &values, "小明 等 128 人进入直播间");
    assert_written(&banners_default, BANNER_LEAVE, &values, "小明 离开直播间");
    assert_written(&banners_default, BANNER_FOLLOW, &values, "小明 关注了直播间");
    assert_written(&banners_default, BANNER_BUY, &values, "小明 购买了 口红");
    (void)state;
}

static void a_template_may_name_a_value_never_or_often(void **state)
{
    struct banners often = with_join("{name}, {name} and {others} others: {goods}{count}");
    struct banners never = with_join("welcome");
    struct banners nothing = with_join("");
    struct banner_values values = {.name = span_of("A"), .goods = span_of("g"), .count = 3};

    assert_written(&often, BANNER_JOIN, &values, "A, A and 2 others: g3");
    assert_written(&never, BANNER_JOIN, &values, "welcome");
    assert_written(&nothing, BANNER_JOIN, &values, "");
    (void)state;
}

static void who_has_no_name_is_a_guest(void **state)
{
    struct banner_values values = {.count = 0};
    struct banners banners = with_join("{name} {others}");

    banners.texts[BANNER_GUEST] = "\"guest\"";

    assert_written(&banners_default, BANNER_JOIN, &values, "游客 进入直播间");
    assert_written(&banners, BANNER_JOIN, &values, "\\\"guest\\\" 0");
    (void)state;
}

static void templates_are_escaped_and_values_are_not(void **state)
{
    struct banners banners = with_join("\"{name}\"\n\\");
    struct banner_values values = {.name = span_of("a\\\"b\\u4f60{count}")};

    assert_written(&banners, BANNER_JOIN, &values, "\\\"a\\\"b\\u4f60{count}\\\"\\n\\\\");
    (void)state;
}

static void bad_templates_are_refused(void **state)
{
    static const char *const bad[] = {"{naam}",  "{name",  "a {",      "{}",
                                      "{ name}", "{NAME}", "{{name}}", "\xff"};

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(banner_check(bad[i]), -EINVAL);

    assert_int_equal(banner_check("} closing braces } are text"), 0);
    (void)state;
}

static void an_unchecked_template_does_no_harm(void **state)
{
    struct banners banners = with_join("{{name}} {naam} {");
    struct banner_values values = {.name = span_of("A")};

    assert_written(&banners, BANNER_JOIN, &values, "{A} {naam} {");
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_defaults_are_good_templates),
        cmocka_unit_test(values_stand_where_the_template_says),
        cmocka_unit_test(a_template_may_name_a_value_never_or_often),
        cmocka_unit_test(who_has_no_name_is_a_guest),
        cmocka_unit_test(templates_are_escaped_and_values_are_not),
        cmocka_unit_test(bad_templates_are_refused),
        cmocka_unit_test(an_unchecked_template_does_no_harm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
