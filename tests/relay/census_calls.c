#include "tests/relay/census_calls.h"

#include "tests/relay/function_calls.h"
#include "tests/support/unit.h"

#include <stdio.h>
#include <stdlib.h>

void worker_beat(const char *worker)
{
    (void)DO("FCALL", "livegate_heartbeat", "1", "live:workers", worker);
}

void worker_silence(const char *worker, long long ms)
{
    char score[32];
    const redisReply *now = DO("TIME");
    long long at = strtoll(reply_text(reply_item(now, 0)), NULL, 10) * 1000 - ms;

    (void)snprintf(score, sizeof score, "%lld", at);
    (void)DO("ZADD", "live:workers", score, worker);
}

long long worker_count(const char *worker, const char *viewers)
{
    return reply_integer(reply_item(CENSUS(worker, viewers, GRACE, TTL), 0));
}

bool worker_tell(const char *worker, const char *viewers, const char *verb, const char *uid,
                 const char *announcement)
{
    const redisReply *reply =
        CENSUS(worker, viewers, GRACE, TTL, verb, uid, "eu/w/1", announcement);

    assert_int_equal(reply->elements, 2);

    return reply_integer(reply_item(reply, 1)) == 1;
}

bool hash_has(const char *hash, const char *field)
{
    return reply_integer(DO("HEXISTS", hash, field)) == 1;
}
