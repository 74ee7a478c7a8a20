#include "base/clock.h"
#include "base/metrics.h"
#include "relay/relay_room.h"
#include "relay/snapshot.h"

#include <stdio.h>

#define LIKE_MAX sizeof "{\"msg_type\":\"like\",\"count\":18446744073709551615}"

static void count_lost(const struct relay_room *room, uint64_t taps)
{
    if (taps > 0)
        metrics_add(room->relay->settings.metrics, METRIC_LIKES_LOST, 0, (int64_t)taps);
}

void relay_like(struct relay_room *room, uint32_t count)
{
    count_lost(room, likes_tap(&room->likes, count));
}

static void on_published(void *arg, const struct broker_status *status,
                         const struct broker_published *published)
{
    struct relay_room *room = arg;

    (void)published;
    count_lost(room, likes_published(&room->likes, status->refusal));
    relay_room_wake(room);
}

static bool on_taps(struct likes *likes, uint64_t taps)
{
    struct relay_room *room = CONTAINER_OF(likes, struct relay_room, likes);
    char text[LIKE_MAX];
    int size = snprintf(text, sizeof text, "{\"msg_type\":\"like\",\"count\":%llu}",
                        (unsigned long long)taps);
    struct broker_publish publish = {.room = relay_room_id(room),
                                     .message = span_make(text, (size_t)size),
                                     .flags = ENTRY_SUMMED};

    if (room->relay->broker->state == BROKER_DOWN)
        return false;

    broker_publish(room->relay->broker, &publish, on_published, room);

    return true;
}

#define LIKE_JSON "{\"msg_type\":\"like\"}"
#define NAME_AT 1
#define KIND_AT 13

/* Several likes have become one, so it is nobody's own words any more. */
static void on_arrived(struct likes *likes, uint64_t delta, uint64_t total)
{
    static const char json[] = LIKE_JSON;
    static const struct message like = {
        .kind = KIND_LIKE,
        .json = {json, sizeof LIKE_JSON - 1},
        .written = FIELD_BIT(MSG_TYPE),
        .fields = {[FIELD_MSG_TYPE] = {JSON_STRING, {json + KIND_AT, sizeof "like" - 1}}},
        .members = {[FIELD_MSG_TYPE] = {json + NAME_AT, sizeof LIKE_JSON - 3}},
    };
    struct relay_room *room = CONTAINER_OF(likes, struct relay_room, likes);
    const struct entry entry = {
        .ts = (int64_t)clock_wall_ms(), .total = (int64_t)total, .payload = like.json};
    const struct relayed relayed = {
        .entry = &entry,
        .message = &like,
        .online_num = census_online(&room->census),
        .like_num = total,
        .delta = delta,
        .subscribe_num = snapshot_follows(room->snapshot),
    };

    room->relay->events->on_message(room->owner, &relayed);
}

static uint64_t viewers(struct likes *likes)
{
    return CONTAINER_OF(likes, struct relay_room, likes)->census.count;
}

const struct likes_events room_likes_events = {
    .on_taps = on_taps, .on_arrived = on_arrived, .viewers = viewers};
