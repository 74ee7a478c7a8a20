"""Results in files, one for each case, written after each run so that nothing is lost."""

import json
import os

from . import machine


class Results:
    def __init__(self, folder, case, mode, build):
        self.path = folder / f"{case.name}.json"
        self._fingerprint = machine.fingerprint(build / "livegate")
        self.data = {"case": case.name, "mode": mode, "build": self._fingerprint,
                     **machine.describe(), "runs": []}

    def resume(self):
        """Goes on with what was measured of this very build in this mode; what failed is not
        kept."""
        try:
            old = json.loads(self.path.read_text())
        except FileNotFoundError:
            return
        if (old["build"], old["mode"]) == (self._fingerprint, self.data["mode"]):
            self.data["runs"] = [run for run in old["runs"] if "error" not in run]

    def keep_others(self, servers):
        """What an earlier run of this build has on other servers than these stays."""
        try:
            old = json.loads(self.path.read_text())
        except FileNotFoundError:
            return
        if (old["build"], old["mode"]) == (self._fingerprint, self.data["mode"]):
            self.data["runs"] = [run for run in old["runs"] if run["server"] not in servers]

    def has(self, server, variant, turn):
        return any((run["server"], run["variant"], run["turn"]) == (server, variant, turn)
                   for run in self.data["runs"])

    def add(self, server, variant, turn, report):
        self.data["runs"].append(
            {"server": server, "variant": variant, "turn": turn, **report})
        self.save()

    def save(self):
        self.path.parent.mkdir(parents=True, exist_ok=True)
        new = self.path.with_suffix(".new")
        head = {name: value for name, value in self.data.items() if name != "runs"}
        runs = ",\n".join("  " + json.dumps(run) for run in self.data["runs"])
        new.write_text(json.dumps(head, indent=1)[:-2] + ',\n "runs": [\n' + runs + "\n ]\n}\n")
        os.replace(new, self.path)


def load_all(folder, cases):
    """{name: data} of the cases that were measured."""
    found = {}
    for case in cases:
        path = folder / f"{case.name}.json"
        if path.exists():
            found[case.name] = json.loads(path.read_text())
    return found


def values(data, server, variant, key):
    """Of all runs that have it, in order of size."""
    return sorted(run[key] for run in data["runs"]
                  if run["server"] == server and run["variant"] == variant and key in run)
