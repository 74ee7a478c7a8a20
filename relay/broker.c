#include "relay/broker.h"

void broker_start(struct broker *broker, const struct broker_events *events, void *owner)
{
    broker->events = events;
    broker->owner = owner;
    broker->traits->start(broker);
}

void broker_free(struct broker *broker)
{
    if (broker)
        broker->traits->free(broker);
}

int broker_listen(struct broker *broker, struct span room, void *listener)
{
    return broker->traits->listen(broker, room, listener);
}

void broker_unlisten(struct broker *broker, struct span room)
{
    broker->traits->unlisten(broker, room);
}

void broker_publish(struct broker *broker, const struct broker_publish *publish,
                    broker_on_published *done, void *arg)
{
    broker->traits->publish(broker, publish, done, arg);
}

void broker_snapshot(struct broker *broker, struct span room, broker_on_snapshot *done, void *arg)
{
    broker->traits->snapshot(broker, room, done, arg);
}

void broker_history(struct broker *broker, struct span room, struct position after, size_t limit,
                    broker_on_history *done, void *arg)
{
    broker->traits->history(broker, room, after, limit, done, arg);
}

void broker_census(struct broker *broker, const struct broker_census *census,
                   broker_on_counted *done, void *arg)
{
    broker->traits->census(broker, census, done, arg);
}

void broker_moderate(struct broker *broker, const struct broker_moderate *moderate,
                     broker_on_moderated *done, void *arg)
{
    broker->traits->moderate(broker, moderate, done, arg);
}

void broker_sanctions(struct broker *broker, struct span room, broker_on_sanctions *done, void *arg)
{
    broker->traits->sanctions(broker, room, done, arg);
}
