"""Odoo away, or so slow that it might as well be: one finds out for all, and recovery takes seconds."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from clients.odoo.client import Odoo
from state.breaker import Breaker
from tests.flow.conftest import once, real
from tests.flow.fleet import Fleet, OdooTarget
from tests.flow.processes import eventually
from tests.flow.referee import judge
from tests.flow.test_fleet import landed, marketplaces, running, sellers
from tests.flow.test_odoo_away import away_and_back
from tests.flow.test_trouble import issues

pytestmark = pytest.mark.timeout(600)

# After the longest wait of the breaker, its trial and the longest countdown of a task: seconds, with a busy machine's.
RECOVERY = 45.0


def stats(target: OdooTarget) -> dict[str, Any]:
    answer: dict[str, Any] = httpx.get(f"{target.url}/_sim/stats").json()
    return answer


def breaker_open(fleet: Fleet) -> bool:
    return Breaker(fleet.store, "main").standing().left_alone


def begun(fleet: Fleet, odoo: Odoo, specs: Any) -> int:
    """Start the fleet and wait for the first orders; return how many landed so far."""
    fleet.start_fleet()
    eventually("some orders are in Odoo", lambda: landed(odoo, specs) > 0, timeout=120, pause=0.1)
    assert not breaker_open(fleet)
    return landed(odoo, specs)


@once
def test_a_hanging_odoo_costs_one_time_limit_and_not_one_per_task(
    tmp_path: Path, odoo_target: OdooTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    specs = sellers(80)
    with running(tmp_path, odoo_target, specs, monkeypatch) as (fleet, odoo, idle):
        key = 'key = { env = "FLEET_ODOO_KEY" }'
        fleet.write_settings(**{key: f"{key}\ntimeout = 5"})
        begun(fleet, odoo, specs)
        hang = {"operation": "*", "kind": "slow", "seconds": 30, "times": 1_000_000}
        assert httpx.post(f"{odoo_target.url}/_sim/faults", json=hang).is_success
        eventually("somebody has found out", lambda: breaker_open(fleet), timeout=30)
        before = stats(odoo_target)["faults"]["taken"]["slow"]
        time.sleep(15)
        taken = stats(odoo_target)["faults"]["taken"]["slow"]
        assert "Odoo does not answer" in fleet.logs()
        # Those that were under way when it began, and a few trials; dozens of tasks would have waited each on its own.
        assert before <= 8
        assert taken - before <= 8
        assert httpx.delete(f"{odoo_target.url}/_sim/faults").is_success
        eventually("the breaker closes by itself", lambda: not breaker_open(fleet), timeout=RECOVERY)
        eventually("all orders have landed", idle, timeout=240)
        assert judge(odoo, fleet.truth(), marketplaces(specs)) == []
        assert issues(odoo, specs, "open", "retry", "done") == {}


@real
def test_while_odoo_is_away_it_is_tried_now_and_then_and_orders_land_seconds_after_it_is_back(
    tmp_path: Path, odoo_target: OdooTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    away, back = away_and_back(odoo_target)
    specs = sellers(60)
    with running(tmp_path, odoo_target, specs, monkeypatch) as (fleet, odoo, idle):
        begun(fleet, odoo, specs)
        away()
        try:
            eventually("somebody has found out", lambda: breaker_open(fleet), timeout=60)
            time.sleep(20)
            tries = int(fleet.store.get("amz:odoo:{main}:failures") or 0)
            assert 2 <= tries <= 7  # after 1, 2, 4, 8, 16 seconds
        finally:
            back()
        before = landed(odoo, specs)
        eventually("orders land again", lambda: landed(odoo, specs) > before, timeout=RECOVERY, pause=0.1)
        assert not breaker_open(fleet)
        eventually("all orders have landed", idle, timeout=240)
        assert judge(odoo, fleet.truth(), marketplaces(specs)) == []
        assert issues(odoo, specs, "open", "retry", "done") == {}
