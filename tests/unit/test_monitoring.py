"""Metrics, alerts and the dashboard agree with each other, with the documentation and with the code."""

from __future__ import annotations

import json
import re
import runpy

import pytest
import yaml

from tests.unit.test_docs import DOCS, ROOT, commands, resolve
from worker.metrics.catalogue import CATALOGUE, PREFIX

MONITORING = DOCS / "monitoring"
_METRIC = re.compile(rf"{PREFIX}[a-z_]+")
_USED = re.compile(rf"({PREFIX}[a-z_]+)(?:\{{([^}}]*)\}})?")


def expressions() -> dict[str, list[str]]:
    """The queries in the alerts and in the dashboard."""
    rules = [
        rule for group in yaml.safe_load((MONITORING / "alerts.yml").read_text())["groups"] for rule in group["rules"]
    ]
    panels = json.loads((MONITORING / "dashboard.json").read_text())["panels"]
    return {
        "alerts.yml": [rule["expr"] for rule in rules],
        "dashboard.json": [target["expr"] for panel in panels for target in panel["targets"]],
    }


def test_every_metric_is_documented_as_it_is() -> None:
    told = re.findall(
        rf"^\| `({PREFIX}\w+)` \| (\w+) \| (.*?) \| (.*?) \|$", (DOCS / "monitoring.md").read_text(), re.MULTILINE
    )
    assert told == [
        (metric.full_name, metric.kind, ", ".join(f"`{label}`" for label in metric.labels) or "-", metric.help)
        for metric in CATALOGUE
    ]


@pytest.mark.parametrize("file", ["alerts.yml", "dashboard.json"])
def test_every_metric_and_label_in_use_exists(file: str) -> None:
    known = {metric.full_name: set(metric.labels) for metric in CATALOGUE}
    used = [found for query in expressions()[file] for found in _USED.findall(query)]
    assert len(used) >= len(expressions()[file])
    assert [name for name, _ in used if name not in known] == []
    assert [
        (name, label) for name, labels in used for label in re.findall(r"(\w+)!?=", labels) if label not in known[name]
    ] == []


def test_every_metric_is_shown_on_the_dashboard() -> None:
    shown = {name for query in expressions()["dashboard.json"] for name in _METRIC.findall(query)}
    assert shown == {metric.full_name for metric in CATALOGUE}


def test_every_alert_has_a_test_in_which_it_fires() -> None:
    """The tests themselves are run by scripts/check-deployment, which fetches promtool."""
    rules = [
        rule for group in yaml.safe_load((MONITORING / "alerts.yml").read_text())["groups"] for rule in group["rules"]
    ]
    tested = (ROOT / "tests" / "deployment" / "alerts.yml").read_text()
    firing = set(re.findall(r'ALERTS{alertname="(\w+)", alertstate="firing"', tested))
    assert firing == {rule["alert"] for rule in rules}


def test_an_alert_says_what_to_do_and_names_what_exists() -> None:
    rules = [
        rule for group in yaml.safe_load((MONITORING / "alerts.yml").read_text())["groups"] for rule in group["rules"]
    ]
    assert len({rule["alert"] for rule in rules}) == len(rules) >= 10
    for rule in rules:
        assert rule["labels"]["severity"] in {"page", "ticket"}
        remedy = rule["annotations"]["remedy"]
        assert rule["annotations"]["summary"]
        pages = re.findall(r"docs/runbook/([\w-]+\.md)", remedy)
        assert [page for page in pages if not (DOCS / "runbook" / page).is_file()] == []
        assert [problem for given in commands(remedy.replace(";", "#")) if (problem := resolve(given))] == []
        labels = {label for metric in CATALOGUE if metric.full_name in rule["expr"] for label in metric.labels}
        assert set(re.findall(r"\$labels\.(\w+)", str(rule["annotations"]))) <= labels


def test_flower_lists_the_order_its_end_and_the_way_to_the_task() -> None:
    """Only the column uuid leads to a task's own page."""
    columns = runpy.run_path(str(ROOT / "flowerconfig.py"))["tasks_columns"].split(",")
    assert columns == ["name", "kwargs", "state", "result", "received", "runtime", "retries", "uuid"]
