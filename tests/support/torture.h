/* torture.h - does something again and again, and each time refuses it another allocation.
 *
 *     TORTURE (t) {
 *         torture_begin(&t);
 *         thing = thing_new();
 *         torture_end(&t);
 *
 *         assert_int_equal(thing == NULL, torture_refused(&t));
 *         thing_free(thing);
 *     }
 *
 * First the 1st allocation alone is refused, then the 2nd, and so on until there is none left to
 * refuse; then the same with all that follow the refused one refused too.  So what goes on after
 * a failure is seen with memory and without.  What libevent asks for is among them. */
#ifndef TESTS_SUPPORT_TORTURE_H
#define TESTS_SUPPORT_TORTURE_H

#include <stdbool.h>
#include <stddef.h>

struct torture {
    int n;        /* allocations that are granted before one is refused, plus 1; 0: not begun */
    int left;     /* of them, in this round */
    bool lasting; /* all that follow are refused too */
    bool refused; /* in this round */
    bool ours;    /* libevent is refused nothing */
    size_t successes_before;
    size_t failures_before;
};

#define TORTURE(t) for (struct torture t = {.n = 0}; torture_next(&(t));)

/* Where libevent itself does not survive it: refuses only what others ask for. */
#define TORTURE_OURS(t) for (struct torture t = {.ours = true}; torture_next(&(t));)

/* Goes on to the next round.  False after the last one, which lacked nothing. */
bool torture_next(struct torture *torture);

/* Between these it lacks memory; as often in a round as a test likes. */
void torture_begin(struct torture *torture);
void torture_end(struct torture *torture);

/* Has it been refused something in this round? */
bool torture_refused(const struct torture *torture);

#endif
