#include "bench/frame.h"

#include "tests/support/unit.h"

#include <string.h>

enum { LARGE = 70000 };

static unsigned char wire[LARGE + FRAME_MAX_HEAD];
static unsigned char payload[LARGE];

/* What a server sends has no mask: it is taken away. */
static void assert_survives(size_t size)
{
    struct frame frame;
    size_t written = frame_write(wire, FRAME_BINARY, payload, size);
    size_t head = written - size - 4;
    const unsigned char *mask = wire + head, *masked = mask + 4;

    for (size_t i = 0; i < size; i++)
        assert_int_equal(masked[i] ^ mask[i % 4], payload[i]);

    wire[1] &= 0x7f;
    memcpy(wire + head, payload, size);

    assert_int_equal(frame_read(wire, head + size - 1, &frame), 0);
    assert_int_equal(frame_read(wire, sizeof wire, &frame), head + size);
    assert_int_equal(frame.opcode, FRAME_BINARY);
    assert_int_equal(frame.size, size);
    assert_ptr_equal(frame.payload, wire + head);
}

static void a_frame_of_any_size_is_read_as_it_was_written(void **state)
{
    static const size_t sizes[] = {0, 1, 125, 126, 65535, 65536, LARGE};
    (void)state;

    for (size_t i = 0; i < LARGE; i++)
        payload[i] = (unsigned char)(i * 7);

    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        assert_survives(sizes[i]);
}

static void a_frame_is_not_read_before_it_is_whole(void **state)
{
    static const unsigned char text[] = {0x81, 2, 'h', 'i', 0x81};
    struct frame frame;
    (void)state;

    assert_int_equal(frame_read(text, 1, &frame), 0);
    assert_int_equal(frame_read(text, 3, &frame), 0);
    assert_int_equal(frame_read(text, 5, &frame), 4);
    assert_int_equal(frame.opcode, FRAME_TEXT);
    assert_memory_equal(frame.payload, "hi", 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_frame_of_any_size_is_read_as_it_was_written),
        cmocka_unit_test(a_frame_is_not_read_before_it_is_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
