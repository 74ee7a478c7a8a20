#include "gateway/mailbox.h"

#include <event2/event.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct mailbox {
    struct letter *_Atomic last; /* of those that lie here; each knows the one before it */
    void *reader;
    struct event *readable;
    int fd;
};

static struct letter *in_order(struct letter *last)
{
    struct letter *first = NULL;

    while (last) {
        struct letter *before = last->next;

        last->next = first;
        first = last;
        last = before;
    }

    return first;
}

static void on_letters(evutil_socket_t fd, short what, void *owner)
{
    struct mailbox *mailbox = owner;
    struct letter *letter;
    eventfd_t count;

    (void)what;

    (void)eventfd_read(fd, &count); /* first, or a letter posted meanwhile would wake nobody */
    letter = in_order(atomic_exchange_explicit(&mailbox->last, NULL, memory_order_acquire));

    while (letter) {
        struct letter *next = letter->next;

        letter->open(letter, mailbox->reader);
        letter = next;
    }
}

static void dispose(struct mailbox *mailbox)
{
    if (mailbox->readable)
        event_free(mailbox->readable);
    if (mailbox->fd >= 0)
        (void)close(mailbox->fd);

    free(mailbox);
}

void mailbox_free(struct mailbox *mailbox)
{
    if (mailbox)
        dispose(mailbox);
}

struct mailbox *mailbox_new(struct event_base *loop, void *reader)
{
    struct mailbox *mailbox = calloc(1, sizeof *mailbox);

    if (!mailbox)
        return NULL;

    mailbox->reader = reader;
    mailbox->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (mailbox->fd >= 0)
        mailbox->readable = event_new(loop, mailbox->fd, EV_READ | EV_PERSIST, on_letters, mailbox);

    if (!mailbox->readable || event_add(mailbox->readable, NULL) != 0) {
        dispose(mailbox);
        return NULL;
    }

    return mailbox;
}

void mailbox_post(struct mailbox *mailbox, struct letter *letter)
{
    struct letter *last = atomic_load_explicit(&mailbox->last, memory_order_relaxed);

    do
        letter->next = last;
    while (!atomic_compare_exchange_weak_explicit(&mailbox->last, &last, letter,
                                                  memory_order_release, memory_order_relaxed));

    if (!last) /* else who posted before us has woken the loop, or will */
        (void)eventfd_write(mailbox->fd, 1);
}
