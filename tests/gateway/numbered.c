#include "tests/gateway/numbered.h"

#include "relay/relay.h"

#include <stdio.h>

static void ignore(void *arg, const struct broker_status *status,
                   const struct broker_published *published)
{
    (void)arg, (void)status, (void)published;
}

void numbered_say(struct site *site, const char *text)
{
    const struct relay_publish request = {.room = span_of("r"), .message = span_of(text)};

    relay_publish(site->relay, &request, ignore, NULL);
}

void numbered_publish(struct site *site, const char *kind, int n)
{
    char text[128];

    (void)snprintf(text, sizeof text, "{\"msg_type\":\"%s\",\"n\":%d,\"end\":0}", kind, n);
    numbered_say(site, text);
}

void numbered_orders(struct site *site, int from, int to)
{
    for (int n = from; n < to; n++)
        numbered_publish(site, "buy", n);
}

void numbered_expect(struct viewer *viewer, int n)
{
    char part[32];

    (void)snprintf(part, sizeof part, "\"n\":%d,", n);
    viewer_expect(viewer, part);
}

void numbered_expect_all(struct viewer *viewer, int from, int to)
{
    for (int n = from; n < to; n++)
        numbered_expect(viewer, n);
}
