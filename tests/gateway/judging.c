#include "tests/gateway/judging.h"

#include <stdio.h>

struct verdict judge_by(const struct upgrade_policy *policy, const char *request)
{
    struct verdict v = {.used = 0};

    v.verdict = upgrade_judge(policy, span_of(request), &v.upgrade, &v.used);

    return v;
}

struct verdict judge(const char *request)
{
    static const char *const protocols[] = {"protocol1", "chat", "livegate.v1.json", NULL};
    static const char *const dialects[] = {"live", "plain", "v1", NULL};
    const struct upgrade_policy policy = {.protocols = protocols, .dialects = dialects};

    return judge_by(&policy, request);
}

struct verdict judge_target(const char *target)
{
    static char request[UPGRADE_MAX_BYTES]; /* the verdict borrows from it */

    (void)snprintf(request, sizeof request, "GET %s HTTP/1.1\r\n" GOOD_HEADERS END, target);

    return judge(request);
}

struct verdict judge_with(const char *headers)
{
    static char request[UPGRADE_MAX_BYTES]; /* the verdict borrows from it */

    (void)snprintf(request, sizeof request, LINE GOOD_HEADERS "%s" END, headers);

    return judge(request);
}
