#include "gateway/ws_door.h"

#include "gateway/client_socket.h"
#include "gateway/ws_response.h"

#include <errno.h>
#include <stdlib.h>

enum { CLOSE_PATIENCE_MS = 5000, RESPONSE_KEPT = 4096 };

static void dispose(struct ws_door *door)
{
    door->freeing = true;
    LIST_FOR_EACH (node, &door->open)
        ws_say_going_away(CONTAINER_OF(node, struct deadline, node));

    ws_context_free(door->context);
    deadline_queue_free(door->closing);
    farewell_free(door->farewell);
    buffer_dispose(&door->response);
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
    buffer_init(&door->response, SIZE_MAX - 1); /* what is said first has limits of its own */
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

int ws_adopt(struct ws_door *door, const struct client_socket *socket,
             const struct upgrade *upgrade, struct span rest)
{
    static const unsigned char headroom[WS_HEADROOM] = {0};
    struct buffer *response = &door->response;
    struct lws *wsi;

    buffer_clear(response);
    (void)buffer_add(response, headroom, sizeof headroom);
    ws_response_write(upgrade, response);
    if (buffer_status(response) != 0) {
        client_socket_close(socket);
        return buffer_status(response);
    }

    door->adopting = upgrade;
    wsi = ws_context_adopt(door->context, socket, rest);
    door->adopting = NULL;
    buffer_clear(response);
    buffer_relax(response, RESPONSE_KEPT);

    return wsi ? 0 : -EIO;
}
