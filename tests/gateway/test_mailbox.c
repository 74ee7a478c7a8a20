#include "gateway/mailbox.h"

#include "base/list.h"
#include "tests/support/failing_malloc.h"
#include "tests/support/unit.h"

#include <event2/event.h>
#include <pthread.h>
#include <string.h>

enum { POSTERS = 4, EACH = 5000 };

struct note {
    struct letter letter;
    struct desk *from; /* where it is posted back to; NULL: it stays */
    char name;
};

/* A mailbox and what came to it. */
struct desk {
    struct event_base *loop;
    struct mailbox *mailbox;
    char read[16];
    size_t opened;
    unsigned long sum;
};

static void set_up_desk(struct desk *desk)
{
    *desk = (struct desk){.loop = event_base_new()};
    desk->mailbox = mailbox_new(desk->loop, desk);
    assert_non_null(desk->mailbox);
}

static void clear_desk(struct desk *desk)
{
    mailbox_free(desk->mailbox);
    event_base_free(desk->loop);
}

static void turn(struct desk *desk)
{
    assert_int_not_equal(event_base_loop(desk->loop, EVLOOP_NONBLOCK), -1);
}

static void read_note(struct letter *letter, void *reader)
{
    struct note *note = CONTAINER_OF(letter, struct note, letter);
    struct desk *desk = reader;
    struct desk *from = note->from;

    desk->read[desk->opened++] = note->name;
    note->from = NULL;
    if (from)
        mailbox_post(from->mailbox, letter);
}

static void letters_are_opened_once_in_the_order_they_were_posted(void **state)
{
    struct note notes[] = {{.name = 'a'}, {.name = 'b'}, {.name = 'c'}};
    struct desk desk;

    (void)state;
    set_up_desk(&desk);

    for (size_t i = 0; i < 3; i++) {
        notes[i].letter.open = read_note;
        mailbox_post(desk.mailbox, &notes[i].letter);
    }
    assert_string_equal(desk.read, "");
    turn(&desk);
    turn(&desk);

    assert_string_equal(desk.read, "abc");

    clear_desk(&desk);
}

static void a_letter_may_be_posted_back_when_it_is_opened(void **state)
{
    struct desk here, there;
    struct note note = {.letter.open = read_note, .from = &here, .name = 'a'};

    (void)state;
    set_up_desk(&here);
    set_up_desk(&there);

    mailbox_post(there.mailbox, &note.letter);
    turn(&there);
    turn(&here);

    assert_string_equal(there.read, "a");
    assert_string_equal(here.read, "a");

    clear_desk(&here);
    clear_desk(&there);
}

static void a_letter_nobody_opens_stays_with_who_posted_it(void **state)
{
    struct note note = {.letter.open = read_note, .name = 'a'};
    struct desk desk;

    (void)state;
    set_up_desk(&desk);

    mailbox_post(desk.mailbox, &note.letter);
    clear_desk(&desk);

    assert_string_equal(desk.read, "");
}

/* ---- threads ---- */

struct parcel {
    struct letter letter;
    unsigned long weight;
};

struct poster {
    struct parcel parcels[EACH];
    struct mailbox *to;
    pthread_t thread;
};

static void weigh(struct letter *letter, void *reader)
{
    struct desk *desk = reader;

    desk->sum += CONTAINER_OF(letter, struct parcel, letter)->weight;
    if (++desk->opened == (size_t)POSTERS * EACH)
        (void)event_base_loopbreak(desk->loop);
}

static void *post_all(void *arg)
{
    struct poster *poster = arg;

    for (size_t i = 0; i < EACH; i++) {
        poster->parcels[i] = (struct parcel){.letter.open = weigh, .weight = i};
        mailbox_post(poster->to, &poster->parcels[i].letter);
    }

    return NULL;
}

static void what_many_threads_post_is_all_opened(void **state)
{
    static struct poster posters[POSTERS];
    struct desk desk;

    (void)state;
    set_up_desk(&desk);

    for (size_t i = 0; i < POSTERS; i++) {
        posters[i].to = desk.mailbox;
        assert_int_equal(pthread_create(&posters[i].thread, NULL, post_all, &posters[i]), 0);
    }
    assert_int_equal(event_base_dispatch(desk.loop), 0);
    for (size_t i = 0; i < POSTERS; i++)
        assert_int_equal(pthread_join(posters[i].thread, NULL), 0);

    assert_int_equal(desk.sum, (unsigned long)POSTERS * EACH * (EACH - 1) / 2);

    clear_desk(&desk);
}

static void without_memory_there_is_no_mailbox(void **state)
{
    struct event_base *loop = event_base_new();

    (void)state;

    fail_malloc_after(0);
    assert_null(mailbox_new(loop, NULL));
    fail_malloc_never();
    mailbox_free(NULL);

    event_base_free(loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(letters_are_opened_once_in_the_order_they_were_posted),
        cmocka_unit_test(a_letter_may_be_posted_back_when_it_is_opened),
        cmocka_unit_test(a_letter_nobody_opens_stays_with_who_posted_it),
        cmocka_unit_test(what_many_threads_post_is_all_opened),
        cmocka_unit_test(without_memory_there_is_no_mailbox),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
