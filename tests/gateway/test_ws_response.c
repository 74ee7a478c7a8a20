#include "gateway/ws_response.h"

#include "tests/support/failing_malloc.h"
#include "tests/support/unit.h"

#include <errno.h>
#include <string.h>

/* The example of RFC 6455 1.3. */
#define KEY "dGhlIHNhbXBsZSBub25jZQ=="
#define HEAD                               \
    "HTTP/1.1 101 Switching Protocols\r\n" \
    "Upgrade: websocket\r\n"               \
    "Connection: Upgrade\r\n"              \
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"

static struct upgrade upgrade_with(const char *protocol)
{
    struct upgrade upgrade = {.room = ""};

    memcpy(upgrade.key, KEY, sizeof upgrade.key);
    (void)strncpy(upgrade.protocol, protocol, sizeof upgrade.protocol - 1);

    return upgrade;
}

static void assert_response(const char *protocol, const char *expected)
{
    struct upgrade upgrade = upgrade_with(protocol);
    struct buffer out;

    buffer_init(&out, 1024);
    ws_response_write(&upgrade, &out);

    assert_int_equal(buffer_status(&out), 0);
    assert_string_equal(buffer_text(&out), expected);
    buffer_dispose(&out);
}

static void it_proves_that_the_key_was_read(void **state)
{
    (void)state;

    assert_response("", HEAD "\r\n");
}

static void it_names_the_subprotocol_agreed_on(void **state)
{
    (void)state;

    assert_response("livegate.v1.json", HEAD "Sec-WebSocket-Protocol: livegate.v1.json\r\n\r\n");
}

static void without_memory_the_buffer_says_so(void **state)
{
    struct upgrade upgrade = upgrade_with("chat");
    struct buffer out;

    (void)state;
    buffer_init(&out, 1024);
    fail_malloc_after(0);
    ws_response_write(&upgrade, &out);
    fail_malloc_never();

    assert_int_equal(buffer_status(&out), -ENOMEM);
    buffer_dispose(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_proves_that_the_key_was_read),
        cmocka_unit_test(it_names_the_subprotocol_agreed_on),
        cmocka_unit_test(without_memory_the_buffer_says_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
