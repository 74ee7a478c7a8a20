/* file.h - small files read whole: settings, secrets, keys.  May block: not for a
 * worker's loop. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include "base/attributes.h"
#include "base/buffer.h"

#include <stddef.h>

/* Initialises `content` and reads the file into it, at most `max` bytes; the caller
 * disposes of it.  Pipes will do.
 * 0; -EMSGSIZE when there is more; -ENOMEM; or why it cannot be read.  On failure
 * `content` owns nothing. */
int file_read(const char *path, size_t max, struct buffer *content) MUST_USE;

#endif
