#include "gateway/reload.h"

#include "base/log.h"
#include "gateway/drain.h"
#include "gateway/fanout.h"
#include "gateway/http.h"
#include "gateway/hub.h"
#include "gateway/listener.h"
#include "gateway/options.h"
#include "gateway/options_table.h"
#include "gateway/tls_identity.h"
#include "gateway/ws.h"
#include "relay/relay.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { MAX_TEXT = 4096 };

struct reload {
    atomic_uint references;
    struct options options;
};

void reload_release(struct reload *reload)
{
    if (!reload || atomic_fetch_sub(&reload->references, 1) > 1)
        return;

    options_dispose(&reload->options);
    free(reload);
}

static void log_changes(const struct options *running, const struct options *fresh)
{
    struct buffer names, fixed;
    size_t n_fixed;

    buffer_init(&names, MAX_TEXT);
    buffer_init(&fixed, MAX_TEXT);
    (void)settings_changed(&options_table, running->values, fresh->values, true, &names);
    n_fixed = settings_changed(&options_table, running->values, fresh->values, false, &fixed);

    LOG(INFO, "settings were read again", LOG_SPAN("not_as_at_the_start", buffer_span(&names)));
    if (n_fixed > 0)
        LOG(WARN, "these settings have changed and need a restart",
            LOG_SPAN("settings", buffer_span(&fixed)));

    buffer_dispose(&names);
    buffer_dispose(&fixed);
}

/* What is no value of a setting, but follows from whether it has one. */
static int check_the_fixed(const struct options *fresh, const struct options *running,
                           struct buffer *error)
{
    if (!fresh->keys != !running->keys)
        buffer_add_text(error, "whether clients need a token can only change with a restart");
    else if (!fresh->identity != !running->identity)
        buffer_add_text(error, "whether clients speak TLS can only change with a restart");
    else
        return 0;

    return -EINVAL;
}

struct reload *reload_read(const struct settings_sources *sources, const struct options *running)
{
    struct reload *reload = calloc(1, sizeof *reload);
    struct buffer error;
    int rc = -ENOMEM;

    buffer_init(&error, MAX_TEXT);
    if (reload) {
        atomic_init(&reload->references, 1);
        rc = options_load(&reload->options, sources, &error);
    }

    if (rc == 0)
        rc = check_the_fixed(&reload->options, running, &error);

    if (rc == 0) {
        log_changes(running, &reload->options);
        if (reload->options.identity)
            tls_identity_log(reload->options.identity);
    } else {
        struct span faults = buffer_span(&error);

        LOG(ERROR, "the settings are wrong, going on with those in use",
            LOG_SPAN("fault", rc == -EINVAL ? span_cut(&faults, '\n') : span_of("out of memory")));
        reload_release(reload);
        reload = NULL;
    }

    buffer_dispose(&error);

    return reload;
}

struct reload *reload_share(struct reload *reload)
{
    atomic_fetch_add(&reload->references, 1);

    return reload;
}

const struct options *reload_options(const struct reload *reload)
{
    return &reload->options;
}

void reload_apply(const struct reload *reload, const struct reload_targets *targets)
{
    const struct options *options = &reload->options;
    const struct relay_limits limits = {.leave_grace_ms = options->leave_grace_ms,
                                        .big_room = options->big_room,
                                        .tick_ms = options->tick_ms};
    const struct listener_limits listener =
        options_listener_limits(options, targets->index, targets->n_workers);

    if (targets->listener) /* none while draining */
        listener_change(targets->listener, &options->upgrades, &listener, options->identity);

    if (targets->http)
        http_change_key(targets->http, options->internal_key);

    ws_door_change_limits(targets->door, options->max_message, options->max_fragments);
    hub_change(targets->hub, &options->banners, options->ping_interval_ms, &options->admit);
    hub_change_room_logs(targets->hub, options->room_logs_bytes / targets->n_workers);
    fanout_change(targets->fanout, options->slow_ms, options->memory_limit);
    relay_change_limits(targets->relay, &limits);
    drain_set_times(targets->drain, options->drain_delay_ms, options->drain_ms);
}
