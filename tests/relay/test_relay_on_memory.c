/* A relay on a real broker, the one in memory: a room's evening from the first viewer on. */
#include "relay/broker_memory.h"
#include "relay/snapshot.h"
#include "tests/relay/evening.h"

static int set_up(void **state)
{
    static struct evening evening;

    evening_begin(&evening);
    evening_add(
        &evening, 0,
        broker_memory_new(&(struct broker_memory_settings){
            .loop = evening.loop, .wheel = evening.wheel, .history = 100, .room_ttl_ms = 60000}));
    *state = &evening;

    return 0;
}

static int tear_down(void **state)
{
    evening_end(*state);

    return 0;
}

static void what_is_published_reaches_the_room_and_later_joiners(void **state)
{
    struct evening *evening = *state;
    struct host *host = &evening->hosts[0];
    struct guest anna;

    host_open(host);
    guest_enter(&anna, host, "anna");
    assert_int_equal(anna.online, 1);

    host_publish(host, "{\"msg_type\":\"message\",\"content\":\"hi\"}");
    host_publish(host, "{\"msg_type\":\"on_off_shelf\",\"goods_id\":1,\"status\":\"on\"}");
    host_publish(host, "{\"msg_type\":\"subscribe\"}");
    UNTIL(evening, host->told[KIND_FOLLOW] == 1);

    assert_int_equal(host->told[KIND_CHAT], 1);
    assert_int_equal(host->told[KIND_SHELF], 1);
    assert_int_equal(host->last.subscribe_num, 1);
    assert_int_equal(host->last.sender, 1);
    assert_int_equal(snapshot_position(relay_snapshot(host->room)).seq, 3);

    /* The last viewer goes and the room with her; the next one finds it as it was. */
    visit_leave(&anna.visit, LEAVING_CLEANLY);
    relay_close(host->room);
    host_open(host);
    guest_enter(&anna, host, "anna");

    assert_int_equal(snapshot_chat_count(relay_snapshot(host->room)), 1);
    assert_int_equal(snapshot_shelf_count(relay_snapshot(host->room)), 1);
    assert_int_equal(snapshot_follows(relay_snapshot(host->room)), 1);
    visit_leave(&anna.visit, LEAVING_CLEANLY);
}

static void taps_become_likes_with_the_right_total(void **state)
{
    struct evening *evening = *state;
    struct host *host = &evening->hosts[0];

    host_open(host);
    for (int i = 0; i < 1000; i++)
        relay_like(host->room, 3);

    UNTIL(evening, host->last.like_num == 3000);

    assert_in_range(host->told[KIND_LIKE], 1, 10);
}

static void comings_and_goings_are_told_with_the_count(void **state)
{
    struct evening *evening = *state;
    struct host *host = &evening->hosts[0];
    struct guest anna;
    struct guest bert;

    host_open(host);
    guest_enter(&bert, host, "");
    guest_enter(&anna, host, "anna");
    assert_int_equal(anna.online, 2);
    UNTIL(evening, host->told[KIND_JOIN] == 2);
    assert_int_equal(host->last.online_num, 2);

    visit_leave(&anna.visit, LEAVING_LOST);
    guest_enter(&anna, host, "anna");
    visit_leave(&anna.visit, LEAVING_LOST);
    UNTIL(evening, host->told[KIND_LEAVE] == 1);

    assert_int_equal(host->last.online_num, 1);
    assert_int_equal(host->told[KIND_JOIN], 2);
    visit_leave(&bert.visit, LEAVING_CLEANLY);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_published_reaches_the_room_and_later_joiners),
        TEST(taps_become_likes_with_the_right_total),
        TEST(comings_and_goings_are_told_with_the_count),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
