/* failing_calls.h - makes the nth call of a kind to the kernel fail, as it may at any time.
 *
 * The program defines these calls before libc does, so that libevent's go through here too; those
 * of libwebsockets are of other kinds (failing_recv.h, watched_send.h).  Belongs to one thread. */
#ifndef TESTS_SUPPORT_FAILING_CALLS_H
#define TESTS_SUPPORT_FAILING_CALLS_H

#include <stddef.h>

enum failing_call {
    CALL_ACCEPT,
    CALL_CONNECT,
    CALL_CONNECTED, /* getsockopt(SO_ERROR), which says how connecting ended */
    CALL_READV,     /* what libevent reads with … */
    CALL_WRITEV,    /* … and writes */
    N_FAILING_CALLS
};

/* After so many that go through, one fails with `error`. */
void fail_call_after(enum failing_call call, int count, int error);

/* No more.  How many would still have gone through; -1: the one has failed. */
int fail_call_never(enum failing_call call);

/* How many of them there have been. */
size_t calls_seen(enum failing_call call);

#endif
