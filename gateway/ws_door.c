#include "gateway/ws_door.h"

#include "gateway/client_socket.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>

enum {
    CLOSE_PATIENCE_MS = 5000,
    /* The canonical one, and what followed the real one. */
    REQUEST_MAX = 2 * UPGRADE_MAX_BYTES + CLIENT_SOCKET_RECORD
};

static void dispose(struct ws_door *door)
{
    door->freeing = true;
    LIST_FOR_EACH (node, &door->open)
        ws_say_going_away(CONTAINER_OF(node, struct deadline, node));

    ws_context_free(door->context);
    deadline_queue_free(door->closing);
    farewell_free(door->farewell);
    buffer_dispose(&door->request);
    free(door);
}

void ws_door_free(struct ws_door *door)
{
    if (door)
        dispose(door);
}

struct ws_door *ws_door_new(const struct ws_settings *settings)
{
    struct ws_door *door = calloc(1, sizeof *door);
    uint64_t patience_ms = settings->close_ms > 0 ? settings->close_ms : CLOSE_PATIENCE_MS;

    if (!door)
        return NULL;

    door->settings = *settings;
    list_init(&door->open);
    buffer_init(&door->request, REQUEST_MAX);
    door->closing = deadline_queue_new(settings->loop, patience_ms, ws_on_close_deadline);
    door->farewell = farewell_new(settings->loop);
    if (door->closing && door->farewell)
        door->context = ws_context_new(settings->loop, ws_protocols(), door);

    if (!door->context) {
        dispose(door);
        return NULL;
    }

    return door;
}

void ws_door_change_limits(struct ws_door *door, size_t max_message, unsigned max_fragments)
{
    door->settings.max_message = max_message;
    door->settings.max_fragments = max_fragments;
}

size_t ws_door_connections(const struct ws_door *door)
{
    return door->connections;
}

/* The response and the greeting leave together, in one segment. */
static void hold_back(int fd, int on)
{
    (void)setsockopt(fd, IPPROTO_TCP, TCP_CORK, &on, sizeof on);
}

int ws_adopt(struct ws_door *door, const struct client_socket *socket,
             const struct upgrade *upgrade, struct span rest)
{
    struct lws *wsi;

    buffer_clear(&door->request);
    upgrade_write_canonical(upgrade, &door->request);
    (void)buffer_add_span(&door->request, rest);
    if (buffer_status(&door->request) != 0) {
        client_socket_close(socket);
        return buffer_status(&door->request);
    }

    hold_back(socket->fd, 1);
    door->adopting = upgrade;
    wsi = ws_context_adopt(door->context, socket, buffer_span(&door->request));
    door->adopting = NULL;
    if (!wsi)
        return -EIO;

    hold_back(socket->fd, 0);

    return 0;
}
