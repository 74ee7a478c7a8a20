"""Waiting for a condition instead of a time."""

import time

PATIENCE = 20.0  # seconds; the sanitizers are slow, and CI has two cores


def wait_until(condition, what, patience=PATIENCE):
    """Polls `condition` until it is true and gives its value; fails with `what` otherwise
    (a text, or a function that makes it then)."""
    deadline = time.monotonic() + patience
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            what = what() if callable(what) else what
            raise AssertionError(f"waited {patience} s in vain for {what}")
        time.sleep(0.01)
