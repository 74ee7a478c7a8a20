#include "gateway/room_past.h"

#include "base/buffer.h"
#include "base/list.h"
#include "base/metrics.h"
#include "gateway/frame.h"
#include "gateway/hub.h"
#include "gateway/membership.h"
#include "gateway/resume.h"
#include "gateway/session.h"
#include "gateway/v1_frame.h"
#include "relay/relay.h"
#include "schema/msgpack.h"
#include "schema/payload.h"

#include <errno.h>
#include <stdlib.h>

/* What a client that reads nothing may hold, unless a single frame is larger. */
#define PIECE_BYTES ((size_t)128 << 10)

#define MAX_FRAME PAYLOAD_JSON_MAX(2 * MESSAGE_MAX_BYTES)

struct room_past {
    struct hub_room *room; /* NULL: it is gone, and the broker's answer frees this */
    struct list waiting;
    struct position asked;
    unsigned recalls; /* heard in the room when it was asked */
    bool asking;
};

/* An answer of the broker, as far as the relay has applied it: the rest will come by itself. */
struct reading {
    struct span room;
    struct position asked, now;
    bool whole; /* nothing is lost behind `asked` */
    size_t n;
    struct span entries[BROKER_HISTORY_MAX];
    struct position positions[BROKER_HISTORY_MAX];
};

/* Its frames in one encoding, from the first on. */
struct written {
    struct bytes *frames; /* NULL: not yet */
    size_t n;
    size_t ends[BROKER_HISTORY_MAX];
};

/* ---- asking ---- */

static void on_history(void *arg, const struct broker_status *status,
                       const struct broker_history *history);

static void read_on(struct room_past *past)
{
    const struct hub_room *room = past->room;
    bool found = false;

    LIST_FOR_EACH (node, &past->waiting) {
        struct position after = CONTAINER_OF(node, struct resume, node)->after;

        if (!found || position_compare(after, past->asked) < 0)
            past->asked = after;
        found = true;
    }

    past->asking = found;
    past->recalls = room->recalls;
    if (!found)
        return;

    metrics_add(room->hub->settings.metrics, METRIC_HISTORY_READS, 0, 1);
    relay_read_history(room->hub->relay, span_of(room->id), past->asked, BROKER_HISTORY_MAX,
                       on_history, past);
}

void room_past_free(struct room_past *past)
{
    if (!past)
        return;

    past->room = NULL;
    if (!past->asking)
        free(past);
}

int room_past_ask(struct hub_room *room, struct resume *resume)
{
    if (!room->past) {
        room->past = calloc(1, sizeof *room->past);
        if (!room->past)
            return -ENOMEM;

        room->past->room = room;
        list_init(&room->past->waiting);
    }

    list_append(&room->past->waiting, &resume->node);
    if (!room->past->asking)
        read_on(room->past);

    return 0;
}

/* ---- writing frames ---- */

static int write_frame(struct span room, struct span entry, enum ws_opcode opcode,
                       struct buffer *json, struct buffer *out)
{
    struct buffer packed;
    int rc;

    buffer_clear(json);
    rc = v1_frame_write_entry(room, entry, json);
    if (rc != 0)
        return rc == -ENOMEM ? rc : 0; /* it would have been left out when it came, too */

    if (opcode == WS_TEXT) {
        frame_write(out, opcode, buffer_span(json));
        return buffer_status(out);
    }

    buffer_init(&packed, json->max);
    rc = msgpack_from_json(buffer_span(json), &packed);
    if (rc == 0)
        frame_write(out, opcode, buffer_span(&packed));
    buffer_dispose(&packed);

    return rc == 0 ? buffer_status(out) : rc;
}

/* 0, or -ENOMEM. */
static int write_frames(const struct reading *reading, enum ws_opcode opcode,
                        struct written *written)
{
    struct buffer json, out;
    int rc = 0;

    buffer_init(&json, MAX_FRAME);
    buffer_init(&out, PIECE_BYTES + FRAME_HEAD_MAX + MAX_FRAME);

    for (written->n = 0; written->n < reading->n && out.size < PIECE_BYTES && rc == 0;
         written->n++) {
        rc = write_frame(reading->room, reading->entries[written->n], opcode, &json, &out);
        written->ends[written->n] = out.size;
    }

