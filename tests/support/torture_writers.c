#include "tests/support/torture_writers.h"

#include "base/buffer.h"
#include "tests/support/torture.h"
#include "tests/support/unit.h"

#include <errno.h>

/* So much stands before it in turn: then the buffer is full at each place of a short text. */
enum { MAX_AHEAD = 130, MAX_WRITTEN = 1 << 20 };

static void add_ahead(struct buffer *out, size_t ahead)
{
    while (out->size < ahead)
        assert_int_equal(buffer_add_char(out, '.'), 0);
}

static void assert_whole(const struct torture_writer *writer, const struct buffer *out,
                         size_t ahead, const struct buffer *expected)
{
    if (out->size != ahead + expected->size)
        fail_msg("%s: %zu bytes after %zu", writer->name, out->size, ahead);
    assert_memory_equal(out->data + ahead, expected->data, expected->size);
}

static void torture_one(const struct torture_writer *writer, size_t ahead,
                        const struct buffer *expected)
{
    TORTURE (torture) {
        struct buffer out;

        buffer_init(&out, MAX_WRITTEN);
        add_ahead(&out, ahead);
        torture_begin(&torture);
        writer->write(&out);
        torture_end(&torture);

        if (buffer_status(&out) == 0)
            assert_whole(writer, &out, ahead, expected);
        else
            assert_true(torture_refused(&torture) && buffer_status(&out) == -ENOMEM);

        buffer_clear(&out);
        add_ahead(&out, ahead);
        writer->write(&out);
        assert_int_equal(buffer_status(&out), 0);
        assert_whole(writer, &out, ahead, expected);
        buffer_dispose(&out);
    }
}

void torture_writers(const struct torture_writer *writers, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct buffer expected;

        buffer_init(&expected, MAX_WRITTEN);
        writers[i].write(&expected);
        assert_int_equal(buffer_status(&expected), 0);
        assert_true(expected.size > 0);
        for (size_t ahead = 0; ahead < MAX_AHEAD; ahead++)
            torture_one(&writers[i], ahead, &expected);
        buffer_dispose(&expected);
    }
}
