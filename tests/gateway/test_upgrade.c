#include "gateway/upgrade.h"

#include "tests/gateway/judging.h"
#include "tests/support/failing_malloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void a_good_request_is_accepted(void **state)
{
    struct verdict v = judge(LINE GOOD_HEADERS END);

    (void)state;

    assert_int_equal(v.verdict, UPGRADE_ACCEPTED);
    assert_memory_equal(v.upgrade.key, KEY, sizeof v.upgrade.key);
    assert_string_equal(v.upgrade.path, "/");
    assert_string_equal(v.upgrade.protocol, "");
    assert_string_equal(v.upgrade.dialect, "");
    assert_string_equal(v.upgrade.room, "");
    assert_string_equal(v.upgrade.uid, "");
}

static void what_browsers_and_mini_programs_send_is_accepted(void **state)
{
    (void)state;

    assert_int_equal(
        judge("GET /ws HTTP/1.1\r\nhost: shop.example:443\r\nconnection: keep-alive, upgrade\r\n"
              "UPGRADE: WebSocket\r\nsec-websocket-key:" KEY "\r\nsec-websocket-version:  13 \r\n"
              "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"
              "Origin: https://evil.example\r\nCookie: a=b; c=\"d\"\r\n"
              "User-Agent: Mozilla/5.0 MicroMessenger\r\nPragma: no-cache\r\n\r\n")
            .verdict,
        UPGRADE_ACCEPTED);
}

static void frames_behind_the_request_are_left_alone(void **state)
{
    (void)state;

    assert_int_equal(judge(LINE GOOD_HEADERS END "\x81\x80xxxx").used,
                     strlen(LINE GOOD_HEADERS END));
}

static void a_part_of_a_request_waits_for_the_rest(void **state)
{
    (void)state;

    assert_int_equal(judge("").verdict, UPGRADE_INCOMPLETE);
    assert_int_equal(judge(LINE GOOD_HEADERS).verdict, UPGRADE_INCOMPLETE);
}

static void a_request_that_is_not_whole_in_4096_bytes_is_too_large(void **state)
{
    const struct upgrade_policy policy = {.protocols = NULL};
    struct upgrade upgrade;
    char request[UPGRADE_MAX_BYTES];
    size_t used;

    (void)state;
    memset(request, 'a', sizeof request);
    memcpy(request, LINE "A: ", strlen(LINE "A: "));

    assert_int_equal(
        upgrade_judge(&policy, span_make(request, sizeof request - 1), &upgrade, &used),
        UPGRADE_INCOMPLETE);
    assert_int_equal(upgrade_judge(&policy, span_make(request, sizeof request), &upgrade, &used),
                     UPGRADE_TOO_LARGE);
}

