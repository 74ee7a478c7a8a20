"""What one viewer was shown, judged as it comes: twice?  Out of order?  Was a loss told?"""

import time


class Diary:
    def __init__(self):
        self.seen = {}       # id: when
        self.twice = 0
        self.disordered = 0
        self.joins = 0       # answers to a join, asked for or not
        self.resumed = 0     # of these, how many went on where the viewer was
        self.began_anew = 0  # and how many said that the past is gone
        self.terms = 0       # changes of the term
        self.gaps = 0        # positions that did not follow the one before, told or not
        self.degraded = []   # whether its gateway does not hear the room, each time it said so
        self.delays = []     # (when it came, seconds since it was published)
        self._last = {}      # publisher: its latest number

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

    def told_of_a_loss(self):
        return self.began_anew > 0 or self.terms > 0

    def _take(self, name, now):
        source, _, number = name.rpartition("-")
        self.seen[name] = now
        if int(number) < self._last.get(source, 0):
            self.disordered += 1
        else:
            self._last[source] = int(number)
