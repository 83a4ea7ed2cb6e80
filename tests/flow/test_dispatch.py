"""Who comes when: accounts that come and go, a backfill beside live polling, 429s, and a busy account beside others."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sync.backfill import backfill_left
from tests.flow.conftest import once
from tests.flow.fleet import OdooTarget, SellerSpec
from tests.flow.processes import eventually
from tests.flow.test_fleet import landed, running
from tests.flow.test_trouble import command, due
from worker.bootstrap import build_services

pytestmark = [pytest.mark.timeout(600), once]


def specs(*orders: int) -> tuple[SellerSpec, ...]:
    return tuple(SellerSpec(f"shop-{place}", "eu", ("DE",), number) for place, number in enumerate(orders))


def test_an_account_is_added_and_a_broken_file_survived_without_a_restart(
    tmp_path: Path, odoo_target: OdooTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = both = specs(10, 10)
    with running(tmp_path, odoo_target, both, monkeypatch) as (fleet, odoo, _):
        path = tmp_path / "accounts.toml"
        whole = path.read_text()
        path.write_text(whole[: whole.index(f"[accounts.{second.key}]")])
        fleet.start_fleet()
        eventually("the first account's orders are there", lambda: landed(odoo, (first,)) == len(due(fleet, first)))
        assert landed(odoo, (second,)) == 0

        path.write_text(whole + "broken")
        eventually("the log says what is wrong", lambda: "is no valid TOML" in fleet.logs())
        fleet.amazon("POST", "/advance", {"steps": 0, "new_orders": 5})
        eventually("the first account goes on", lambda: landed(odoo, (first,)) == len(due(fleet, first)))
        assert landed(odoo, (second,)) == 0

        path.write_text(whole)
        eventually("the second account's orders are there", lambda: landed(odoo, (second,)) == len(due(fleet, second)))
        told = [line for line in fleet.logs().splitlines() if "has mistakes" in line]
        processes = {line.split(" [")[0] for line in told}
        assert len(told) <= 4, "once in each process"
        assert processes


def test_a_resync_goes_on_beside_the_search_for_new_orders(
    tmp_path: Path, odoo_target: OdooTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    (shop,) = one = specs(60)
    with running(tmp_path, odoo_target, one, monkeypatch) as (fleet, odoo, idle):
        fleet.start_fleet()
        eventually("all orders have landed", lambda: idle() and landed(odoo, one) == len(due(fleet, shop)))
        services = build_services(fleet.settings(monkeypatch))
        try:
            account, known = services.accounts[shop.key], len(due(fleet, shop))
            before = fleet.logs().count("order unchanged")
            since = datetime.now(UTC) - timedelta(days=10)
            said = command(fleet, "orders", "resync", "--since", f"{since:%Y-%m-%d}", "--account", shop.key)
            assert said == f"{shop.key}: orders updated since {since:%Y-%m-%d} 00:00 UTC are searched again\n"
            fleet.amazon("POST", "/advance", {"steps": 0, "new_orders": 5})
            eventually("the backfill is through", lambda: not backfill_left(account, services.lanes))
            eventually("new orders are there too", lambda: landed(odoo, one) == len(due(fleet, shop)))
            eventually(
                "all known orders were looked at again",
                lambda: fleet.logs().count("order unchanged") - before >= known > 30,
            )
            assert services.lanes.window(shop.key, "all+backfill") is None
        finally:
            services.close()


@pytest.mark.slow  # the first search after the loss of Redis waits for a token as if none were left: three minutes
def test_a_storm_of_429s_and_a_wiped_redis_cost_time_and_no_excess(
    tmp_path: Path, odoo_target: OdooTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    (shop,) = one = specs(90)
    with running(tmp_path, odoo_target, one, monkeypatch, page_size=3) as (fleet, odoo, idle):

        def searches() -> dict[str, int]:
            found: dict[str, int] = fleet.amazon("GET", "/stats")["calls"][shop.seller_id]["searchOrders"]
            return found

        def all_there() -> bool:
            return idle() and landed(odoo, one) == len(due(fleet, shop))

        fleet.start_fleet()
        eventually("Amazon has told its rate", lambda: landed(odoo, one) > 0)
        fleet.amazon("POST", "/faults", {"operation": "searchOrders", "kind": "status_429", "times": 5})
        eventually("the storm is over and all orders have landed", all_there, timeout=240)
        assert searches()["throttled"] == 5, "the storm alone"

        fleet.kill("upsert", "fetch", "beat")
        fleet.store.flushall()
        before = searches()["calls"]
        since = datetime.now(UTC) - timedelta(days=10)
        command(fleet, "orders", "resync", "--since", f"{since:%Y-%m-%d}")
        fleet.start_fleet()
        services = build_services(fleet.settings(monkeypatch))
        try:
            account = services.accounts[shop.key]
            eventually("all was read again", lambda: not backfill_left(account, services.lanes), timeout=240)
        finally:
            services.close()
        assert searches()["calls"] >= before + 30
        assert searches()["throttled"] <= 5 + 1, "one 429 tells that our bucket is as empty as Amazon's"
        eventually("nothing is missing", all_there)
