/* redis_dial.h - begins a TCP connection: quick to send and quick to notice that the other
 * side is gone. */
#ifndef RELAY_REDIS_DIAL_H
#define RELAY_REDIS_DIAL_H

#include "base/attributes.h"

#include <sys/socket.h>

/* A connection being made.  Its descriptor, which is the caller's, or a negative errno. */
int redis_dial(const struct sockaddr *address, socklen_t size) MUST_USE;

/* Why there is no connection (an errno, negative or not), as a static text. */
const char *redis_dial_why(int error);

#endif
