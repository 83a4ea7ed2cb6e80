"""Odoo gone, or refusing our key: one clear line, nothing lost, nothing counted, and all goes on by itself."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.flow.conftest import real
from tests.flow.fleet import OdooTarget
from tests.flow.processes import eventually
from tests.flow.referee import judge
from tests.flow.test_fleet import landed, marketplaces, running, sellers
from tests.flow.test_trouble import issues
from tests.servers import control

pytestmark = pytest.mark.timeout(600)


def away_and_back(target: OdooTarget) -> tuple[Callable[[], None], Callable[[], None]]:
    """How to take this real Odoo away and bring it back."""
    server = control(target.url)
    return lambda: _run([*server, "stop"]), lambda: _run([*server, "start"])


def _run(arguments: list[str]) -> None:
    subprocess.run(arguments, check=True, timeout=180, capture_output=True)


@real
def test_odoo_goes_away_in_the_middle_and_comes_back(
    tmp_path: Path, odoo_target: OdooTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    away, back = away_and_back(odoo_target)
    spec = sellers(60)[0]
    with running(tmp_path, odoo_target, (spec,), monkeypatch) as (fleet, odoo, idle):
        fleet.start_fleet()
        eventually("some orders are in Odoo", lambda: landed(odoo, (spec,)) > 3, timeout=120, pause=0.1)
        away()
        try:
            eventually("the workers say so", lambda: "again in" in fleet.logs(), timeout=60)
            before = fleet.logs().count("again in")
        finally:
            back()
        assert before < 60
        eventually("all orders have landed", idle, timeout=240)
        assert judge(odoo, fleet.truth(), marketplaces((spec,))) == []
        assert issues(odoo, (spec,), "open", "retry", "done") == {}


def test_a_wrong_key_is_one_clear_line_and_nothing_is_lost(
    tmp_path: Path, odoo_target: OdooTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = sellers(10)[0]
    with running(tmp_path, odoo_target, (spec,), monkeypatch) as (fleet, odoo, idle):
        right = fleet.env["FLEET_ODOO_KEY"]
        fleet.env["FLEET_ODOO_KEY"] = "a-key-nobody-made"
        fleet.start_fleet()
        eventually("the line is there", lambda: "new API key" in fleet.logs(), timeout=60)
        assert landed(odoo, (spec,)) == 0
        assert "a-key-nobody-made" not in fleet.logs()
        fleet.kill("fetch", "upsert")
        fleet.env["FLEET_ODOO_KEY"] = right
        fleet.start("fetch")
        fleet.start("upsert")
        eventually("all orders have landed", idle, timeout=150)
        assert judge(odoo, fleet.truth(), marketplaces((spec,))) == []