static const struct {
    const char *request;
    enum upgrade_verdict verdict;
} bad_requests[] = {
    /* the request line */
    {"POST / HTTP/1.1\r\n" GOOD_HEADERS END, UPGRADE_METHOD},
    {"HEAD / HTTP/1.1\r\n" GOOD_HEADERS END, UPGRADE_METHOD},
    {"get / HTTP/1.1\r\n" GOOD_HEADERS END, UPGRADE_METHOD},
    {"GET / HTTP/1.0\r\n" GOOD_HEADERS END, UPGRADE_BAD_REQUEST},
    {"GET / HTTP/2.0\r\n" GOOD_HEADERS END, UPGRADE_BAD_REQUEST},
    {"GET / http/1.1\r\n" GOOD_HEADERS END, UPGRADE_BAD_REQUEST},
    {"GET http://shop.example/ HTTP/1.1\r\n" GOOD_HEADERS END, UPGRADE_BAD_REQUEST},
    {"GET * HTTP/1.1\r\n" GOOD_HEADERS END, UPGRADE_BAD_REQUEST},
    {"GET ?room_id=a HTTP/1.1\r\n" GOOD_HEADERS END, UPGRADE_BAD_REQUEST},
    {"\x16\x03\x01", UPGRADE_BAD_REQUEST},
    /* Host */
    {LINE UPGRADES KEYED VERSIONED END, UPGRADE_BAD_REQUEST},
    {LINE HOST GOOD_HEADERS END, UPGRADE_BAD_REQUEST},
    /* Upgrade and Connection */
    {LINE HOST END, UPGRADE_REQUIRED},
    {LINE HOST "Connection: keep-alive\r\n" KEYED VERSIONED END, UPGRADE_REQUIRED},
    {LINE HOST "Upgrade: h2c\r\nConnection: Upgrade\r\n" KEYED VERSIONED END, UPGRADE_REQUIRED},
    {LINE HOST "Upgrade: websockets\r\nConnection: Upgrade\r\n" KEYED VERSIONED END,
     UPGRADE_REQUIRED},
    {LINE HOST "Upgrade: websocket\r\n" KEYED VERSIONED END, UPGRADE_BAD_REQUEST},
    {LINE HOST "Upgrade: websocket\r\nConnection: close\r\n" KEYED VERSIONED END,
     UPGRADE_BAD_REQUEST},
    /* the version */
    {LINE HOST UPGRADES KEYED END, UPGRADE_REQUIRED},
    {LINE HOST UPGRADES KEYED "Sec-WebSocket-Version: 8\r\n" END, UPGRADE_REQUIRED},
    {LINE HOST UPGRADES KEYED "Sec-WebSocket-Version: 130\r\n" END, UPGRADE_REQUIRED},
    {LINE HOST UPGRADES KEYED "Sec-WebSocket-Version: 13, 8\r\n" END, UPGRADE_REQUIRED},
    {LINE GOOD_HEADERS VERSIONED END, UPGRADE_REQUIRED},
    /* the key */
    {LINE HOST UPGRADES VERSIONED END, UPGRADE_BAD_REQUEST},
    {LINE GOOD_HEADERS KEYED END, UPGRADE_BAD_REQUEST},
    {LINE HOST UPGRADES VERSIONED "Sec-WebSocket-Key: short==\r\n" END, UPGRADE_BAD_REQUEST},
    {LINE HOST UPGRADES VERSIONED "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=a\r\n" END,
     UPGRADE_BAD_REQUEST},
    {LINE HOST UPGRADES VERSIONED "Sec-WebSocket-Key: dGhlIHNhbXBsZS?ub25jZQ==\r\n" END,
     UPGRADE_BAD_REQUEST},
    {LINE HOST UPGRADES VERSIONED "Sec-WebSocket-Key: " KEY "=\r\n" END, UPGRADE_BAD_REQUEST},
    /* bodies */
    {LINE GOOD_HEADERS "Content-Length: 0\r\n" END, UPGRADE_BAD_REQUEST},
    {LINE GOOD_HEADERS "Content-Length: 5\r\n" END "hello", UPGRADE_BAD_REQUEST},
    {LINE GOOD_HEADERS "Transfer-Encoding: chunked\r\n" END, UPGRADE_BAD_REQUEST},
    {LINE GOOD_HEADERS "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n" END,
     UPGRADE_BAD_REQUEST},
    /* smuggling */
    {LINE "Host: a\r\n b\r\n" UPGRADES KEYED VERSIONED END, UPGRADE_BAD_REQUEST},
    {LINE "Host : a\r\n" UPGRADES KEYED VERSIONED END, UPGRADE_BAD_REQUEST},
    {LINE GOOD_HEADERS "Origin: a\r\nOrigin: b\r\n" END, UPGRADE_BAD_REQUEST},
};

static void a_bad_request_is_refused_with_the_status_that_fits(void **state)
{
    (void)state;

    for (size_t i = 0; i < sizeof bad_requests / sizeof *bad_requests; i++) {
        struct verdict v = judge(bad_requests[i].request);

        if (v.verdict != bad_requests[i].verdict)
            print_message("case %zu: %s\n", i, bad_requests[i].request);

        assert_int_equal(v.verdict, bad_requests[i].verdict);
    }
}

static void the_first_subprotocol_offered_that_is_known_is_echoed(void **state)
{
    static const struct {
        const char *headers;
        const char *protocol;
    } cases[] = {
        {"Sec-WebSocket-Protocol: protocol1\r\n", "protocol1"},
        {"Sec-WebSocket-Protocol: mqtt, chat, protocol1\r\n", "chat"},
        {"Sec-WebSocket-Protocol: ,, ,livegate.v1.json\r\n", "livegate.v1.json"},
        {"Sec-WebSocket-Protocol: a\r\nSec-WebSocket-Protocol: chat\r\n", "chat"},
        {"Sec-WebSocket-Protocol: chat\r\nSec-WebSocket-Protocol: protocol1\r\n", "chat"},
        {"Sec-WebSocket-Protocol: unknown\r\n", ""},
        {"Sec-WebSocket-Protocol: CHAT\r\n", ""},
        {"Sec-WebSocket-Protocol: chatter\r\n", ""},
        {"Sec-WebSocket-Protocol:\r\n", ""},
        {"Sec-WebSocket-Protocol: @@ \"x\" ;\r\n", ""},
    };

    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct verdict v = judge_with(cases[i].headers);

        assert_int_equal(v.verdict, UPGRADE_ACCEPTED);
        assert_string_equal(v.upgrade.protocol, cases[i].protocol);
    }
}

