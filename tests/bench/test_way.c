#include "bench/way.h"

#include "tests/support/unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* An answer that is cut anywhere is not taken for one; whole, it is, and no more than it. */
static void assert_taken(ssize_t (*answer)(const char *, size_t), const char *text)
{
    char two[600];
    size_t size = strlen(text);

    (void)snprintf(two, sizeof two, "%s%s", text, text);

    for (size_t cut = 0; cut < size; cut++)
        assert_int_equal(answer(two, cut), 0);
    assert_int_equal(answer(two, 2 * size), size);
}

static void every_reply_of_redis_is_counted_once(void **state)
{
    (void)state;

    assert_taken(way_resp_answer, ":17\r\n");
    assert_taken(way_resp_answer, "+OK\r\n");
    assert_taken(way_resp_answer, "$-1\r\n");
    assert_taken(way_resp_answer, "$5\r\na\r\nbc\r\n");
    assert_taken(way_resp_answer, "*0\r\n");
    assert_taken(way_resp_answer, "*3\r\n$7\r\n1763-42\r\n:1763\r\n:42\r\n");
    assert_taken(way_resp_answer, "*2\r\n*2\r\n:1\r\n:2\r\n$1\r\nx\r\n");
}

static void an_error_of_redis_is_one(void **state)
{
    (void)state;

    assert_int_equal(way_resp_answer("-ERR no\r\n", 9), -EPROTO);
}

static void a_response_ends_where_its_length_says(void **state)
{
    (void)state;

    assert_taken(way_http_answer, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n{}\n");
    assert_taken(way_http_answer, "HTTP/1.1 202 Accepted\r\ncontent-length: 12\r\n"
                                  "X: y\r\n\r\nhello, there");
    assert_taken(way_http_answer, "HTTP/1.1 204 No Content\r\n\r\n");
}

static void a_response_that_refuses_is_an_error(void **state)
{
    static const char text[] = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n";
    (void)state;

    assert_int_equal(way_http_answer(text, sizeof text - 1), -EPROTO);
}

static void a_request_names_its_room_and_ends_with_the_message(void **state)
{
    static const char *const names[] = {"publish", "fcall", "http", "nchan", "nats", "mqtt"};
    (void)state;

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char out[WAY_MAX_AROUND + 16];
        size_t size = way_find(names[i])->write(out, "room7", "{\"a\":1}", 7);

        assert_non_null(memmem(out, size, "room7", 5));
        assert_non_null(memmem(out + size - 9, 9, "{\"a\":1}", 7));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_reply_of_redis_is_counted_once),
        cmocka_unit_test(an_error_of_redis_is_one),
        cmocka_unit_test(a_response_ends_where_its_length_says),
        cmocka_unit_test(a_response_that_refuses_is_an_error),
        cmocka_unit_test(a_request_names_its_room_and_ends_with_the_message),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
