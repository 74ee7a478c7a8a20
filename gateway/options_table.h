/* options_table.h - the values of all settings as base/settings.h reads them.
 *
 * For options.c and options_check.c; everybody else wants options.h. */
#ifndef GATEWAY_OPTIONS_TABLE_H
#define GATEWAY_OPTIONS_TABLE_H

#include "base/attributes.h"
#include "base/buffer.h"
#include "base/settings.h"
#include "base/text_list.h"
#include "schema/banner.h"

#include <stdbool.h>
#include <stdint.h>

struct option_values {
    /* commands */
    bool help;
    bool version;
    bool check_config;
    bool print_config;
    bool help_markdown;
    char *config;

    /* the process */
    int64_t workers;

    /* clients */
    char *listen;
    char *tls_cert;
    char *tls_key;
    bool open_access;
    struct text_list allowed_origins;
    struct text_list subprotocols;
    int default_dialect; /* in the order of dialect_names */
    struct text_list path_dialects;
    char *default_room;
    uint64_t max_message;
    int64_t max_fragments;
    int64_t max_rooms;
    uint64_t max_header_bytes;
    int64_t max_sessions;
    int64_t connections_per_address;
    struct text_list trusted_proxies;
    uint64_t handshake_timeout;
    int64_t accepts_per_second;
    uint64_t ping_interval;
    uint64_t memory_limit;
    uint64_t slow_seconds;

    /* limits of one client */
    int64_t messages_per_minute;
    int64_t likes_per_minute;
    int64_t joins_per_minute;
    int64_t commands_per_minute;
    uint64_t command_burst;
    int64_t refusals_per_minute;
    int64_t room_messages_per_minute;

    /* tokens */
    char *token_secret;
    char *token_key_file;
    char *token_jwks;
    char *token_audience;
    bool single_session;
    int anonymous; /* enum anonymous (admit.h) */

    /* rooms */
    int64_t history;
    uint64_t room_ttl;
    int64_t room_log;
    uint64_t room_log_bytes;
    uint64_t room_logs_bytes;
    uint64_t leave_grace;
    uint64_t tick;
    int64_t big_room;
    char *banners[BANNER_COUNT];

    /* restarts */
    uint64_t drain_delay;
    uint64_t drain_seconds;

    /* the broker */
    char *redis;
    char *redis_ca_file;
    char *redis_sentinel_auth;
    char *redis_prefix;
    char *region;

    /* the internal API */
    char *internal_listen;
    char *internal_key;

    int log_level;  /* enum log_level */
    int log_format; /* enum log_format */

    enum setting_source *set_by; /* of each row; options.c's */
};

extern const struct settings_table options_table;

/* Judges what a row of the table cannot say.  0; -EINVAL and a line for each fault in `error`; or
 * -ENOMEM. */
int options_check(const struct option_values *values, struct buffer *error) MUST_USE;

#endif
