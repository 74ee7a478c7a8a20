#include "schema/entry.h"

#include "tests/support/unit.h"

#include <errno.h>

static struct entry parsed(const char *text)
{
    struct entry entry;

    assert_int_equal(entry_parse(&entry, span_of(text)), 0);

    return entry;
}

static void a_full_entry_is_taken_apart(void **state)
{
    struct entry e = parsed("1700000000000:7:1700000000123:order-1:12:cn/w1/5:pf:{\"a\":\":\"}");

    assert_int_equal(e.position.term, 1700000000000);
    assert_int_equal(e.position.seq, 7);
    assert_int_equal(e.ts, 1700000000123);
    assert_true(span_is(e.id, "order-1"));
    assert_int_equal(e.total, 12);
    assert_true(span_is(e.origin, "cn/w1/5"));
    assert_int_equal(e.flags, ENTRY_PLAIN_TEXT | ENTRY_FIRST_OF_TERM);
    assert_true(span_is(e.payload, "{\"a\":\":\"}"));
    (void)state;
}

static void an_empty_head_says_nothing(void **state)
{
    struct entry e = parsed(":::::::{}");

    assert_int_equal(e.position.term, 0);
    assert_int_equal(e.position.seq, 0);
    assert_int_equal(e.ts, 0);
    assert_int_equal(e.id.size, 0);
    assert_int_equal(e.total, -1);
    assert_int_equal(e.origin.size, 0);
    assert_int_equal(e.flags, 0);
    assert_true(span_is(e.payload, "{}"));
    (void)state;
}

static void a_payload_without_a_head_is_all_payload(void **state)
{
    struct entry e = parsed("{\"a\":\"1:2:3:4:5:6:7:8\"}");

    assert_int_equal(e.total, -1);
    assert_true(span_is(e.payload, "{\"a\":\"1:2:3:4:5:6:7:8\"}"));

    assert_true(span_is(parsed("\x81\xa1:\x01").payload, "\x81\xa1:\x01"));
    assert_true(span_is(parsed("\xde\x00\x01").payload, "\xde"));
    (void)state;
}

static void bad_heads_are_refused(void **state)
{
    static const char *const bad[] = {
        "",
        "hello",
        "1:2:3:4:5:6:{}",     /* a field too few */
        "1:2:3:id:5:o::",     /* no payload */
        "x:2:3:id:5:o::{}",   /* not a number */
        "-1:2:3:id:5:o::{}",  /* signs */
        "1:+2:3:id:5:o::{}",  /*  */
        "1:2:-3:id:5:o::{}",  /*  */
        "1:2:3:id:-5:o::{}",  /*  */
        "1:0:3:id:5:o::{}",   /* half a position */
        "1::3:id:5:o::{}",    /*  */
        ":2:3:id:5:o::{}",    /*  */
        "1:2:3:id:5:o:P:{}",  /* not a letter of flags */
        "1:2:3:id:5:o:p1:{}", /*  */
        "99999999999999999999:1:3:id:5:o::{}",
        "1:99999999999999999999:3:id:5:o::{}",
        "1:1:9999999999999999999:id:5:o::{}",
        "1:1:3:id:9999999999999999999:o::{}",
    };
    struct entry entry;

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(entry_parse(&entry, span_of(bad[i])), -EBADMSG);

    assert_int_equal(entry_parse(&entry, SPAN_NONE), -EBADMSG);
    (void)state;
}

static void flags_of_a_newer_release_are_passed_over(void **state)
{
    assert_int_equal(parsed("::::::zpq:{}").flags, ENTRY_PLAIN_TEXT);
    (void)state;
}

static void the_head_is_bounded(void **state)
{
    struct buffer out;
    struct entry entry;

    for (size_t size = ENTRY_MAX_ID; size <= ENTRY_MAX_ID + 1; size++) {
        buffer_init(&out, 4096);
        (void)buffer_add_text(&out, ":::");
        for (size_t i = 0; i < size; i++)
            (void)buffer_add_char(&out, 'i');
        (void)buffer_add_text(&out, "::::{}");

        assert_int_equal(entry_parse(&entry, buffer_span(&out)),
                         size <= ENTRY_MAX_ID ? 0 : -EBADMSG);
        buffer_dispose(&out);
    }
    (void)state;
}

static void what_is_written_is_read_again(void **state)
{
    static const char *const entries[] = {
        "1700000000000:7:1700000000123:order-1:12:cn/w1/5:pf:{\"a\":1}",
        ":::::::{}",
        ":::id:::x:{}",
        "18446744073709551615:18446744073709551615:9223372036854775807:i:0::rs:\x80",
    };

    for (size_t i = 0; i < sizeof entries / sizeof entries[0]; i++) {
        struct entry entry = parsed(entries[i]);
        struct buffer out;

        buffer_init(&out, 1000);
        entry_write(&entry, &out);

        assert_int_equal(buffer_status(&out), 0);
        assert_true(span_is(buffer_span(&out), entries[i]));
        buffer_dispose(&out);
    }
    (void)state;
}

static void every_flag_has_a_letter_of_its_own(void **state)
{
    static const char letters[] = {
#define X(constant, letter) letter,
        ENTRY_FLAGS(X)
#undef X
    };

    for (size_t i = 0; i < sizeof letters; i++) {
        char text[] = "::::::?:{}";

        text[6] = letters[i];
        assert_int_equal(parsed(text).flags, 1U << i);
    }
    (void)state;
}

static void positions_are_compared_as_pairs(void **state)
{
    struct position a = {1, 9};
    struct position b = {2, 1};
    struct position c = {2, 2};

    assert_int_equal(position_compare(a, b), -1);
    assert_int_equal(position_compare(b, a), 1);
    assert_int_equal(position_compare(b, c), -1);
    assert_int_equal(position_compare(c, b), 1);
    assert_int_equal(position_compare(c, c), 0);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_entry_is_taken_apart),
        cmocka_unit_test(an_empty_head_says_nothing),
        cmocka_unit_test(a_payload_without_a_head_is_all_payload),
        cmocka_unit_test(bad_heads_are_refused),
        cmocka_unit_test(flags_of_a_newer_release_are_passed_over),
        cmocka_unit_test(the_head_is_bounded),
        cmocka_unit_test(what_is_written_is_read_again),
        cmocka_unit_test(every_flag_has_a_letter_of_its_own),
        cmocka_unit_test(positions_are_compared_as_pairs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
