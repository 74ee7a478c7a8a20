/* Clients make the gateway hold too much: the slowest are closed and nobody new comes in, until
 * there is room again. */
#include "gateway/pressure.h"

#include "base/burden.h"
#include "base/clock.h"
#include "base/wheel.h"
#include "gateway/fanout.h"
#include "gateway/laggards.h"
#include "tests/gateway/site.h"
#include "tests/support/failing_malloc.h"
#include "tests/support/unit.h"
#include "tests/support/watched_send.h"

#include <stdio.h>
#include <string.h>

enum { LIMIT = 1000, CALM_MS = 2500, SLOW = 8, BIG = 12000 };

struct scene {
    struct wheel *wheel;
    struct metrics *metrics;
    struct pressure *pressure;
    size_t each; /* what one who is closed makes free */
    size_t sheddable, shed;
};

static bool shed_one(void *owner)
{
    struct scene *scene = owner;

    if (scene->shed == scene->sheddable)
        return false;

    scene->shed++;
    burden_sub(scene->each);

    return true;
}

static int set_up(void **state)
{
    static struct scene scene;
    struct pressure_settings settings = {
        .limit = LIMIT, .first = true, .shed = shed_one, .owner = &scene};

    clock_advance_for_test(0);
    scene = (struct scene){.wheel = wheel_new(10, clock_now()), .metrics = metrics_new()};
    settings.wheel = scene.wheel;
    settings.metrics = scene.metrics;
    scene.pressure = pressure_new(&settings);
    assert_true(scene.wheel && scene.metrics && scene.pressure);
    *state = &scene;

    return 0;
}

static int tear_down(void **state)
{
    struct scene *scene = *state;

    pressure_free(scene->pressure);
    metrics_free(scene->metrics);
    wheel_free(scene->wheel);
    burden_sub(burden_bytes());
    clock_real_for_test();

    return 0;
}

static void burden(struct scene *scene, size_t bytes)
{
    burden_add(bytes);
    pressure_judge(scene->pressure);
}

static void pass(struct scene *scene, uint64_t ms)
{
    for (uint64_t passed = 0; passed < ms; passed += 100) {
        clock_advance_for_test(100);
        (void)wheel_advance(scene->wheel, clock_now());
    }
}

static void up_to_three_quarters_all_is_well(void **state)
{
    struct scene *scene = *state;

    scene->sheddable = 10;
    burden(scene, LIMIT * 3 / 4);

    assert_false(pressure_is_high(scene->pressure));
    assert_int_equal(scene->shed, 0);
}

static void another_limit_counts_from_then_on(void **state)
{
    struct scene *scene = *state;

    burden(scene, 900);
    pressure_change_limit(scene->pressure, (size_t)4 * LIMIT);
    pass(scene, CALM_MS);
    assert_false(pressure_is_high(scene->pressure));

    pressure_change_limit(scene->pressure, LIMIT);
    pass(scene, 100);
    assert_true(pressure_is_high(scene->pressure));
}

static void above_it_the_slowest_are_closed_until_half_of_it_is_free(void **state)
{
    struct scene *scene = *state;

    scene->sheddable = 10;
    scene->each = 100;
    burden(scene, 900);

    assert_int_equal(scene->shed, 4);
    assert_true(pressure_is_high(scene->pressure));
    pass(scene, CALM_MS);
    assert_false(pressure_is_high(scene->pressure));
}

static void with_nobody_to_close_it_stays_high_until_half_is_free(void **state)
{
    struct scene *scene = *state;

    burden(scene, 751);
    assert_true(pressure_is_high(scene->pressure));

    burden_sub(240);
    pass(scene, CALM_MS);
    assert_true(pressure_is_high(scene->pressure));

    burden_sub(11);
    pass(scene, CALM_MS / 2);
    burden_add(100);
    pass(scene, 100);
    burden_sub(100);
    pass(scene, CALM_MS / 2);
    assert_true(pressure_is_high(scene->pressure));

    pass(scene, CALM_MS);
    assert_false(pressure_is_high(scene->pressure));
}

static void it_looks_by_itself_too(void **state)
{
    struct scene *scene = *state;
    const struct metrics *workers[] = {scene->metrics};

    burden_add(900);
    pass(scene, 200);

    assert_true(pressure_is_high(scene->pressure));
    assert_int_equal(metrics_read(workers, 1, METRIC_READERS_BYTES, 0), 900);

    burden_sub(900);
    pass(scene, CALM_MS);

    assert_false(pressure_is_high(scene->pressure));
}

