#include "schema/msgpack.h"

bool msgpack_is_map(struct span payload)
{
    unsigned char first = payload.size > 0 ? (unsigned char)payload.data[0] : 0;

    return (first & 0xF0) == 0x80 || first == 0xDE || first == 0xDF;
}
