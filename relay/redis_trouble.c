#include "relay/redis_trouble.h"

#include <stddef.h>

#define OURS(refusal, code)                                                                   \
    {                                                                                         \
        code " ", REMEDY_NONE, REFUSAL_##refusal, BROKER_ERROR_FUNCTION, "the message is bad" \
    }
#define THEIRS(code, remedy, error, why)                                                \
    {                                                                                   \
        code, REMEDY_##remedy, REFUSAL_UNAVAILABLE, BROKER_ERROR_##error, "redis: " why \
    }

#define LACKS_A_PERMISSION "the user lacks a permission (NOPERM)"

static const struct redis_trouble troubles[] = {
    OURS(MALFORMED, "MALFORMED"),
    OURS(UNKNOWN, "UNKNOWN"),
    OURS(TOO_BIG, "TOO_BIG"),
    OURS(SHELF_FULL, "SHELF_FULL"),
    OURS(TOO_MANY, "TOO_MANY"),
    OURS(NOT_IN_HISTORY, "NOT_IN_HISTORY"),
    THEIRS("ERR Function not found", LOAD, FUNCTION, "the function library is gone"),
    THEIRS("LOADING", RENEW, LOADING, "loading its data (LOADING)"),
    THEIRS("MASTERDOWN", RENEW, READONLY, "a replica without its master (MASTERDOWN)"),
    THEIRS("READONLY", RENEW, READONLY, "a read-only replica (READONLY)"),
    THEIRS("NOAUTH", RENEW, AUTH, "wants a password (NOAUTH)"),
    THEIRS("WRONGPASS", RENEW, AUTH, "wrong user or password (WRONGPASS)"),
    THEIRS("NOPERM", NONE, PERMISSION, LACKS_A_PERMISSION),
    THEIRS("ERR The user executing the script", NONE, PERMISSION, LACKS_A_PERMISSION),
    THEIRS("ERR ACL failure in script", NONE, PERMISSION, LACKS_A_PERMISSION),
    THEIRS("OOM", WAIT, OUT_OF_MEMORY, "out of memory (OOM)"),
    THEIRS("MISCONF", WAIT, READONLY, "refuses writes, for it cannot save (MISCONF)"),
    THEIRS("NOREPLICAS", WAIT, READONLY, "refuses writes without replicas (NOREPLICAS)"),
    THEIRS("BUSY", WAIT, OTHER, "busy with a script (BUSY)"),
    THEIRS("MOVED", WAIT, MOVED, "a cluster, which is not supported (MOVED)"),
    THEIRS("ASK", WAIT, MOVED, "a cluster, which is not supported (ASK)"),
    THEIRS("CROSSSLOT", WAIT, MOVED, "a cluster, which is not supported (CROSSSLOT)"),
    THEIRS("CLUSTERDOWN", WAIT, MOVED, "the cluster is down (CLUSTERDOWN)"),
    THEIRS("TRYAGAIN", NONE, MOVED, "the cluster is being changed (TRYAGAIN)"),
    THEIRS("DENIED", RENEW, AUTH, "protected mode (DENIED)"),
    THEIRS("ERR max number of clients", RENEW, CONNECT, "too many clients"),
};

/* A key of another type, a bug of ours, a Redis that is none. */
static const struct redis_trouble unknown = {"", REMEDY_NONE, REFUSAL_INTERNAL, BROKER_ERROR_OTHER,
                                             "redis: an unexpected error"};

const struct redis_trouble *redis_trouble_of(struct span error)
{
    for (size_t i = 0; i < sizeof troubles / sizeof troubles[0]; i++) {
        if (span_starts_with(error, span_of(troubles[i].code)))
            return &troubles[i];
    }

    return &unknown;
}

bool redis_trouble_is_of_message(const struct redis_trouble *trouble)
{
    return trouble->refusal != REFUSAL_UNAVAILABLE && trouble->refusal != REFUSAL_INTERNAL;
}

struct span redis_trouble_detail(const struct redis_trouble *trouble, struct span error)
{
    if (!redis_trouble_is_of_message(trouble))
        return SPAN_NONE;

    return span_skip(error, span_of(trouble->code).size);
}
