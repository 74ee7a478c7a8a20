/* nameservers.h - the servers that resolv.conf names, one after another, as libc asks them.
 *
 * libevent asks them by turns, each for another name, and takes the first word of any of
 * them.  Networks of containers have two: one knows the names of their neighbours, the next
 * one only the world's.  By turns, every other name is unknown. */
#ifndef RELAY_NAMESERVERS_H
#define RELAY_NAMESERVERS_H

#include "base/attributes.h"

#include <stdbool.h>

struct evdns_base;

/* Lets `dns`, a new one, ask only the server that comes `nth` in `file`, from 0 on; all else
 * the file says holds as well.  While there is another server it is asked once, for a second.
 * Without the file it is the one on 127.0.0.1.
 * True when there is another server after it. */
bool nameservers_use(struct evdns_base *dns, const char *file, int nth) MUST_USE;

#endif
