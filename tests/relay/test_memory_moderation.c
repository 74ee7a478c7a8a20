#include "relay/memory_moderation.h"

#include "tests/support/unit.h"

#include <stdio.h>

static enum refusal ban(struct memory_moderation *moderation, const char *uid, uint64_t seconds)
{
    const struct broker_moderate change = {.room = SPAN_LITERAL("room"),
                                           .verb = MODERATE_BAN,
                                           .uid = span_of(uid),
                                           .seconds = seconds};
    struct memory_moderated moderated;

    return memory_moderation_change(moderation, &change, &moderated);
}

static void with_ten_thousand_sanctions_only_those_can_be_changed(void **state)
{
    struct memory_moderation *moderation = memory_moderation_new();
    char uid[16];

    (void)state;
    for (int i = 0; i < BROKER_MAX_MODERATED; i++) {
        (void)snprintf(uid, sizeof uid, "v%d", i);
        assert_int_equal(ban(moderation, uid, 0), REFUSAL_NONE);
    }

    assert_int_equal(ban(moderation, "another", 0), REFUSAL_TOO_MANY);
    assert_int_equal(ban(moderation, "v7", 60), REFUSAL_NONE);

    memory_moderation_free(moderation);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(with_ten_thousand_sanctions_only_those_can_be_changed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
