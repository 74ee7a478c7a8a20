/* failing_recv.h - makes the nth recv() of this thread fail, as the kernel or the network may.
 * Linked with -Wl,--wrap=recv: it sees our calls and those of libwebsockets, not libevent's. */
#ifndef TESTS_SUPPORT_FAILING_RECV_H
#define TESTS_SUPPORT_FAILING_RECV_H

/* After so many that go through, one fails with `error`. */
void fail_recv_after(int count, int error);

/* No more.  How many would still have gone through; -1: the one has failed. */
int fail_recv_never(void);

#endif
