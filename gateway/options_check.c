#include "base/ip.h"
#include "base/span.h"
#include "gateway/dialect.h"
#include "gateway/key_sources.h"
#include "gateway/listen_address.h"
#include "gateway/options_table.h"
#include "gateway/tls_identity.h"
#include "gateway/upgrade.h"
#include "relay/broker_redis.h"
#include "schema/room.h"

#include <errno.h>
#include <string.h>

#define LEAST_MEMORY_LIMIT (UINT64_C(1) << 20)

/* A name that goes into headers: RFC 9110's token. */
static bool is_token(const char *text)
{
    static const char others[] = "!#$%&'*+-.^_`|~0123456789";

    for (const char *c = text; *c; c++) {
        bool letter = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z');

        if (!letter && !strchr(others, *c))
            return false;
    }

    return *text != '\0';
}

/* ---- one check for each setting: what is wrong with it, or NULL ---- */

static const char *check_address(const char *text)
{
    struct listen_address address;

    return listen_address_parse(&address, text) == 0
               ? NULL
               : "is not an address to listen on (like 127.0.0.1:8080, [::1]:8080, :8080)";
}

/* A room in memory is known to one worker only. */
static const char *check_workers(const struct option_values *values)
{
    return values->workers == 1 || *values->redis != '\0'
               ? NULL
               : "must be 1 without redis, in which several would meet";
}

static const char *check_listen(const struct option_values *values)
{
    return check_address(values->listen);
}

static const char *check_internal_listen(const struct option_values *values)
{
    return check_address(values->internal_listen);
}

/* Browsers send "scheme://host[:port]", and "null" for pages without an origin. */
static const char *check_origins(const struct option_values *values)
{
    for (size_t i = 0; i < values->allowed_origins.count; i++) {
        const char *origin = values->allowed_origins.items[i];
        const char *host = strstr(origin, "://");

        if (strcmp(origin, "null") != 0 && (!host || host[3] == '\0' || strchr(host + 3, '/')))
            return "has an item that is not an origin (like https://shop.example, without a path)";
    }

    return NULL;
}

static const char *check_subprotocols(const struct option_values *values)
{
    for (size_t i = 0; i < values->subprotocols.count; i++) {
        const char *name = values->subprotocols.items[i];

        if (!is_token(name) || strlen(name) > UPGRADE_MAX_PROTOCOL)
            return "has an item that is not the name of a subprotocol";
    }

    return NULL;
}

static const char *check_path_dialects(const struct option_values *values)
{
    for (size_t i = 0; i < values->path_dialects.count; i++) {
        const char *rule = values->path_dialects.items[i];
        const char *equals = strrchr(rule, '=');

        if (!equals || equals == rule)
            return "has an item that is not PATTERN=DIALECT";
        if (!dialect_from_name(equals + 1))
            return "names a dialect that is none of ours (live, plain, v1, v1.msgpack)";
    }

    return NULL;
}

static const char *check_trusted_proxies(const struct option_values *values)
{
    struct ip_range range;

    for (size_t i = 0; i < values->trusted_proxies.count; i++) {
        if (ip_range_parse(&range, span_of(values->trusted_proxies.items[i])) != 0)
            return "has an item that is neither an address nor a range (like 10.0.0.0/8)";
    }

    return NULL;
}

/* Less than that a handful of clients can make us hold. */
static const char *check_memory_limit(const struct option_values *values)
{
    return values->memory_limit == 0 || values->memory_limit >= LEAST_MEMORY_LIMIT
               ? NULL
               : "is less than 1MB";
}

static const char *check_default_room(const struct option_values *values)
{
    return *values->default_room == '\0' || room_id_valid(span_of(values->default_room))
               ? NULL
               : "is not a room id (1 to 64 of A-Za-z0-9_.-)";
}

static const char *check_redis(const struct option_values *values)
{
    return *values->redis == '\0' || broker_redis_check_url(values->redis) == 0
               ? NULL
               : "is not a URL of Redis (like redis://user:password@host:6379/0 or "
                 "sentinel://host:26379,host:26379/master)";
}

static const char *check_redis_ca_file(const struct option_values *values)
{
    return *values->redis_ca_file == '\0' || broker_redis_check_ca_file(values->redis_ca_file) == 0
               ? NULL
               : "is not a file of certificates in PEM";
}

static const char *check_redis_sentinel_auth(const struct option_values *values)
{
    return *values->redis_sentinel_auth == '\0' ||
                   broker_redis_check_sentinel_auth(values->redis_sentinel_auth) == 0
               ? NULL
               : "is not [user:]password, the user at most 127 bytes, the password 1 to 511";
}

