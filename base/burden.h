/* burden.h - how much memory clients make this process hold: one number for all of it.
 *
 * Counted is what grows with what clients do not read, and nothing that grows with how many
 * they are: the logs of rooms, what their sockets refused, replies, answers older than the
 * room is now, history on its way, messages that are not whole.  Who takes memory for such a
 * thing adds it here and takes it off again; an estimate will do, the same both times.
 *
 * Any thread. */
#ifndef BASE_BURDEN_H
#define BASE_BURDEN_H

#include <stddef.h>

void burden_add(size_t bytes);
void burden_sub(size_t bytes);

size_t burden_bytes(void);

#endif
