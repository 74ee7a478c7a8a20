/* upgrade_request.h - reads the head of an HTTP/1.1 request, strictly (RFC 9112).
 *
 * Proxies in front of us and libwebsockets behind us each have their own opinion of
 * what is odd; so whatever could be read in two ways is refused here: bare CR or LF,
 * folded lines, a space before the colon, control bytes.  Pure; copies nothing but
 * what is decoded. */
#ifndef GATEWAY_UPGRADE_REQUEST_H
#define GATEWAY_UPGRADE_REQUEST_H

#include "base/attributes.h"
#include "base/span.h"

#include <stdbool.h>
#include <stddef.h>

/* All spans lie in the bytes that were read. */
struct upgrade_request {
    struct span method;
    struct span path;    /* as sent; starts with '/' unless the target is of another form */
    struct span query;   /* as sent, without the '?'; SPAN_NONE: there is none */
    struct span version; /* "HTTP/1.1" */
    struct span headers; /* whole lines, for upgrade_request_next_header() */
    size_t size;         /* of the request with its empty line */
};

/* 0; -EAGAIN (good so far, but not whole); -EBADMSG. */
int upgrade_request_read(struct upgrade_request *request, struct span bytes) MUST_USE;

/* Cuts the next header off *headers; its value is without the spaces around it.
 * False after the last. */
bool upgrade_request_next_header(struct span *headers, struct span *name, struct span *value);

/* Decodes a part of the target: %41, and '+' for a space when `plus_is_space`.  Writes at most
 * `capacity` - 1 bytes and a closing zero.  Its length; -EBADMSG for a bad escape, control
 * bytes or what is not UTF-8; -ENOBUFS when it is too long (the start of it is there, cut
 * between characters). */
int upgrade_request_decode(struct span encoded, bool plus_is_space, char *text, size_t capacity)
    MUST_USE;

#endif
