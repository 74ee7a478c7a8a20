#include "gateway/options.h"

#include "base/allowance.h"
#include "gateway/key_sources.h"
#include "gateway/listen_address.h"
#include "gateway/options_command.h"
#include "gateway/options_table.h"
#include "gateway/pressure.h"
#include "gateway/tls_identity.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_FAULTS 16384 /* bytes of lines */

/* Subprotocols of the published clients and of our SDKs. */
static const char *const known_protocols[] = {"protocol1", "chat", "livegate.v1.json",
                                              "livegate.v1.msgpack"};

enum { KNOWN_PROTOCOLS = sizeof known_protocols / sizeof known_protocols[0] };

void options_dispose(struct options *options)
{
    if (options->values) {
        settings_dispose(&options_table, options->values);
        free(options->values->set_by);
    }

    free(options->values);
    free(options->protocols);
    free(options->trusted_proxies.items);
    free(options->rules);
    token_keys_release(options->keys);
    tls_identity_release(options->identity);
    *options = (struct options){.values = NULL};
}

/* ---- from values to options ---- */

static const char *text_or_null(const char *text)
{
    return *text ? text : NULL;
}

static int collect_protocols(struct options *options)
{
    const struct text_list *more = &options->values->subprotocols;

    options->protocols = calloc(KNOWN_PROTOCOLS + more->count + 1, sizeof(const char *));
    if (!options->protocols)
        return -ENOMEM;

    for (size_t i = 0; i < KNOWN_PROTOCOLS; i++)
        options->protocols[i] = known_protocols[i];
    for (size_t i = 0; i < more->count; i++)
        options->protocols[KNOWN_PROTOCOLS + i] = more->items[i];

    options->upgrades.protocols = options->protocols;

    return 0;
}

static int collect_proxies(struct options *options)
{
    const struct text_list *texts = &options->values->trusted_proxies;
    struct ip_ranges *ranges = &options->trusted_proxies;

    ranges->items = calloc(texts->count + 1, sizeof ranges->items[0]);
    if (!ranges->items)
        return -ENOMEM;

    for (size_t i = 0; i < texts->count; i++) {
        if (ip_range_parse(&ranges->items[i], span_of(texts->items[i])) != 0)
            return -EINVAL; /* it was checked */
    }

    ranges->count = texts->count;
    options->upgrades.trusted = ranges->count > 0 ? ranges : NULL;

    return 0;
}

static int collect_rules(struct options *options)
{
    const struct text_list *texts = &options->values->path_dialects;

    options->rules = calloc(texts->count + 1, sizeof options->rules[0]);
    if (!options->rules)
        return -ENOMEM;

    for (size_t i = 0; i < texts->count; i++) {
        const char *rule = texts->items[i], *equals = strrchr(rule, '=');

        options->rules[i].pattern = span_make(rule, (size_t)(equals - rule));
        options->rules[i].dialect = dialect_from_name(equals + 1);
    }

    options->dialects = (struct dialect_policy){
        .rules = options->rules,
        .n_rules = texts->count,
        .fallback = dialect_from_name(dialect_names[options->values->default_dialect]),
    };

    return 0;
}

static bool listens_on_loopback(const struct options *options)
{
    struct listen_address address;

    return listen_address_parse(&address, options->listen) == 0 &&
           listen_address_is_loopback(&address);
}

static struct bucket_rate rate(int64_t per_minute, uint64_t burst_ms)
{
    return (struct bucket_rate){(uint32_t)per_minute, (uint32_t)burst_ms};
}

static struct allowance_limits allowances(const struct option_values *values)
{
    const uint64_t burst = values->command_burst;

    return (struct allowance_limits){
        .rates = {[ALLOWED_MESSAGES] = rate(values->messages_per_minute, burst),
                  [ALLOWED_LIKES] = rate(values->likes_per_minute, burst),
                  [ALLOWED_JOINS] = rate(values->joins_per_minute, burst),
                  [ALLOWED_COMMANDS] = rate(values->commands_per_minute, burst),
                  [ALLOWED_REFUSALS] = rate(values->refusals_per_minute, 60000)}};
}

