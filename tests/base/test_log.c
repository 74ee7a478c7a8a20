#include "base/log.h"

#include "base/clock.h"
#include "base/random.h"
#include "tests/support/failing_malloc.h"
#include "tests/support/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define TS "ts=2023-11-14T22:13:20.007Z "

static int ends[2]; /* of the pipe that lines go through */
static char text[65536];

static int set_up(void **state)
{
    (void)state;
    clock_set_for_test(7);
    if (pipe2(ends, O_NONBLOCK) != 0)
        return -1;

    log_init(LEVEL_INFO, LOG_FORMAT_TEXT, ends[1]);

    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    clock_real_for_test();
    log_init(LEVEL_INFO, LOG_FORMAT_TEXT, STDERR_FILENO);
    (void)close(ends[0]);
    (void)close(ends[1]);

    return 0;
}

/* What has been logged since the last call. */
static const char *logged(void)
{
    ssize_t n = read(ends[0], text, sizeof text - 1);

    text[n > 0 ? n : 0] = '\0';

    return text;
}

static void a_line_tells_what_when_and_how_bad(void **state)
{
    LOG(WARN, "redis lost, retrying", LOG_TEXT("host", "10.0.0.7:6379"), LOG_INT("retry_ms", 200),
        LOG_UINT("rooms", 412), LOG_BOOL("known", true), LOG_INT("below", -1));

    assert_string_equal(logged(), TS "level=warn msg=\"redis lost, retrying\" host=10.0.0.7:6379 "
                                     "retry_ms=200 rooms=412 known=true below=-1\n");
    (void)state;
}

static void the_same_line_as_json(void **state)
{
    log_init(LEVEL_INFO, LOG_FORMAT_JSON, ends[1]);
    LOG(ERROR, "it is \"over\"", LOG_TEXT("host", "a\nb"), LOG_INT("n", -2), LOG_BOOL("no", false));

    assert_string_equal(logged(), "{\"ts\":\"2023-11-14T22:13:20.007Z\",\"level\":\"error\","
                                  "\"msg\":\"it is \\\"over\\\"\",\"host\":\"a\\nb\",\"n\":-2,"
                                  "\"no\":false}\n");
    (void)state;
}

static void any_bytes_make_a_json_object(void **state)
{
    log_init(LEVEL_INFO, LOG_FORMAT_JSON, ends[1]);
    for (int i = 0; i < 500; i++) {
        char value[64];
        json_t *object;

        random_bytes(value, sizeof value);
        LOG(INFO, "m", LOG_SPAN("v", span_make(value, sizeof value)));
        object = json_loads(logged(), JSON_ALLOW_NUL, NULL);
        assert_non_null(object);
        assert_true(json_string_length(json_object_get(object, "v")) > 0);
        json_decref(object);
    }
    (void)state;
}

static void a_line_needs_no_fields(void **state)
{
    LOG(INFO, "ready");

    assert_string_equal(logged(), TS "level=info msg=ready\n");
    (void)state;
}

static void lines_below_the_level_cost_nothing(void **state)
{
    int evaluated = 0;

    LOG(DEBUG, "hidden", LOG_INT("n", ++evaluated));
    assert_string_equal(logged(), "");
    assert_int_equal(evaluated, 0);

    log_set_level(LEVEL_DEBUG);
    LOG(DEBUG, "shown", LOG_INT("n", ++evaluated));
    assert_string_equal(logged(), TS "level=debug msg=shown n=1\n");

    log_set_level(LEVEL_ERROR);
    assert_false(log_enabled(LEVEL_WARN));
    assert_true(log_enabled(LEVEL_ERROR));
    (void)state;
}

/* What a text field with this value looks like in a line. */
static const char *as_field(const char *value, size_t size)
{
    char *start;

    LOG(INFO, "m", LOG_SPAN("v", span_make(value, size)));
    start = strstr(logged(), "msg=m v=");
    assert_non_null(start);
    start[strlen(start) - 1] = '\0';

    return start + strlen("msg=m v=");
}

#define AS_FIELD(literal) as_field(literal, sizeof(literal) - 1)

