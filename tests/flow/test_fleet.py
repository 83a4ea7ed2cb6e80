"""The main job, whole: a real broker, real workers and beat, a simulated Amazon, a simulated or real Odoo."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from clients.odoo.client import Odoo
from sync.backfill import backfill_left, begin_backfill
from sync.fetch_orders import BEHIND_NOW
from tests.flow.fleet import Fleet, OdooTarget, SellerSpec
from tests.flow.processes import eventually
from tests.flow.referee import is_due, judge, snapshot
from worker.bootstrap import build_services

pytestmark = pytest.mark.timeout(600)


def sellers(orders: int) -> tuple[SellerSpec, ...]:
    """Three accounts with six marketplaces; fresh names, so that a database may be used again."""
    mark = uuid4().hex[:6]
    return (
        SellerSpec(f"eu-{mark}", "eu", ("DE", "FR"), orders),
        SellerSpec(f"us-{mark}", "na", ("US", "CA"), orders),
        SellerSpec(f"jp-{mark}", "fe", ("JP", "AU"), orders),
    )


@contextmanager
def running(
    folder: Path,
    target: OdooTarget,
    specs: tuple[SellerSpec, ...],
    monkeypatch: pytest.MonkeyPatch,
    *,
    poll_seconds: float = 5.0,
    page_size: int = 100,
    address: str = "127.0.0.1",
) -> Iterator[tuple[Fleet, Odoo, Callable[[], bool]]]:
    """A fleet that is set up but not started; the third value tells whether everything read has landed."""
    with Fleet(folder, target, specs, poll_seconds=poll_seconds, page_size=page_size, address=address) as fleet:
        settings = fleet.settings(monkeypatch)
        odoo = fleet.set_up_odoo(settings)
        services = build_services(settings)

        def idle() -> bool:
            return all(
                services.lanes.scanned(spec.key, "all") is not None
                and services.lanes.window(spec.key, "all") is None
                and services.lanes.waiting(spec.key, "all") == 0
                for spec in specs
            )

        try:
            yield fleet, odoo, idle
        finally:
            services.close()
            odoo.close()


def read_on(
    fleet: Fleet, specs: tuple[SellerSpec, ...], monkeypatch: pytest.MonkeyPatch, *, again: bool = False
) -> None:
    """Wait until a search that began after now has ended, and all it found has landed; `again`: from the start."""
    services = build_services(fleet.settings(monkeypatch))
    lanes = services.lanes
    accounts = [services.accounts[spec.key] for spec in specs]
    try:
        if again:
            for account in accounts:
                begin_backfill(account, account.start, lanes=lanes, schedule=services.schedule, now=services.clock())
        begun = datetime.now(UTC) - BEHIND_NOW

        def done() -> bool:
            if again:
                return not any(backfill_left(account, lanes) for account in accounts)
            ends = [lanes.scanned(spec.key, "all") for spec in specs]
            idle = all(lanes.window(spec.key, "all") is None and lanes.waiting(spec.key, "all") == 0 for spec in specs)
            return idle and all(end is not None and end > begun for end in ends)

        eventually("everything was read and has landed", done, timeout=3000, pause=0.5)
    finally:
        services.close()


def marketplaces(specs: tuple[SellerSpec, ...]) -> dict[str, tuple[str, ...]]:
    return {spec.key: spec.marketplaces for spec in specs}


def landed(odoo: Odoo, specs: tuple[SellerSpec, ...]) -> int:
    domain = [("x_amazon_account", "in", [spec.key for spec in specs]), ("x_amazon_last_update", "!=", False)]
    count: int = odoo.call("sale.order", "search_count", domain=domain)
    return count


def test_every_due_order_arrives_once_and_a_second_pass_writes_nothing(
    tmp_path: Path, odoo_target: OdooTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    specs = sellers(100)
    with running(tmp_path, odoo_target, specs, monkeypatch) as (fleet, odoo, idle):
        fleet.start_fleet()
        eventually("all orders have landed", idle, timeout=240)
        truth = fleet.truth()
        due = sum(is_due(raw, spec.marketplaces) for spec in specs for raw in truth[spec.key])
        assert due > 100
        assert judge(odoo, truth, marketplaces(specs)) == []
        assert landed(odoo, specs) == due

        before = snapshot(odoo)
        read_on(fleet, specs, monkeypatch, again=True)
        assert snapshot(odoo) == before

        fleet.amazon("POST", "/advance", {"step": 1})
        changed = fleet.truth()
        assert changed != truth
        eventually(
            "Amazon's later changes have landed",
            lambda: judge(odoo, changed, marketplaces(specs)) == [],
            timeout=240,
            pause=2,
        )


def test_kill_9_in_the_middle_and_a_wiped_broker_end_in_the_same_state(
    tmp_path: Path, odoo_target: OdooTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    specs = sellers(40)
    with running(tmp_path, odoo_target, specs, monkeypatch) as (fleet, odoo, idle):
        fleet.start_fleet()
        eventually("some orders are in Odoo", lambda: landed(odoo, specs) > 10, timeout=120)
        fleet.kill("upsert", "fetch", "beat")
        fleet.store.flushall()
        assert landed(odoo, specs) < sum(len(raws) for raws in fleet.truth().values())
        time.sleep(1)
        fleet.start_fleet()
        eventually("all orders have landed", idle, timeout=240)
        assert judge(odoo, fleet.truth(), marketplaces(specs)) == []
