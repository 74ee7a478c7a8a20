#include "schema/kinds.h"

#include "tests/support/unit.h"

#include <errno.h>
#include <string.h>

static int find(const char *name, enum message_kind *kind)
{
    return kind_from_name(name, strlen(name), kind);
}

static void every_kind_is_found_by_its_name(void **state)
{
    for (int i = 0; i < KIND_CUSTOM; i++) {
        enum message_kind kind = KIND_COUNT;

        assert_int_equal(find(kind_traits((enum message_kind)i)->name, &kind), 0);
        assert_int_equal(kind, i);
    }
    (void)state;
}

static void names_with_x_are_custom(void **state)
{
    static const char *const names[] = {"x_a", "x_gift", "x_AZaz09_.-"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        enum message_kind kind = KIND_COUNT;

        assert_int_equal(find(names[i], &kind), 0);
        assert_int_equal(kind, KIND_CUSTOM);
    }
    (void)state;
}

static void other_names_are_no_kinds(void **state)
{
    static const char *const names[] = {"",   "Like",  "likes", "lika", "x_",    "x_*",
                                        "x-", "x_a b", "init",  "ping", "x_\xe7"};
    enum message_kind kind = KIND_COUNT;

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_int_equal(find(names[i], &kind), -ENOENT);

    assert_int_equal(kind, KIND_COUNT);
    (void)state;
}

static void a_zero_byte_is_no_character_of_a_custom_name(void **state)
{
    enum message_kind kind;

    assert_int_equal(kind_from_name("x_a\0", 4, &kind), -ENOENT);
    assert_int_equal(kind_from_name("x_\0a", 4, &kind), -ENOENT);
    (void)state;
}

static void custom_names_have_at_most_63_characters(void **state)
{
    char name[64];
    enum message_kind kind;

    memset(name, 'a', sizeof name);
    memcpy(name, "x_", 2);

    assert_int_equal(kind_from_name(name, 63, &kind), 0);
    assert_int_equal(kind_from_name(name, 64, &kind), -ENOENT);
    (void)state;
}

static void what_is_state_or_money_is_sequenced(void **state)
{
    for (int i = 0; i < KIND_COUNT; i++) {
        const struct kind_traits *traits = kind_traits((enum message_kind)i);

        if (traits->class != CLASS_DROPPABLE)
            assert_true(traits->sequenced);
    }
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_is_found_by_its_name),
        cmocka_unit_test(names_with_x_are_custom),
        cmocka_unit_test(other_names_are_no_kinds),
        cmocka_unit_test(a_zero_byte_is_no_character_of_a_custom_name),
        cmocka_unit_test(custom_names_have_at_most_63_characters),
        cmocka_unit_test(what_is_state_or_money_is_sequenced),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
