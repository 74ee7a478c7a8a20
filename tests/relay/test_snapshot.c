#include "relay/snapshot.h"

#include "base/buffer.h"
#include "relay/arrival.h"
#include "tests/support/failing_malloc.h"
#include "tests/support/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* Entries at a position of term 1, by hand: what a broker would write. */
static char texts[128][160];

static struct span entry(unsigned seq, const char *total, const char *payload)
{
    char *text = texts[seq % 128];

    (void)snprintf(text, sizeof texts[0], "%s%.0u:1000:m%u:%s:::%s", seq > 0 ? "1:" : ":", seq, seq,
                   total, payload);

    return span_of(text);
}

static int try_apply(struct snapshot *snapshot, struct span bytes)
{
    struct buffer scratch;
    struct arrival arrival;
    int error;

    buffer_init(&scratch, ARRIVAL_SCRATCH_MAX);
    assert_int_equal(arrival_read(&arrival, bytes, &scratch), 0);
    error = snapshot_apply(snapshot, &arrival.entry, &arrival.message, arrival.bytes);
    buffer_dispose(&scratch);

    return error;
}

static void apply(struct snapshot *snapshot, struct span bytes)
{
    assert_int_equal(try_apply(snapshot, bytes), 0);
}

#define CHAT "{\"msg_type\":\"message\",\"content\":\"hi\"}"
#define SHELVE(id) "{\"msg_type\":\"on_off_shelf\",\"goods_id\":" id ",\"status\":\"on\"}"
#define UNSHELVE(id) "{\"msg_type\":\"on_off_shelf\",\"goods_id\":" id ",\"status\":\"off\"}"
#define FOLLOW "{\"msg_type\":\"subscribe\"}"
#define LIKE "{\"msg_type\":\"like\"}"

static void chat_keeps_the_last_ones_in_order(void **state)
{
    struct snapshot *snapshot = snapshot_new();

    for (unsigned i = 1; i <= SNAPSHOT_CHAT + 7; i++)
        apply(snapshot, entry(i, "", CHAT));

    assert_int_equal(snapshot_chat_count(snapshot), SNAPSHOT_CHAT);
    for (unsigned i = 0; i < SNAPSHOT_CHAT; i++)
        assert_true(span_equal(snapshot_chat(snapshot, i), entry(i + 8, "", CHAT)));

    snapshot_free(snapshot);
    (void)state;
}

static void the_shelf_has_the_last_state_of_each_item_in_order(void **state)
{
    struct snapshot *snapshot = snapshot_new();

    apply(snapshot, entry(1, "", SHELVE("\"a\"")));
    apply(snapshot, entry(2, "", SHELVE("7")));
    apply(snapshot, entry(3, "", SHELVE("\"c\"")));
    apply(snapshot, entry(4, "", UNSHELVE("\"c\"")));
    apply(snapshot, entry(5, "", SHELVE("\"a\"")));
    apply(snapshot, entry(6, "", UNSHELVE("\"unknown\"")));

    assert_int_equal(snapshot_shelf_count(snapshot), 2);
    assert_true(span_equal(snapshot_shelf(snapshot, 0), entry(2, "", SHELVE("7"))));
    assert_true(span_equal(snapshot_shelf(snapshot, 1), entry(5, "", SHELVE("\"a\""))));
    snapshot_free(snapshot);
    (void)state;
}

static void an_item_is_the_same_as_a_number_or_as_text(void **state)
{
    struct snapshot *snapshot = snapshot_new();

    apply(snapshot, entry(1, "", SHELVE("7")));
    apply(snapshot, entry(2, "", UNSHELVE("\"\\u0037\"")));

    assert_int_equal(snapshot_shelf_count(snapshot), 0);
    snapshot_free(snapshot);
    (void)state;
}

static void counters_follow_the_totals(void **state)
{
    struct snapshot *snapshot = snapshot_new();

    apply(snapshot, entry(1, "8", FOLLOW));
    apply(snapshot, entry(0, "12", LIKE));
    apply(snapshot, entry(0, "11", LIKE)); /* late */
    apply(snapshot, entry(0, "", LIKE));   /* by plain PUBLISH */

    assert_int_equal(snapshot_follows(snapshot), 8);
    assert_int_equal(snapshot_likes(snapshot), 12);
    snapshot_free(snapshot);
    (void)state;
}

static void what_is_not_sequenced_leaves_no_trace(void **state)
{
    struct snapshot *snapshot = snapshot_new();
    uint64_t chat, shelf;

    apply(snapshot, entry(3, "", CHAT));
    chat = snapshot_chat_version(snapshot);
    shelf = snapshot_shelf_version(snapshot);
    apply(snapshot, span_of(CHAT));
    apply(snapshot, span_of(SHELVE("1")));
    apply(snapshot, span_of(FOLLOW));

    assert_int_equal(snapshot_chat_count(snapshot), 1);
    assert_int_equal(snapshot_shelf_count(snapshot), 0);
    assert_int_equal(snapshot_follows(snapshot), 0);
    assert_int_equal(snapshot_position(snapshot).seq, 3);
    assert_true(snapshot_chat_version(snapshot) == chat);
    assert_true(snapshot_shelf_version(snapshot) == shelf);
    snapshot_free(snapshot);
    (void)state;
}

