"""What one viewer was shown, judged as it comes: twice?  Out of order?"""

import time


class Diary:
    def __init__(self):
        self.seen = {}      # id: when
        self.twice = 0
        self.disordered = 0
        self.joins = 0
        self.delays = []    # (when it came, seconds since it was published)
        self._last = {}     # publisher: its latest number

    def joined(self):
        self.joins += 1

    def window(self, ids):
        """The past, shown as a whole in place of what was on the page."""
        for name in ids:
            if name not in self.seen:
                self._take(name, time.monotonic())

    def shown(self, name, published_ns):
        """One message, as it happens."""
        now = time.monotonic()
        self.delays.append((now, now - published_ns / 1e9))
        if name in self.seen:
            self.twice += 1
        else:
            self._take(name, now)

    def _take(self, name, now):
        source, _, number = name.rpartition("-")
        self.seen[name] = now
        if int(number) < self._last.get(source, 0):
            self.disordered += 1
        else:
            self._last[source] = int(number)
