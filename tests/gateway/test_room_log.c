#include "gateway/room_log.h"

#include "base/bytes.h"
#include "tests/support/failing_malloc.h"
#include "tests/support/unit.h"

#include <errno.h>
#include <string.h>

#define MAX_FRAMES 4
#define MAX_BYTES 64

struct fixture {
    struct room_log *log;
    struct buffer block;
    uint64_t cursor;
    struct room_reader reader;
    struct room_read read;
};

static int set_up(void **state)
{
    static struct fixture fixture;

    fixture = (struct fixture){.log = room_log_new(MAX_FRAMES, MAX_BYTES),
                               .reader = {.dialect = DIALECT_LIVE, .max_bytes = 1000}};
    buffer_init(&fixture.block, 10000);
    *state = &fixture;

    return fixture.log ? 0 : -1;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    fail_malloc_never();
    room_log_free(f->log);
    buffer_dispose(&f->block);

    return 0;
}

static struct room_frame frame_of(const char *text, enum message_kind kind)
{
    struct room_frame frame = {.kind = kind};

    frame.wire[DIALECT_LIVE] = bytes_copy(text, strlen(text));
    assert_non_null(frame.wire[DIALECT_LIVE]);

    return frame;
}

static void append(struct fixture *f, const char *text, enum message_kind kind)
{
    struct room_frame frame = frame_of(text, kind);

    assert_int_equal(room_log_append(f->log, &frame), 0);
}

static void assert_reads(struct fixture *f, const char *text)
{
    buffer_clear(&f->block);
    assert_int_equal(room_log_read(f->log, &f->reader, &f->cursor, &f->block, &f->read), 0);
    assert_string_equal(f->block.size ? buffer_text(&f->block) : "", text);
}

static void a_cursor_reads_what_came_after_it_in_order(void **state)
{
    struct fixture *f = *state;

    append(f, "a", KIND_CHAT);
    f->cursor = room_log_end(f->log);
    append(f, "b", KIND_CHAT);
    append(f, "c", KIND_CHAT);

    assert_reads(f, "bc");
    assert_int_equal(f->read.frames, 2);
    assert_reads(f, "");
}

static void the_oldest_frames_leave_when_there_are_too_many(void **state)
{
    struct fixture *f = *state;

    for (int i = 0; i < MAX_FRAMES + 2; i++)
        append(f, (const char[]){(char)('a' + i), '\0'}, KIND_CHAT);

    assert_int_equal(room_log_end(f->log) - room_log_begin(f->log), MAX_FRAMES);
    f->cursor = room_log_begin(f->log);
    assert_reads(f, "cdef");
}

static void the_oldest_frames_leave_when_they_are_too_large(void **state)
{
    struct fixture *f = *state;
    char large[MAX_BYTES - 1];

    memset(large, 'x', sizeof large - 1);
    large[sizeof large - 1] = '\0';
    append(f, "a", KIND_CHAT);
    append(f, large, KIND_CHAT);
    append(f, "ccc", KIND_CHAT);

    f->cursor = room_log_begin(f->log);
    assert_reads(f, "ccc");
}

static void a_frame_larger_than_the_log_is_kept_alone(void **state)
{
    struct fixture *f = *state;
    char large[2 * MAX_BYTES];

    memset(large, 'x', sizeof large - 1);
    large[sizeof large - 1] = '\0';
    append(f, "a", KIND_CHAT);
    append(f, large, KIND_CHAT);

    f->cursor = room_log_begin(f->log);
    assert_reads(f, large);
}

static void a_cursor_that_fell_off_is_told_so(void **state)
{
    struct fixture *f = *state;

    for (int i = 0; i < MAX_FRAMES + 1; i++)
        append(f, "a", KIND_CHAT);

    assert_int_equal(room_log_read(f->log, &f->reader, &f->cursor, &f->block, &f->read), -EPIPE);
}