static void every_sequenced_message_moves_the_position(void **state)
{
    struct snapshot *snapshot = snapshot_new();

    apply(snapshot, entry(4, "", "{\"msg_type\":\"x_gift\"}"));

    assert_int_equal(snapshot_position(snapshot).term, 1);
    assert_int_equal(snapshot_position(snapshot).seq, 4);
    snapshot_free(snapshot);
    (void)state;
}

static void chat_and_shelf_have_a_version_each(void **state)
{
    static const struct {
        const char *payload;
        bool chat;
        bool shelf;
    } cases[] = {
        {CHAT, true, false},
        {SHELVE("1"), false, true},
        {UNSHELVE("1"), false, true},
        {FOLLOW, false, false},
    };
    struct snapshot *snapshot = snapshot_new();

    for (unsigned i = 0; i < 4; i++) {
        uint64_t chat = snapshot_chat_version(snapshot);
        uint64_t shelf = snapshot_shelf_version(snapshot);

        apply(snapshot, entry(i + 1, "5", cases[i].payload));
        assert_int_equal(snapshot_chat_version(snapshot) > chat, cases[i].chat);
        assert_int_equal(snapshot_shelf_version(snapshot) > shelf, cases[i].shelf);
    }

    snapshot_free(snapshot);
    (void)state;
}

#define RECALL(id) "{\"msg_type\":\"recall\",\"id\":\"" id "\"}"

static void what_was_recalled_is_no_longer_in_the_chat(void **state)
{
    struct snapshot *snapshot = snapshot_new();
    uint64_t version;

    for (unsigned i = 1; i <= SNAPSHOT_CHAT + 3; i++)
        apply(snapshot, entry(i, "", CHAT));
    version = snapshot_chat_version(snapshot);

    apply(snapshot, entry(60, "", RECALL("m7")));

    assert_int_equal(snapshot_chat_count(snapshot), SNAPSHOT_CHAT - 1);
    assert_true(snapshot_chat_version(snapshot) > version);
    assert_int_equal(snapshot_position(snapshot).seq, 60);
    for (unsigned i = 0; i < SNAPSHOT_CHAT - 1; i++)
        assert_true(span_equal(snapshot_chat(snapshot, i), entry(i < 3 ? i + 4 : i + 5, "", CHAT)));

    for (unsigned i = 61; i <= 62; i++)
        apply(snapshot, entry(i, "", CHAT));
    assert_int_equal(snapshot_chat_count(snapshot), SNAPSHOT_CHAT);
    assert_true(span_equal(snapshot_chat(snapshot, SNAPSHOT_CHAT - 1), entry(62, "", CHAT)));
    snapshot_free(snapshot);
    (void)state;
}

static void the_recall_of_what_is_not_shown_changes_nothing(void **state)
{
    struct snapshot *snapshot = snapshot_new();
    uint64_t version;

    apply(snapshot, entry(1, "", CHAT));
    version = snapshot_chat_version(snapshot);

    apply(snapshot, entry(2, "", RECALL("m9")));

    assert_int_equal(snapshot_chat_count(snapshot), 1);
    assert_true(snapshot_chat_version(snapshot) == version);
    snapshot_free(snapshot);
    (void)state;
}

static void loading_replaces_all(void **state)
{
    const struct span chat[] = {entry(5, "", CHAT), entry(6, "", CHAT)};
    const struct span shelf[] = {entry(3, "", SHELVE("\"x\""))};
    struct snapshot *snapshot = snapshot_new();
    uint64_t chat_version, shelf_version;

    apply(snapshot, entry(1, "", CHAT));
    apply(snapshot, entry(2, "", SHELVE("\"old\"")));
    chat_version = snapshot_chat_version(snapshot);
    shelf_version = snapshot_shelf_version(snapshot);

    assert_int_equal(snapshot_load(snapshot, &(struct broker_snapshot){.position = {1, 7},
                                                                       .chat = chat,
                                                                       .n_chat = 2,
                                                                       .shelf = shelf,
                                                                       .n_shelf = 1,
                                                                       .likes = 9,
                                                                       .follows = 3}),
                     0);

    assert_int_equal(snapshot_chat_count(snapshot), 2);
    assert_true(span_equal(snapshot_chat(snapshot, 1), chat[1]));
    assert_int_equal(snapshot_shelf_count(snapshot), 1);
    assert_true(span_equal(snapshot_shelf(snapshot, 0), shelf[0]));
    assert_int_equal(snapshot_position(snapshot).seq, 7);
    assert_int_equal(snapshot_likes(snapshot), 9);
    assert_int_equal(snapshot_follows(snapshot), 3);
    assert_true(snapshot_chat_version(snapshot) > chat_version);
    assert_true(snapshot_shelf_version(snapshot) > shelf_version);
    snapshot_free(snapshot);
    (void)state;
}

