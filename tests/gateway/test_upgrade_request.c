#include "gateway/upgrade_request.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define REQUEST "GET /ws?a=b HTTP/1.1\r\nHost: x\r\nEmpty:\r\nSpaced: \t a b \t\r\n\r\n"

static int read_text(struct upgrade_request *request, const char *text)
{
    return upgrade_request_read(request, span_of(text));
}

static void a_request_falls_into_its_parts(void **state)
{
    struct upgrade_request request;

    (void)state;

    assert_int_equal(read_text(&request, REQUEST "frames"), 0);

    assert_true(span_is(request.method, "GET"));
    assert_true(span_is(request.path, "/ws"));
    assert_true(span_is(request.query, "a=b"));
    assert_true(span_is(request.version, "HTTP/1.1"));
    assert_int_equal(request.size, strlen(REQUEST));
}

static void headers_come_one_by_one_with_trimmed_values(void **state)
{
    static const char *const expected[][2] = {{"Host", "x"}, {"Empty", ""}, {"Spaced", "a b"}};
    struct upgrade_request request;
    struct span name;
    struct span value;

    (void)state;
    assert_int_equal(read_text(&request, REQUEST), 0);

    for (size_t i = 0; i < 3; i++) {
        assert_true(upgrade_request_next_header(&request.headers, &name, &value));
        assert_true(span_is(name, expected[i][0]));
        assert_true(span_is(value, expected[i][1]));
    }

    assert_false(upgrade_request_next_header(&request.headers, &name, &value));
}

static void a_request_without_query_or_headers_is_whole_too(void **state)
{
    struct upgrade_request request;
    struct span name;
    struct span value;

    (void)state;

    assert_int_equal(read_text(&request, "GET / HTTP/1.1\r\n\r\n"), 0);

    assert_true(span_is_none(request.query));
    assert_false(upgrade_request_next_header(&request.headers, &name, &value));
}

static void every_beginning_of_a_request_waits_for_more(void **state)
{
    struct upgrade_request request;

    (void)state;

    for (size_t size = 0; size < strlen(REQUEST); size++)
        assert_int_equal(upgrade_request_read(&request, span_make(REQUEST, size)), -EAGAIN);
}

static void what_can_be_read_in_two_ways_is_refused(void **state)
{
    static const char *const texts[] = {
        "\r\nGET / HTTP/1.1\r\n\r\n",
        "\r\n\r\n",
        " GET / HTTP/1.1\r\n\r\n",
        "GET  / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1 \r\n\r\n",
        "GET /\r\n\r\n",
        "GET\r\n\r\n",
        "GET /a b HTTP/1.1\r\n\r\n",
        "GET /\tb HTTP/1.1\r\n\r\n",
        "GET /#fragment HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\nHost: x\r\n\r\n",
        "GET / HTTP/1.1\rHost: x\r\n\r\n",
        "G@T / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost : x\r\n\r\n",
        "GET / HTTP/1.1\r\n Host: x\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\n folded\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\n\tfolded\r\n\r\n",
        "GET / HTTP/1.1\r\nHost\r\n\r\n",
        "GET / HTTP/1.1\r\n: x\r\n\r\n",
        "GET / HTTP/1.1\r\nHo st: x\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\nEvil: y\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\rEvil: y\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\x01\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\x7f\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\n\n\r\n\r\n",
    };
    struct upgrade_request request;

    (void)state;

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_int_equal(read_text(&request, texts[i]), -EBADMSG);
}

static void a_nul_byte_is_refused_wherever_it_is(void **state)
{
    struct upgrade_request request;
    char text[] = REQUEST;

    (void)state;

    for (size_t i = 0; i < strlen(REQUEST) - 4; i++) {
        memcpy(text, REQUEST, sizeof text);
        text[i] = '\0';
        assert_int_equal(upgrade_request_read(&request, span_make(text, sizeof text - 1)),
                         -EBADMSG);
    }
}

static void what_cannot_become_a_request_is_refused_at_once(void **state)
{
    struct upgrade_request request;

    (void)state;

    assert_int_equal(read_text(&request, "\x16\x03\x01\x02"), -EBADMSG); /* a TLS hello */
    assert_int_equal(read_text(&request, "AVERYLONGMETHODWITHOUTEND"), -EBADMSG);
}

static void a_header_may_hold_what_is_not_ascii(void **state)
{
    struct upgrade_request request;

    (void)state;

    assert_int_equal(read_text(&request, "GET /\xe6\x9d\xa5 HTTP/1.1\r\nX: \xff\r\n\r\n"), 0);
}

static void decoding_turns_escapes_into_bytes(void **state)
{
    char text[32];

    (void)state;

    assert_int_equal(upgrade_request_decode(span_of("a%41+%2b%e6%9D%A5"), true, text, sizeof text),
                     7);
    assert_string_equal(text, "aA +\xe6\x9d\xa5");
    assert_int_equal(upgrade_request_decode(span_of("a+b"), false, text, sizeof text), 3);
    assert_string_equal(text, "a+b");
    assert_int_equal(upgrade_request_decode(SPAN_NONE, false, text, sizeof text), 0);
    assert_string_equal(text, "");
}

static void decoding_refuses_bad_escapes_controls_and_bad_utf8(void **state)
{
    static const char *const texts[] = {"%",   "%4",   "a%zz",   "%4g", "%00",  "%0a", "%7f",
                                        "%ff", "\xff", "%e6%9d", "%-1", "% 41", "%+1"};
    char text[32];

    (void)state;

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_int_equal(upgrade_request_decode(span_of(texts[i]), true, text, sizeof text),
                         -EBADMSG);
}

static void decoding_cuts_between_characters_what_is_too_long(void **state)
{
    static const struct {
        const char *encoded;
        const char *start;
    } cases[] = {
        {"12345", "1234"},
        {"123%e6%9d%a5", "123"},
        {"12%e6%9d%a5", "12"},
        {"1%e6%9d%a52", "1\xe6\x9d\xa5"},
        {"%f0%9f%9b%921", "\xf0\x9f\x9b\x92"},
        {"1%f0%9f%9b%92", "1"},
    };
    char text[5];

    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(
            upgrade_request_decode(span_of(cases[i].encoded), false, text, sizeof text), -ENOBUFS);
        assert_string_equal(text, cases[i].start);
    }

    assert_int_equal(upgrade_request_decode(span_of("1234"), false, text, sizeof text), 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_falls_into_its_parts),
        cmocka_unit_test(headers_come_one_by_one_with_trimmed_values),
        cmocka_unit_test(a_request_without_query_or_headers_is_whole_too),
        cmocka_unit_test(every_beginning_of_a_request_waits_for_more),
        cmocka_unit_test(what_can_be_read_in_two_ways_is_refused),
        cmocka_unit_test(a_nul_byte_is_refused_wherever_it_is),
        cmocka_unit_test(what_cannot_become_a_request_is_refused_at_once),
        cmocka_unit_test(a_header_may_hold_what_is_not_ascii),
        cmocka_unit_test(decoding_turns_escapes_into_bytes),
        cmocka_unit_test(decoding_refuses_bad_escapes_controls_and_bad_utf8),
        cmocka_unit_test(decoding_cuts_between_characters_what_is_too_long),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
