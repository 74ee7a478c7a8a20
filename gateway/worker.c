#include "gateway/worker.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/wheel.h"
#include "gateway/addresses.h"
#include "gateway/drain.h"
#include "gateway/fanout.h"
#include "gateway/hub.h"
#include "gateway/listen_address.h"
#include "gateway/listener.h"
#include "gateway/loop.h"
#include "gateway/mailbox.h"
#include "gateway/options.h"
#include "gateway/orders.h"
#include "gateway/pulse.h"
#include "gateway/reload.h"
#include "gateway/session.h"
#include "gateway/worker_broker.h"
#include "gateway/worker_http.h"
#include "gateway/worker_name.h"
#include "gateway/ws.h"
#include "relay/relay.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>

struct worker {
    const struct options *options;
    unsigned index; /* from 0 */
    struct metrics *metrics;
    struct event_base *loop;
    struct wheel *wheel;
    struct pulse *pulse;
    struct mailbox *mailbox;
    struct orders *orders;
    struct reload *reload; /* in use; NULL: the settings of the start are */
    struct fanout *fanout;
    struct hub *hub;
    struct relay *relay;
    struct addresses *addresses;
    struct ws_door *door;
    struct listener *listener;
    struct drain *drain;
    struct worker_witness witness;
    struct worker_http http; /* the first worker's */
    void (*on_drained)(void *owner);
    void *owner; /* of on_drained */
    char name[WORKER_NAME_MAX + 1];
};

/* ---- orders ---- */

static void on_drain(void *owner)
{
    struct worker *worker = owner;

    drain_begin(worker->drain);
}

static void on_stop(void *owner)
{
    struct worker *worker = owner;

    drain_hasten(worker->drain);
}

static void on_end(void *owner)
{
    const struct worker *worker = owner;

    (void)event_base_loopbreak(worker->loop);
}

static void on_reload(void *owner, struct reload *reload)
{
    struct worker *worker = owner;
    const struct reload_targets targets = {.listener = worker->listener,
                                           .door = worker->door,
                                           .hub = worker->hub,
                                           .fanout = worker->fanout,
                                           .relay = worker->relay,
                                           .http = worker->http.http,
                                           .drain = worker->drain,
                                           .index = worker->index,
                                           .n_workers = worker->options->workers};

    reload_apply(reload, &targets);
    reload_release(worker->reload);
    worker->reload = reload;
}

static const struct orders_events orders_events = {
    .on_drain = on_drain, .on_stop = on_stop, .on_end = on_end, .on_reload = on_reload};

/* ---- the loop ---- */

static int open_loop(struct worker *worker)
{
    worker->loop = loop_new();
    if (!worker->loop)
        return -ENOMEM;

    worker->wheel = wheel_new(PULSE_MS, clock_now());
    if (!worker->wheel)
        return -ENOMEM;

    worker->pulse = pulse_new(worker->loop, worker->wheel, worker->metrics);
    worker->mailbox = mailbox_new(worker->loop, &worker->witness);

    if (worker->mailbox)
        worker->orders = orders_new(worker->mailbox, &orders_events, worker);

    return worker->pulse && worker->orders ? 0 : -ENOMEM;
}

/* ---- the rooms ---- */

static int open_rooms(struct worker *worker, const struct worker_settings *team)
{
    const struct options *options = worker->options;
    struct relay_settings relay = {
        .loop = worker->loop,
        .wheel = worker->wheel,
        .metrics = worker->metrics,
        .region = options->region,
        .worker = worker->name,
        .leave_grace_ms = options->leave_grace_ms,
        .refresh_ms = options->room_ttl_ms / 4,
        .tick_ms = options->tick_ms,
        .big_room = options->big_room,
    };
    struct hub_settings hub = {
        .wheel = worker->wheel,
        .metrics = worker->metrics,
        .banners = &options->banners,
        .dialects = options->dialects,
        .default_room = options->default_room,
        .ping_interval_ms = options->ping_interval_ms,
        .room_log_frames = options->room_log,
        .room_log_bytes = options->room_log_bytes,
        .admit = options->admit,
        .room_logs_bytes = options->room_logs_bytes / team->n_workers,
    };
    struct fanout_settings fanout = {
        .loop = worker->loop,
        .wheel = worker->wheel,
        .metrics = worker->metrics,
        .slow_ms = options->slow_ms,
        .memory_limit = options->memory_limit,
        .first = team->index == 0,
    };
    const struct worker_broker_settings where = {
        .options = options,
        .loop = worker->loop,
        .wheel = worker->wheel,
        .metrics = worker->metrics,
        .worker = worker->name,
    };
    struct broker *broker;

    worker->fanout = fanout_new(&fanout);
    hub.fanout = worker->fanout;
    worker->hub = worker->fanout ? hub_new(&hub) : NULL;
    broker = worker->hub ? worker_broker_new(&where) : NULL;
    worker->relay = broker ? relay_new(&relay, broker, &hub_relay_events) : NULL;

    if (!worker->relay)
        return -ENOMEM;

    hub_use_relay(worker->hub, worker->relay);

    return 0;
}

