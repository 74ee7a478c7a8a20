/* give_up.h - how a program of the bench ends when what it measures would mean nothing. */
#ifndef BENCH_GIVE_UP_H
#define BENCH_GIVE_UP_H

/* Says what and why (an errno, positive or negative; 0: none) on stderr and ends with 1. */
_Noreturn void give_up(const char *what, int error);

#endif
