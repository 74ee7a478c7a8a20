/* What leaves the gateway: one write per session and turn, in order, nothing twice. */
#include "gateway/fanout.h"

#include "tests/gateway/site.h"
#include "tests/support/unit.h"
#include "tests/support/watched_send.h"

#include <stdio.h>
#include <string.h>

static void start(struct site *site, const struct site_settings *settings)
{
    watched_send_reset();
    site_start(site, settings);
}

static void ignore(void *arg, const struct broker_status *status,
                   const struct broker_published *published)
{
    (void)arg, (void)status, (void)published;
}

static void what_came_in_one_turn_goes_out_in_one_write(void **state)
{
    struct site site;
    struct viewer *viewer;

    (void)state;
    start(&site, &(struct site_settings){0});
    viewer = viewer_join(&site, "r", "u");
    watched_send_count(viewer->port);

    site_publish(&site, "r", "{\"msg_type\":\"buy\",\"n\":1}");
    viewer_expect(viewer, "\"n\":1");
    assert_int_equal(watched_send_counted(viewer->port), 1);

    viewer_free(viewer);
    site_stop(&site);
}

/* Without waiting: they all come in one turn. */
static void publish_burst(struct site *site, int n)
{
    for (int i = 0; i < n; i++) {
        char text[64];
        struct relay_publish request = {.room = span_of("r")};

        (void)snprintf(text, sizeof text, "{\"msg_type\":\"buy\",\"n\":%d,\"end\":0}", i);
        request.message = span_of(text);
        relay_publish(site->relay, &request, ignore, NULL);
    }
}

static void expect_burst(struct viewer *viewer, int n)
{
    for (int i = 0; i < n; i++) {
        char part[32];

        (void)snprintf(part, sizeof part, "\"n\":%d,", i);
        viewer_expect(viewer, part);
    }
}

static void a_burst_longer_than_the_log_reaches_who_keeps_up(void **state)
{
    struct site site;
    struct viewer *viewers[3];

    (void)state;
    start(&site, &(struct site_settings){.room_log = 16});
    for (int i = 0; i < 3; i++)
        viewers[i] = viewer_join(&site, "r", NULL);

    publish_burst(&site, 1000);

    for (int i = 0; i < 3; i++) {
        expect_burst(viewers[i], 1000);
        viewer_free(viewers[i]);
    }
    site_stop(&site);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_came_in_one_turn_goes_out_in_one_write),
        cmocka_unit_test(a_burst_longer_than_the_log_reaches_who_keeps_up),
    };

    return cmocka_run_group_tests_name("fanout", tests, NULL, NULL);
}