static void nobody_writes_lines_of_their_own(void **state)
{
    assert_string_equal(AS_FIELD("a\nlevel=error msg=fake"), "\"a\\nlevel=error msg=fake\"");
    assert_string_equal(AS_FIELD("a\" b=\"c"), "\"a\\\" b=\\\"c\"");
    assert_string_equal(AS_FIELD("a=b"), "\"a=b\"");
    assert_string_equal(AS_FIELD("a\\"), "\"a\\\\\"");
    assert_string_equal(AS_FIELD("\x1b[31m\r\t\x7f"), "\"\\u001b[31m\\u000d\\u0009\\u007f\"");
    assert_string_equal(AS_FIELD("a\0b"), "\"a\\u0000b\"");
    assert_string_equal(AS_FIELD("\xc2\x85"), "\"\\u0085\""); /* next line */
    assert_string_equal(AS_FIELD("\xe2\x80\xae"
                                 "evil"),
                        "\"\\u202eevil\"");                       /* right to left */
    assert_string_equal(AS_FIELD("\xe2\x80\xa8"), "\"\\u2028\""); /* line separator */
    (void)state;
}

static void other_scripts_stay_readable(void **state)
{
    assert_string_equal(AS_FIELD("小程序來了"), "\"小程序來了\"");
    assert_string_equal(AS_FIELD("é😀"), "\"é😀\"");
    assert_string_equal(AS_FIELD(""), "\"\"");
    (void)state;
}

static void broken_utf8_is_replaced(void **state)
{
#define REPLACEMENT "\xef\xbf\xbd"
    assert_string_equal(AS_FIELD("a\xff"), "\"a" REPLACEMENT "\"");
    assert_string_equal(AS_FIELD("\x80z"), "\"" REPLACEMENT "z\"");
    assert_string_equal(AS_FIELD("\xc0\xaf"), "\"" REPLACEMENT REPLACEMENT "\""); /* overlong */
    assert_string_equal(AS_FIELD("\xe5\xb0"), "\"" REPLACEMENT REPLACEMENT "\""); /* cut */
    assert_string_equal(AS_FIELD("\xed\xa0\x80"),
                        "\"" REPLACEMENT REPLACEMENT REPLACEMENT "\""); /* surrogate */
    assert_string_equal(AS_FIELD("\xf4\x90\x80\x80"),
                        "\"" REPLACEMENT REPLACEMENT REPLACEMENT REPLACEMENT "\"");
    assert_string_equal(AS_FIELD("\xe5z"), "\"" REPLACEMENT "z\"");
    (void)state;
}

static void long_values_are_cut(void **state)
{
    char value[5000];
    const char *field;

    memset(value, 'x', sizeof value);
    field = as_field(value, sizeof value);

    assert_in_range(strlen(field), 900, 1010);
    assert_string_equal(field + strlen(field) - 5, "x...\"");

    memset(value, '\n', sizeof value);
    field = as_field(value, sizeof value);
    assert_in_range(strlen(field), 900, 1010);
    (void)state;
}

static void fields_that_do_not_fit_are_left_out_and_it_says_so(void **state)
{
    char value[900];
    const char *line;

    memset(value, 'x', sizeof value);
    LOG(INFO, "m", LOG_SPAN("a", span_make(value, 900)), LOG_SPAN("b", span_make(value, 900)),
        LOG_SPAN("c", span_make(value, 900)), LOG_SPAN("d", span_make(value, 900)),
        LOG_SPAN("e", span_make(value, 900)), LOG_TEXT("f", "short"));

    line = logged();
    assert_true(strlen(line) <= LOG_MAX_LINE);
    assert_non_null(strstr(line, " d=x"));
    assert_null(strstr(line, " e="));
    assert_null(strstr(line, " f="));
    assert_string_equal(line + strlen(line) - 16, " truncated=true\n");
    (void)state;
}

static void an_errno_is_told_in_words(void **state)
{
    LOG(WARN, "m", LOG_ERRNO("error", -ECONNREFUSED), LOG_ERRNO("other", ENOENT),
        LOG_ERRNO("odd", 99999));

    assert_string_equal(logged(), TS "level=warn msg=m error=\"Connection refused\" "
                                     "other=\"No such file or directory\" odd=\"unknown error\"\n");
    (void)state;
}

