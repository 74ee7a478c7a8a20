#include "bench/mqtt.h"

#include <stdio.h>
#include <string.h>

enum packet { CONNECT = 0x10, PUBLISH = 0x30, SUBSCRIBE = 0x82 };

/* The kind and the remaining length, seven bits a byte. */
static size_t write_head(char *out, enum packet packet, size_t left)
{
    size_t at = 0;

    out[at++] = (char)packet;
    do {
        out[at++] = (char)((left & 0x7f) | (left > 0x7f ? 0x80 : 0));
        left >>= 7;
    } while (left > 0);

    return at;
}

static size_t write_text(char *out, const char *text, size_t size)
{
    out[0] = (char)(size >> 8);
    out[1] = (char)size;
    memcpy(out + 2, text, size);

    return size + 2;
}

size_t mqtt_connect(char *out, unsigned index)
{
    static const char how[] = {4, 2, 0, 0}; /* version, clean session, no keep-alive */
    char id[24];
    size_t id_size = (size_t)snprintf(id, sizeof id, "bench%u", index);
    size_t at = write_head(out, CONNECT, 2 + 4 + sizeof how + 2 + id_size);

    at += write_text(out + at, "MQTT", 4);
    memcpy(out + at, how, sizeof how);
    at += sizeof how;

    return at + write_text(out + at, id, id_size);
}

size_t mqtt_subscribe(char *out, const char *topic)
{
    size_t size = strlen(topic);
    size_t at = write_head(out, SUBSCRIBE, 2 + 2 + size + 1);

    out[at++] = 0; /* the packet's id */
    out[at++] = 1;
    at += write_text(out + at, topic, size);
    out[at++] = 0; /* QoS */

    return at;
}

size_t mqtt_publish_head(char *out, const char *topic, size_t size)
{
    size_t topic_size = strlen(topic);
    size_t at = write_head(out, PUBLISH, 2 + topic_size + size);

    return at + write_text(out + at, topic, topic_size);
}
