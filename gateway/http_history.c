/* GET /v1/rooms/{room}/messages?after=term:seq&limit=: what was published in a room after a
 * position, for backends that were away: they look as they do to v1 clients. */
#include "gateway/http_call.h"
#include "gateway/http_room_answer.h"
#include "gateway/v1_frame.h"
#include "relay/relay.h"
#include "schema/entry.h"
#include "schema/message.h"

#include <errno.h>
#include <sys/types.h>

#define DEFAULT_LIMIT 100

/* Of large messages fewer come in one answer: the rest is behind `next`. */
#define ENOUGH ((size_t)2 << 20)

/* How many of the entries were dealt with, or -ENOMEM. */
static ssize_t write_messages(struct http_call *call, const struct broker_history *history)
{
    struct buffer *out = &call->body;
    const char *comma = "";
    size_t i;

    for (i = 0; i < history->n_entries && out->size < ENOUGH; i++) {
        size_t before = out->size;
        int rc;

        buffer_add_text(out, comma);
        rc = v1_frame_write_entry(span_of(call->room), history->entries[i], out);
        if (rc == -ENOMEM)
            return rc;
        if (rc == 0)
            comma = ",";
        else
            buffer_truncate(out, before); /* no viewer was shown it either */
    }

    return (ssize_t)i;
}

/* Where to go on behind the first `n` entries, if there is more. */
static void write_next(struct buffer *out, const struct broker_history *history, size_t n)
{
    struct entry last;

    if (n == 0 || entry_parse(&last, history->entries[n - 1]) != 0 ||
        position_compare(last.position, history->position) >= 0)
        return;

    buffer_add_text(out, ",\"next\":\"");
    buffer_add_u64(out, last.position.term);
    buffer_add_char(out, ':');
    buffer_add_u64(out, last.position.seq);
    buffer_add_char(out, '"');
}

static void on_history(void *arg, const struct broker_status *status,
                       const struct broker_history *history)
{
    struct http_call *call = arg;
    struct buffer *out = &call->body;
    ssize_t n;

    if (!http_begin_room_answer(call, status))
        return;

    http_write_position(out, history->position);
    buffer_add_text(out, history->complete ? ",\"complete\":true" : ",\"complete\":false");
    buffer_add_text(out, ",\"messages\":[");
    n = write_messages(call, history);
    if (n < 0) {
        http_refuse(call, REFUSAL_INTERNAL, NULL);
        return;
    }

    buffer_add_char(out, ']');
    write_next(out, history, (size_t)n);
    buffer_add_char(out, '}');
    http_answer(call, 200, "application/json");
}

/* ---- what is asked for ---- */

/* 0, or -EINVAL. */
static int read_after(const struct http_call *call, struct position *after)
{
    char text[48];
    int length = http_call_query(call, "after", text, sizeof text);
    struct span rest, term;

    *after = (struct position){0, 0};
    if (length == -ENOENT)
        return 0;
    if (length < 0)
        return -EINVAL;

    rest = span_make(text, (size_t)length);
    term = span_cut(&rest, ':');

    return span_to_u64(term, &after->term) == 0 && span_to_u64(rest, &after->seq) == 0 &&
                   after->term <= MESSAGE_MAX_INTEGER && after->seq <= MESSAGE_MAX_INTEGER
               ? 0
               : -EINVAL;
}

/* 0 when it is not a good one. */
static size_t read_limit(const struct http_call *call)
{
    char text[8];
    int length = http_call_query(call, "limit", text, sizeof text);
    uint64_t limit;

    if (length == -ENOENT)
        return DEFAULT_LIMIT;
    if (length < 0 || span_to_u64(span_make(text, (size_t)length), &limit) != 0)
        return 0;

    return limit <= BROKER_HISTORY_MAX ? (size_t)limit : 0;
}

void http_get_messages(struct http_call *call)
{
    size_t limit = read_limit(call);
    struct position after;

    if (limit == 0)
        http_refuse(call, REFUSAL_MALFORMED, "limit must be a number from 1 to 256");
    else if (read_after(call, &after) != 0)
        http_refuse(call, REFUSAL_MALFORMED, "after must be a position, term:seq");
    else
        relay_read_history(call->settings->relay, span_of(call->room), after, limit, on_history,
                           call);
}
