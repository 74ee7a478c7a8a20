"""The accounts of all scenarios as one table."""

HEAD = ("scenario", "acknowledged", "retries", "viewers", "missing", "twice", "out of order",
        "gaps", "sockets lost", "resumed", "begun anew", "new terms", "outages told",
        "note")


class Report:
    def __init__(self):
        self.rows = []

    def add(self, title, account, note):
        for line in account.lines:
            positions = ((line.gaps, line.resumed, line.began_anew, line.terms,
                          line.degraded) if line.kind.resumes else ("",) * 5)
            self.rows.append((title, len(account.acknowledged), account.retries,
                              f"{line.viewers} {line.kind.name}", line.missing, line.twice,
                              line.disordered, positions[0], line.lost, *positions[1:], note))

    def table(self):
        rows = [tuple(map(str, row)) for row in (HEAD, *self.rows)]
        widths = [max(map(len, column)) for column in zip(*rows)]
        rows.insert(1, tuple("-" * width for width in widths))
        return "".join("| " + " | ".join(map(str.ljust, row, widths)) + " |\n" for row in rows)

    def save(self, path):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self.table(), encoding="utf-8")
