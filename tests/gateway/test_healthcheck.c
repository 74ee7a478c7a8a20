#include "gateway/healthcheck.h"

#include "base/clock.h"
#include "tests/support/failing_malloc.h"
#include "tests/support/unit.h"

#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Somebody who listens and gives one answer, in pieces. */
struct fixture {
    int fd;
    const char *answer; /* NULL: none, ever */
    pthread_t thread;
    char asked[256];
    char everywhere[32];
    struct buffer why;
};

static int set_up(void **state)
{
    static struct fixture f;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof address;

    f = (struct fixture){.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    assert_int_equal(bind(f.fd, (const struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(f.fd, 1), 0);
    assert_int_equal(getsockname(f.fd, (struct sockaddr *)&address, &size), 0);
    (void)snprintf(f.everywhere, sizeof f.everywhere, ":%u", (unsigned)ntohs(address.sin_port));
    buffer_init(&f.why, 8192);
    *state = &f;

    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    buffer_dispose(&f->why);

    return f->fd >= 0 ? close(f->fd) : 0;
}

static void *answer(void *arg)
{
    struct fixture *f = arg;
    int fd = accept(f->fd, NULL, NULL);
    size_t half = strlen(f->answer) / 2;

    (void)!recv(fd, f->asked, sizeof f->asked - 1, 0);
    (void)!write(fd, f->answer, half);
    (void)!write(fd, f->answer + half, strlen(f->answer) - half);
    (void)close(fd);

    return NULL;
}

static int ask(struct fixture *f, const char *path, const char *text)
{
    int rc;

    f->answer = text;
    assert_int_equal(pthread_create(&f->thread, NULL, answer, f), 0);
    rc = healthcheck_ask(f->everywhere, path, 5000, &f->why);
    assert_int_equal(pthread_join(f->thread, NULL), 0);

    return rc;
}

static void an_answer_of_200_is_well(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(ask(f, "/livez", "HTTP/1.0 200 OK\r\n\r\n{}"), 0);

    assert_ptr_equal(strstr(f->asked, "GET /livez HTTP/1.0\r\n"), f->asked);
    assert_int_equal(f->why.size, 0);
}

static void another_one_is_told_with_its_reasons(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(
        ask(f, "/readyz", "HTTP/1.0 503 Service Unavailable\r\nX: y\r\n\r\n{\"ready\":false}"),
        -EAGAIN);

    assert_string_equal(buffer_text(&f->why),
                        "it answers 503 Service Unavailable: {\"ready\":false}");
}

static void what_is_no_http_is_not_well(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(ask(f, "/readyz", "hello"), -EAGAIN);
}

static void nobody_there_is_not_well(void **state)
{
    struct fixture *f = *state;

    (void)close(f->fd);
    f->fd = -1;

    assert_int_equal(healthcheck_ask(f->everywhere, "/readyz", 5000, &f->why), -ECONNREFUSED);
    assert_non_null(strstr(buffer_text(&f->why), "Connection refused"));
}

static void who_does_not_answer_in_time_is_not_well(void **state)
{
    struct fixture *f = *state;
    uint64_t began = clock_now();

    assert_int_equal(healthcheck_ask(f->everywhere, "/readyz", 200, &f->why), -ETIMEDOUT);

    assert_true(clock_now() - began >= 190);
}

static void without_memory_it_is_not_well(void **state)
{
    struct fixture *f = *state;

    fail_malloc_after(0);
    assert_int_not_equal(ask(f, "/readyz", "HTTP/1.0 200 OK\r\n\r\n"), 0);
    fail_malloc_never();
}

#define SENTENCE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SENTENCE(an_answer_of_200_is_well),
        SENTENCE(another_one_is_told_with_its_reasons),
        SENTENCE(what_is_no_http_is_not_well),
        SENTENCE(nobody_there_is_not_well),
        SENTENCE(who_does_not_answer_in_time_is_not_well),
        SENTENCE(without_memory_it_is_not_well),
    };

    return cmocka_run_group_tests_name("healthcheck", tests, NULL, NULL);
}
