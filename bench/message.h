/* message.h - the message that the load publishes again and again: a chat message of the
 * wanted size, in which only the mark changes. */
#ifndef BENCH_MESSAGE_H
#define BENCH_MESSAGE_H

#include "bench/mark.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bench_message {
    char *text; /* owned */
    size_t size;
    size_t mark_at;
};

/* Ends the program when `size` is too small for a message, or beyond 64 KB. */
void bench_message_make(struct bench_message *message, size_t size, bool chinese);

/* One that puts goods on the shelf. */
void bench_message_make_shelf(struct bench_message *message);

void bench_message_mark(struct bench_message *message, uint64_t number, uint64_t due_us);
void bench_message_free(struct bench_message *message);

#endif
