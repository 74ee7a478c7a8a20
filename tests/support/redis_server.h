/* redis_server.h - a redis-server of a test's own: on a free port of 127.0.0.1, with a folder of
 * its own, gone when the test ends however it ends.
 *
 * A test breaks it as the world does: kill -9, SIGSTOP, a restart on the same port and folder.
 * Failures of the helper itself fail the test. */
#ifndef TESTS_SUPPORT_REDIS_SERVER_H
#define TESTS_SUPPORT_REDIS_SERVER_H

#include "base/attributes.h"

#include <stdint.h>

struct redis_server;

/* Kills the server and removes its folder.  NULL is allowed. */
void redis_server_free(struct redis_server *server);

/* Starts one and waits until it answers.  `options` are further arguments ("--requirepass", "x",
 * …), NULL at the end; NULL for none.  They are kept for restarts, and borrowed. */
struct redis_server *redis_server_new(const char *const *options) OWNER_CALLS(redis_server_free);

/* "redis://127.0.0.1:PORT" */
const char *redis_server_url(const struct redis_server *server);
uint16_t redis_server_port(const struct redis_server *server);

/* Its folder, for files of the test (an ACL file, …); a path without a slash at the end. */
const char *redis_server_folder(const struct redis_server *server);

/* kill -9; returns when the process is gone. */
void redis_server_kill(struct redis_server *server);

/* Starts it again on the same port, with the same options and folder. */
void redis_server_restart(struct redis_server *server);

/* It hangs (SIGSTOP): connections stay open, nothing is answered. */
void redis_server_hang(struct redis_server *server);
void redis_server_go_on(struct redis_server *server);

#endif
