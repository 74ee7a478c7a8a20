"""Results as Markdown: a table for each case, the median of the runs with least and most."""

import statistics

from . import servers
from .results import values


def plain(value, column):
    return f"{value * column.scale:,.{column.digits}f}"


def cell(data, server, variant, column):
    found = values(data, server.name, variant.name, column.key)
    if not found:
        return ""
    middle = plain(statistics.median(found), column)
    least, most = plain(found[0], column), plain(found[-1], column)
    return middle if least == most else f"{middle} ({least} to {most})"


def median(data, server, variant, key):
    found = values(data, server, variant, key)
    return statistics.median(found) if found else None


def ratio(data, server, variant):
    yardstick = variant.against and median(data, variant.against, variant.name,
                                           "cpu_us_per_delivery")
    own = median(data, server.name, variant.name, "cpu_us_per_delivery")
    return f"{own / yardstick:.2f}" if own and yardstick else ""


def flaws(data, server, variant):
    """What was wrong with the runs of a row, if anything."""
    runs = [run for run in data["runs"]
            if (run["server"], run["variant"]) == (server.name, variant.name)]
    found = sorted({run["error"] for run in runs if "error" in run})
    for key in ("missing", "wrong", "refused", "taps_lost"):
        most = max((run.get(key, 0) for run in runs), default=0)
        if most and not (key == "missing" and any(run.get("behind") for run in runs)):
            found.append(f"{key}: {most:,}")
    return "; ".join(found).replace("|", "/").replace("\n", " ")


def rows(case, data):
    """(cells, flaws) of each variant and server that was measured."""
    for variant in case.variants:
        for server in servers.ALL:
            if not any((run["server"], run["variant"]) == (server.name, variant.name)
                       for run in data["runs"]):
                continue
            cells = [ratio(data, server, variant) if column.key == "ratio"
                     else cell(data, server, variant, column) for column in case.columns]
            yield [variant.name, server.label, *cells], flaws(data, server, variant)


def several_servers(data):
    return len({run["server"] for run in data["runs"]}) > 1


def where(data):
    return (f"commit {data['commit']}, {data['kernel']}, {data['processor']},"
            f" {data['cores']} cores, {data['memory_gb']} GB")


def how(data):
    turns = len({run["turn"] for run in data["runs"]})
    noise = [run["others_cpu_share"] for run in data["runs"] if "others_cpu_share" in run]
    text = f"{data['mode']} mode, median of {turns} (least to most)" if turns > 1 else (
        f"{data['mode']} mode, one run")
    if noise:
        text += (f"; other programs took {statistics.median(noise) * 100:.0f} % of the cores in use"
                 f" ({min(noise) * 100:.0f} to {max(noise) * 100:.0f})")
    return text


def table(case, data, heading="##"):
    """The case as a section."""
    found = list(rows(case, data))
    titles = ["load", "server", *(column.title for column in case.columns)]
    kept = [i for i in range(len(titles)) if i < 2 or any(cells[i] for cells, _ in found)]
    if not several_servers(data):
        kept.remove(1)
    lines = [f"{heading} {case.title}", "", case.note, "", f"{where(data)}; {how(data)}.", ""]
    lines.append("| " + " | ".join(titles[i] for i in kept) + " |")
    lines.append("|---|" + "---:|" * (len(kept) - 1))
    for cells, _ in found:
        lines.append("| " + " | ".join(cells[i] for i in kept) + " |")
    for cells, flaw in found:
        if flaw:
            lines += ["", f"- {cells[0]}, {cells[1]}: {flaw}"]
    return "\n".join(lines) + "\n"
