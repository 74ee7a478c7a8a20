/* way.h - the ways of publishing a message: a table of what is written to the server for
 * one, and what its answer looks like. */
#ifndef BENCH_WAY_H
#define BENCH_WAY_H

#include <stddef.h>
#include <sys/types.h>

/* What a way adds to a message, at most. */
enum { WAY_MAX_AROUND = 512 };

struct way {
    const char *name;
    const char *greeting; /* sent once connected; NULL: nothing */
    size_t greeting_size;

    /* Writes the request.  `out` has room for size + WAY_MAX_AROUND.  Bytes written. */
    size_t (*write)(char *out, const char *room, const char *message, size_t size);

    /* The size of the first answer in `data`; 0 while it is not complete, -EPROTO for a
     * refusal.  NULL: there are no answers. */
    ssize_t (*answer)(const char *data, size_t size);
};

/* NULL when there is none of that name. */
const struct way *way_find(const char *name);

/* The size of the first whole reply of Redis; 0: not complete; -EPROTO: an error reply. */
ssize_t way_resp_answer(const char *data, size_t size);

/* The size of the first whole HTTP response; 0: not complete; -EPROTO: not a 2xx. */
ssize_t way_http_answer(const char *data, size_t size);

#endif