static void it_is_known_before_whether_a_cursor_will_fall_off(void **state)
{
    struct fixture *f = *state;
    struct room_frame small = frame_of("a", KIND_CHAT);
    struct room_frame large = frame_of("0123456789012345678901234567890123456789"
                                       "01234567890123456789012",
                                       KIND_CHAT);

    assert_false(room_log_would_lose(f->log, &large, 0));
    append(f, "a", KIND_CHAT);
    append(f, "b", KIND_CHAT);
    assert_false(room_log_would_lose(f->log, &small, 0));
    assert_true(room_log_would_lose(f->log, &large, 0));
    assert_false(room_log_would_lose(f->log, &large, 1));

    append(f, "c", KIND_CHAT);
    append(f, "d", KIND_CHAT);
    assert_true(room_log_would_lose(f->log, &small, 0));
    assert_false(room_log_would_lose(f->log, &small, 1));
    assert_false(room_log_would_lose(f->log, &small, room_log_end(f->log)));

    room_frame_dispose(&small);
    room_frame_dispose(&large);
}

static void a_lagging_cursor_skips_likes_but_never_an_order(void **state)
{
    struct fixture *f = *state;

    append(f, "like1", KIND_LIKE);
    append(f, "buy", KIND_BUY);
    append(f, "like2", KIND_LIKE);
    f->reader.skip_droppable = true;

    assert_reads(f, "buylike2");
    assert_int_equal(f->read.skipped[KIND_LIKE], 1);
    assert_int_equal(f->read.skipped[KIND_BUY], 0);
}

static void of_what_is_spared_the_last_of_each_kind_goes_out(void **state)
{
    struct fixture *f = *state;

    append(f, "like", KIND_LIKE);
    append(f, "join1", KIND_JOIN);
    append(f, "join2", KIND_JOIN);
    append(f, "chat", KIND_CHAT);
    f->reader.skip_droppable = true;

    assert_reads(f, "likejoin2chat");
}

static void who_missed_nothing_but_likes_has_not_fallen_off(void **state)
{
    struct fixture *f = *state;

    append(f, "a", KIND_CHAT);
    f->cursor = room_log_end(f->log);
    for (int i = 0; i < MAX_FRAMES; i++)
        append(f, "like", KIND_LIKE);
    append(f, "b", KIND_CHAT);
    append(f, "c", KIND_CHAT);

    assert_true(f->cursor < room_log_begin(f->log));
    assert_reads(f, "likelikebc");
    assert_int_equal(f->read.skipped[KIND_UNKNOWN], 2);
}

static void who_missed_what_was_for_another_dialect_has_not_fallen_off(void **state)
{
    struct fixture *f = *state;

    for (int i = 0; i < MAX_FRAMES + 1; i++)
        append(f, "a", KIND_CHAT);

    f->reader.dialect = DIALECT_PLAIN;
    assert_reads(f, "");
    assert_int_equal(f->cursor, room_log_end(f->log));
}

static void a_frame_is_withheld_from_its_sender_only(void **state)
{
    struct fixture *f = *state;
    struct room_frame withheld = frame_of("a", KIND_CHAT);

    withheld.not_to = 7;
    assert_int_equal(room_log_append(f->log, &withheld), 0);
    append(f, "b", KIND_CHAT);

    f->reader.session = 7;
    assert_reads(f, "b");
    f->cursor = 0;
    f->reader.session = 8;
    assert_reads(f, "ab");

    assert_true(room_log_withholds(f->log, 0, 2, 7));
    assert_false(room_log_withholds(f->log, 0, 2, 8));
    assert_false(room_log_withholds(f->log, 1, 2, 7));
}

static void a_frame_for_another_dialect_is_passed_over(void **state)
{
    struct fixture *f = *state;

    append(f, "a", KIND_CHAT);
    f->reader.dialect = DIALECT_PLAIN;

    assert_reads(f, "");
    assert_int_equal(f->cursor, room_log_end(f->log));
}

static void a_block_ends_at_a_whole_frame(void **state)
{
    struct fixture *f = *state;

    append(f, "aaa", KIND_CHAT);
    append(f, "bbb", KIND_CHAT);
    f->reader.max_bytes = 5;

    assert_reads(f, "aaa");
    assert_reads(f, "bbb");
}

