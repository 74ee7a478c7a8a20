#include "gateway/ws_context.h"

#include "base/log.h"
#include "gateway/client_socket.h"

#include <libwebsockets.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/resource.h>

enum {
    MAX_DESCRIPTORS = 1 << 20, /* each costs libwebsockets 16 bytes in every context */
    LOGGED_A_MINUTE = 10
};

struct ws_context {
    struct lws_context *lws;
    struct lws_vhost *vhost;
    lws_log_cx_t log; /* an own one: the library's is counted without a lock */
};

/* Instead of the library's own, which adds up sizes in an unlocked global. */
static void *allocate(void *old, size_t size, const char *reason)
{
    (void)reason;

    if (size > 0)
        return realloc(old, size);

    free(old);

    return NULL;
}

/* With a limit above 10,000,000 (containers have it) libwebsockets settles for 2,560
 * descriptors; and it must not be told a number, for then it searches its connections one by
 * one. */
static void limit_descriptors(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur <= MAX_DESCRIPTORS)
        return;

    limit.rlim_cur = MAX_DESCRIPTORS;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
        LOG(WARN, "cannot lower the limit of open files, few connections will fit");
}

/* For all contexts, before there are threads. */
static void prepare_library(void)
{
    limit_descriptors();
    lws_set_allocator(allocate);
    /* The process-wide log has two lines for each adopted socket, as errors, and nothing that a
     * return value does not say too. */
    lws_set_log_level(0, NULL);
}

static void on_log(struct lws_log_cx *cx, int level, const char *line, size_t size)
{
    struct span text = span_trim(span_make(line, size));

    (void)cx;

    /* "[date] E: ..." */
    if (span_starts_with(text, span_of("[")))
        text = span_trim(span_skip(text, span_find(text, ']') + 1));

    if (level & LLL_ERR)
        LOG_LIMITED(ERROR, LOGGED_A_MINUTE, 60000, "libwebsockets", LOG_SPAN("says", text));
    else
        LOG_LIMITED(WARN, LOGGED_A_MINUTE, 60000, "libwebsockets", LOG_SPAN("says", text));
}

static void dispose(struct ws_context *context)
{
    if (context->lws)
        lws_context_destroy(context->lws);

    free(context);
}

void ws_context_free(struct ws_context *context)
{
    if (context)
        dispose(context);
}

struct ws_context *ws_context_new(struct event_base *loop, const struct lws_protocols *protocols,
                                  void *user)
{
    static pthread_once_t prepared = PTHREAD_ONCE_INIT;
    static const lws_retry_bo_t no_timers = {.retry_ms_table = NULL}; /* all zero */
    void *loops[] = {loop};
    struct ws_context *context = calloc(1, sizeof *context);
    struct lws_context_creation_info info = {
        .port = CONTEXT_PORT_NO_LISTEN_SERVER,
        .protocols = protocols,
        .options = LWS_SERVER_OPTION_LIBEVENT | LWS_SERVER_OPTION_EXPLICIT_VHOSTS,
        .foreign_loops = loops,
        .user = user,
        .gid = (gid_t)-1,
        .uid = (uid_t)-1,
        .retry_and_idle_policy = &no_timers,
    };

    if (!context)
        return NULL;

    (void)pthread_once(&prepared, prepare_library);

    context->log = (lws_log_cx_t){
        .u.emit_cx = on_log,
        .lll_flags = LLL_ERR | LLL_WARN | LLLF_LOG_CONTEXT_AWARE,
    };
    info.log_cx = &context->log;
    context->lws = lws_create_context(&info);
    context->vhost = context->lws ? lws_create_vhost(context->lws, &info) : NULL;
    if (!context->vhost) {
        dispose(context);
        return NULL;
    }

    return context;
}

struct lws *ws_context_adopt(struct ws_context *context, const struct client_socket *socket,
                             struct span frames)
{
    return lws_adopt_ws_vhost(context->vhost, socket->fd, socket->tls, frames.data, frames.size);
}
