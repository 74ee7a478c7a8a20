/* banner.h - the texts that old clients show above the chat: who came, left, bought.
 *
 * A template is UTF-8 text with {name}, {others}, {count} and {goods} in it ({others} is
 * one less than {count}: all but the one who is named); the defaults are Chinese.  The
 * guest's name is a text, nothing in it is replaced.  Values come as raw JSON string
 * contents and go out as such. */
#ifndef SCHEMA_BANNER_H
#define SCHEMA_BANNER_H

#include "base/attributes.h"
#include "base/buffer.h"
#include "base/span.h"

#include <stdint.h>

/*   constant  setting         default */
#define BANNERS(X)                                             \
    X(JOIN, "banner-join", "{name} 进入直播间")                \
    X(JOINS, "banner-joins", "{name} 等 {count} 人进入直播间") \
    X(LEAVE, "banner-leave", "{name} 离开直播间")              \
    X(FOLLOW, "banner-subscribe", "{name} 关注了直播间")       \
    X(BUY, "banner-buy", "{name} 购买了 {goods}")              \
    X(GUEST, "guest-name", "游客")

enum banner {
#define X(constant, setting, text) BANNER_##constant,
    BANNERS(X)
#undef X
        BANNER_COUNT
};

/* The templates in use; borrowed texts. */
struct banners {
    const char *texts[BANNER_COUNT];
};

extern const struct banners banners_default;

struct banner_values {
    struct span name;  /* raw JSON string content; empty: the guest name */
    struct span goods; /* likewise */
    uint64_t count;
};

/* 0, or -EINVAL for a template with an unknown or unclosed {…} or that is not UTF-8. */
int banner_check(const char *text) MUST_USE;

/* Appends the text as the content of a JSON string, without quotes. */
void banner_write(const struct banners *banners, enum banner banner,
                  const struct banner_values *values, struct buffer *out);

#endif
