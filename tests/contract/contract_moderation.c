#include "relay/moderation_notice.h"
#include "tests/contract/contract.h"
#include "tests/contract/stage.h"

#include <string.h>

static struct broker_moderate change(const char *room, enum moderation_verb verb, const char *uid,
                                     uint64_t seconds)
{
    return (struct broker_moderate){
        .room = span_of(room), .verb = verb, .uid = span_of(uid), .seconds = seconds};
}

static enum refusal moderate(struct stage *stage, const struct broker_moderate *what,
                             struct answer *answer)
{
    worker_moderate(&stage->a, what, answer);
    STAGE_UNTIL(stage, answer->times > 0);

    return answer->refusal;
}

/* Must be done; gives whether that changed something. */
static bool done(struct stage *stage, enum moderation_verb verb, const char *uid, uint64_t seconds)
{
    const struct broker_moderate what = change(stage->room, verb, uid, seconds);
    struct answer answer;

    assert_int_equal(moderate(stage, &what, &answer), REFUSAL_NONE);

    return answer.changed;
}

static bool set(struct stage *stage, int32_t muted, int32_t slow_mode_s)
{
    const struct broker_moderate what = {.room = span_of(stage->room),
                                         .verb = MODERATE_SETTINGS,
                                         .muted = muted,
                                         .slow_mode_s = slow_mode_s};
    struct answer answer;

    return moderate(stage, &what, &answer) == REFUSAL_NONE;
}

static struct sanctions_copy in_force(struct stage *stage, const char *room)
{
    struct answer answer;

    worker_sanctions(&stage->a, room, &answer);
    STAGE_UNTIL(stage, answer.times > 0);
    assert_int_equal(answer.refusal, REFUSAL_NONE);

    return answer.sanctions;
}

/* The i-th thing worker a hears is this notice. */
static void assert_told(struct stage *stage, size_t i, const char *payload)
{
    const struct entry *entry = &heard_at(&stage->a, i)->entry;
    struct moderation_notice notice;

    assert_true(entry->flags & ENTRY_MODERATION);
    assert_int_equal(entry->position.seq, 0);
    if (!span_is(entry->payload, payload))
        fail_msg("\"%.*s\" is not \"%s\"", SPAN_ARGS(entry->payload), payload);
    assert_int_equal(moderation_notice_read(&notice, entry->payload), 0);
}

static void in_a_room_nobody_moderates_nothing_is_in_force(void **state)
{
    struct stage *stage = *state;
    struct sanctions_copy copy = in_force(stage, stage->room);

    assert_int_equal(copy.n_items, 0);
    assert_false(copy.muted);
    assert_int_equal(copy.slow_mode_s, 0);
}

static void a_ban_is_told_and_in_force_until_it_is_lifted(void **state)
{
    struct stage *stage = *state;
    struct sanctions_copy copy;

    hear(&stage->a, stage->room);

    assert_true(done(stage, MODERATE_BAN, "u 1", 0));
    assert_told(stage, 0, "ban 0 u 1");
    copy = in_force(stage, stage->room);
    assert_int_equal(copy.n_items, 1);
    assert_string_equal(copy.items[0].uid, "u 1");
    assert_true(copy.items[0].is_ban);
    assert_int_equal(copy.items[0].left_ms, 0);

    assert_true(done(stage, MODERATE_UNBAN, "u 1", 0));
    assert_told(stage, 1, "unban 0 u 1");
    assert_int_equal(in_force(stage, stage->room).n_items, 0);
    assert_false(done(stage, MODERATE_UNBAN, "u 1", 0));
}

static void what_has_an_end_ends(void **state)
{
    struct stage *stage = *state;
    struct sanctions_copy copy;

    (void)done(stage, MODERATE_BAN, "short", 1);
    (void)done(stage, MODERATE_MUTE, "long", 600);

    copy = in_force(stage, stage->room);
    assert_int_equal(copy.n_items, 2);
    for (size_t i = 0; i < 2; i++) {
        uint64_t most = copy.items[i].is_ban ? 1000 : 600000;

        assert_in_range(copy.items[i].left_ms, most - 900, most);
    }

    STAGE_UNTIL(stage, in_force(stage, stage->room).n_items == 1);
    assert_string_equal(in_force(stage, stage->room).items[0].uid, "long");
}

static void a_later_word_replaces_an_earlier_one(void **state)
{
    struct stage *stage = *state;

    (void)done(stage, MODERATE_BAN, "anna", 600);
    (void)done(stage, MODERATE_BAN, "anna", 0);

    assert_int_equal(in_force(stage, stage->room).n_items, 1);
    assert_int_equal(in_force(stage, stage->room).items[0].left_ms, 0);
}

static void bans_and_mutes_of_one_viewer_are_two_things(void **state)
{
    struct stage *stage = *state;

    (void)done(stage, MODERATE_BAN, "anna", 0);
    (void)done(stage, MODERATE_MUTE, "anna", 0);
    assert_int_equal(in_force(stage, stage->room).n_items, 2);

    (void)done(stage, MODERATE_UNBAN, "anna", 0);
    assert_int_equal(in_force(stage, stage->room).n_items, 1);
    assert_false(in_force(stage, stage->room).items[0].is_ban);
}

