#include "relay/origin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_DIGITS = 20 };

struct origin {
    size_t prefix_size; /* "region/worker/" */
    size_t text_size;   /* each begins with the prefix */
    char *texts;
};

void origin_free(struct origin *origin)
{
    if (!origin)
        return;

    free(origin->texts);
    free(origin);
}

struct origin *origin_new(const char *region, const char *worker)
{
    struct origin *origin = calloc(1, sizeof *origin);

    if (!origin)
        return NULL;

    origin->prefix_size = strlen(region) + strlen(worker) + 2;
    origin->text_size = origin->prefix_size + MAX_DIGITS + 1;
    origin->texts = malloc(ORIGIN_TEXTS * origin->text_size);
    if (!origin->texts) {
        free(origin);
        return NULL;
    }

    for (size_t i = 0; i < ORIGIN_TEXTS; i++)
        (void)snprintf(origin->texts + i * origin->text_size, origin->text_size, "%s/%s/", region,
                       worker);

    return origin;
}

struct span origin_text(struct origin *origin, size_t i, uint64_t session)
{
    char *text = origin->texts + i * origin->text_size;
    int digits =
        snprintf(text + origin->prefix_size, MAX_DIGITS + 1, "%llu", (unsigned long long)session);

    return span_make(text, origin->prefix_size + (size_t)digits);
}

bool origin_is_ours(const struct origin *origin, struct span text, uint64_t *session)
{
    *session = 0;
    if (!span_starts_with(text, span_make(origin->texts, origin->prefix_size)))
        return false;

    return span_to_u64(span_skip(text, origin->prefix_size), session) == 0;
}
