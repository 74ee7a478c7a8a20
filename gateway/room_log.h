/* room_log.h - the recent frames of one room, shared by all its viewers.
 *
 * Nothing is queued per viewer: each holds a cursor into this log, so a phone that
 * never reads costs nothing but its place.  A cursor that falls off the old end has
 * missed frames: its owner repairs the session from history or lets it go.
 *
 * One that lags is spared what may be dropped, likes and banners, but for the last of
 * each kind: these carry totals, and the last one is right.
 *
 * A frame is encoded and framed once for each dialect in use and written as it lies
 * here.  Belongs to one worker; no locking. */
#ifndef GATEWAY_ROOM_LOG_H
#define GATEWAY_ROOM_LOG_H

#include "base/attributes.h"
#include "base/buffer.h"
#include "base/bytes.h"
#include "gateway/dialect.h"
#include "schema/entry.h"
#include "schema/kinds.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct room_log;

struct room_frame {
    struct bytes *wire[DIALECT_COUNT]; /* NULL: nobody of this dialect is told */
    uint64_t not_to;                   /* a session that has it already; 0: none */
    enum message_kind kind;
    struct position position; /* (0,0): not sequenced */
    uint64_t id;              /* a hash of its message's id; 0: it has none, or need not be found */
};

/* Is nobody told? */
bool room_frame_is_empty(const struct room_frame *frame);

/* Releases what it holds. */
void room_frame_dispose(const struct room_frame *frame);

void room_log_free(struct room_log *log);

/* Memory comes with the frames.  NULL when out of memory. */
struct room_log *room_log_new(size_t max_frames, size_t max_bytes) OWNER_CALLS(room_log_free);

/* Fetches what an append needs into the caches. */
void room_log_prefetch(const struct room_log *log);

/* Appends a frame; the oldest ones leave to stay within the limits.
 * Takes the references in `frame`, also when it fails.  0, or -ENOMEM (as it was). */
int room_log_append(struct room_log *log, const struct room_frame *frame) MUST_USE;

/* Would a cursor lie before the oldest frame if `frame` were appended? */
bool room_log_would_lose(const struct room_log *log, const struct room_frame *frame,
                         uint64_t cursor);

/* All frames leave. */
void room_log_clear(struct room_log *log);

/* What its frames hold. */
size_t room_log_bytes(const struct room_log *log);

/* Cursors: the oldest frame still here, and the place behind the newest. */
uint64_t room_log_begin(const struct room_log *log);
uint64_t room_log_end(const struct room_log *log);

struct room_reader {
    enum dialect_id dialect;
    uint64_t session;    /* skips what is not to it; 0: for everyone */
    bool skip_droppable; /* it lags: likes and banners can wait for better days */
    size_t max_bytes;    /* to append; one frame goes in whatever its size … */
    bool must_fit;       /* … unless this is set */
};

/* What a reading came to. */
struct room_read {
    size_t frames;                    /* gathered */
    size_t skipped[KIND_UNKNOWN + 1]; /* by kind: left out because droppable; the last: missed, so
                                       * that their kind is known no more */
};

/* Appends frames from `*cursor` on to `block` and moves the cursor behind them.
 * 0; -EPIPE: the cursor fell off, and more than likes and banners was missed; -ENOMEM (block has
 * failed; the cursor stays). */
int room_log_read(const struct room_log *log, const struct room_reader *reader, uint64_t *cursor,
                  struct buffer *block, struct room_read *read) MUST_USE;

/* The sequenced messages before the end and those behind it do not follow each other: some were
 * lost, or are not here.  Those behind it follow `position`. */
void room_log_break(struct room_log *log, struct position position);

/* How far in the room a reader is whose cursor, not before the oldest frame, stands here: the
 * position of the last sequenced message before it. */
struct position room_log_position(const struct room_log *log, uint64_t cursor);

/* Where to go on for a client of `dialect` that has all up to `after`: behind its frame, or at its
 * successor.  False when not all that is newer is here. */
bool room_log_find(const struct room_log *log, enum dialect_id dialect, struct position after,
                   uint64_t *cursor) MUST_USE;

/* Finds the first frame from `*cursor` on whose message has this id; 0 finds none. */
bool room_log_seek(const struct room_log *log, uint64_t id, uint64_t *cursor) MUST_USE;

/* Where the message of a frame that is here stands in the room. */
struct position room_log_place(const struct room_log *log, uint64_t cursor);

/* Puts `frame` in the place of one that is here, at the same position: nobody is shown the old one
 * any more.  Takes the references in `frame`. */
void room_log_replace(struct room_log *log, uint64_t cursor, const struct room_frame *frame);

/* True when a frame of [from, to) is not to this session. */
bool room_log_withholds(const struct room_log *log, uint64_t from, uint64_t to, uint64_t session);

#endif
