#include "relay/redis_sentinel.h"

#include "base/log.h"
#include "base/span.h"
#include "relay/redis_answer.h"
#include "relay/redis_link.h"

#include <errno.h>
#include <hiredis/hiredis.h>
#include <string.h>

static bool read_epoch(struct redis_sentinel *sentinel, const redisReply *reply)
{
    return reply->type == REDIS_REPLY_ARRAY &&
           span_to_u64(redis_answer_named(reply, "config-epoch"), &sentinel->asked_epoch) == 0;
}

static bool read_address(struct redis_sentinel *sentinel, const redisReply *reply)
{
    struct span host = SPAN_NONE;
    uint64_t port = 0;

    if (reply->type == REDIS_REPLY_ARRAY && reply->elements == 2 &&
        span_to_u64(redis_answer_text(reply->element[1]), &port) == 0)
        host = redis_answer_text(reply->element[0]);

    if (host.size == 0 || host.size >= sizeof sentinel->host || port == 0 || port > UINT16_MAX)
        return false;

    memcpy(sentinel->host, host.data, host.size);
    sentinel->host[host.size] = '\0';
    sentinel->port = (uint16_t)port;

    return true;
}

static void on_epoch(const struct redis_call *call, enum redis_end end, const redisReply *reply)
{
    struct redis_sentinel *sentinel = call->owner;

    if (end == REDIS_REPLIED)
        sentinel->epoch_known = read_epoch(sentinel, reply);
}

static void on_address(const struct redis_call *call, enum redis_end end, const redisReply *reply)
{
    struct redis_sentinel *sentinel = call->owner;

    if (end != REDIS_REPLIED)
        return; /* the link tells */

    sentinel->told = sentinel->epoch_known && read_address(sentinel, reply);
    if (sentinel->told) {
        sentinel->epoch = sentinel->asked_epoch;
        sentinel->on_told(sentinel->owner);
        return;
    }

    LOG_LIMITED(WARN, 3, 60000, "a sentinel does not know the master, asking again",
                LOG_TEXT("host", sentinel->url.host), LOG_UINT("port", sentinel->url.port),
                LOG_TEXT("master", sentinel->master));
}

/* Two questions, which leave together and so have one answer: the first knows the epoch, but it is
 * the second that names the new master while a failover is not quite over. */
void redis_sentinel_ask(struct redis_sentinel *sentinel)
{
    const struct redis_call epoch = {.on_end = on_epoch, .owner = sentinel};
    const struct redis_call address = {.on_end = on_address, .owner = sentinel};
    struct span words[] = {SPAN_LITERAL("SENTINEL"), SPAN_LITERAL("MASTER"),
                           span_of(sentinel->master)};
    const size_t n = sizeof words / sizeof words[0];

    if (redis_link_ask(sentinel->link, words, n, &epoch) != 0)
        return; /* not there: asked as soon as it is */

    words[1] = span_of("GET-MASTER-ADDR-BY-NAME");
    if (redis_link_ask(sentinel->link, words, n, &address) != 0)
        sentinel->told = false;
}

static void on_up(void *owner)
{
    redis_sentinel_ask(owner);
}

static void on_down(void *owner, const char *why)
{
    struct redis_sentinel *sentinel = owner;

    (void)why;
    sentinel->told = false;
}

void redis_sentinel_dispose(struct redis_sentinel *sentinel)
{
    redis_link_free(sentinel->link);
    sentinel->link = NULL;
}

int redis_sentinel_init(struct redis_sentinel *sentinel, const struct redis_link_settings *link)
{
    static const struct redis_link_events events = {.on_up = on_up, .on_down = on_down};
    struct redis_link_settings settings = *link;

    settings.url = &sentinel->url;
    settings.name = "livegate-sentinel";
    sentinel->link = redis_link_new(&settings, &events, sentinel);

    return sentinel->link ? 0 : -ENOMEM;
}
