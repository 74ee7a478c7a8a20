"""The report in the folder of the results, and the measured part of docs/performance.md."""

import re

from . import cases, goals, sizing, tables
from .machine import ROOT
from .processes import BenchError
from .results import load_all

PAGE = ROOT / "docs" / "performance.md"
MARKED = re.compile(r"(<!-- measured: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
SUMMARIES = {"goals": goals.table, "sizing": sizing.table}
NOTHING = "Not measured yet: `script/bench` does it.\n"


def write(folder):
    """REPORT.md of all that is in the folder.  Its path."""
    results = load_all(folder, cases.CASES)
    parts = ["# What script/bench has measured\n", "Made by `script/bench render`; compare figures"
             " of one table only: machines differ, and so do their hours.\n",
             "## Goals\n", goals.table(results)]
    parts += [tables.table(case, results[case.name]) for case in cases.CASES
              if case.name in results]
    path = folder / "REPORT.md"
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(parts))
    return path


def part(name, results):
    if name in SUMMARIES:
        return SUMMARIES[name](results) if results else NOTHING
    if name not in cases.BY_NAME:
        raise BenchError(f"docs/performance.md asks for {name}, which is no case")
    return tables.table(cases.BY_NAME[name], results[name], "###") if name in results else NOTHING


def write_page(folder, page=PAGE):
    """Fills in what stands between `<!-- measured: CASE -->` and `<!-- end -->`."""
    results = load_all(folder, cases.CASES)
    text = page.read_text(encoding="utf-8")
    page.write_text(MARKED.sub(lambda m: m[1] + part(m[2], results) + m[3], text), encoding="utf-8")
