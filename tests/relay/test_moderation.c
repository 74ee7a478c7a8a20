#include "relay/moderation.h"

#include "base/clock.h"
#include "base/wheel.h"
#include "tests/support/failing_malloc.h"
#include "tests/support/scripted_broker.h"
#include "tests/support/unit.h"

static unsigned removals, knowns;
static bool forgets; /* when the settings change, or somebody must go */

static void on_known(struct moderation *moderation)
{
    (void)moderation;
    knowns++;
}

static void on_removed(struct moderation *moderation, struct span uid, bool banned)
{
    (void)uid;
    (void)banned;
    removals++;
    if (forgets)
        moderation_forget(moderation);
}

static void on_settings(struct moderation *moderation)
{
    if (forgets)
        moderation_forget(moderation);
}

static void nothing(struct moderation *moderation)
{
    (void)moderation;
}

static const struct moderation_events events = {on_known, on_removed, on_settings, nothing};
static const struct span anna = SPAN_LITERAL("anna"), bert = SPAN_LITERAL("bert");

/* anna is banned: what is read. */
static const struct broker_sanction item = {.uid = SPAN_LITERAL("anna"), .is_ban = true};
static const struct broker_sanctions of_anna = {.items = &item, .n_items = 1};

struct fixture {
    struct wheel *wheel;
    struct scripted_broker *broker;
    struct moderation moderation;
};

static void begin(struct fixture *f)
{
    clock_set_for_test(1000);
    removals = knowns = 0;
    forgets = false;
    f->wheel = wheel_new(10, clock_now());
    f->broker = scripted_broker_new();
    assert_non_null(f->wheel);
    f->broker->scripts_sanctions = true;
    moderation_init(&f->moderation, &f->broker->broker, f->wheel, &events, span_of("r"));
    moderation_read(&f->moderation);
}

static void end(struct fixture *f)
{
    broker_free(&f->broker->broker);
    moderation_dispose(&f->moderation);
    wheel_free(f->wheel);
    clock_real_for_test();
}

static void pass(struct fixture *f, uint64_t ms)
{
    clock_advance_for_test(ms);
    (void)wheel_advance(f->wheel, clock_now());
}

static void answer(struct fixture *f)
{
    scripted_sanctions(f->broker, scripted_first(f->broker), &of_anna);
}

static void what_is_told_while_it_is_read_counts_after_the_answer(void **state)
{
    struct fixture f;

    (void)state;
    begin(&f);
    assert_true(moderation_take(&f.moderation, span_of("::1::::m:unban 0 anna")));
    assert_true(moderation_take(&f.moderation, span_of("::1::::m:ban 0 bert")));

    answer(&f);

    assert_false(moderation_bans(&f.moderation, anna));
    assert_true(moderation_bans(&f.moderation, bert));
    assert_int_equal(knowns, 1);
    end(&f);
}

static void what_was_asked_before_it_was_forgotten_does_not_count(void **state)
{
    struct fixture f;

    (void)state;
    begin(&f);
    moderation_forget(&f.moderation);

    answer(&f);

    assert_false(f.moderation.known);
    assert_int_equal(removals, 0);
    end(&f);
}

static void without_memory_it_is_read_again_later(void **state)
{
    struct fixture f;

    (void)state;
    begin(&f);

    fail_malloc_after(0);
    answer(&f);
    fail_malloc_never();

    assert_false(f.moderation.known);
    assert_true(wheel_pending(&f.moderation.later));
    moderation_read(&f.moderation);
    answer(&f);
    assert_true(moderation_bans(&f.moderation, anna));
    assert_int_equal(removals, 1);
    end(&f);
}

static void who_was_removed_is_not_looked_for_each_time_it_is_read(void **state)
{
    struct fixture f;

    (void)state;
    begin(&f);
    answer(&f);

    moderation_read(&f.moderation);
    answer(&f);

    assert_int_equal(removals, 1);
    assert_true(moderation_bans(&f.moderation, anna));
    end(&f);
}

static void a_ban_that_nobody_told_of_is_found_when_it_is_read_again(void **state)
{
    static const struct broker_sanctions none = {0};
    struct fixture f;

    (void)state;
    begin(&f);
    scripted_sanctions(f.broker, scripted_first(f.broker), &none);
    assert_int_equal(removals, 0);

    moderation_read(&f.moderation);
    answer(&f);

    assert_int_equal(removals, 1);
    end(&f);
}

