/* judging.h - requests to judge: the parts of a good one, and the verdict on one. */
#ifndef TESTS_GATEWAY_JUDGING_H
#define TESTS_GATEWAY_JUDGING_H

#include "gateway/upgrade.h"

#define KEY "dGhlIHNhbXBsZSBub25jZQ=="
#define LINE "GET / HTTP/1.1\r\n"
#define HOST "Host: shop.example\r\n"
#define UPGRADES "Upgrade: websocket\r\nConnection: Upgrade\r\n"
#define KEYED "Sec-WebSocket-Key: " KEY "\r\n"
#define VERSIONED "Sec-WebSocket-Version: 13\r\n"
#define GOOD_HEADERS HOST UPGRADES KEYED VERSIONED
#define END "\r\n"

struct verdict {
    enum upgrade_verdict verdict;
    struct upgrade upgrade;
    size_t used;
};

struct verdict judge_by(const struct upgrade_policy *policy, const char *request);

/* By a policy that knows the subprotocols protocol1, chat and livegate.v1.json and the
 * dialects live, plain and v1. */
struct verdict judge(const char *request);

/* A good request for this target. */
struct verdict judge_target(const char *target);

/* A good request with more headers. */
struct verdict judge_with(const char *headers);

#endif