static void of_more_chat_than_is_shown_the_last_is_kept(void **state)
{
    struct span chat[100];
    struct snapshot *snapshot = snapshot_new();

    for (unsigned i = 0; i < 100; i++)
        chat[i] = entry(i + 1, "", CHAT);

    assert_int_equal(
        snapshot_load(snapshot,
                      &(struct broker_snapshot){.position = {1, 100}, .chat = chat, .n_chat = 100}),
        0);

    assert_int_equal(snapshot_chat_count(snapshot), SNAPSHOT_CHAT);
    assert_true(span_equal(snapshot_chat(snapshot, 0), chat[100 - SNAPSHOT_CHAT]));
    snapshot_free(snapshot);
    (void)state;
}

static void msgpack_is_kept_as_json_under_the_same_head(void **state)
{
    static const char head[] = "1:4:1000:m4::::";
    static const char packed[] = "\x82\xa8msg_type\xa7message\xa7"
                                 "content\xa2hi";
    char text[128] = "";
    struct span bytes = span_make(text, sizeof head - 1 + sizeof packed - 1);
    struct snapshot *snapshot = snapshot_new();

    memcpy(text, head, sizeof head - 1);
    memcpy(text + sizeof head - 1, packed, sizeof packed - 1);

    apply(snapshot, bytes);

    assert_true(span_equal(snapshot_chat(snapshot, 0), entry(4, "", CHAT)));

    assert_int_equal(
        snapshot_load(snapshot,
                      &(struct broker_snapshot){.position = {1, 4}, .chat = &bytes, .n_chat = 1}),
        0);
    assert_true(span_equal(snapshot_chat(snapshot, 0), entry(4, "", CHAT)));
    snapshot_free(snapshot);
    (void)state;
}

static void what_cannot_be_read_is_left_out(void **state)
{
    const struct span chat[] = {entry(1, "", "{\"msg_type\":\"message\"}"), span_of("nonsense"),
                                entry(3, "", CHAT)};
    struct snapshot *snapshot = snapshot_new();

    assert_int_equal(
        snapshot_load(snapshot,
                      &(struct broker_snapshot){.position = {1, 3}, .chat = chat, .n_chat = 3}),
        0);

    assert_int_equal(snapshot_chat_count(snapshot), 1);
    snapshot_free(snapshot);
    (void)state;
}

static void without_memory_a_load_changes_nothing(void **state)
{
    const struct span chat[] = {entry(5, "", CHAT), entry(6, "", CHAT)};
    const struct span shelf[] = {entry(3, "", SHELVE("1")), entry(4, "", SHELVE("2"))};
    const struct broker_snapshot read = {
        .position = {1, 7}, .chat = chat, .n_chat = 2, .shelf = shelf, .n_shelf = 2};
    struct snapshot *snapshot = snapshot_new();
    int error = -ENOMEM;

    apply(snapshot, entry(1, "", CHAT));

    for (int i = 0; error != 0; i++) {
        fail_malloc_after(i);
        error = snapshot_load(snapshot, &read);
        fail_malloc_never();

        assert_true(error == 0 || error == -ENOMEM);
        assert_int_equal(snapshot_position(snapshot).seq, error ? 1 : 7);
        assert_int_equal(snapshot_chat_count(snapshot), error ? 1 : 2);
        assert_true(i < 100);
    }

    snapshot_free(snapshot);
    (void)state;
}

static void without_memory_a_message_is_missing_and_it_says_so(void **state)
{
    static const char *const payloads[] = {CHAT, SHELVE("1")};

    for (unsigned i = 0; i < 2; i++) {
        struct snapshot *snapshot = snapshot_new();
        int error = -ENOMEM;

        for (unsigned n = 0; error != 0; n++) {
            fail_malloc_after((int)n);
            error = try_apply(snapshot, entry(n + 1, "", payloads[i]));
            fail_malloc_never();

            assert_true(error == 0 || error == -ENOMEM);
            assert_int_equal(snapshot_position(snapshot).seq, n + 1);
            assert_int_equal(snapshot_chat_count(snapshot) + snapshot_shelf_count(snapshot),
                             !error);
        }

        snapshot_free(snapshot);
    }

    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chat_keeps_the_last_ones_in_order),
        cmocka_unit_test(the_shelf_has_the_last_state_of_each_item_in_order),
        cmocka_unit_test(an_item_is_the_same_as_a_number_or_as_text),
        cmocka_unit_test(counters_follow_the_totals),
        cmocka_unit_test(what_is_not_sequenced_leaves_no_trace),
        cmocka_unit_test(every_sequenced_message_moves_the_position),
        cmocka_unit_test(chat_and_shelf_have_a_version_each),
        cmocka_unit_test(what_was_recalled_is_no_longer_in_the_chat),
        cmocka_unit_test(the_recall_of_what_is_not_shown_changes_nothing),
        cmocka_unit_test(loading_replaces_all),
        cmocka_unit_test(of_more_chat_than_is_shown_the_last_is_kept),
        cmocka_unit_test(msgpack_is_kept_as_json_under_the_same_head),
        cmocka_unit_test(what_cannot_be_read_is_left_out),
        cmocka_unit_test(without_memory_a_load_changes_nothing),
        cmocka_unit_test(without_memory_a_message_is_missing_and_it_says_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
