#include "gateway/turn.h"

#include "gateway/hub.h"
#include "gateway/membership.h"
#include "gateway/session.h"
#include "gateway/slow_mode.h"
#include "relay/visit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct turn {
    const struct hub *hub; /* borrowed: it is there until the broker has answered */
    broker_on_published *done;
    void *arg;
    char room[ROOM_ID_MAX + 1];
    size_t size;
    char speaker[]; /* nobody has its membership when the answer comes */
};

/* It is that of its uid, or of its connection. */
static struct span speaker_of(const struct membership *membership)
{
    struct span uid = visit_uid(&membership->visit);

    return uid.size > 0 ? uid : span_of(membership->session->client_id);
}

bool turn_take(struct membership *membership, uint32_t pause_s)
{
    return slow_mode_take(&membership->room->slow, speaker_of(membership),
                          (uint64_t)pause_s * 1000) != -EAGAIN;
}

void turn_give_back(const struct membership *membership)
{
    slow_mode_give_back(membership->room->slow, speaker_of(membership));
}

struct turn *turn_new(const struct membership *membership, broker_on_published *done, void *arg)
{
    struct span speaker = speaker_of(membership);
    struct turn *turn = malloc(sizeof *turn + speaker.size);

    if (!turn)
        return NULL;

    turn->hub = membership->session->hub;
    turn->done = done;
    turn->arg = arg;
    memcpy(turn->room, membership->room->id, sizeof turn->room);
    turn->size = speaker.size;
    memcpy(turn->speaker, speaker.data, speaker.size);

    return turn;
}

void turn_on_published(void *arg, const struct broker_status *status,
                       const struct broker_published *published)
{
    struct turn *turn = arg;
    const struct hub_room *room = hub_find_room(turn->hub, span_of(turn->room));

    if (room && status->refusal != REFUSAL_NONE)
        slow_mode_give_back(room->slow, span_make(turn->speaker, turn->size));

    turn->done(turn->arg, status, published);
    free(turn);
}
