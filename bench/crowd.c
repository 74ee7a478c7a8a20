#include "bench/crowd.h"

#include "base/clock.h"
#include "bench/give_up.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

/* Whoever else is watched. */
#define OTHERS UINT32_MAX

enum { EVENTS = 512, STUCK_US = 30000000 };

void crowd_start(struct crowd *crowd, const struct plan *plan, unsigned stop_before)
{
    *crowd = (struct crowd){.plan = plan,
                            .size = plan->clients,
                            .rooms_count = plan->rooms,
                            .stop_before = stop_before,
                            .poller = epoll_create1(EPOLL_CLOEXEC)};
    crowd->viewers = calloc(crowd->size + 1, sizeof *crowd->viewers);
    crowd->rooms = calloc(crowd->rooms_count, sizeof *crowd->rooms);

    if (!crowd->viewers || !crowd->rooms || crowd->poller < 0)
        give_up("no room for viewers", ENOMEM);

    for (uint32_t i = 0; i < crowd->rooms_count; i++) {
        if (crowd->rooms_count == 1)
            (void)snprintf(crowd->rooms[i], sizeof crowd->rooms[i], "%s", plan->room_name);
        else
            (void)snprintf(crowd->rooms[i], sizeof crowd->rooms[i], "%.16s%u", plan->room_name, i);
    }

    for (uint32_t i = 0; i < crowd->size; i++)
        crowd->viewers[i].fd = -1;
}

void crowd_forgive(struct crowd *crowd)
{
    crowd->forgiving = true;
}

const char *crowd_room(const struct crowd *crowd, uint32_t room)
{
    return crowd->rooms[room % crowd->rooms_count];
}

static void listen_to(const struct crowd *crowd, uint32_t i, int how, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.u32 = i};

    if (epoll_ctl(crowd->poller, how, crowd->viewers[i].fd, &event) != 0)
        give_up("epoll", errno);
}

static void count_lost(struct crowd *crowd, uint32_t i)
{
    if (i < crowd->apart)
        crowd->lost_apart++;
    else
        crowd->lost++;
}

static void begin(struct crowd *crowd, uint32_t i, uint32_t room)
{
    int rc = viewer_open(&crowd->viewers[i], i, (uint16_t)crowd->plan->port,
                         crowd_room(crowd, room), crowd->plan->tls);

    if (rc != 0 && !crowd->forgiving)
        give_up("connecting", rc);
    if (rc != 0)
        count_lost(crowd, i);
    else
        listen_to(crowd, i, EPOLL_CTL_ADD, EPOLLOUT);
}

void crowd_open(struct crowd *crowd, uint32_t enough, uint32_t window)
{
    while (crowd->opened < enough && crowd->opened - crowd->in < window) {
        begin(crowd, crowd->opened, crowd->opened);
        crowd->opened++;
    }
}

void crowd_fill(struct crowd *crowd, uint32_t enough, uint32_t window)
{
    uint64_t stuck = clock_now_us() + STUCK_US;

    while (crowd->in < enough) {
        uint32_t before = crowd->in;

        crowd_open(crowd, enough, window);
        (void)crowd_turn(crowd, 100000);

        if (crowd->in > before)
            stuck = clock_now_us() + STUCK_US;
        if (clock_now_us() > stuck)
            give_up("viewers do not get in", ETIMEDOUT);
    }
}

static bool is_in(const struct crowd *crowd, const struct viewer *viewer)
{
    return viewer->state == VIEWER_IN ||
           (viewer->state == VIEWER_STEPPING && viewer->step == crowd->stop_before);
}

static void lose(struct crowd *crowd, struct viewer *viewer, bool was_in, int error)
{
    if (!crowd->forgiving)
        give_up("a viewer was lost", error);

    count_lost(crowd, viewer->index);
    crowd->in -= was_in;
    viewer_close(viewer);
}

void crowd_reopen(struct crowd *crowd, uint32_t i, uint32_t room)
{
    crowd->in -= is_in(crowd, &crowd->viewers[i]);
    viewer_close(&crowd->viewers[i]);
    begin(crowd, i, room);
    crowd->viewers[i].next = VIEWER_ANY;
}

