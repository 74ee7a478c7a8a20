#include "gateway/worker_http.h"

#include "base/log.h"
#include "gateway/drain.h"
#include "gateway/http.h"
#include "gateway/hub.h"
#include "gateway/listen_address.h"
#include "gateway/options.h"
#include "gateway/pressure.h"
#include "gateway/survey.h"
#include "relay/relay.h"

#include <errno.h>

/* Whoever asks a probe usually waits for a second. */
#define SURVEY_PATIENCE_MS 800

/* ---- what a worker says of itself ---- */

static bool next_room(void *worker, size_t *cursor, struct http_room *found)
{
    const struct worker_witness *witness = worker;
    const struct hub_room *room = hub_next_room(witness->hub, cursor);

    if (room)
        *found = (struct http_room){.name = span_of(room->id), .viewers = room->n_members};

    return room != NULL;
}

static void judge_readiness(void *worker, struct http_reasons *reasons)
{
    const struct worker_witness *witness = worker;
    const char *why;

    if (relay_state(witness->relay, &why) != BROKER_UP)
        http_reason(reasons, "broker", why);

    if (pressure_is_high(witness->pressure))
        http_reason(reasons, "memory", "clients make us hold too much");

    if (drain_begun(witness->drain))
        http_reason(reasons, "gateway", "stopping");
}

/* ---- its life ---- */

void worker_http_close(struct worker_http *door)
{
    http_free(door->http);
    surveyor_free(door->surveyor);
    *door = (struct worker_http){NULL, NULL};
}

int worker_http_open(struct worker_http *door, const struct worker_http_settings *settings)
{
    static const struct http_witness witness = {next_room, judge_readiness};
    const struct options *options = settings->options;
    const struct surveyor_settings surveys = {
        .wheel = settings->wheel,
        .own = settings->mailbox,
        .all = settings->all_mailboxes,
        .n_all = settings->n_workers,
        .patience_ms = SURVEY_PATIENCE_MS,
    };
    struct http_settings http = {
        .loop = settings->loop,
        .address = options->internal_listen,
        .key = options->internal_key,
        .relay = settings->relay,
        .witness = &witness,
        .metrics = settings->all_metrics,
        .n_metrics = settings->n_workers,
        .counts = settings->metrics,
    };
    int rc;

    door->surveyor = surveyor_new(&surveys);
    if (!door->surveyor)
        return -ENOMEM;

    http.surveyor = door->surveyor;
    rc = http_new(&door->http, &http);

    if (rc == 0)
        listen_address_log("internal", options->internal_listen, http_port(door->http));
    else
        LOG(ERROR, "cannot listen for the internal API",
            LOG_TEXT("address", options->internal_listen), LOG_ERRNO("error", rc));

    return rc;
}
