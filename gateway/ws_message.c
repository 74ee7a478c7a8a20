#include "gateway/ws_message.h"

#include "base/burden.h"
#include "schema/utf8.h"

#include <errno.h>
#include <stdlib.h>

/* 0, or -ENOMEM. */
static int collect(struct ws_message *message, struct span bytes, size_t max)
{
    int error;

    if (bytes.size == 0)
        return 0;

    if (!message->pieces) {
        message->pieces = malloc(sizeof *message->pieces);
        if (!message->pieces)
            return -ENOMEM;

        buffer_init(message->pieces, max);
    }

    error = buffer_add_span(message->pieces, bytes);
    if (error == 0)
        burden_add(bytes.size);

    return error;
}

int ws_message_add(struct ws_message *message, const struct ws_piece *piece, size_t max,
                   struct span *whole)
{
    size_t size = message->pieces ? message->pieces->size : 0;
    int error;

    if (piece->bytes.size > max - size || piece->remaining > max - size - piece->bytes.size)
        return -EMSGSIZE;

    *whole = piece->bytes;

    if (size > 0 || !piece->last) {
        error = collect(message, piece->bytes, max);
        if (error != 0 || !piece->last)
            return error;

        *whole = buffer_span(message->pieces);
    }

    return piece->text && !utf8_valid(*whole) ? -EBADMSG : 1;
}

void ws_message_clear(struct ws_message *message)
{
    if (!message->pieces)
        return;

    burden_sub(message->pieces->size);
    buffer_dispose(message->pieces);
    free(message->pieces);
    message->pieces = NULL;
}
