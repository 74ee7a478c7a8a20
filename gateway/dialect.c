#include "gateway/dialect.h"

#include "gateway/upgrade.h"

#include <string.h>

const char *const dialect_names[] = {"live", "plain", "v1", "v1.msgpack", NULL};

const struct dialect *const dialects[DIALECT_COUNT] = {
    [DIALECT_LIVE] = &dialect_live,
    [DIALECT_LIVE_DATA] = &dialect_live_data,
    [DIALECT_PLAIN] = &dialect_plain,
    [DIALECT_V1] = &dialect_v1,
    [DIALECT_V1_MSGPACK] = &dialect_v1_msgpack,
};

static const struct dialect *const by_name[] = {&dialect_live, &dialect_plain, &dialect_v1,
                                                &dialect_v1_msgpack};

/* Subprotocols that settle the dialect; others only get echoed. */
static const struct {
    const char *protocol;
    const struct dialect *dialect;
} by_protocol[] = {
    {"protocol1", &dialect_live_data},
    {"livegate.v1.json", &dialect_v1},
    {"livegate.v1.msgpack", &dialect_v1_msgpack},
};

const struct dialect *dialect_from_name(const char *name)
{
    for (size_t i = 0; i < sizeof by_name / sizeof by_name[0]; i++) {
        if (strcmp(by_name[i]->name, name) == 0)
            return by_name[i];
    }

    return NULL;
}

/* `*` stands for any text, also none.  Linear: on a mismatch only the last `*` takes one more. */
static bool pattern_fits(struct span pattern, const char *path)
{
    const char *at = pattern.data, *end = at + pattern.size;
    const char *star = NULL, *resume = NULL;

    while (*path) {
        if (at < end && *at == '*') {
            star = ++at;
            resume = path;
        } else if (at < end && *at == *path) {
            at++;
            path++;
        } else if (star) {
            at = star;
            path = ++resume;
        } else {
            return false;
        }
    }

    while (at < end && *at == '*')
        at++;

    return at == end;
}

static const struct dialect *dialect_of_protocol(const char *protocol)
{
    for (size_t i = 0; i < sizeof by_protocol / sizeof by_protocol[0]; i++) {
        if (strcmp(by_protocol[i].protocol, protocol) == 0)
            return by_protocol[i].dialect;
    }

    return NULL;
}

static const struct dialect *dialect_of_path(const struct dialect_policy *policy, const char *path)
{
    for (size_t i = 0; i < policy->n_rules; i++) {
        if (pattern_fits(policy->rules[i].pattern, path))
            return policy->rules[i].dialect;
    }

    return policy->fallback;
}

const struct dialect *dialect_choose(const struct dialect_policy *policy,
                                     const struct upgrade *upgrade)
{
    const struct dialect *asked = dialect_from_name(upgrade->dialect);
    const struct dialect *offered = dialect_of_protocol(upgrade->protocol);

    if ((asked == &dialect_live && offered == &dialect_live_data) ||
        (asked == &dialect_v1 && offered == &dialect_v1_msgpack))
        return offered; /* the same dialect, and the more precise word for it */

    if (asked)
        return asked;

    return offered ? offered : dialect_of_path(policy, upgrade->path);
}
