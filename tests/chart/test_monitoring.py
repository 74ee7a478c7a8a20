"""Alerts and dashboard, with Prometheus as Debian ships it: they parse, they fire when they should, and
every query answers."""

import json
import re
import signal
import urllib.parse
import urllib.request

import pytest
import yaml

from process import Process
from redis_server import free_port
from tools import CHART, ROOT, one, render, run
from waiting import wait_until

ALERTS = CHART / "files" / "alerts.yaml"
TESTS = ROOT / "tests" / "chart" / "alerts_test.yaml"
DASHBOARD = json.loads((CHART / "files" / "dashboard.json").read_text())
RULES = [rule for group in yaml.safe_load(ALERTS.read_text())["groups"] for rule in group["rules"]]
TABLE = (ROOT / "base" / "metrics_table.h").read_text()
METRICS = set(re.findall(r'"(livegate_\w+)", \w+,', TABLE)) | {"livegate_build_info"}
QUERIES = [target["expr"] for panel in DASHBOARD["panels"] for target in panel.get("targets", [])]


def named(query):
    """The livegate_ metrics of a query, without what a histogram appends."""
    return {re.sub(r"_(bucket|sum|count)$", "", name) for name in re.findall(r"livegate_\w+", query)}


@pytest.mark.parametrize("query", QUERIES + [rule["expr"] for rule in RULES])
def test_every_metric_that_is_asked_for_exists(query):
    assert named(query) <= METRICS


def test_the_dashboard_shows_every_metric():
    assert METRICS - set().union(*map(named, QUERIES)) == set()


def test_the_dashboard_shows_the_gateways_of_one_livegate_where_there_are_several():
    variables = {made["name"]: made for made in DASHBOARD["templating"]["list"]}

    assert variables["instance"]["query"]["query"] == 'label_values(livegate_build_info{job=~"$job"}, instance)'
    assert "allValue" not in variables["instance"]  # "All" are those listed


def test_no_rule_adds_up_what_several_livegates_do():
    over = r"\b(?:sum|max|min|count)\b(?: by \(([^)]*)\))?"
    sums = {rule["alert"]: re.findall(over, rule["expr"]) for rule in RULES}

    assert {name: told for name, told in sums.items()
            if not all("job" in labels or "instance" in labels for labels in told)} == {}


def test_the_rules_are_good_rules():
    assert "SUCCESS" in run("promtool", "check", "rules", ALERTS).stdout


def test_the_rules_fire_when_they_should():
    assert "SUCCESS" in run("promtool", "test", "rules", TESTS).stdout


def test_every_rule_is_made_to_fire():
    tests = yaml.safe_load(TESTS.read_text())["tests"]
    fired = {check["alertname"] for test in tests for check in test["alert_rule_test"]
             if check["exp_alerts"]}

    assert fired == {rule["alert"] for rule in RULES}


def test_the_configuration_of_prometheus_is_good(tmp_path):
    text = (ROOT / "deploy/prometheus/prometheus.yml").read_text()
    file = tmp_path / "prometheus.yml"
    file.write_text(text.replace("/etc/prometheus/alerts.yaml", str(ALERTS)))

    assert "SUCCESS" in run("promtool", "check", "config", file).stdout


def test_the_chart_carries_the_same_rules_and_dashboard():
    objects = render("--set", "metrics.prometheusRule.enabled=true,metrics.dashboard.enabled=true")

    assert one(objects, "PrometheusRule")["spec"] == yaml.safe_load(ALERTS.read_text())
    assert json.loads(one(objects, "ConfigMap", "-dashboard")["data"]["livegate.json"]) == DASHBOARD


def test_every_alert_has_a_paragraph_for_the_night():
    page = (ROOT / "docs" / "operations.md").read_text()

    assert [rule["alert"] for rule in RULES if f"### {rule['alert']}\n" not in page] == []


def test_every_reason_of_an_error_of_redis_is_explained():
    page = (ROOT / "docs" / "operations.md").read_text()
    section = page.partition("### LivegateRedisErrors\n")[2].partition("\n### ")[0]
    values = TABLE.partition("#define METRIC_SET_BROKER_ERROR(V)")[2].partition("\n\n")[0]

    told = re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)

    assert told == re.findall(r'"(\w+)"', values) != []


# ---- a real Prometheus ----


class Prometheus:
    def __init__(self, folder, gateways):
        self.port = free_port()
        targets = [f"127.0.0.1:{gateway.internal_port}" for gateway in gateways]
        (folder / "prometheus.yml").write_text(yaml.safe_dump({
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
            "rule_files": [str(ALERTS)],
            "scrape_configs": [{"job_name": "livegate", "static_configs": [{"targets": targets}]}],
        }))
        self._process = Process(
            ["prometheus", f"--config.file={folder}/prometheus.yml",
             f"--storage.tsdb.path={folder}/tsdb", f"--web.listen-address=127.0.0.1:{self.port}"],
            folder / "prometheus.log")

    def ask(self, path, **query):
        url = f"http://127.0.0.1:{self.port}/api/v1/{path}?{urllib.parse.urlencode(query)}"
        with urllib.request.urlopen(url, timeout=20) as answer:
            return json.load(answer)["data"]

    def rows(self, query):
        return self.ask("query", query=query)["result"]

    def rules(self):
        return [rule for group in self.ask("rules")["groups"] for rule in group["rules"]]

    def has_scraped_twice(self, gateways):
        assert self._process.running(), self._process.text()
        try:
            return len(self.rows("rate(livegate_connections_total[30s])")) == gateways
        except OSError:
            return False

    def stop(self):
        self._process.send_signal(signal.SIGTERM)
        self._process.wait()


@pytest.fixture
def prometheus(pair, tmp_path):
    viewer = pair.there.client("/?room_id=8")
    viewer.skip_to(msg_type="join")
    pair.publish("8", {"msg_type": "buy", "goods_name": "Lipstick"})
    viewer.skip_to(msg_type="buy")
    made = Prometheus(tmp_path, pair.gateways)
    wait_until(lambda: made.has_scraped_twice(2), "two gateways to have been scraped twice")
    yield made
    made.stop()


def test_every_query_answers_on_a_real_prometheus(prometheus):
    silent = []
    for query in QUERIES:
        text = query.replace("$__rate_interval", "30s").replace("$instance", ".*")  # as Grafana does
        # `> 0` leaves out what does not happen, as most of it does not here
        silent += [] if prometheus.rows(text.removesuffix(" > 0")) else [text]

    assert silent == []


def test_nothing_fires_while_all_is_well(prometheus):
    wait_until(lambda: all(rule["health"] == "ok" for rule in prometheus.rules()),
               "all rules to have been evaluated")

    assert [alert for alert in prometheus.ask("alerts")["alerts"] if alert["state"] == "firing"] == []


def test_the_metrics_are_as_prometheus_wants_them(pair):
    page = pair.here.http("GET", "/metrics")[1]

    done = run("sh", "-c", 'printf "%s\n" "$0" | promtool check metrics', page)

    assert done.stdout + done.stderr == ""
