"""The operator's day: what needs a person is found, understood and mended with the command line, on the whole fleet."""

from __future__ import annotations

import json
import re
import socket
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from celery import Celery

from clients.odoo.client import Odoo
from state.journal import Journal
from state.window import lane_key
from tasks.queues import ROUTES
from tests.flow.conftest import once
from tests.flow.fleet import Fleet, OdooTarget, SellerSpec
from tests.flow.processes import Process, eventually
from tests.flow.test_fleet import landed, running, sellers
from tests.flow.test_trouble import command, due, issues, missing
from worker.bootstrap import utc_now
from worker.metrics.catalogue import CATALOGUE

pytestmark = pytest.mark.timeout(600)


_SOMETIMES = (
    "parked", "parked_oldest_seconds", "shipments", "failed_tasks", "reconciled_orders", "reconciled_seconds",
)  # fmt: skip


def told(fleet: Fleet, *arguments: str, status: int = 0) -> list[dict[str, Any]]:
    """Run a listing command with --json; return its rows."""
    rows: list[dict[str, Any]] = json.loads(command(fleet, *arguments, "--json", status=status))
    return rows


def of_a_named_buyer(fleet: Fleet, spec: Any) -> dict[str, Any]:
    """Return an order that is due, of a buyer whose name Amazon tells, as it does not always."""
    return next(raw for raw in due(fleet, spec) if raw.get("buyer", {}).get("buyerName"))


def spoilt(fleet: Fleet, spec: Any) -> dict[str, Any]:
    """Return that order after its amounts were made to contradict each other."""
    wrong = of_a_named_buyer(fleet, spec)
    price = wrong["orderItems"][0]["proceeds"]["proceedsTotal"]
    price["amount"] = f"{float(price['amount']) + 0.01:.2f}"
    fleet.amazon("POST", "/orders", {"seller": spec.seller_id, "order": wrong})
    return wrong


