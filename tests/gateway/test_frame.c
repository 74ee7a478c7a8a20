#include "gateway/frame.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void a_head_uses_the_shortest_length_that_fits(void **state)
{
    static const struct {
        size_t payload;
        size_t size;
        unsigned char head[FRAME_HEAD_MAX];
    } cases[] = {
        {0, 2, {0x81, 0}},
        {125, 2, {0x81, 125}},
        {126, 4, {0x81, 126, 0, 126}},
        {0x1234, 4, {0x81, 126, 0x12, 0x34}},
        {65535, 4, {0x81, 126, 0xff, 0xff}},
        {65536, 10, {0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0}},
        {SIZE_MAX >> 1, 10, {0x81, 127, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}},
    };

    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        unsigned char head[FRAME_HEAD_MAX] = {0};

        assert_int_equal(frame_head(head, WS_TEXT, cases[i].payload), cases[i].size);
        assert_memory_equal(head, cases[i].head, sizeof head);
    }
}

static void a_head_names_its_opcode_and_is_final(void **state)
{
    static const enum ws_opcode opcodes[] = {WS_TEXT, WS_BINARY, WS_CLOSE, WS_PING, WS_PONG};

    (void)state;

    for (size_t i = 0; i < sizeof opcodes / sizeof *opcodes; i++) {
        unsigned char head[FRAME_HEAD_MAX];

        assert_int_equal(frame_head(head, opcodes[i], 2), 2);
        assert_int_equal(head[0], 0x80 | opcodes[i]);
    }
}

static void a_frame_knows_its_size(void **state)
{
    static const size_t payloads[] = {0, 1, 125, 126, 65535, 65536, 100000};
    static char payload[100000];

    (void)state;

    for (size_t i = 0; i < sizeof payloads / sizeof *payloads; i++) {
        struct buffer out;

        buffer_init(&out, 200000);
        frame_write(&out, WS_TEXT, span_make(payload, payloads[i]));

        assert_int_equal(buffer_status(&out), 0);
        assert_int_equal(frame_size(out.data), out.size);
        buffer_dispose(&out);
    }
}

static void a_message_in_fragments_names_its_opcode_once_and_ends_once(void **state)
{
    struct buffer out;

    (void)state;
    buffer_init(&out, 100);

    frame_write_part(&out, WS_TEXT, span_of("a"), false);
    frame_write_part(&out, WS_CONTINUATION, span_of("b"), false);
    frame_write_part(&out, WS_CONTINUATION, span_of("c"), true);

    assert_int_equal(out.size, 9);
    assert_memory_equal(out.data,
                        "\x01\x01"
                        "a\x00\x01"
                        "b\x80\x01"
                        "c",
                        9);
    assert_false(frame_continues(out.data));
    assert_true(frame_continues(out.data + 3));
    assert_true(frame_continues(out.data + 6));
    buffer_dispose(&out);
}

static void a_close_body_is_code_and_reason(void **state)
{
    unsigned char body[FRAME_CONTROL_MAX];

    (void)state;

    assert_int_equal(frame_close_body(body, CLOSE_RESTART, "see you"), 9);
    assert_memory_equal(body, "\x03\xf4see you", 9);
}

static void a_close_body_without_reason_has_the_text_of_the_table(void **state)
{
    unsigned char body[FRAME_CONTROL_MAX];
    const char *text = close_traits(CLOSE_TOO_SLOW)->text;

    (void)state;

    assert_int_equal(frame_close_body(body, CLOSE_TOO_SLOW, NULL), 2 + strlen(text));
    assert_memory_equal(body + 2, text, strlen(text));
}

static void a_long_reason_is_cut_between_characters(void **state)
{
    unsigned char body[FRAME_CONTROL_MAX];
    char reason[200];

    (void)state;

    memset(reason, 'x', sizeof reason);
    memcpy(reason + 121, "\xe6\x9d\xa5", 4); /* would end at 124, one beyond */

    assert_int_equal(frame_close_body(body, CLOSE_POLICY, reason), 2 + 121);
    assert_memory_equal(body + 2, reason, 121);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_head_uses_the_shortest_length_that_fits),
        cmocka_unit_test(a_head_names_its_opcode_and_is_final),
        cmocka_unit_test(a_frame_knows_its_size),
        cmocka_unit_test(a_message_in_fragments_names_its_opcode_once_and_ends_once),
        cmocka_unit_test(a_close_body_is_code_and_reason),
        cmocka_unit_test(a_close_body_without_reason_has_the_text_of_the_table),
        cmocka_unit_test(a_long_reason_is_cut_between_characters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
