/* options.h - what the operator decided: every setting, read, checked and ready for use.
 *
 * A setting is a row in options_table.c and a member here.  What makes sense of several
 * or needs another layer to judge is checked in options_check.c; whatever is wrong ends
 * the program with a line for each fault that names the setting.
 *
 * Made once by the main thread; read by all workers. */
#ifndef GATEWAY_OPTIONS_H
#define GATEWAY_OPTIONS_H

#include "base/attributes.h"
#include "base/buffer.h"
#include "base/ip.h"
#include "base/log.h"
#include "base/settings.h"
#include "gateway/admit.h"
#include "gateway/dialect.h"
#include "gateway/listener.h"
#include "gateway/upgrade.h"
#include "schema/banner.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct option_values;

/* All texts and lists live as long as the options. */
struct options {
    size_t workers; /* 1 or more; 1 with the memory broker */

    /* clients */
    const char *listen;
    struct upgrade_policy upgrades;
    struct dialect_policy dialects;
    const char *default_room; /* NULL: none */
    size_t max_message;
    unsigned max_fragments;
    size_t connections_per_address; /* 0: no limit */
    size_t max_sessions;            /* of a worker; 0: no limit */
    uint64_t handshake_timeout_ms;
    uint32_t accepts_per_second; /* of the process; 0: no limit */
    uint64_t ping_interval_ms;
    size_t memory_limit;
    uint64_t slow_ms;
    struct admit_settings admit;   /* who may do what */
    struct tls_identity *identity; /* NULL: clients speak plainly */

    /* rooms */
    uint32_t history;
    uint64_t room_ttl_ms;
    size_t room_log;
    size_t room_log_bytes;
    size_t room_logs_bytes; /* at most a quarter of memory_limit */
    uint64_t leave_grace_ms;
    uint64_t tick_ms;
    uint32_t big_room;
    struct banners banners;

    /* restarts */
    uint64_t drain_delay_ms;
    uint64_t drain_ms;

    /* the broker */
    const char *redis;         /* may hold a password: never log it.  NULL: the memory broker */
    const char *redis_ca_file; /* NULL: the system's authorities */
    const char *redis_sentinel_auth; /* NULL: as in `redis` */
    const char *redis_prefix;
    const char *region;

    /* the internal API */
    const char *internal_listen;
    const char *internal_key; /* NULL: none */

    enum log_level log_level;
    enum log_format log_format;

    struct option_values *values; /* what the texts above borrow from */
    const char **protocols;
    struct ip_ranges trusted_proxies;
    struct dialect_rule *rules;
    struct token_keys *keys; /* NULL: without keys for tokens */
};

enum options_verdict {
    OPTIONS_RUN,
    OPTIONS_DONE, /* --help and the like: exit 0 */
    OPTIONS_BAD   /* the mistake has been told: exit 2 */
};

/* Reads the command line, the environment and the file of --config, and obeys --help, --version,
 * --check-config, --print-config and --help-markdown.  Ends with options_dispose() whatever the
 * verdict. */
enum options_verdict options_read(struct options *options, int argc, char *const *argv) MUST_USE;

/* The same for a test: from these sources, to these streams. */
enum options_verdict options_read_from(struct options *options,
                                       const struct settings_sources *sources, FILE *out, FILE *err)
    MUST_USE;

/* The same for who only asks a gateway that runs: fills in nothing but `internal_listen`.  Whatever
 * else is wrong is no mistake here, and a line for each in `error`: the gateway may live on what it
 * has read before, and keys and certificates are not even looked at. */
enum options_verdict options_read_internal(struct options *options,
                                           const struct settings_sources *sources,
                                           struct buffer *error) MUST_USE;

/* Reads them and obeys no command.  0; -EINVAL and a line for each fault in `error`; or -ENOMEM.
 * Ends with options_dispose() whatever the result. */
int options_load(struct options *options, const struct settings_sources *sources,
                 struct buffer *error) MUST_USE;

void options_dispose(struct options *options);

/* What the listener of one of `n_workers` may do of it, that of `index`, from 0: the kernel deals
 * connections out evenly. */
struct listener_limits options_listener_limits(const struct options *options, size_t index,
                                               size_t n_workers);

/* The lines at the start: what is served to whom. */
void options_log(const struct options *options);

#endif