/* ---- the doors ---- */

static int open_clients(struct worker *worker, const struct worker_settings *team)
{
    const struct options *options = worker->options;
    struct ws_settings ws = {
        .loop = worker->loop,
        .metrics = worker->metrics,
        .max_message = options->max_message,
        .max_fragments = options->max_fragments,
        .events = &session_events,
        .owner = worker->hub,
    };
    struct listener_settings listener = {
        .loop = worker->loop,
        .wheel = worker->wheel,
        .metrics = worker->metrics,
        .address = options->listen,
        .policy = options->upgrades,
        .admit = &worker->hub->settings.admit,
        .identity = options->identity,
        .limits = options_listener_limits(options, team->index, team->n_workers),
        .port = team->port,
        .first = team->index == 0,
    };
    int rc;

    worker->addresses = addresses_new();
    worker->door = worker->addresses ? ws_door_new(&ws) : NULL;
    if (!worker->door)
        return -ENOMEM;

    listener.door = worker->door;
    listener.addresses = worker->addresses;
    listener.pressure = fanout_pressure(worker->fanout);
    rc = listener_new(&worker->listener, &listener);
    if (rc == 0 && team->index == 0)
        listen_address_log("clients", options->listen, listener_port(worker->listener));
    else if (rc != 0)
        LOG(ERROR, "cannot listen for clients", LOG_TEXT("address", options->listen),
            LOG_ERRNO("error", rc));

    return rc;
}

static void on_closing(void *owner)
{
    struct worker *worker = owner;

    listener_free(worker->listener);
    worker->listener = NULL;
}

static void on_drained(void *owner)
{
    const struct worker *worker = owner;

    worker->on_drained(worker->owner);
}

static int open_drain(struct worker *worker)
{
    struct drain_settings settings = {
        .wheel = worker->wheel,
        .hub = worker->hub,
        .delay_ms = worker->options->drain_delay_ms,
        .spread_ms = worker->options->drain_ms,
        .on_closing = on_closing,
        .on_done = on_drained,
        .owner = worker,
    };

    worker->drain = drain_new(&settings);
    worker->witness = (struct worker_witness){.hub = worker->hub,
                                              .relay = worker->relay,
                                              .pressure = fanout_pressure(worker->fanout),
                                              .drain = worker->drain};

    return worker->drain ? 0 : -ENOMEM;
}

static int open_http(struct worker *worker, const struct worker_settings *team)
{
    const struct worker_http_settings settings = {
        .options = worker->options,
        .loop = worker->loop,
        .wheel = worker->wheel,
        .relay = worker->relay,
        .mailbox = worker->mailbox,
        .metrics = worker->metrics,
        .all_metrics = team->all_metrics,
        .all_mailboxes = team->all_mailboxes,
        .n_workers = team->n_workers,
    };

    return worker_http_open(&worker->http, &settings);
}

/* ---- its life ---- */

/* From the outside in, so that nobody calls what is gone. */
static void dispose(struct worker *worker)
{
    listener_free(worker->listener);
    worker_http_close(&worker->http);
    drain_free(worker->drain);

    if (worker->door)
        ws_door_free(worker->door);

    addresses_free(worker->addresses);
    relay_free(worker->relay);
    hub_free(worker->hub);
    fanout_free(worker->fanout);

    mailbox_free(worker->mailbox);
    orders_free(worker->orders);
    reload_release(worker->reload);
    pulse_free(worker->pulse);
    wheel_free(worker->wheel);

    if (worker->loop)
        event_base_free(worker->loop);

    free(worker);
}

int worker_new(struct worker **result, const struct worker_settings *settings)
{
    struct worker *worker = calloc(1, sizeof *worker);
    int rc;

    if (!worker)
        return -ENOMEM;

    worker->options = settings->options;
    worker->index = settings->index;
    worker->metrics = settings->metrics;
    worker->on_drained = settings->on_drained;
    worker->owner = settings->owner;
    worker_name_choose(worker->name, settings->index);

    rc = open_loop(worker);
    if (rc == 0)
        rc = open_rooms(worker, settings);
    if (rc == 0)
        rc = open_drain(worker);
    if (rc == 0)
        rc = open_clients(worker, settings);
    if (rc == 0 && settings->index == 0)
        rc = open_http(worker, settings);

    if (rc == -ENOMEM)
        LOG(ERROR, "out of memory at the start");

    if (rc != 0) {
        dispose(worker);
        return rc;
    }

    *result = worker;

    return 0;
}

int worker_run(struct worker *worker)
{
    (void)event_base_dispatch(worker->loop);

    return drain_begun(worker->drain) ? 0 : -EIO;
}

struct orders *worker_orders(const struct worker *worker)
{
    return worker->orders;
}

uint16_t worker_port(const struct worker *worker)
{
    return listener_port(worker->listener);
}

struct mailbox *worker_mailbox(const struct worker *worker)
{
    return worker->mailbox;
}

const char *worker_name(const struct worker *worker)
{
    return worker->name;
}

void worker_free(struct worker *worker)
{
    if (worker)
        dispose(worker);
}
