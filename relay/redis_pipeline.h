/* redis_pipeline.h - what is under way on one connection to Redis: commands out, replies
 * back, and which reply belongs to which command.
 *
 * Knows no sockets: bytes for Redis are appended to an evbuffer, bytes from Redis are
 * given to it as they come, cut anywhere.  One pipeline serves one connection. */
#ifndef RELAY_REDIS_PIPELINE_H
#define RELAY_REDIS_PIPELINE_H

#include "base/attributes.h"
#include "base/span.h"
#include "relay/redis_call.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct evbuffer;
struct redisReply;
struct redis_pipeline;

/* A message of a channel; it belongs to no command. */
typedef void redis_on_message(void *owner, const struct redisReply *reply);

/* The calls have ended before.  NULL is allowed. */
void redis_pipeline_free(struct redis_pipeline *pipeline);

/* NULL when out of memory. */
struct redis_pipeline *redis_pipeline_new(redis_on_message *on_message, void *owner)
    OWNER_CALLS(redis_pipeline_free);

/* Appends a command of n words to `out`; see redis_link_ask().
 * 0, or -ENOMEM (nothing happened). */
int redis_pipeline_ask(struct redis_pipeline *pipeline, struct evbuffer *out,
                       const struct span *words, size_t n, const struct redis_call *call,
                       uint64_t due_ms) MUST_USE;

/* Takes what came from Redis and ends the calls that are answered by it.
 * 0; -EPROTO: that was not Redis' protocol, or an answer that nobody asked for; -ENOMEM.
 * After an error the connection is of no more use. */
int redis_pipeline_take(struct redis_pipeline *pipeline, struct span bytes) MUST_USE;

/* Commands not answered yet, their bytes, and when the oldest is due (UINT64_MAX: none). */
size_t redis_pipeline_calls(const struct redis_pipeline *pipeline);
uint64_t redis_pipeline_bytes(const struct redis_pipeline *pipeline);
uint64_t redis_pipeline_due(const struct redis_pipeline *pipeline);

/* Ends all calls.  `unsent` are the bytes that have not left yet: those calls are REDIS_UNSENT,
 * the others REDIS_UNANSWERED; if the link is `freed`, all are REDIS_FREED. */
void redis_pipeline_end(struct redis_pipeline *pipeline, uint64_t unsent, bool freed);

#endif
