#include "gateway/room_logs.h"

#include "base/burden.h"
#include "gateway/hub_room.h"
#include "gateway/room_log.h"

void room_logs_init(struct room_logs *logs, size_t max_bytes)
{
    list_init(&logs->rooms);
    logs->bytes = 0;
    logs->max_bytes = max_bytes;
}

static void count(struct room_logs *logs, const struct hub_room *room, size_t before)
{
    size_t now = room_log_bytes(room->log);

    burden_add(now);
    burden_sub(before);
    logs->bytes += now - before; /* modulo, so that it may shrink */
}

void room_logs_grew(struct room_logs *logs, struct hub_room *room, size_t before)
{
    count(logs, room, before);
    list_remove(&room->by_use);
    list_append(&logs->rooms, &room->by_use);
}

void room_logs_clear(struct room_logs *logs, struct hub_room *room)
{
    size_t before = room_log_bytes(room->log);

    room_log_clear(room->log);
    count(logs, room, before);
    list_remove(&room->by_use);
}

struct hub_room *room_logs_next_to_clear(const struct room_logs *logs, const struct hub_room *but)
{
    struct list_node *first = list_first(&logs->rooms);
    struct hub_room *room = first ? CONTAINER_OF(first, struct hub_room, by_use) : NULL;

    return logs->bytes > logs->max_bytes && room != but ? room : NULL;
}