void crowd_move(struct crowd *crowd, uint32_t i, uint32_t room)
{
    struct viewer *viewer = &crowd->viewers[i];
    int rc;

    crowd->in--;
    rc = viewer_move(viewer, crowd->plan->protocol, crowd_room(crowd, room));

    if (rc != 0)
        lose(crowd, viewer, false, rc);
}

void crowd_say(struct crowd *crowd, uint32_t i, const char *text)
{
    int rc = viewer_say(&crowd->viewers[i], FRAME_TEXT, text, strlen(text));

    if (rc != 0)
        lose(crowd, &crowd->viewers[i], true, rc);
}

bool crowd_is_in(const struct crowd *crowd, uint32_t i)
{
    return is_in(crowd, &crowd->viewers[i]);
}

void crowd_proceed(struct crowd *crowd, uint32_t i)
{
    struct viewer *viewer = &crowd->viewers[i];
    int rc = viewer_proceed(viewer, crowd->plan->protocol, UINT_MAX);

    if (rc != 0)
        lose(crowd, viewer, false, rc);
}

void crowd_release(struct crowd *crowd)
{
    crowd->stop_before = UINT_MAX;
    crowd->in = 0;
}

static void on_ready(struct crowd *crowd, uint32_t i)
{
    struct viewer *viewer = &crowd->viewers[i];
    bool was_in = is_in(crowd, viewer), was_connecting = viewer->state == VIEWER_CONNECTING;
    int rc;

    if (viewer->fd < 0)
        return;

    rc = viewer_ready(viewer, crowd->plan->protocol, crowd->stop_before,
                      i < crowd->apart ? &crowd->sights_apart : &crowd->sights);
    if (rc != 0) {
        lose(crowd, viewer, was_in, rc);
        return;
    }

    if (was_connecting)
        listen_to(crowd, i, EPOLL_CTL_MOD, EPOLLIN);

    crowd->in += !was_in && is_in(crowd, viewer);
}

unsigned crowd_turn(struct crowd *crowd, uint64_t us)
{
    struct epoll_event events[EVENTS];
    struct timespec wait = {.tv_sec = (time_t)(us / 1000000),
                            .tv_nsec = (long)(us % 1000000) * 1000};
    int n = epoll_pwait2(crowd->poller, events, EVENTS, &wait, NULL);

    if (n < 0 && errno != EINTR)
        give_up("epoll", errno);

    for (int i = 0; i < n; i++) {
        if (events[i].data.u32 != OTHERS)
            on_ready(crowd, events[i].data.u32);
    }

    return n > 0 ? (unsigned)n : 0;
}

void crowd_settle(struct crowd *crowd, uint64_t quiet_us, uint64_t max_us)
{
    uint64_t end = clock_now_us() + max_us;

    while (crowd_turn(crowd, quiet_us) > 0 && clock_now_us() < end)
        ;
}

void crowd_watch(struct crowd *crowd, int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = OTHERS};

    if (epoll_ctl(crowd->poller, EPOLL_CTL_ADD, fd, &event) != 0)
        give_up("epoll", errno);
}

void crowd_unwatch(struct crowd *crowd, int fd)
{
    (void)epoll_ctl(crowd->poller, EPOLL_CTL_DEL, fd, NULL);
}

void crowd_pause(struct crowd *crowd, uint32_t i)
{
    if (crowd->viewers[i].fd >= 0)
        listen_to(crowd, i, EPOLL_CTL_MOD, 0);
}

void crowd_resume(struct crowd *crowd, uint32_t i)
{
    if (crowd->viewers[i].fd >= 0)
        listen_to(crowd, i, EPOLL_CTL_MOD, EPOLLIN);
}

void crowd_expect(struct crowd *crowd, uint64_t number)
{
    for (uint32_t i = 0; i < crowd->size; i++)
        crowd->viewers[i].next = number;
}

void crowd_end(struct crowd *crowd)
{
    for (uint32_t i = 0; i < crowd->size; i++)
        viewer_close(&crowd->viewers[i]);

    free(crowd->viewers);
    free(crowd->rooms);
    (void)close(crowd->poller);
}
