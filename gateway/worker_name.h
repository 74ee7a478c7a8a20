/* worker_name.h - what a worker is called in Redis and in logs.
 *
 * Unique among all workers that ever lived: counts and origins are told apart by it. */
#ifndef GATEWAY_WORKER_NAME_H
#define GATEWAY_WORKER_NAME_H

#define WORKER_NAME_MAX 64

/* The host's name comes first, for who reads it, and the worker's index last. */
void worker_name_choose(char name[WORKER_NAME_MAX + 1], unsigned index);

#endif