static const char *check_redis_prefix(const struct option_values *values)
{
    return room_prefix_valid(span_of(values->redis_prefix))
               ? NULL
               : "is not a prefix (1 to 32 of A-Za-z0-9_.:-)";
}

static const char *check_region(const struct option_values *values)
{
    return room_id_valid(span_of(values->region)) ? NULL
                                                  : "is not a name (1 to 32 of A-Za-z0-9_.-)";
}

/* A header's value neither begins nor ends with a space, and is ASCII to be safe. */
static const char *check_internal_key(const struct option_values *values)
{
    for (const char *c = values->internal_key; *c; c++) {
        if (*c <= ' ' || *c > '~')
            return "must be of visible ASCII characters, without spaces";
    }

    return NULL;
}

static bool has_keys(const struct option_values *values)
{
    return *values->token_secret || *values->token_key_file || *values->token_jwks;
}

/* Who names an audience has forgotten the key: without it everybody would get in. */
static const char *check_token_audience(const struct option_values *values)
{
    return *values->token_audience == '\0' || has_keys(values)
               ? NULL
               : "needs a key: token-secret, token-key-file or token-jwks";
}

static const char *check_single_session(const struct option_values *values)
{
    return !values->single_session || has_keys(values)
               ? NULL
               : "needs a key for tokens, which say who a client is";
}

static const char *check_open_access(const struct option_values *values)
{
    return !values->open_access || !has_keys(values)
               ? NULL
               : "contradicts the keys for tokens, which say who may send";
}

static const char *check_tls_cert(const struct option_values *values)
{
    return *values->tls_cert == '\0' || *values->tls_key != '\0' ? NULL : "needs its tls-key";
}

static const char *check_tls_key(const struct option_values *values)
{
    return *values->tls_key == '\0' || *values->tls_cert != '\0' ? NULL : "needs its tls-cert";
}

static const struct {
    const char *name;
    const char *(*check)(const struct option_values *values);
} checks[] = {
    {"workers", check_workers},
    {"listen", check_listen},
    {"tls-cert", check_tls_cert},
    {"tls-key", check_tls_key},
    {"open-access", check_open_access},
    {"token-audience", check_token_audience},
    {"single-session", check_single_session},
    {"allowed-origins", check_origins},
    {"subprotocols", check_subprotocols},
    {"path-dialects", check_path_dialects},
    {"trusted-proxies", check_trusted_proxies},
    {"default-room", check_default_room},
    {"memory-limit", check_memory_limit},
    {"redis", check_redis},
    {"redis-ca-file", check_redis_ca_file},
    {"redis-sentinel-auth", check_redis_sentinel_auth},
    {"redis-prefix", check_redis_prefix},
    {"region", check_region},
    {"internal-listen", check_internal_listen},
    {"internal-key", check_internal_key},
};

static const char *const banner_names[] = {
#define X(constant, setting, text) [BANNER_##constant] = (setting),
    BANNERS(X)
#undef X
};

/* The files are read for this and again at the start. */
static int check_keys(const struct option_values *values, struct buffer *error)
{
    const struct key_sources sources = {.secret = values->token_secret,
                                        .key_file = values->token_key_file,
                                        .jwks = values->token_jwks};
    struct token_keys *keys;
    int rc = key_sources_read(&sources, &keys, error);

    token_keys_release(keys);

    return rc;
}

static int check_identity(const struct option_values *values, struct buffer *error)
{
    struct tls_identity *identity = NULL;
    int rc = 0;

    if (*values->tls_cert && *values->tls_key)
        rc = tls_identity_read(values->tls_cert, values->tls_key, &identity, error);

    tls_identity_release(identity);

    return rc;
}

static void complain(struct buffer *error, const char *name, const char *wrong)
{
    buffer_printf(error, "%s%s %s", error->size > 0 ? "\n" : "", name, wrong);
}

int options_check(const struct option_values *values, struct buffer *error)
{
    size_t before;
    int rc;

    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++) {
        const char *wrong = checks[i].check(values);

        if (wrong)
            complain(error, checks[i].name, wrong);
    }

    for (size_t i = 0; i < BANNER_COUNT; i++) {
        if (banner_check(values->banners[i]) != 0)
            complain(error, banner_names[i],
                     "has braces around something else than name, others, count, goods");
    }

    before = error->size;
    buffer_add_text(error, before > 0 ? "\n" : "");
    rc = check_keys(values, error);
    if (rc == 0)
        rc = check_identity(values, error);
    if (rc == 0)
        buffer_truncate(error, before);

    return rc == 0 && before > 0 ? -EINVAL : rc;
}