    if (rc == 0)
        written->frames = bytes_copy(out.data, out.size);

    buffer_dispose(&json);
    buffer_dispose(&out);

    if (!written->frames)
        return -ENOMEM;

    bytes_count(written->frames);

    return 0;
}

/* ---- serving ---- */

static void take(struct reading *reading, const struct broker_history *history)
{
    reading->whole = history->complete && position_compare(history->position, reading->asked) >= 0;

    for (size_t i = 0; i < history->n_entries; i++) {
        struct entry entry;

        if (entry_parse(&entry, history->entries[i]) != 0)
            continue;
        if (position_compare(entry.position, reading->now) > 0)
            break;

        reading->entries[reading->n] = history->entries[i];
        reading->positions[reading->n++] = entry.position;
    }
}

/* The place behind the entry at `after`; SIZE_MAX: that is not among them. */
static size_t place_after(const struct reading *reading, struct position after)
{
    if (position_compare(after, reading->asked) == 0)
        return 0;

    for (size_t i = 0; i < reading->n; i++) {
        if (position_compare(after, reading->positions[i]) == 0)
            return i + 1;
    }

    return SIZE_MAX;
}

/* What follows that place.  -EAGAIN: it is in none of the frames written; or -ENOMEM. */
static int cut(const struct reading *reading, const struct written *written, size_t place,
               struct past_piece *piece)
{
    size_t begin = place == 0 ? 0 : written->ends[place - 1];

    if (place == reading->n) {
        piece->frames = bytes_part(written->frames, 0, 0);
    } else if (place >= written->n) {
        return -EAGAIN;
    } else {
        piece->frames = bytes_part(written->frames, begin, written->frames->size - begin);
        piece->until = reading->positions[written->n - 1];
    }

    return piece->frames ? 0 : -ENOMEM;
}

static int find(const struct reading *reading, struct written *written, enum ws_opcode opcode,
                size_t place, struct past_piece *piece)
{
    int rc = written->frames ? 0 : write_frames(reading, opcode, written);

    return rc == 0 ? cut(reading, written, place, piece) : rc;
}

/* Does nothing for one that needs a reading of its own. */
static void serve(const struct reading *reading, struct resume *resume, struct written *written)
{
    size_t place = place_after(reading, resume->after);
    struct past_piece piece = {.until = resume->after};
    enum past_verdict verdict = PAST_FOUND;
    int rc = 0;

    if (place == SIZE_MAX)
        return;

    if (place == 0 && !reading->whole)
        verdict = PAST_LOST;
    else if (position_compare(resume->after, reading->now) > 0)
        verdict = PAST_LATER;
    else
        rc = find(reading, written, resume->membership->session->dialect->opcode, place, &piece);

    if (rc == -EAGAIN)
        return;

    list_remove(&resume->node);
    resume_on_past(resume, rc == 0 ? verdict : PAST_NO_MEMORY, &piece);
    bytes_release(piece.frames);
}

static void serve_all(struct room_past *past, const struct broker_history *history)
{
    struct reading reading = {
        .room = span_of(past->room->id),
        .asked = past->asked,
        .now = hub_room_position(past->room),
    };
    struct written text = {.n = 0}, binary = {.n = 0};

    take(&reading, history);

    LIST_FOR_EACH (node, &past->waiting) {
        struct resume *resume = CONTAINER_OF(node, struct resume, node);
        bool is_text = resume->membership->session->dialect->opcode == WS_TEXT;

        serve(&reading, resume, is_text ? &text : &binary);
    }

    bytes_release(text.frames);
    bytes_release(binary.frames);
}

static void put_off(struct room_past *past)
{
    LIST_FOR_EACH (node, &past->waiting) {
        list_remove(node);
        resume_on_past(CONTAINER_OF(node, struct resume, node), PAST_AWAY, NULL);
    }
}

static void on_history(void *arg, const struct broker_status *status,
                       const struct broker_history *history)
{
    struct room_past *past = arg;

    past->asking = false;
    if (!past->room) {
        free(past);
        return;
    }

    /* What was read before a recall that was heard meanwhile may show what was recalled. */
    if (status->refusal != REFUSAL_NONE)
        put_off(past);
    else if (past->recalls == past->room->recalls)
        serve_all(past, history);

    read_on(past);
}
