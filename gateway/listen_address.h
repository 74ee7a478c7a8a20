/* listen_address.h - where to listen: "127.0.0.1:8080", "[::1]:8080",
 * "localhost:0", ":8080" (every IPv4 address).
 *
 * Numbers only (and localhost): names would have to be looked up, and whether an
 * address is a loopback one decides what is open to whom. */
#ifndef GATEWAY_LISTEN_ADDRESS_H
#define GATEWAY_LISTEN_ADDRESS_H

#include "base/attributes.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

struct listen_address {
    struct sockaddr_storage socket;
    socklen_t size; /* of what is used of it */
};

/* Port 0 is allowed: the system chooses one.  0, or -EINVAL. */
int listen_address_parse(struct listen_address *address, const char *text) MUST_USE;

/* Reached from this machine only. */
bool listen_address_is_loopback(const struct listen_address *address);

void listen_address_set_port(struct listen_address *address, uint16_t port);

/* An address can be shared by all who ask to; a process that does not know of the other must not
 * take half of its clients.  0, or -EADDRINUSE and the like. */
int listen_address_is_free(const struct listen_address *address) MUST_USE;

/* The port a listening socket was given; 0 when `fd` has none. */
uint16_t listen_address_port_of(int fd);

/* Logs that `what` is listened for at `address`, a text, with the port it got: for who asked for
 * port 0. */
void listen_address_log(const char *what, const char *address, uint16_t port);

#endif