static void without_memory_there_is_none(void **state)
{
    struct scene *scene = *state;
    struct pressure_settings settings = {.wheel = scene->wheel, .metrics = scene->metrics};

    fail_malloc_after(0);
    assert_null(pressure_new(&settings));
    fail_malloc_never();
    pressure_free(NULL);
}

/* ---- with clients ---- */

static void publish_big(struct site *site)
{
    static char text[BIG + 100];

    (void)snprintf(text, sizeof text, "{\"msg_type\":\"x_a\",\"pad\":\"%0*d\"}", BIG, 0);
    site_publish(site, "r", text);
}

/* Answers 503 or 101. */
static int knock(struct site *site)
{
    struct ws_client client;
    int status;

    ws_client_connect(&client, listener_port(site->listener), site_step, site);
    assert_true(ws_client_send_raw(&client, "GET / HTTP/1.1\r\n" WS_CLIENT_HEADERS "\r\n"));
    status = ws_client_read_head(&client);
    ws_client_close(&client);

    return status;
}

static void the_slowest_is_closed_first_and_nobody_comes_in_until_there_is_room(void **state)
{
    struct viewer *slow[SLOW], *fast;
    struct site site;

    (void)state;
    site_start(&site, &(struct site_settings){.memory_limit = 5 * BIG, .room_log = 16});
    fast = viewer_join(&site, "r", NULL);
    for (int i = 0; i < SLOW; i++)
        slow[i] = viewer_join(&site, "r", NULL);
    for (int i = SLOW; i-- > 0;)
        watched_send_refuse(slow[i]->port);

    publish_big(&site);
    viewer_expect(fast, "x_a");

    assert_in_range(site_metric(&site, METRIC_SESSIONS_SHED, 0), 1, SLOW - 1);
    assert_true(burden_bytes() <= 5 * BIG);
    watched_send_accept(slow[0]->port);
    viewer_skip_to(slow[0], "x_a");
    assert_int_equal(viewer_read_close(slow[0]), CLOSE_TOO_SLOW);

    burden_add(5 * BIG);
    fanout_relieve(site.fanout, site_newest(&site));
    while (!pressure_is_high(fanout_pressure(site.fanout)))
        site_step(&site);
    assert_int_equal(knock(&site), 503);
    assert_int_equal(
        site_metric(&site, METRIC_UPGRADES_REFUSED, metrics_code(METRIC_UPGRADES_REFUSED, 503)), 1);

    burden_sub(5 * BIG);
    while (pressure_is_high(fanout_pressure(site.fanout)))
        site_step(&site);
    assert_int_equal(knock(&site), 101);

    for (int i = 0; i < SLOW; i++)
        viewer_free(slow[i]);
    viewer_free(fast);
    site_stop(&site);
}

static void under_pressure_nobody_is_waited_for(void **state)
{
    struct ws_client client;
    struct site site;

    (void)state;
    site_start(&site, &(struct site_settings){.memory_limit = BIG});
    burden_add(BIG);
    while (!pressure_is_high(fanout_pressure(site.fanout)))
        site_step(&site);

    ws_client_connect(&client, listener_port(site.listener), site_step, &site);
    assert_true(ws_client_send_raw(&client, "GET / HTTP/1.1\r\nHost: x\r\n"));

    assert_int_equal(ws_client_read_head(&client), 503);
    assert_int_equal(burden_bytes(), BIG);
    assert_int_equal(site_metric(&site, METRIC_LIMITED, LIMIT_MEMORY), 1);
    ws_client_close(&client);
    burden_sub(BIG);
    site_stop(&site);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(up_to_three_quarters_all_is_well),
        TEST(another_limit_counts_from_then_on),
        TEST(above_it_the_slowest_are_closed_until_half_of_it_is_free),
        TEST(with_nobody_to_close_it_stays_high_until_half_is_free),
        TEST(it_looks_by_itself_too),
        TEST(without_memory_there_is_none),
        cmocka_unit_test(the_slowest_is_closed_first_and_nobody_comes_in_until_there_is_room),
        cmocka_unit_test(under_pressure_nobody_is_waited_for),
    };

    return cmocka_run_group_tests_name("pressure", tests, NULL, NULL);
}
