#include "tests/gateway/guarded.h"

#include "base/clock.h"
#include "tests/support/unit.h"

#include <stdio.h>

void guarded_start(struct guarded *g, const struct site_settings *more)
{
    const char *why;
    struct site_settings settings = {0};

    if (more)
        settings = *more;
    clock_set_for_test(clock_now()); /* the wall clock too: tokens are of its time */
    *g = (struct guarded){.keys = token_keys_new()};
    assert_non_null(g->keys);
    assert_int_equal(token_keys_add_secret(g->keys, span_of(MINT_SECRET), &why), 0);
    buffer_init(&g->token, 8192);
    settings.keys = g->keys;
    site_start(&g->site, &settings);
}

void guarded_stop(struct guarded *g)
{
    site_stop(&g->site);
    token_keys_release(g->keys);
    buffer_dispose(&g->token);
    clock_real_for_test();
}

const char *guarded_token(struct guarded *g, const char *claims, int seconds)
{
    long long expires = (long long)(clock_wall_ms() / 1000) + seconds;

    (void)snprintf(g->text, sizeof g->text, "{\"exp\":%lld%s%s}", expires, *claims ? "," : "",
                   claims);

    return mint(&g->token, g->text);
}

struct viewer *guarded_viewer(struct guarded *g, const char *target, const char *claims)
{
    char headers[2048];

    (void)snprintf(headers, sizeof headers, "Authorization: Bearer %s\r\n",
                   guarded_token(g, claims, 3600));

    return viewer_open_with(&g->site, target, headers);
}

int guarded_status(struct guarded *g, const char *target, const char *headers)
{
    static char request[8192];
    struct ws_client client;
    int status;

    (void)snprintf(request, sizeof request, "GET %s HTTP/1.1\r\n" WS_CLIENT_HEADERS "%s\r\n",
                   target, headers);
    ws_client_connect(&client, listener_port(g->site.listener), site_step, &g->site);
    assert_true(ws_client_send_raw(&client, request));
    status = ws_client_read_head(&client);
    ws_client_close(&client);
    site_settle(&g->site);

    return status;
}

void guarded_say(struct viewer *viewer, const char *before, const char *token, const char *after)
{
    char text[4096];

    (void)snprintf(text, sizeof text, "%s%s%s", before, token, after);
    viewer_say(viewer, text);
}

void guarded_advance(struct guarded *g, unsigned seconds)
{
    clock_advance_for_test((uint64_t)seconds * 1000);
    site_settle(&g->site);
}
