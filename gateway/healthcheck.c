#include "gateway/healthcheck.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/span.h"
#include "gateway/listen_address.h"
#include "gateway/options.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

enum { PATIENCE_MS = 2500, ANSWER_MAX = 4096, WHY_MAX = 8192, FAULTS_MAX = 16384 };

static const char *const paths[] = {"readyz", "livez"};

/* Who listens everywhere listens here. */
static void prefer_loopback(struct listen_address *address)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)&address->socket;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&address->socket;

    if (address->socket.ss_family == AF_INET && v4->sin_addr.s_addr == htonl(INADDR_ANY))
        v4->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    else if (address->socket.ss_family == AF_INET6 && IN6_IS_ADDR_UNSPECIFIED(&v6->sin6_addr))
        v6->sin6_addr = in6addr_loopback;
}

/* For the next connect, send or recv of the socket.  -ETIMEDOUT: the time is up. */
static int limit_wait(int fd, uint64_t until)
{
    uint64_t now = clock_now();
    struct timeval left = {.tv_sec = 0};

    if (now >= until)
        return -ETIMEDOUT;

    left.tv_sec = (time_t)((until - now) / 1000);
    left.tv_usec = (suseconds_t)((until - now) % 1000 * 1000);
    if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &left, sizeof left) != 0 ||
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &left, sizeof left) != 0)
        return -errno;

    return 0;
}

static int failed(void)
{
    return errno == EAGAIN || errno == EINPROGRESS ? -ETIMEDOUT : -errno;
}

/* The whole answer. */
static int exchange(int fd, const struct listen_address *address, const char *path, uint64_t until,
                    struct buffer *answer)
{
    char bytes[1024];
    int size = snprintf(bytes, sizeof bytes, "GET %s HTTP/1.0\r\nHost: localhost\r\n\r\n", path);
    int rc = limit_wait(fd, until);
    ssize_t got;

    if (rc != 0)
        return rc;

    if (connect(fd, (const struct sockaddr *)&address->socket, address->size) != 0 ||
        send(fd, bytes, (size_t)size, MSG_NOSIGNAL) != size)
        return failed();

    while ((rc = limit_wait(fd, until)) == 0) {
        got = recv(fd, bytes, sizeof bytes, 0);
        if (got < 0)
            return failed();

        if (got == 0 || buffer_add(answer, bytes, (size_t)got) != 0)
            return buffer_status(answer);
    }

    return rc;
}

/* What the answer says, behind its head. */
static int judge(struct span answer, struct buffer *why)
{
    struct span line = span_cut(&answer, '\n');
    const char *body;

    (void)span_cut(&line, ' ');
    if (span_starts_with(line, span_of("200 ")))
        return 0;

    body = answer.size > 0 ? memmem(answer.data, answer.size, "\r\n\r\n", 4) : NULL;
    buffer_add_text(why, "it answers ");
    buffer_add_span(why, span_trim(line));
    if (body) {
        buffer_add_text(why, ": ");
        buffer_add_span(why, span_trim(span_skip(answer, (size_t)(body - answer.data) + 4)));
    }

    return -EAGAIN;
}

int healthcheck_ask(const char *address, const char *path, uint64_t patience_ms, struct buffer *why)
{
    struct listen_address where;
    struct buffer answer;
    int fd, rc;

    if (listen_address_parse(&where, address) != 0) {
        buffer_printf(why, "internal-listen is no address: %s", address);
        return -EINVAL;
    }

    prefer_loopback(&where);
    fd = socket(where.socket.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;

    buffer_init(&answer, ANSWER_MAX);
    rc = exchange(fd, &where, path, clock_now() + patience_ms, &answer);
    if (rc == 0)
        rc = judge(buffer_span(&answer), why);
    else
        buffer_printf(why, "%s does not answer: %s", address, log_errno_text(rc));

    buffer_dispose(&answer);
    (void)close(fd);

    return rc;
}

/* What is asked; argc and argv go on behind it.  NULL: for a word that is none of those. */
static const char *choose_path(int *argc, char *const **argv)
{
    if (*argc < 2 || (*argv)[1][0] == '-')
        return paths[0];

    --*argc;
    ++*argv;
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        if (strcmp((*argv)[0], paths[i]) == 0)
            return paths[i];
    }

    return NULL;
}

/* Where to ask may be among the faults. */
static void tell(const char *asked, struct span why, struct span faults)
{
    (void)fprintf(stderr, "livegate: %s: %.*s\n", asked, (int)why.size, why.data);
    while (faults.size > 0) {
        struct span fault = span_cut(&faults, '\n');

        (void)fprintf(stderr, "livegate: %.*s\n", (int)fault.size, fault.data);
    }
}

static int ask(const char *asked, const struct settings_sources *sources)
{
    int status = EXIT_FAILURE;
    struct options options;
    struct buffer why, faults;
    char path[16];

    (void)snprintf(path, sizeof path, "/%s", asked);
    buffer_init(&why, WHY_MAX);
    buffer_init(&faults, FAULTS_MAX);

    switch (options_read_internal(&options, sources, &faults)) {
    case OPTIONS_RUN:
        if (healthcheck_ask(options.internal_listen, path, PATIENCE_MS, &why) == 0)
            status = EXIT_SUCCESS;
        else
            tell(asked, buffer_span(&why), buffer_span(&faults));
        break;
    case OPTIONS_DONE:
        status = EXIT_SUCCESS;
        break;
    case OPTIONS_BAD: /* has been told */
        break;
    }

    buffer_dispose(&faults);
    buffer_dispose(&why);
    options_dispose(&options);

    return status;
}

int healthcheck_run(int argc, char *const *argv)
{
    const char *asked = choose_path(&argc, &argv);

    if (!asked) {
        (void)fprintf(stderr, "livegate: healthcheck asks readyz or livez, not %s\n", argv[0]);
        return EXIT_FAILURE;
    }

    return ask(asked,
               &(struct settings_sources){.argc = argc, .argv = argv, .environment = environ});
}
