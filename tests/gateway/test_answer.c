#include "gateway/answer.h"

#include "gateway/block.h"
#include "gateway/frame.h"
#include "tests/support/failing_malloc.h"
#include "tests/support/unit.h"

#include <errno.h>
#include <string.h>

struct fixture {
    struct answer answer;
    struct buffer block;
};

static int set_up(void **state)
{
    static struct fixture fixture;

    fixture = (struct fixture){.block = {0}};
    buffer_init(&fixture.block, 1 << 20);
    block_clear(&fixture.block);
    *state = &fixture;

    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    fail_malloc_never();
    answer_dispose(&f->answer);
    buffer_dispose(&f->block);

    return 0;
}

/* `n` frames of `size` bytes; as fragments of one message that has begun before, if they are. */
static struct bytes *frames(int n, size_t size, bool fragments)
{
    static char payload[100000];
    struct bytes *made;
    struct buffer out;

    memset(payload, 'x', size);
    buffer_init(&out, 1 << 20);
    for (int i = 0; i < n; i++) {
        if (fragments)
            frame_write_part(&out, WS_CONTINUATION, span_make(payload, size), i == n - 1);
        else
            frame_write(&out, WS_TEXT, span_make(payload, size));
    }

    assert_int_equal(buffer_status(&out), 0);
    made = bytes_copy(out.data, out.size);
    buffer_dispose(&out);
    assert_non_null(made);

    return made;
}

static void add(struct fixture *f, struct bytes *part)
{
    answer_add(&f->answer, part);
    bytes_release(part); /* it has its own reference */
}

static void without_parts_there_is_nothing_to_send(void **state)
{
    struct fixture *f = *state;

    add(f, bytes_copy("", 0));

    assert_true(answer_is_sent(&f->answer));
    assert_false(answer_is_amid_message(&f->answer));
    assert_int_equal(answer_read(&f->answer, &f->block), 0);
    assert_int_equal(block_size(&f->block), 0);
}

static void both_parts_go_out_in_one_block_if_they_fit(void **state)
{
    struct fixture *f = *state;

    add(f, frames(2, 10, true));
    add(f, frames(3, 10, false));

    assert_int_equal(answer_read(&f->answer, &f->block), 5);
    assert_int_equal(block_size(&f->block), 5 * 12);
    assert_true(answer_is_sent(&f->answer));
}

static void a_block_holds_whole_frames_up_to_its_limit(void **state)
{
    struct fixture *f = *state;
    const size_t each = 10004;
    int n = 0, blocks = 0;

    add(f, frames(20, each - 4, false));

    while (!answer_is_sent(&f->answer)) {
        block_clear(&f->block);
        n += answer_read(&f->answer, &f->block);
        blocks++;
        assert_int_equal(block_size(&f->block) % each, 0);
        assert_true(block_size(&f->block) <= WS_MAX_WRITE);
    }

    assert_int_equal(n, 20);
    assert_int_equal(blocks, 4);
}

static void a_frame_larger_than_a_block_goes_alone(void **state)
{
    struct fixture *f = *state;

    add(f, frames(1, 90000, false));
    (void)buffer_add_char(&f->block, 'x');

    assert_int_equal(answer_read(&f->answer, &f->block), 0);
    block_clear(&f->block);
    assert_int_equal(answer_read(&f->answer, &f->block), 1);
    assert_int_equal(block_size(&f->block), 90010);
}

static void what_is_cut_short_ends_the_message_it_is_in(void **state)
{
    struct fixture *f = *state;

    add(f, frames(3, 30000, true));
    add(f, frames(1, 10, false));
    assert_int_equal(answer_read(&f->answer, &f->block), 2);
    assert_true(answer_is_amid_message(&f->answer));

    answer_cut_short(&f->answer);
    block_clear(&f->block);

    assert_int_equal(answer_read(&f->answer, &f->block), 1);
    assert_int_equal(block_frames(&f->block)[0], 0x80);
    assert_true(answer_is_sent(&f->answer));
}

static void between_messages_it_is_cut_at_once(void **state)
{
    struct fixture *f = *state;

    add(f, frames(3, 30000, false));
    assert_int_equal(answer_read(&f->answer, &f->block), 2);

    answer_cut_short(&f->answer);

    assert_true(answer_is_sent(&f->answer));
}

static void without_memory_the_reader_is_told(void **state)
{
    struct fixture *f = *state;

    add(f, frames(2, 3000, false));
    fail_malloc_after(0);

    assert_int_equal(answer_read(&f->answer, &f->block), -ENOMEM);
    assert_false(answer_is_sent(&f->answer));
}

#define SENTENCE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SENTENCE(without_parts_there_is_nothing_to_send),
        SENTENCE(both_parts_go_out_in_one_block_if_they_fit),
        SENTENCE(a_block_holds_whole_frames_up_to_its_limit),
        SENTENCE(a_frame_larger_than_a_block_goes_alone),
        SENTENCE(what_is_cut_short_ends_the_message_it_is_in),
        SENTENCE(between_messages_it_is_cut_at_once),
        SENTENCE(without_memory_the_reader_is_told),
    };

    return cmocka_run_group_tests_name("answer", tests, NULL, NULL);
}
