"""The bench still runs: each of its tasks, tiny, against a real gateway; and what it makes of
results is right.  The figures mean nothing here, but nothing may be missing or wrong."""

import os
import pathlib
import subprocess
import sys

import pytest

TOP = pathlib.Path(__file__).parents[2]
BUILD = pathlib.Path(os.environ.get("LIVEGATE", TOP / "build" / "livegate")).parent
sys.path.insert(0, str(TOP / "bench"))

from harness import cases, goals, measure, report, servers, special  # noqa: E402
from harness.results import Results  # noqa: E402

LOADS = {
    "in flight": cases.Variant("", {"clients": 20, "in-flight": 5}),
    "at a rate, v1": cases.Variant("", {"clients": 20, "rate": 100}, protocol="v1.msgpack",
                                   way="fcall"),
    "Redis restarts": cases.Variant("", {"clients": 20, "rooms": 20, "wait": None},
                                    run=special.restart_redis),
    "a storm": cases.Variant("", {"clients": 50}, task="storm", protocol="live.join"),
    "by HTTP": cases.Variant("", {"connections": 4}, task="publish", way="http"),
    "by viewers": cases.Variant("", {"clients": 20, "rooms": 20}, task="tell"),
    "likes": cases.Variant("", {"clients": 20, "seconds": 0.6, "rate": 2000}, task="likes",
                           way="fcall", run=special.count_likes),
    "soak": cases.Variant("", {"clients": 30, "seconds": 2, "rooms": 3, "rate": 50, "churn": 30,
                               "slow": 2}, task="soak", protocol="live.join", way="fcall",
                          run=special.soak),
}
FLAWS = ("wrong", "missing", "refused", "taps_lost", "behind", "lost")


def run(variant, name="livegate"):
    found = measure.measure(variant, servers.BY_NAME[name], BUILD, 0.2)

    assert not any(found.get(flaw) for flaw in FLAWS), found
    return found


@pytest.mark.parametrize("load", LOADS)
def test_a_load_runs(load):
    run(LOADS[load])


def test_the_floor_takes_the_same_load():
    found = run(LOADS["in flight"], "coalesced")

    assert found["deliveries"] == 20 * found["messages"] > 0


def test_a_load_that_cannot_be_put_on_a_server_is_an_error_and_no_figure():
    nobody_publishes_so = cases.Variant("", {}, task="publish", way="nats")

    found = measure.try_to_measure(nobody_publishes_so, servers.BY_NAME["livegate"], BUILD, 0.2)

    assert "this way of publishing is not measured so" in found["error"]


def results_of(folder, case):
    """Of a build that is there only in name."""
    (folder / "livegate").write_text("build")
    return Results(folder, cases.BY_NAME[case], "full", folder)


def add(results, server, variant, *costs):
    for turn, cost in enumerate(costs):
        results.add(server, variant, turn, {"cpu_us_per_delivery": cost, "others_cpu_share": 0.1})


def test_the_median_is_shown_with_least_and_most_and_compared_with_the_floor(tmp_path):
    results = results_of(tmp_path, "fanout")
    add(results, "coalesced", "50 in flight", 0.2, 0.1, 0.4)
    add(results, "livegate", "50 in flight", 0.25, 0.22, 0.23)

    text = report.write(tmp_path).read_text()

    assert "| 50 in flight | livegate | 0.230 (0.220 to 0.250) | 1.15 |" in text
    assert "| <= 1.30 x | 1.15 x | held |" in text


def test_a_missed_goal_says_by_how_much_and_one_without_figures_that_it_has_none(tmp_path):
    results = results_of(tmp_path, "fanout")
    add(results, "bare", "1 in flight", 4.0)
    add(results, "livegate", "1 in flight", 6.0)
    found = {"fanout": results.data}

    rows = goals.table(found).splitlines()

    assert [row for row in rows if "over bare send()" in row][0].endswith("| 1.50 x | missed by 25 % |")
    assert [row for row in rows if "idle client" in row][0].endswith("| not measured |")


def test_an_interrupted_bench_goes_on_where_it_was(tmp_path):
    first = results_of(tmp_path, "fanout")
    first.add("livegate", "1 in flight", 0, {"cpu_us_per_delivery": 4})
    first.add("livegate", "1 in flight", 1, {"error": "no"})

    again = results_of(tmp_path, "fanout")
    again.resume()

    assert again.has("livegate", "1 in flight", 0)
    assert not again.has("livegate", "1 in flight", 1)


def test_another_build_begins_anew(tmp_path):
    first = results_of(tmp_path, "fanout")
    first.add("livegate", "1 in flight", 0, {"cpu_us_per_delivery": 4})

    (tmp_path / "livegate").write_text("another build")
    again = Results(tmp_path, cases.BY_NAME["fanout"], "full", tmp_path)
    again.resume()

    assert again.data["runs"] == []


def test_memory_that_grows_is_told_from_memory_that_has_settled():
    settled = [(second, 1000 + min(second, 20)) for second in range(100)]
    grows = [(second, 1000 + second) for second in range(100)]

    assert special.judge_memory(settled, 100)["rss_growth_percent"] == 0
    assert special.judge_memory(grows, 100)["rss_growth_percent"] > 5
    assert special.judge_memory(grows, 100)["rss_slope_kib_per_minute"] == pytest.approx(60)


def test_the_page_asks_for_cases_that_there_are(tmp_path):
    page = tmp_path / "page.md"
    page.write_text((TOP / "docs/performance.md").read_text(encoding="utf-8"), encoding="utf-8")

    report.write_page(tmp_path, page)

    assert "Not measured yet" in page.read_text(encoding="utf-8")


def test_every_figure_of_a_goal_is_one_that_the_bench_measures():
    """A goal that names a case or a load that is no more would say "not measured" for ever."""
    names = {case.name: {variant.name for variant in case.variants} for case in cases.CASES}
    asked = []

    class Listener(goals.Measured):
        def median(self, case, variant, key, server="livegate"):
            asked.append((case, variant))

        def most(self, case, variant, key):
            asked.append((case, variant))

    for goal in goals.GOALS:
        goal.figure(Listener({}))

    assert len(asked) >= len(goals.GOALS)
    assert all(variant in names[case] for case, variant in asked)


def test_the_list_of_cases_says_how_long_each_takes():
    done = subprocess.run([TOP / "bench/run", "--list"], capture_output=True, text=True, check=True)

    assert [line.split()[0] for line in done.stdout.splitlines()] == [c.name for c in cases.CASES]
