/* The relays of two workers on a real Redis. */
#include "relay/broker_redis.h"
#include "relay/snapshot.h"
#include "tests/relay/evening.h"
#include "tests/support/redis_server.h"

static struct redis_server *redis;

static int set_up(void **state)
{
    static const char *const workers[EVENING_WORKERS] = {"a", "b"};
    static struct evening evening;

    redis = redis_server_new(NULL);
    evening_begin(&evening);
    for (int i = 0; i < EVENING_WORKERS; i++) {
        evening_add(&evening, i,
                    broker_redis_new(&(struct broker_redis_settings){.loop = evening.loop,
                                                                     .metrics = evening.metrics,
                                                                     .url = redis_server_url(redis),
                                                                     .prefix = "live",
                                                                     .worker = workers[i],
                                                                     .history = 100,
                                                                     .room_ttl_ms = 60000}));
        host_open(&evening.hosts[i]);
    }

    UNTIL(&evening, evening.hosts[0].snapshots > 0 && evening.hosts[1].snapshots > 0);
    *state = &evening;

    return 0;
}

static int tear_down(void **state)
{
    evening_end(*state);
    redis_server_free(redis);

    return 0;
}

static uint64_t newcomer_is_told(struct host *host)
{
    struct guest guest;

    guest_enter(&guest, host, "");
    visit_leave(&guest.visit, LEAVING_CLEANLY);

    return guest.online;
}

static void a_message_reaches_both_workers(void **state)
{
    struct evening *evening = *state;

    host_publish(&evening->hosts[0], "{\"msg_type\":\"message\",\"content\":\"hi\"}");

    UNTIL(evening, evening->hosts[0].told[KIND_CHAT] + evening->hosts[1].told[KIND_CHAT] == 2);
    assert_int_equal(evening->hosts[0].last.sender, 1);
    assert_int_equal(evening->hosts[1].last.sender, 0);
}

static void a_viewer_who_changes_workers_is_told_to_nobody(void **state)
{
    struct evening *evening = *state;
    struct host *a = &evening->hosts[0];
    struct host *b = &evening->hosts[1];
    struct guest anna;
    struct guest again;
    struct guest bert;

    guest_enter(&bert, b, "bert");
    guest_enter(&anna, a, "anna");
    UNTIL(evening, b->told[KIND_JOIN] == 2 && relay_online(b->room) == 2);

    /* The new socket comes first, the old one is seen to be dead later, … */
    guest_enter(&again, b, "anna");
    assert_int_equal(again.online, 2);
    visit_leave(&anna.visit, LEAVING_LOST);

    /* … or the other way round. */
    visit_leave(&again.visit, LEAVING_LOST);
    guest_enter(&anna, a, "anna");
    assert_int_equal(anna.online, 2);

    host_publish(a, "{\"msg_type\":\"x_end\"}");
    UNTIL(evening, b->told[KIND_CUSTOM] == 1);
    assert_int_equal(b->told[KIND_JOIN], 2);
    assert_int_equal(b->told[KIND_LEAVE], 0);

    /* When she really goes everybody hears it once. */
    visit_leave(&anna.visit, LEAVING_LOST);
    UNTIL(evening, b->told[KIND_LEAVE] == 1);
    assert_int_equal(b->last.online_num, 1);
    visit_leave(&bert.visit, LEAVING_CLEANLY);
}

static void likes_of_all_workers_add_up(void **state)
{
    struct evening *evening = *state;

    for (int i = 0; i < 500; i++) {
        relay_like(evening->hosts[0].room, 1);
        relay_like(evening->hosts[1].room, 2);
    }

    UNTIL(evening, snapshot_likes(relay_snapshot(evening->hosts[0].room)) == 1500);
    UNTIL(evening, snapshot_likes(relay_snapshot(evening->hosts[1].room)) == 1500);
}

static void after_an_empty_restart_of_redis_the_counts_are_right_again(void **state)
{
    struct evening *evening = *state;
    struct host *a = &evening->hosts[0];
    struct host *b = &evening->hosts[1];
    struct guest anna;
    struct guest bert;
    struct guest carl;
    const char *why;

    guest_enter(&anna, a, "anna");
    guest_enter(&bert, b, "bert");
    redis_server_kill(redis);
    UNTIL(evening, relay_state(a->relay, &why) == BROKER_DOWN);
    UNTIL(evening, relay_state(b->relay, &why) == BROKER_DOWN);

    /* Who comes meanwhile is answered with what is known. */
    guest_enter(&carl, a, "carl");
    assert_int_equal(carl.online, 3);

    redis_server_restart(redis);
    UNTIL(evening, a->snapshots > 1 && b->snapshots > 1);
    UNTIL(evening, newcomer_is_told(a) == 4 && newcomer_is_told(b) == 4);

    visit_leave(&anna.visit, LEAVING_CLEANLY);
    visit_leave(&bert.visit, LEAVING_CLEANLY);
    visit_leave(&carl.visit, LEAVING_CLEANLY);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_message_reaches_both_workers),
        TEST(a_viewer_who_changes_workers_is_told_to_nobody),
        TEST(likes_of_all_workers_add_up),
        TEST(after_an_empty_restart_of_redis_the_counts_are_right_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
