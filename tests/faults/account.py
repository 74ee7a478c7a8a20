"""The account of a scenario: what was acknowledged, and what each kind of viewer was shown of it."""


class Line:
    """One kind of viewer."""

    def __init__(self, kind, acknowledged, viewers):
        diaries = [viewer.diary for viewer in viewers]
        self.kind = kind
        self.viewers = len(viewers)
        self.missing = sum(len(acknowledged.keys() - diary.seen.keys()) for diary in diaries)
        self.twice = sum(diary.twice for diary in diaries)
        self.disordered = sum(diary.disordered for diary in diaries)
        self.gaps = sum(diary.gaps for diary in diaries)
        self.lost = sum(viewer.lost for viewer in viewers)
        self.resumed = sum(diary.resumed for diary in diaries)
        self.began_anew = sum(diary.began_anew for diary in diaries)
        self.degraded = sum(sum(diary.degraded) for diary in diaries)
        self.terms = sum(diary.terms for diary in diaries)

    def __str__(self):
        return (f"{self.viewers} {self.kind.name}: {self.missing} missing, {self.twice} twice, "
                f"{self.disordered} out of order, {self.gaps} gaps, {self.lost} sockets lost, "
                f"{self.resumed} resumed, {self.began_anew} begun anew, {self.terms} new terms, "
                f"{self.degraded} told of an outage")


class Account:
    def __init__(self, publishers, viewers):
        self.acknowledged = {}
        self.positions = {}
        for publisher in publishers:
            self.acknowledged.update(publisher.acknowledged)
            self.positions.update(publisher.positions)
        self.retries = sum(publisher.retries for publisher in publishers)
        self.viewers = viewers

    def all_were_shown(self, name):
        return all(name in viewer.diary.seen for viewer in self.viewers)

    @property
    def lines(self):
        kinds = {}
        for viewer in self.viewers:
            kinds.setdefault(type(viewer.kind), []).append(viewer)
        return [Line(kind, self.acknowledged, viewers) for kind, viewers in kinds.items()]

    def missing(self):
        """{id: when it was acknowledged} of all that somebody was not shown."""
        ids = set()
        for viewer in self.viewers:
            ids |= self._missed_by(viewer)
        return {name: self.acknowledged[name] for name in ids}

    def _missed_by(self, viewer):
        return self.acknowledged.keys() - viewer.diary.seen.keys()

    def forgotten(self):
        """How many acknowledged messages Redis has lost: positions that it gave out again."""
        seqs = [seq for _, seq in self.positions.values()]
        return len(seqs) - len(set(seqs))

    def __str__(self):
        return f"{len(self.acknowledged)} acknowledged; " + "; ".join(map(str, self.lines))

    # ---- what tests claim ----

    def assert_each_once_in_order(self):
        """And nobody was told of a loss, for there was none; of new terms only Redis knows why."""
        assert not self.missing(), self
        self.assert_nothing_twice_or_out_of_order()
        for line in self.lines:
            assert line.began_anew == 0, self

    def assert_nothing_twice_or_out_of_order(self):
        assert self.acknowledged, "nothing was published"
        for line in self.lines:
            assert (line.twice, line.disordered, line.gaps) == (0, 0, 0), self

    def assert_losses_were_told(self):
        """Who missed something, and has a position, knows it."""
        for viewer in self.viewers:
            if viewer.kind.resumes and self._missed_by(viewer):
                assert viewer.diary.told_of_a_loss(), self

    def assert_the_outage_was_told(self):
        """To each who speaks v1, and then that nothing is missing."""
        for viewer in self.viewers:
            if viewer.kind.resumes:
                assert viewer.diary.degraded == [True, False], viewer.diary.degraded

    def assert_sockets_stayed_open(self):
        for line in self.lines:
            assert line.lost == 0, self