/* bert's ban is told while anna's is read. */
static void no_ban_is_missed_whenever_memory_lacks(void **state)
{
    bool lacked = true;

    (void)state;
    for (int i = 0; lacked; i++) {
        struct fixture f;

        begin(&f);
        assert_true(moderation_take(&f.moderation, span_of("::1::::m:ban 0 bert")));

        fail_malloc_after(i);
        answer(&f);
        fail_malloc_never();
        lacked = !f.moderation.known;
        if (lacked) {
            moderation_read(&f.moderation);
            answer(&f);
        }

        assert_int_equal(removals, 2);
        assert_true(moderation_bans(&f.moderation, anna));
        assert_int_equal(moderation_bans(&f.moderation, bert), !lacked);
        end(&f);
    }
}

static void who_closes_the_room_over_its_settings_knows_nothing_then(void **state)
{
    static const struct broker_sanctions muted = {.muted = true};
    struct fixture f;

    (void)state;
    begin(&f);
    answer(&f);
    forgets = true;

    moderation_read(&f.moderation);
    scripted_sanctions(f.broker, scripted_first(f.broker), &muted);

    assert_false(f.moderation.known);
    assert_int_equal(knowns, 1);
    end(&f);
}

static void who_leaves_last_leaves_nothing_to_be_read(void **state)
{
    struct fixture f;

    (void)state;
    begin(&f);
    answer(&f);
    forgets = true;

    fail_malloc_after(0);
    assert_true(moderation_take(&f.moderation, span_of("::1::::m:ban 0 bert")));
    fail_malloc_never();

    assert_int_equal(removals, 2);
    assert_null(scripted_first(f.broker));
    end(&f);
}

static void what_cannot_be_read_is_asked_for_again_and_again(void **state)
{
    struct fixture f;

    (void)state;
    begin(&f);
    f.broker->broker.state = BROKER_UP;

    for (int i = 0; i < 5; i++) {
        scripted_refuse(f.broker, scripted_first(f.broker), REFUSAL_INTERNAL);
        assert_false(f.moderation.known);
        pass(&f, 2100);
    }

    answer(&f);
    assert_int_equal(knowns, 1);
    end(&f);
}

static void it_is_read_again_now_and_then(void **state)
{
    struct fixture f;

    (void)state;
    begin(&f);
    f.moderation.recheck_ms = 1000;
    answer(&f);

    pass(&f, 490);
    assert_null(scripted_first(f.broker));
    pass(&f, 1020);
    answer(&f);

    assert_true(moderation_bans(&f.moderation, anna));
    end(&f);
}

static void what_is_no_notice_is_left_to_others(void **state)
{
    struct fixture f;

    (void)state;
    begin(&f);

    assert_false(moderation_take(&f.moderation, span_of("1:1:1:::::{\"msg_type\":\"x_a\"}")));
    assert_false(moderation_take(&f.moderation, span_of("::1:::::{\"msg_type\":\"like\"}")));
    assert_true(moderation_take(&f.moderation, span_of("::1::::m:later 1 anna")));
    end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_told_while_it_is_read_counts_after_the_answer),
        cmocka_unit_test(what_was_asked_before_it_was_forgotten_does_not_count),
        cmocka_unit_test(without_memory_it_is_read_again_later),
        cmocka_unit_test(who_was_removed_is_not_looked_for_each_time_it_is_read),
        cmocka_unit_test(a_ban_that_nobody_told_of_is_found_when_it_is_read_again),
        cmocka_unit_test(no_ban_is_missed_whenever_memory_lacks),
        cmocka_unit_test(who_closes_the_room_over_its_settings_knows_nothing_then),
        cmocka_unit_test(who_leaves_last_leaves_nothing_to_be_read),
        cmocka_unit_test(what_cannot_be_read_is_asked_for_again_and_again),
        cmocka_unit_test(it_is_read_again_now_and_then),
        cmocka_unit_test(what_is_no_notice_is_left_to_others),
    };

    return cmocka_run_group_tests_name("moderation", tests, NULL, NULL);
}
