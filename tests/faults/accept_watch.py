"""How fast gateways take connections, by their own count."""

import threading
import time

WINDOW = 1.0   # seconds
PAUSE = 0.25


class AcceptWatch:
    def __init__(self, gateways):
        self._gateways = gateways  # more may come
        self._counts = {}          # gateway: [(before and after it was asked, its answer)]
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        while not self._over.wait(PAUSE):
            for gateway in list(self._gateways):
                began = time.monotonic()
                try:
                    count = gateway.metric("livegate_connections_total")
                except OSError:
                    continue  # it has ended
                self._counts.setdefault(gateway, []).append((began, time.monotonic(), count))

    def stop(self):
        self._over.set()
        self._thread.join()

    def highest(self):
        """Per second, over a second or little more, by any of the gateways."""
        return max(_highest(counts) for counts in self._counts.values())


def _highest(counts):
    rates, first = [0.0], 0
    for last, (_, until, total) in enumerate(counts):
        while first + 1 < last and until - counts[first + 1][0] >= WINDOW:
            first += 1
        since, _, before = counts[first]
        if until - since >= WINDOW:
            rates.append((total - before) / (until - since))
    return max(rates)
