/* healthcheck.h - `livegate healthcheck`: is the gateway of these settings well?
 *
 * For containers, which have neither a shell nor curl: asks the internal listener by HTTP
 * and waits for nothing long.  Settings that are wrong are the gateway's matter, which says so
 * at its start and on SIGHUP and lives on: they are told only when it does not answer.  Made
 * for a process of its own; it blocks. */
#ifndef GATEWAY_HEALTHCHECK_H
#define GATEWAY_HEALTHCHECK_H

#include "base/attributes.h"
#include "base/buffer.h"

#include <stdint.h>

/* Asks `path` of the internal listener at `address` (as it was given to listen on: a wildcard is
 * asked on loopback).  0: it answers 200 within `patience_ms`; negative, and one line in `why`. */
int healthcheck_ask(const char *address, const char *path, uint64_t patience_ms, struct buffer *why)
    MUST_USE;

/* The command: argv[0] is "healthcheck", argv[1] perhaps "livez" or "readyz" (that one if it says
 * neither), then settings, which also come from environment and file.  The exit status: 0 or 1. */
int healthcheck_run(int argc, char *const *argv);

#endif
