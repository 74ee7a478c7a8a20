"""The account of a scenario: what was acknowledged, and what each kind of viewer was shown of it."""


class Line:
    """One kind of viewer."""

    def __init__(self, kind, acknowledged, viewers):
        self.kind = kind
        self.viewers = len(viewers)
        self.missing = sum(len(acknowledged.keys() - v.diary.seen.keys()) for v in viewers)
        self.twice = sum(v.diary.twice for v in viewers)
        self.disordered = sum(v.diary.disordered for v in viewers)
        self.lost = sum(v.lost for v in viewers)

    def __str__(self):
        return (f"{self.viewers} {self.kind}: {self.missing} missing, {self.twice} twice, "
                f"{self.disordered} out of order, {self.lost} sockets lost")


class Account:
    def __init__(self, publishers, viewers):
        self.acknowledged = {}
        self.positions = {}
        for publisher in publishers:
            self.acknowledged.update(publisher.acknowledged)
            self.positions.update(publisher.positions)
        self.retries = sum(publisher.retries for publisher in publishers)
        self.viewers = viewers

    def complete(self):
        return all(self.acknowledged.keys() <= v.diary.seen.keys() for v in self.viewers)

    @property
    def lines(self):
        kinds = {}
        for viewer in self.viewers:
            kinds.setdefault(viewer.kind.name, []).append(viewer)
        return [Line(kind, self.acknowledged, viewers) for kind, viewers in kinds.items()]

    def missing(self):
        """{id: when it was acknowledged} of all that somebody was not shown."""
        ids = set()
        for viewer in self.viewers:
            ids |= self.acknowledged.keys() - viewer.diary.seen.keys()
        return {name: self.acknowledged[name] for name in ids}

    def forgotten(self):
        """How many acknowledged messages Redis has lost: positions that it gave out again."""
        seqs = [seq for _, seq in self.positions.values()]
        return len(seqs) - len(set(seqs))

    def __str__(self):
        return f"{len(self.acknowledged)} acknowledged; " + "; ".join(map(str, self.lines))

    # ---- what tests claim ----

    def assert_each_once_in_order(self):
        assert not self.missing(), self
        self.assert_nothing_twice_or_out_of_order()

    def assert_nothing_twice_or_out_of_order(self):
        assert self.acknowledged, "nothing was published"
        for line in self.lines:
            assert (line.twice, line.disordered) == (0, 0), self

    def assert_sockets_stayed_open(self):
        for line in self.lines:
            assert line.lost == 0, self
