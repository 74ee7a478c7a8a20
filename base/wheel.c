#include "base/wheel.h"

#include <stdlib.h>

/* A level has 64 slots; a slot of level L lasts 64^L ticks.  A timer stands at
 * the level of the highest group of six bits in which its due tick differs from
 * now, in the slot those bits of its due tick name.  So all occupied slots of a
 * level lie after now's own, everything in a lower level is due before anything
 * in a higher one, and the earliest slot is the first bit of the lowest level
 * that has any.  When now reaches a slot its timers move down, until they
 * differ in nothing and expire. */
enum { GROUP_BITS = 6, SLOTS = 1 << GROUP_BITS, LEVELS = 7 };

/* Four trillion ticks; later is never. */
#define LAST_TICK (((uint64_t)1 << (GROUP_BITS * LEVELS)) - 1)

struct level {
    uint64_t occupied; /* a bit for each slot that is not empty */
    struct list slots[SLOTS];
};

struct wheel {
    uint64_t start_ms;
    uint64_t tick_ms;
    uint64_t now;      /* in ticks since start_ms */
    uint64_t earliest; /* no timer is put before this tick */
    size_t count;
    struct list opened; /* what stood in the slot being opened */
    struct list due;    /* what is about to expire */
    struct level levels[LEVELS];
};

void wheel_free(struct wheel *wheel)
{
    free(wheel);
}

struct wheel *wheel_new(uint64_t tick_ms, uint64_t now_ms)
{
    struct wheel *wheel = calloc(1, sizeof *wheel);

    if (!wheel)
        return NULL;

    wheel->start_ms = now_ms;
    wheel->tick_ms = tick_ms;
    wheel->earliest = 1;
    list_init(&wheel->opened);
    list_init(&wheel->due);
    for (int level = 0; level < LEVELS; level++) {
        for (int slot = 0; slot < SLOTS; slot++)
            list_init(&wheel->levels[level].slots[slot]);
    }

    return wheel;
}

void wheel_timer_init(struct wheel_timer *timer, void (*expire)(struct wheel_timer *timer))
{
    list_node_init(&timer->node);
    timer->due = 0;
    timer->expire = expire;
}

/* The level for a timer due at `due`, which is not now. */
static unsigned level_of(const struct wheel *wheel, uint64_t due)
{
    unsigned highest_bit = 63 - (unsigned)__builtin_clzll(due ^ wheel->now);

    return highest_bit / GROUP_BITS;
}

static unsigned slot_of(uint64_t tick, unsigned level)
{
    return (unsigned)(tick >> (GROUP_BITS * level)) % SLOTS;
}

static void insert(struct wheel *wheel, struct wheel_timer *timer)
{
    struct level *level = &wheel->levels[level_of(wheel, timer->due)];
    unsigned slot = slot_of(timer->due, (unsigned)(level - wheel->levels));

    list_append(&level->slots[slot], &timer->node);
    level->occupied |= (uint64_t)1 << slot;
}

/* The first tick that is not before due_ms. */
static uint64_t tick_at(const struct wheel *wheel, uint64_t due_ms)
{
    uint64_t ms = due_ms > wheel->start_ms ? due_ms - wheel->start_ms : 0;
    uint64_t tick = ms / wheel->tick_ms + (ms % wheel->tick_ms != 0);

    if (tick < wheel->earliest)
        return wheel->earliest;

    return tick < LAST_TICK ? tick : LAST_TICK;
}

void wheel_add(struct wheel *wheel, struct wheel_timer *timer, uint64_t due_ms)
{
    wheel_cancel(wheel, timer);
    timer->due = tick_at(wheel, due_ms);
    insert(wheel, timer);
    wheel->count++;
}

void wheel_cancel(struct wheel *wheel, struct wheel_timer *timer)
{
    if (!wheel_pending(timer))
        return;

    list_remove(&timer->node);
    wheel->count--;
    if (timer->due != wheel->now) { /* else it is about to expire and in no slot */
        struct level *level = &wheel->levels[level_of(wheel, timer->due)];
        unsigned slot = slot_of(timer->due, (unsigned)(level - wheel->levels));

        if (list_empty(&level->slots[slot]))
            level->occupied &= ~((uint64_t)1 << slot);
    }
}

/* The level of the earliest occupied slot, or LEVELS. */
static unsigned lowest_level(const struct wheel *wheel)
{
    unsigned level = 0;

    while (level < LEVELS && wheel->levels[level].occupied == 0)
        level++;

    return level;
}

static unsigned first_slot(const struct level *level)
{
    return (unsigned)__builtin_ctzll(level->occupied);
}

/* The tick at which the first slot of this level begins. */
static uint64_t first_tick(const struct wheel *wheel, unsigned level)
{
    unsigned shift = GROUP_BITS * level;
    uint64_t passed = wheel->now >> (shift + GROUP_BITS) << (shift + GROUP_BITS);

    return passed | (uint64_t)first_slot(&wheel->levels[level]) << shift;
}

/* Time has come to the first slot of the level: its timers move down or are due. */
static void open_slot(struct wheel *wheel, struct level *level)
{
    unsigned slot = first_slot(level);
    struct list_node *node;

    list_move_all(&wheel->opened, &level->slots[slot]);
    level->occupied &= ~((uint64_t)1 << slot);
    while ((node = list_pop(&wheel->opened))) {
        struct wheel_timer *timer = CONTAINER_OF(node, struct wheel_timer, node);

        if (timer->due == wheel->now)
            list_append(&wheel->due, node);
        else
            insert(wheel, timer);
    }
}

static size_t expire_all(struct wheel *wheel)
{
    struct list_node *node;
    size_t expired = 0;

    while ((node = list_pop(&wheel->due))) {
        struct wheel_timer *timer = CONTAINER_OF(node, struct wheel_timer, node);

        wheel->count--;
        expired++;
        timer->expire(timer);
    }

    return expired;
}

size_t wheel_advance(struct wheel *wheel, uint64_t now_ms)
{
    uint64_t ms = now_ms > wheel->start_ms ? now_ms - wheel->start_ms : 0;
    uint64_t end = ms / wheel->tick_ms < LAST_TICK ? ms / wheel->tick_ms : LAST_TICK;
    size_t expired = 0;
    unsigned level;

    if (end <= wheel->now)
        return 0;

    wheel->earliest = end + 1;
    while ((level = lowest_level(wheel)) < LEVELS && first_tick(wheel, level) <= end) {
        wheel->now = first_tick(wheel, level);
        open_slot(wheel, &wheel->levels[level]);
        expired += expire_all(wheel);
    }

    wheel->now = end;

    return expired;
}

uint64_t wheel_next_due(const struct wheel *wheel)
{
    unsigned level = lowest_level(wheel);

    if (level == LEVELS)
        return UINT64_MAX;

    return wheel->start_ms + first_tick(wheel, level) * wheel->tick_ms;
}

size_t wheel_count(const struct wheel *wheel)
{
    return wheel->count;
}
