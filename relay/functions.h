/* functions.h - the Redis function library that livegate publishes through.
 *
 * The texts of relay/functions/, put together and put here by the build (cmake/Embed.cmake): the
 * gateway loads it with FUNCTION LOAD when Redis lacks it or has an older one. */
#ifndef RELAY_FUNCTIONS_H
#define RELAY_FUNCTIONS_H

#include <stddef.h>

/* Zero-terminated; `livegate_lua_size` does not count the zero. */
extern const char livegate_lua[];
extern const size_t livegate_lua_size;

#endif