static void one_frame_goes_out_whatever_its_size(void **state)
{
    struct fixture *f = *state;

    append(f, "aaaaaaaaa", KIND_CHAT);
    f->reader.max_bytes = 5;

    assert_reads(f, "aaaaaaaaa");
}

static void without_memory_the_log_stays_as_it_was(void **state)
{
    struct fixture *f = *state;
    struct room_frame frame = frame_of("a", KIND_CHAT);

    fail_malloc_after(0);
    assert_int_equal(room_log_append(f->log, &frame), -ENOMEM);
    fail_malloc_never();

    assert_int_equal(room_log_end(f->log), 0);
    append(f, "b", KIND_CHAT);
    assert_reads(f, "b");
}

static void without_memory_a_reader_keeps_its_place(void **state)
{
    struct fixture *f = *state;

    append(f, "a", KIND_CHAT);
    fail_malloc_after(0);

    assert_int_equal(room_log_read(f->log, &f->reader, &f->cursor, &f->block, &f->read), -ENOMEM);
    assert_int_equal(f->cursor, 0);
}

#define SENTENCE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

static void a_frame_gives_its_place_to_another(void **state)
{
    struct fixture *f = *state;
    struct room_frame bad = frame_of("bad", KIND_CHAT), stone = frame_of("-", KIND_RECALL);
    uint64_t at = 0;

    append(f, "a", KIND_CHAT);
    bad.id = 7;
    bad.position = (struct position){1, 2};
    assert_int_equal(room_log_append(f->log, &bad), 0);
    append(f, "b", KIND_CHAT);

    assert_true(room_log_seek(f->log, 7, &at));
    assert_int_equal(room_log_place(f->log, at).seq, 2);
    room_log_replace(f->log, at, &stone);

    assert_reads(f, "a-b");
    assert_int_equal(room_log_bytes(f->log), 3);
    at = 0;
    assert_false(room_log_seek(f->log, 7, &at));
}

static void frames_of_one_id_are_found_one_after_the_other(void **state)
{
    struct fixture *f = *state;
    uint64_t at = 0;

    for (unsigned i = 0; i < MAX_FRAMES + 2; i++) { /* the first two leave */
        struct room_frame frame = frame_of("x", KIND_CHAT);

        frame.id = 7 * (i % 2);
        assert_int_equal(room_log_append(f->log, &frame), 0);
    }

    assert_true(room_log_seek(f->log, 7, &at));
    assert_int_equal(at++, 3);
    assert_true(room_log_seek(f->log, 7, &at));
    assert_int_equal(at++, 5);
    assert_false(room_log_seek(f->log, 7, &at));

    at = 0;
    assert_false(room_log_seek(f->log, 0, &at));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SENTENCE(a_cursor_reads_what_came_after_it_in_order),
        SENTENCE(the_oldest_frames_leave_when_there_are_too_many),
        SENTENCE(the_oldest_frames_leave_when_they_are_too_large),
        SENTENCE(a_frame_larger_than_the_log_is_kept_alone),
        SENTENCE(a_cursor_that_fell_off_is_told_so),
        SENTENCE(it_is_known_before_whether_a_cursor_will_fall_off),
        SENTENCE(a_lagging_cursor_skips_likes_but_never_an_order),
        SENTENCE(of_what_is_spared_the_last_of_each_kind_goes_out),
        SENTENCE(who_missed_nothing_but_likes_has_not_fallen_off),
        SENTENCE(who_missed_what_was_for_another_dialect_has_not_fallen_off),
        SENTENCE(a_frame_is_withheld_from_its_sender_only),
        SENTENCE(a_frame_for_another_dialect_is_passed_over),
        SENTENCE(a_block_ends_at_a_whole_frame),
        SENTENCE(one_frame_goes_out_whatever_its_size),
        SENTENCE(without_memory_the_log_stays_as_it_was),
        SENTENCE(without_memory_a_reader_keeps_its_place),
        SENTENCE(a_frame_gives_its_place_to_another),
        SENTENCE(frames_of_one_id_are_found_one_after_the_other),
    };

    return cmocka_run_group_tests_name("room_log", tests, NULL, NULL);
}
