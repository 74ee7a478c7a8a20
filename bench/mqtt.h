/* mqtt.h - the few packets of MQTT 3.1.1 that the load needs (section 3). */
#ifndef BENCH_MQTT_H
#define BENCH_MQTT_H

#include <stddef.h>

enum { MQTT_MAX_HEAD = 5 };

/* A clean session without keep-alive.  Bytes written. */
size_t mqtt_connect(char *out, unsigned index);

/* To a topic, at most once.  Bytes written. */
size_t mqtt_subscribe(char *out, const char *topic);

/* Writes what stands before `size` bytes of message.  Bytes written. */
size_t mqtt_publish_head(char *out, const char *topic, size_t size);

#endif
