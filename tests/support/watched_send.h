/* watched_send.h - counts what a server in this process sends, and plays the network that takes no
 * more.  Linked with -Wl,--wrap=send.
 *
 * A connection is known by its client's port, so a test can name it while the server knows
 * nothing of it.  Belongs to one thread. */
#ifndef TESTS_SUPPORT_WATCHED_SEND_H
#define TESTS_SUPPORT_WATCHED_SEND_H

#include <stddef.h>
#include <stdint.h>

/* Forgets all that was counted and refused. */
void watched_send_reset(void);

/* Counts from now on the sends towards that port that were not refused. */
void watched_send_count(uint16_t port);
size_t watched_send_counted(uint16_t port);

/* From now on the socket towards that port takes nothing (EAGAIN), until it takes again. */
void watched_send_refuse(uint16_t port);
void watched_send_accept(uint16_t port);

/* It takes so many more bytes, and then nothing; how many of them it has yet to take. */
void watched_send_allow(uint16_t port, size_t bytes);
size_t watched_send_allowed(uint16_t port);

/* From now on sends towards that port fail as after a reset (ECONNRESET). */
void watched_send_break(uint16_t port);

/* After so many sends, to whomever, one fails with `error`. */
void watched_send_fail_after(int count, int error);

/* No more.  How many would still have gone through; -1: the one has failed. */
int watched_send_fail_never(void);

#endif