def test_a_parked_order_is_found_traced_dismissed_mended_and_tried_again(
    tmp_path: Path, odoo_target: OdooTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = sellers(20)[0]
    with running(tmp_path, odoo_target, (spec,), monkeypatch) as (fleet, odoo, idle):
        right = of_a_named_buyer(fleet, spec)
        order_id = spoilt(fleet, spec)["orderId"]
        fleet.start_fleet()
        eventually("all orders have landed or are parked", idle, timeout=120)

        (row,) = told(fleet, "parked", "list", "--account", spec.key)
        assert (row["order"], row["code"], row["state"]) == (order_id, "money_mismatch", "open")
        assert told(fleet, "parked", "list", "--code", "bad_order", "--account", spec.key) == []
        assert told(fleet, "parked", "list", "--since", "2999-01-01", "--account", spec.key) == []
        assert len(told(fleet, "parked", "list", "--since", "2020-01-01", "--account", spec.key)) == 1
        shown = json.loads(command(fleet, "parked", "show", spec.key, order_id, "--json"))
        assert shown["remedy"] == row["remedy"] != ""

        steps = {step["where"]: step["found"] for step in told(fleet, "orders", "trace", order_id)}
        assert steps["Amazon"].endswith(f"{len(right['orderItems'])} item(s)")
        assert steps["parked item"].startswith("open, money_mismatch: ")
        assert steps["Odoo main"] == "no sale order"
        assert "landed" in steps
        assert right["buyer"]["buyerName"] not in str(steps)

        assert "1 parked item(s) would be tried again" in command(
            fleet, "parked", "retry", spec.key, "--code", "money_mismatch", "--dry-run"
        )
        assert set(issues(odoo, (spec,), "open")) == {order_id}
        command(fleet, "parked", "dismiss", spec.key, order_id)
        assert set(issues(odoo, (spec,), "dismissed")) == {order_id}
        assert told(fleet, "parked", "list", "--account", spec.key) == []

        fleet.amazon("POST", "/orders", {"seller": spec.seller_id, "order": right})
        command(fleet, "parked", "retry", spec.key, order_id)
        eventually("the order is in", lambda: set(issues(odoo, (spec,), "done")) == {order_id}, timeout=90)
        assert landed(odoo, (spec,)) == len(due(fleet, spec))
        steps = {step["where"]: step["found"] for step in told(fleet, "orders", "trace", order_id, "--no-amazon")}
        assert "Amazon" not in steps
        assert steps["parked item"].startswith("done, money_mismatch: ")
        assert re.match(r"S\d+ sale, [\d.]+ [A-Z]{3}, FB[AM], ", steps["Odoo main"])
        assert "did not finish" not in steps["Odoo main"]


@once
def test_a_task_that_fails_stands_among_the_parked_items_until_it_succeeds(
    tmp_path: Path, odoo_target: OdooTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = sellers(4)[0]
    with running(tmp_path, odoo_target, (spec,), monkeypatch) as (fleet, odoo, idle):
        fleet.start_fleet()
        eventually("all orders have landed", idle, timeout=120)
        # What is no time in Redis is a defect, in a child of the prefork pool.
        about = {"account": spec.key, "group": "NOPE"}
        fleet.store.zadd(lane_key(spec.key, "NOPE", "open"), {"no time": 1})
        with Celery("test", broker=f"redis://127.0.0.1:{fleet.port}/0", set_as_current=False) as sender:
            sender.conf.update(task_routes=ROUTES, broker_transport_options={"priority_steps": [0]})
            sender.send_task("control.advance_cursor", kwargs=about)
        ref = "control.advance_cursor:NOPE"
        eventually("the failure is shown", lambda: set(issues(odoo, (spec,), "open")) == {ref}, timeout=90)
        (row,) = told(fleet, "parked", "list", "--account", spec.key)
        assert (row["order"], row["code"], row["reason"]) == (
            ref, "unexpected_error", "control.advance_cursor: unexpected ValueError",
        )  # fmt: skip

        journal = Journal(fleet.store)
        assert [(one.task, one.times) for one in journal.failures(utc_now())] == [("control.advance_cursor", 1)]
        command(fleet, "parked", "retry", spec.key, ref)
        eventually("it was tried again", lambda: [one.times for one in journal.failures(utc_now())] == [2], timeout=90)
        assert set(issues(odoo, (spec,), "open", "retry")) == {ref}
        assert journal.counts()["tasks", "control.advance_cursor", "failure"] == 2

        journal.ended("control.advance_cursor", "success", about)
        eventually("the item is closed", lambda: set(issues(odoo, (spec,), "done")) == {ref}, timeout=90)
        assert told(fleet, "parked", "list", "--account", spec.key) == []


@once
def test_a_stopped_account_stays_stopped_through_a_wiped_redis_until_it_is_resumed(
    tmp_path: Path, odoo_target: OdooTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    specs = sellers(8)[:2]
    stopped, other = specs
    with running(tmp_path, odoo_target, specs, monkeypatch) as (fleet, odoo, _idle):
        command(fleet, "accounts", "pause", stopped.key, "--reason", "stocktaking")
        fleet.start("fetch")
        fleet.start("upsert")
        fleet.store.flushall()
        fleet.start("beat")
        eventually("the other account's orders are in", lambda: landed(odoo, (other,)) == len(due(fleet, other)), 120)
        eventually("Redis knows again", lambda: _state(fleet, stopped.key) == "stopped: stocktaking", 60)
        eventually("what was in hand is finished", lambda: _steady(odoo, stopped), 90)
        before = landed(odoo, (stopped,))
        shown = odoo.search_read("x_amazon_account", [("x_key", "=", stopped.key)], ["x_state", "x_reason"])
        assert [(row["x_state"], row["x_reason"]) for row in shown] == [("stopped", "stocktaking")]
        fleet.amazon("POST", "/advance", {"step": 1})
        searches = _searches(fleet)
        eventually("three more searches of the other", lambda: _searches(fleet) >= searches + 3, 60)
        assert landed(odoo, (stopped,)) == before

        command(fleet, "accounts", "resume", stopped.key)
        # What became due by the advance is read two minutes and a quarter after it (BEHIND_NOW).
        eventually("its orders are in", lambda: not missing(fleet, odoo, stopped), 240)
        assert _state(fleet, stopped.key) == "active"
        assert "neither stopped nor paused" in command(fleet, "accounts", "resume", stopped.key, status=1)


def test_doctor_health_and_metrics_of_a_fleet_that_is_well_and_of_one_that_is_not(
    tmp_path: Path, odoo_target: OdooTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = sellers(12)[0]
    with running(tmp_path, odoo_target, (spec,), monkeypatch) as (fleet, _odoo, idle):
        rows = told(fleet, "doctor", status=1)
        found = {(row["area"], row["what"]): row["found"] for row in rows}
        assert found["fleet", "workers of odoo.upsert"] == "no worker"
        assert found["fleet", "beat"] == "never ticked"
        remedies = [row["remedy"] for row in rows if row["what"] == "workers of odoo.upsert"]
        assert remedies == ["Start a worker for it: celery -A worker worker -Q odoo.upsert"]
        assert "does not answer" in command(fleet, "health", "--role", "worker", status=1)
        assert "never ticked" in command(fleet, "health", "--role", "beat", status=1)

        fleet.start_fleet()
        fleet.start("shipments")
        eventually("all orders have landed", idle, timeout=120)
        rows = told(fleet, "doctor", status=1)
        bad = {(row["area"], row["what"]) for row in rows if not row["ok"]}
        # The test's broker keeps nothing on disk, a key made for a test ends soon, and without a bot user the fleet is
        # the administrator, who is not in the bot's groups.
        expected = {("fleet", "broker appendonly")}
        expected |= {("odoo main", "API key")} if "19" in odoo_target.database else set()
        expected |= set() if odoo_target.bot_login else {("odoo main", "setup and rights")}
        assert bad == expected, [row for row in rows if not row["ok"]]
        found = {(row["area"], row["what"]): row["found"] for row in rows}
        assert found[f"account {spec.key}", "Login with Amazon"] == "gives a token"
        assert found[f"account {spec.key}", "lag"].endswith("0 orders waiting")
        assert found["machine", "clock against Amazon eu"] == "agrees"
        assert found["fleet", "workers of odoo.upsert"] == "upsert@test"
        assert found["fleet", "failed tasks"] == "none"
        assert "upsert@test answers" in command(fleet, "health", "--role", "worker", "--node", "upsert@test")
        assert socket.gethostname() in command(fleet, "health", "--role", "worker", status=1)
        assert "the last tick was" in command(fleet, "health", "--role", "beat")

        sample = scrape(fleet, tmp_path)
        imported = len(due(fleet, spec))
        assert sample[f'amazon_odoo_orders_total{{account="{spec.key}",outcome="imported"}}'] == imported
        assert sample['amazon_odoo_odoo_up{database="main"}'] == 1
        assert sample[f'amazon_odoo_orders_waiting{{account="{spec.key}",group="all"}}'] == 0
        assert 100 < sample[f'amazon_odoo_lag_seconds{{account="{spec.key}",group="all"}}'] < 300
        assert 0 <= sample["amazon_odoo_beat_seconds"] < 30
        assert sample['amazon_odoo_queue_messages{queue="odoo.upsert"}'] == 0
        assert sample[f'amazon_odoo_account_paused{{account="{spec.key}",reason="stopped"}}'] == 0
        names = {name.partition("{")[0] for name in sample}
        always = {metric.full_name for metric in CATALOGUE} - {f"amazon_odoo_{name}" for name in _SOMETIMES}
        assert always <= names


def scrape(fleet: Fleet, folder: Path) -> dict[str, float]:
    """Start the exporter as an operator does; return what Prometheus would read."""
    exporter = Process(
        "metrics", [sys.executable, "-m", "worker", "metrics", "--port", "0"], folder / "metrics.log", fleet.env
    ).start()
    try:
        url = exporter.first_match(r"metrics on (http://\S+)")
        lines = httpx.get(url, timeout=30).raise_for_status().text.splitlines()
        port = url.rpartition(":")[2].partition("/")[0]
        assert "answers" in command(fleet, "health", "--role", "metrics", "--port", port)
    finally:
        exporter.kill()
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines if not line.startswith("#")}


def _steady(odoo: Odoo, spec: SellerSpec) -> bool:
    """Whether no order of the account lands for five seconds, which is longer than a batch takes."""
    before = landed(odoo, (spec,))
    time.sleep(5)
    return landed(odoo, (spec,)) == before


def _state(fleet: Fleet, key: str) -> str:
    return next(str(row["state"]) for row in told(fleet, "accounts", "list") if row["account"] == key)


def _searches(fleet: Fleet) -> float:
    return Journal(fleet.store).counts().get(("tasks", "amazon.fetch_orders", "success"), 0.0)
