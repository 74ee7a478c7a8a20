/* reload.h - settings that were read again while running (SIGHUP), and how a worker takes them.
 *
 * The same sources are read as at the start; secrets that stand in files, too.  Whatever is
 * wrong leaves all as it was.  Only what may change while running does, the rows with
 * SETTING_RELOADABLE; what else differs is named in the log and waits for a restart.
 *
 * Read by the main thread, shared by the workers, who keep it while they use it. */
#ifndef GATEWAY_RELOAD_H
#define GATEWAY_RELOAD_H

#include "base/attributes.h"
#include "base/settings.h"

struct drain;
struct fanout;
struct http;
struct hub;
struct listener;
struct options;
struct relay;
struct reload;
struct ws_door;

/* NULL is allowed. */
void reload_release(struct reload *reload);

/* With one reference.  NULL: it has been logged why, nothing changes.  `running`: the options at
 * the start. */
struct reload *reload_read(const struct settings_sources *sources, const struct options *running)
    MUST_USE;

struct reload *reload_share(struct reload *reload);

const struct options *reload_options(const struct reload *reload);

/* The parts of a worker; NULL: it has none. */
struct reload_targets {
    struct listener *listener;
    struct ws_door *door;
    struct hub *hub;
    struct fanout *fanout;
    struct relay *relay;
    struct http *http;
    struct drain *drain;
    size_t index;     /* of the worker … */
    size_t n_workers; /* … of the process, whatever `reload` says: they share some limits */
};

/* On the worker's thread.  They borrow from `reload`. */
void reload_apply(const struct reload *reload, const struct reload_targets *targets);

#endif
