/* census_calls.h - calling livegate_census and livegate_heartbeat as a test wants to. */
#ifndef TESTS_RELAY_CENSUS_CALLS_H
#define TESTS_RELAY_CENSUS_CALLS_H

#include <stdbool.h>

#define JOIN "{\"msg_type\":\"join\",\"from_uid\":\"u1\"}"
#define LEAVE "{\"msg_type\":\"leave\",\"from_uid\":\"u1\"}"
#define GRACE "10000"
#define TTL "600"

/* The worker's heart beats. */
void worker_beat(const char *worker);

/* As if its last heartbeat was so long ago. */
void worker_silence(const char *worker, long long ms);

/* It has so many viewers in the room "8"; gives how many there are. */
long long worker_count(const char *worker, const char *viewers);

/* And one item; gives whether the viewer is a returning one. */
bool worker_tell(const char *worker, const char *viewers, const char *verb, const char *uid,
                 const char *announcement);

bool hash_has(const char *hash, const char *field);

#endif
