/* Any bytes as a room's id: what is taken for one is made of harmless letters only, and its channel
 * says which room it is.  The same bytes as a channel: the room in it is one. */
#include "schema/room.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

#define PREFIX span_of("live")

static void require(bool claim)
{
    if (!claim)
        abort();
}

static void check_channel_of(struct span room)
{
    char name[ROOM_NAME_MAX];
    size_t size = room_channel(name, PREFIX, room);

    require(size == strlen(name) && size < sizeof name);
    require(span_equal(room_of_channel(PREFIX, span_make(name, size)), room));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-";
    struct span bytes = span_make(data, size);
    struct span room = room_of_channel(PREFIX, bytes);
    size_t harmless = 0;

    while (harmless < size && memchr(letters, data[harmless], sizeof letters - 1))
        harmless++;

    require(room_id_valid(bytes) == (size > 0 && size <= ROOM_ID_MAX && harmless == size));
    require(!room_id_valid(bytes) || room_id_valid_internally(bytes));
    if (room_id_valid_internally(bytes))
        check_channel_of(bytes);

    if (!span_is_none(room) && room_id_valid_internally(room)) {
        char name[ROOM_NAME_MAX];

        require(span_equal(span_make(name, room_channel(name, PREFIX, room)), bytes));
    }

    return 0;
}
