#include "tests/support/torture.h"

#include "tests/support/failing_malloc.h"
#include "tests/support/unit.h"

enum { ENOUGH = 10000 };

bool torture_next(struct torture *torture)
{
    if (torture->n > 0 && !torture->refused) {
        if (torture->lasting)
            return false;

        torture->lasting = true;
        torture->n = 0;
    }

    assert_true(torture->n < ENOUGH);
    torture->left = torture->n++;
    torture->refused = false;

    return true;
}

void torture_begin(struct torture *torture)
{
    torture->successes_before = malloc_successes();
    torture->failures_before = malloc_failures();
    fail_libevent_too(!torture->ours);
    if (torture->lasting)
        fail_malloc_after(torture->left);
    else if (!torture->refused)
        fail_malloc_once_after(torture->left);
}

void torture_end(struct torture *torture)
{
    int successes = (int)(malloc_successes() - torture->successes_before);

    fail_malloc_never();
    fail_libevent_too(false);
    torture->left -= successes < torture->left ? successes : torture->left;
    torture->refused |= malloc_failures() > torture->failures_before;
}

bool torture_refused(const struct torture *torture)
{
    return torture->refused;
}