static void logging_leaves_errno_alone(void **state)
{
    (void)close(ends[1]);
    errno = E2BIG;
    LOG(INFO, "nowhere");

    assert_int_equal(errno, E2BIG);
    ends[1] = -1;
    (void)state;
}

static void warn_limited(int i)
{
    LOG_LIMITED(WARN, 2, 1000, "bad frame", LOG_INT("i", i));
}

static void a_place_is_limited_and_then_tells_how_many_were_suppressed(void **state)
{
    for (int i = 0; i < 10; i++)
        warn_limited(i);

    assert_string_equal(logged(), TS "level=warn msg=\"bad frame\" i=0\n" TS
                                     "level=warn msg=\"bad frame\" i=1\n");

    clock_advance_for_test(1000);
    warn_limited(10);
    warn_limited(11);
    assert_string_equal(
        logged(), "ts=2023-11-14T22:13:21.007Z level=warn msg=\"bad frame\" i=10 suppressed=8\n"
                  "ts=2023-11-14T22:13:21.007Z level=warn msg=\"bad frame\" i=11\n");
    (void)state;
}

static void lost_lines_are_counted(void **state)
{
    int kept = 0;
    const char *line;

    (void)fcntl(ends[1], F_SETPIPE_SZ, 4096);
    for (int i = 0; i < 200; i++)
        LOG(INFO, "a line that fills the pipe");

    for (line = logged(); (line = strchr(line, '\n')); line++)
        kept++;

    LOG(INFO, "again");
    (void)snprintf(text, 100, TS "level=info msg=again lost=%d\n", 200 - kept);
    assert_true(kept < 200);
    {
        char expected[100];

        memcpy(expected, text, sizeof expected);
        assert_string_equal(logged(), expected);
    }
    LOG(INFO, "and again");
    assert_string_equal(logged(), TS "level=info msg=\"and again\"\n");
    (void)state;
}

static void it_needs_no_memory(void **state)
{
    fail_malloc_after(0);
    LOG(ERROR, "out of memory", LOG_TEXT("where", "anywhere else"));
    fail_malloc_never();

    assert_string_equal(logged(), TS "level=error msg=\"out of memory\" where=\"anywhere else\"\n");
    (void)state;
}

enum { THREADS = 4, LINES = 50 };

static void *log_many(void *arg)
{
    for (int i = 0; i < LINES; i++)
        LOG(INFO, "from a thread", LOG_TEXT("name", arg));

    return NULL;
}

static void lines_of_threads_do_not_mix(void **state)
{
    static char name[] = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";
    pthread_t threads[THREADS];
    struct span rest;
    int lines = 0;

    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, log_many, name), 0);

    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);

    rest = span_of(logged());
    while (rest.size > 0) {
        struct span line = span_cut(&rest, '\n');

        assert_true(span_starts_with(line, span_of(TS "level=info msg=\"from a thread\" name=x")));
        assert_true(span_ends_with(line, span_of(name)));
        lines++;
    }

    assert_int_equal(lines, THREADS * LINES);
    (void)state;
}

#define WITH_PIPE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_PIPE(a_line_tells_what_when_and_how_bad),
        WITH_PIPE(the_same_line_as_json),
        WITH_PIPE(any_bytes_make_a_json_object),
        WITH_PIPE(a_line_needs_no_fields),
        WITH_PIPE(lines_below_the_level_cost_nothing),
        WITH_PIPE(nobody_writes_lines_of_their_own),
        WITH_PIPE(other_scripts_stay_readable),
        WITH_PIPE(broken_utf8_is_replaced),
        WITH_PIPE(long_values_are_cut),
        WITH_PIPE(fields_that_do_not_fit_are_left_out_and_it_says_so),
        WITH_PIPE(an_errno_is_told_in_words),
        WITH_PIPE(a_place_is_limited_and_then_tells_how_many_were_suppressed),
        WITH_PIPE(lost_lines_are_counted),
        WITH_PIPE(it_needs_no_memory),
        WITH_PIPE(lines_of_threads_do_not_mix),
        WITH_PIPE(logging_leaves_errno_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