static void an_origin_must_be_on_the_list_if_there_is_one(void **state)
{
    static const char *const origins[] = {"https://shop.example", NULL};
    const struct upgrade_policy policy = {.origins = origins};

    (void)state;

    assert_int_equal(judge_by(&policy, LINE GOOD_HEADERS END).verdict, UPGRADE_ACCEPTED);
    assert_int_equal(
        judge_by(&policy, LINE GOOD_HEADERS "Origin: https://Shop.example\r\n" END).verdict,
        UPGRADE_ACCEPTED);
    assert_int_equal(
        judge_by(&policy, LINE GOOD_HEADERS "Origin: https://shop.example.evil\r\n" END).verdict,
        UPGRADE_FORBIDDEN);
    assert_int_equal(judge_by(&policy, LINE GOOD_HEADERS "Origin: null\r\n" END).verdict,
                     UPGRADE_FORBIDDEN);
}

static void a_refusal_is_a_whole_response_with_a_json_body(void **state)
{
    static const struct {
        enum upgrade_verdict verdict;
        const char *start;
        const char *part;
    } cases[] = {
        {UPGRADE_BAD_REQUEST, "HTTP/1.1 400 Bad Request\r\n", "{\"code\":\"malformed\""},
        {UPGRADE_FORBIDDEN, "HTTP/1.1 403 Forbidden\r\n", "{\"code\":\"not_allowed\""},
        {UPGRADE_NOT_FOUND, "HTTP/1.1 404 Not Found\r\n", "{\"code\":\"not_found\""},
        {UPGRADE_METHOD, "HTTP/1.1 405 Method Not Allowed\r\n", "\r\nAllow: GET\r\n"},
        {UPGRADE_TIMEOUT, "HTTP/1.1 408 Request Timeout\r\n", "{\"code\":\"timeout\""},
        {UPGRADE_REQUIRED, "HTTP/1.1 426 Upgrade Required\r\n",
         "\r\nSec-WebSocket-Version: 13\r\n"},
        {UPGRADE_TOO_LARGE, "HTTP/1.1 431 ", "{\"code\":\"too_big\""},
        {UPGRADE_UNAVAILABLE, "HTTP/1.1 503 ", "{\"code\":\"unavailable\""},
    };

    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buffer out;
        const char *text;
        const char *body;
        char length[40];

        buffer_init(&out, 1024);
        upgrade_write_refusal(cases[i].verdict, &out);
        text = buffer_text(&out);
        assert_non_null(text);
        body = strstr(text, "\r\n\r\n") + 4;
        (void)snprintf(length, sizeof length, "\r\nContent-Length: %zu\r\n", strlen(body));

        assert_memory_equal(text, cases[i].start, strlen(cases[i].start));
        assert_non_null(strstr(text, cases[i].part));
        assert_non_null(strstr(text, "\r\nConnection: close"));
        assert_non_null(strstr(text, length));
        assert_int_equal(body[0], '{');
        buffer_dispose(&out);
    }
}

static void a_refusal_without_memory_says_so(void **state)
{
    struct buffer out;

    (void)state;

    for (int successes = 0; successes < 2; successes++) {
        buffer_init(&out, 1024);
        fail_malloc_after(successes);
        upgrade_write_refusal(UPGRADE_METHOD, &out);
        fail_malloc_never();

        assert_int_not_equal(buffer_status(&out), 0);
        buffer_dispose(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_request_is_accepted),
        cmocka_unit_test(what_browsers_and_mini_programs_send_is_accepted),
        cmocka_unit_test(frames_behind_the_request_are_left_alone),
        cmocka_unit_test(a_part_of_a_request_waits_for_the_rest),
        cmocka_unit_test(a_request_that_is_not_whole_in_4096_bytes_is_too_large),
        cmocka_unit_test(a_bad_request_is_refused_with_the_status_that_fits),
        cmocka_unit_test(the_first_subprotocol_offered_that_is_known_is_echoed),
        cmocka_unit_test(an_origin_must_be_on_the_list_if_there_is_one),
        cmocka_unit_test(a_refusal_is_a_whole_response_with_a_json_body),
        cmocka_unit_test(a_refusal_without_memory_says_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