static int use_tokens(struct options *options, struct buffer *error)
{
    const struct option_values *values = options->values;
    const struct key_sources sources = {.secret = values->token_secret,
                                        .key_file = values->token_key_file,
                                        .jwks = values->token_jwks};
    int rc = key_sources_read(&sources, &options->keys, error);

    options->admit = (struct admit_settings){
        .keys = options->keys,
        .audience = text_or_null(values->token_audience),
        .anonymous = (enum anonymous)values->anonymous,
        .open = values->open_access || listens_on_loopback(options),
        .single_session = values->single_session,
        .patience_ms = values->handshake_timeout,
        .allowances = allowances(values),
        .max_rooms = (size_t)values->max_rooms,
        .room_budget = rate(values->room_messages_per_minute, 1000),
    };
    options->upgrades.cookies = options->upgrades.origins != NULL;

    return rc;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static int use_values(struct options *options, struct buffer *error)
{
    const struct option_values *values = options->values;
    const struct text_list *origins = &values->allowed_origins;
    int rc;

    options->workers = (size_t)values->workers;
    options->listen = values->listen;
    options->upgrades.origins = origins->count > 0 ? (const char *const *)origins->items : NULL;
    options->upgrades.dialects = dialect_names;
    options->default_room = text_or_null(values->default_room);
    options->max_message = values->max_message;
    options->max_fragments = (unsigned)values->max_fragments;
    options->max_sessions = (size_t)values->max_sessions;
    options->connections_per_address = (size_t)values->connections_per_address;
    options->upgrades.max_bytes = values->max_header_bytes;
    options->handshake_timeout_ms = values->handshake_timeout;
    options->accepts_per_second = (uint32_t)values->accepts_per_second;
    options->ping_interval_ms = values->ping_interval;
    options->memory_limit = values->memory_limit ? values->memory_limit : allowance_bytes("") / 4;
    options->slow_ms = values->slow_seconds;

    options->history = (uint32_t)values->history;
    options->room_ttl_ms = values->room_ttl;
    options->room_log = (size_t)values->room_log;
    options->room_log_bytes = values->room_log_bytes;
    options->room_logs_bytes =
        least(values->room_logs_bytes, pressure_share_of_logs(options->memory_limit));
    options->leave_grace_ms = values->leave_grace;
    options->tick_ms = values->tick;
    options->big_room = (uint32_t)values->big_room;
    for (size_t i = 0; i < BANNER_COUNT; i++)
        options->banners.texts[i] = values->banners[i];

    options->drain_delay_ms = values->drain_delay;
    options->drain_ms = values->drain_seconds;

    options->redis = text_or_null(values->redis);
    options->redis_ca_file = text_or_null(values->redis_ca_file);
    options->redis_sentinel_auth = text_or_null(values->redis_sentinel_auth);
    options->redis_prefix = values->redis_prefix;
    options->region = values->region;
    options->internal_listen = values->internal_listen;
    options->internal_key = text_or_null(values->internal_key);
    options->log_level = (enum log_level)values->log_level;
    options->log_format = (enum log_format)values->log_format;

    rc = collect_protocols(options);
    if (rc == 0)
        rc = collect_rules(options);
    if (rc == 0)
        rc = collect_proxies(options);

    if (rc == 0)
        rc = use_tokens(options, error);

    return rc == 0 ? tls_identity_read(values->tls_cert, values->tls_key, &options->identity, error)
                   : rc;
}

/* ---- reading ---- */

/* 0; or negative and a line for each fault in `error`. */
static int load(struct options *options, const struct settings_sources *sources,
                struct buffer *error)
{
    options->values = calloc(1, sizeof *options->values);
    if (!options->values)
        return -ENOMEM;

    options->values->set_by = calloc(options_table.count, sizeof(enum setting_source));
    if (!options->values->set_by)
        return -ENOMEM;

    return settings_load(&options_table, sources, options->values, options->values->set_by, error);
}

int options_load(struct options *options, const struct settings_sources *sources,
                 struct buffer *error)
{
    int rc;

    *options = (struct options){.values = NULL};
    rc = load(options, sources, error);
    if (rc == 0)
        rc = options_check(options->values, error);

    return rc == 0 ? use_values(options, error) : rc;
}

static void complain(struct span faults, FILE *err)
{
    while (!span_is_none(faults)) {
        struct span fault = span_cut(&faults, '\n');

        (void)fprintf(err, "livegate: %.*s\n", (int)fault.size, fault.data);
    }
}

enum options_verdict options_read_from(struct options *options,
                                       const struct settings_sources *sources, FILE *out, FILE *err)
{
    enum options_verdict verdict = OPTIONS_RUN;
    struct buffer error;
    options_command *command;
    int rc;

    *options = (struct options){.values = NULL};
    buffer_init(&error, MAX_FAULTS);

    rc = load(options, sources, &error);
    if (rc == 0 && options_command_needs_good_values(options->values))
        rc = options_check(options->values, &error);

    command = rc == 0 ? options_command_given(options->values) : NULL;
    if (command) {
        rc = options_command_obey(command, options->values, out, &error);
        verdict = OPTIONS_DONE;
    } else if (rc == 0) {
        rc = use_values(options, &error);
    }

    if (rc != 0) {
        complain(rc == -EINVAL && buffer_status(&error) == 0 ? buffer_span(&error)
                                                             : span_of("out of memory"),
                 err);
        verdict = OPTIONS_BAD;
    }

    buffer_dispose(&error);

    return verdict;
}

enum options_verdict options_read(struct options *options, int argc, char *const *argv)
{
    const struct settings_sources sources = {.argc = argc, .argv = argv, .environment = environ};

    return options_read_from(options, &sources, stdout, stderr);
}

enum options_verdict options_read_internal(struct options *options,
                                           const struct settings_sources *sources,
                                           struct buffer *error)
{
    int rc;

    *options = (struct options){.values = NULL};
    rc = load(options, sources, error);
    if (rc == 0 && options_command_given(options->values)) {
        options_dispose(options);
        return options_read_from(options, sources, stdout, stderr);
    }

    if (rc != 0 && rc != -EINVAL) {
        complain(span_of("out of memory"), stderr);
        return OPTIONS_BAD;
    }

    options->internal_listen = options->values->internal_listen;

    return OPTIONS_RUN;
}

struct listener_limits options_listener_limits(const struct options *options, size_t index,
                                               size_t n_workers)
{
    uint32_t all = options->accepts_per_second, workers = (uint32_t)n_workers;
    uint32_t share = all / workers + (index < all % workers ? 1 : 0);

    return (struct listener_limits){
        .handshake_ms = options->handshake_timeout_ms,
        .accepts_per_second = all > 0 && share == 0 ? 1 : share,
        .max_sessions = options->max_sessions,
        .max_per_address = options->connections_per_address,
    };
}

/* ---- the start ---- */

static const char *describe(const struct options *options)
{
    if (options->keys)
        return options->admit.anonymous == ANONYMOUS_VIEWER
                   ? "may watch, and send as their token says"
                   : "need a token";

    return options->admit.open ? "may send" : "may only watch";
}

void options_log(const struct options *options)
{
    LOG(INFO, "livegate is starting", LOG_TEXT("version", LIVEGATE_VERSION),
        LOG_UINT("workers", options->workers),
        LOG_TEXT("broker", options->redis ? "redis" : "memory"),
        LOG_TEXT("region", options->region), LOG_TEXT("clients", describe(options)),
        LOG_BOOL("internal_key", options->internal_key != NULL));

    if (!options->keys && options->admit.open && !listens_on_loopback(options))
        LOG(WARN, "open access: whoever reaches the clients' port may send to any room",
            LOG_TEXT("listen", options->listen));

    if (options->identity)
        tls_identity_log(options->identity);
}
