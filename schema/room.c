#include "schema/room.h"

#include "schema/word.h"

#include <string.h>

bool room_id_valid(struct span id)
{
    return word_valid(id, ROOM_ID_MAX);
}

bool room_id_valid_internally(struct span id)
{
    if (id.size > 0 && id.data[0] == '!')
        return word_valid(span_skip(id, 1), ROOM_ID_MAX - 1);

    return room_id_valid(id);
}

bool room_prefix_valid(struct span prefix)
{
    if (prefix.size == 0 || prefix.size > ROOM_PREFIX_MAX)
        return false;

    for (size_t i = 0; i < prefix.size; i++) {
        if (!word_char(prefix.data[i]) && prefix.data[i] != ':')
            return false;
    }

    return true;
}

/* Nothing is written beyond `name`, however long the parts are. */
static size_t append(char name[ROOM_NAME_MAX], size_t length, struct span part)
{
    size_t room = ROOM_NAME_MAX - 1 - length;
    size_t size = part.size < room ? part.size : room;

    if (size > 0)
        memcpy(name + length, part.data, size);

    return length + size;
}

size_t room_channel(char name[ROOM_NAME_MAX], struct span prefix, struct span room)
{
    size_t length = append(name, 0, prefix);

    length = append(name, length, span_of(":{"));
    length = append(name, length, room);
    length = append(name, length, span_of("}"));
    name[length] = '\0';

    return length;
}

struct span room_of_channel(struct span prefix, struct span channel)
{
    struct span room;

    if (!span_starts_with(channel, prefix))
        return SPAN_NONE;
    channel = span_skip(channel, prefix.size);

    if (!span_starts_with(channel, span_of(":{")) || !span_ends_with(channel, span_of("}")))
        return SPAN_NONE;
    room = span_make(channel.data + 2, channel.size - 3);

    return room_id_valid_internally(room) ? room : SPAN_NONE;
}

size_t room_workers_key(char name[ROOM_NAME_MAX], struct span prefix)
{
    size_t length = append(name, 0, prefix);

    length = append(name, length, span_of(":workers"));
    name[length] = '\0';

    return length;
}
