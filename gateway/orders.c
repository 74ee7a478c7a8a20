#include "gateway/orders.h"

#include "base/list.h"
#include "gateway/mailbox.h"
#include "gateway/reload.h"

#include <stdatomic.h>
#include <stdlib.h>

/* A letter that is under way is not posted again. */
struct order {
    struct letter letter;
    atomic_flag posted;
    struct orders *orders;
};

struct orders {
    struct mailbox *mailbox;
    const struct orders_events *events;
    void *owner;
    struct order drain, stop, end, reload;
    struct reload *_Atomic fresh; /* not taken yet */
};

static struct orders *orders_of(struct letter *letter)
{
    return CONTAINER_OF(letter, struct order, letter)->orders;
}

static void on_drain(struct letter *letter, void *reader)
{
    struct orders *orders = orders_of(letter);

    (void)reader;
    orders->events->on_drain(orders->owner);
}

static void on_stop(struct letter *letter, void *reader)
{
    struct orders *orders = orders_of(letter);

    (void)reader;
    orders->events->on_stop(orders->owner);
}

static void on_end(struct letter *letter, void *reader)
{
    struct orders *orders = orders_of(letter);

    (void)reader;
    orders->events->on_end(orders->owner);
}

/* What comes from here on posts the letter again. */
static void on_reload(struct letter *letter, void *reader)
{
    struct orders *orders = orders_of(letter);
    struct reload *fresh;

    (void)reader;
    atomic_flag_clear(&orders->reload.posted);
    fresh = atomic_exchange(&orders->fresh, NULL);
    if (fresh)
        orders->events->on_reload(orders->owner, fresh);
}

static void order_init(struct order *order, struct orders *orders,
                       void (*open)(struct letter *letter, void *reader))
{
    order->orders = orders;
    order->letter.open = open;
    atomic_flag_clear(&order->posted);
}

static void post(struct order *order)
{
    if (!atomic_flag_test_and_set(&order->posted))
        mailbox_post(order->orders->mailbox, &order->letter);
}

void orders_free(struct orders *orders)
{
    if (!orders)
        return;

    reload_release(atomic_load(&orders->fresh));
    free(orders);
}

struct orders *orders_new(struct mailbox *mailbox, const struct orders_events *events, void *owner)
{
    struct orders *orders = calloc(1, sizeof *orders);

    if (!orders)
        return NULL;

    orders->mailbox = mailbox;
    orders->events = events;
    orders->owner = owner;
    order_init(&orders->drain, orders, on_drain);
    order_init(&orders->stop, orders, on_stop);
    order_init(&orders->end, orders, on_end);
    order_init(&orders->reload, orders, on_reload);

    return orders;
}

void orders_drain(struct orders *orders)
{
    post(&orders->drain);
}

void orders_stop(struct orders *orders)
{
    post(&orders->stop);
}

void orders_end(struct orders *orders)
{
    post(&orders->end);
}

void orders_reload(struct orders *orders, struct reload *reload)
{
    reload_release(atomic_exchange(&orders->fresh, reload_share(reload)));
    post(&orders->reload);
}
