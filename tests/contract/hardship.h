/* hardship.h - what a broker is asked while it lacks memory, whatever stands behind it. */
#ifndef TESTS_CONTRACT_HARDSHIP_H
#define TESTS_CONTRACT_HARDSHIP_H

struct stage;
struct torture;

/* Some turns of the loop without memory; Redis, at the other end, has some. */
void hardship_work(struct stage *stage, struct torture *torture);

/* One request of each kind to worker a: each is answered once, and refused only if there was none.
 */
void hardship_ask_each_kind(struct stage *stage, struct torture *torture);

#endif
