/* task.h - what swarm can do; each prints a report.  See the head of each file. */
#ifndef BENCH_TASK_H
#define BENCH_TASK_H

struct plan;

void task_fanout(const struct plan *plan);
void task_storm(const struct plan *plan);
void task_publish(const struct plan *plan);
void task_tell(const struct plan *plan);
void task_likes(const struct plan *plan);
void task_soak(const struct plan *plan);

#endif