static void a_kick_is_told_and_not_kept(void **state)
{
    struct stage *stage = *state;

    hear(&stage->a, stage->room);
    assert_true(done(stage, MODERATE_KICK, "anna", 0));

    assert_told(stage, 0, "kick 0 anna");
    assert_int_equal(in_force(stage, stage->room).n_items, 0);
}

static void settings_not_named_stay_as_they_are(void **state)
{
    struct stage *stage = *state;

    hear(&stage->a, stage->room);

    assert_true(set(stage, 1, BROKER_UNCHANGED));
    assert_told(stage, 0, "settings 1 0");
    assert_true(set(stage, BROKER_UNCHANGED, 5));
    assert_told(stage, 1, "settings 1 5");
    assert_true(in_force(stage, stage->room).muted);
    assert_int_equal(in_force(stage, stage->room).slow_mode_s, 5);

    assert_true(set(stage, 0, 0));
    assert_told(stage, 2, "settings 0 0");
    assert_false(in_force(stage, stage->room).muted);
    assert_int_equal(in_force(stage, stage->room).slow_mode_s, 0);
}

static void what_is_for_all_rooms_is_kept_and_told_apart(void **state)
{
    struct stage *stage = *state;
    struct broker_moderate what = change(BROKER_EVERYWHERE, MODERATE_BAN, stage->room, 60);
    struct answer answer;
    bool found = false;

    hear(&stage->a, BROKER_EVERYWHERE);
    assert_int_equal(moderate(stage, &what, &answer), REFUSAL_NONE);

    STAGE_UNTIL(stage, stage->a.n_heard > 0);
    assert_string_equal(heard_at(&stage->a, 0)->room, BROKER_EVERYWHERE);
    assert_int_equal(in_force(stage, stage->room).n_items, 0);
    for (size_t i = 0; i < in_force(stage, BROKER_EVERYWHERE).n_items; i++)
        found |= strcmp(in_force(stage, BROKER_EVERYWHERE).items[i].uid, stage->room) == 0;
    assert_true(found);

    what.verb = MODERATE_UNBAN;
    assert_int_equal(moderate(stage, &what, &answer), REFUSAL_NONE);
}

static void what_is_malformed_changes_nothing_and_says_why(void **state)
{
    static const struct {
        enum moderation_verb verb;
        const char *room;
        const char *uid;
        uint64_t seconds;
        const char *detail;
    } cases[] = {
        {MODERATE_BAN, NULL, "", 0, "uid must"},
        {MODERATE_MUTE, NULL, "a\nb", 0, "uid must"},
        {MODERATE_KICK, NULL, "\xff", 0, "uid must"},
        {MODERATE_BAN, NULL, "anna", UINT64_C(315360001), "seconds must"},
        {MODERATE_BAN, "!other", "anna", 0, "room_id must"},
        {MODERATE_SETTINGS, BROKER_EVERYWHERE, "", 0, "verb is for one room"},
    };
    struct stage *stage = *state;
    struct answer answer;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct broker_moderate what = change(cases[i].room ? cases[i].room : stage->room,
                                                   cases[i].verb, cases[i].uid, cases[i].seconds);

        assert_int_equal(moderate(stage, &what, &answer), REFUSAL_MALFORMED);
        if (strncmp(answer.detail, cases[i].detail, strlen(cases[i].detail)) != 0)
            fail_msg("%s", answer.detail);
    }

    assert_false(set(stage, 1, 3601));
    assert_int_equal(in_force(stage, stage->room).n_items, 0);
    assert_false(in_force(stage, stage->room).muted);
}

static void a_change_at_one_worker_is_told_at_the_other(void **state)
{
    struct stage *stage = *state;
    const struct broker_moderate what = change(stage->room, MODERATE_MUTE, "anna", 7);
    struct answer answer;

    hear(&stage->a, stage->room);
    worker_moderate(&stage->b, &what, &answer);
    STAGE_UNTIL(stage, answer.times > 0);

    assert_told(stage, 0, "mute 7000 anna");
}

int contract_moderation(void)
{
    const struct CMUnitTest tests[] = {
        STAGE_TEST(in_a_room_nobody_moderates_nothing_is_in_force),
        STAGE_TEST(a_ban_is_told_and_in_force_until_it_is_lifted),
        STAGE_TEST(what_has_an_end_ends),
        STAGE_TEST(a_later_word_replaces_an_earlier_one),
        STAGE_TEST(bans_and_mutes_of_one_viewer_are_two_things),
        STAGE_TEST(a_kick_is_told_and_not_kept),
        STAGE_TEST(settings_not_named_stay_as_they_are),
        STAGE_TEST(what_is_for_all_rooms_is_kept_and_told_apart),
        STAGE_TEST(what_is_malformed_changes_nothing_and_says_why),
    };
    const struct CMUnitTest of_two[] = {
        STAGE_TEST_TWO(a_change_at_one_worker_is_told_at_the_other),
    };
    int failed = cmocka_run_group_tests_name("moderation", tests, NULL, NULL);

    if (stage_broker->several_workers)
        failed += cmocka_run_group_tests_name("moderation, two workers", of_two, NULL, NULL);

    return failed;
}
