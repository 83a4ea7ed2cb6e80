"""Each package is known to Amazon once, whatever happens on the way and however many there are."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.flow.fleet import OdooTarget
from tests.flow.processes import eventually
from tests.flow.shipping import quantities, scene, told

pytestmark = pytest.mark.timeout(900)


def test_whatever_happens_on_the_way_each_package_is_known_once(
    tmp_path: Path, odoo_target: OdooTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    with scene(tmp_path, odoo_target, monkeypatch, waiting=12) as at:
        orders = [at.take() for _ in range(12)]
        for kind, times in (
            ("reset_after", 2),
            ("status_500", 2),
            ("status_500_after", 1),
            ("status_429", 2),
            ("truncated_json", 1),
        ):
            fault = {"operation": "confirmShipment", "kind": kind, "times": times}
            at.fleet.amazon("POST", "/faults", fault)
        expected = {}
        for number, order in enumerate(orders):
            picking = at.warehouse.ship(order["orderId"], carrier="DHL", tracking=f"N{number}")
            expected[order["orderId"]] = {str(picking): ("DHL", f"N{number}", quantities(order))}
            if number == 5:
                eventually("some are told", lambda: bool(at.packages(orders[0])), pause=0.02)
                at.fleet.kill("shipments")
                at.fleet.start("shipments")
            if number == 8:
                at.fleet.store.flushall()

        def all_told() -> bool:
            at.fleet.revive_beat()
            return all(at.settled(order, "done") for order in orders)

        eventually("all are settled", all_told, timeout=300, pause=1)
        for order in orders:
            packages = at.packages(order)
            assert {ref: told(one) for ref, one in packages.items()} == expected[order["orderId"]]


def test_a_worker_killed_between_amazons_yes_and_the_note_of_it_tells_nothing_twice(
    tmp_path: Path, odoo_target: OdooTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    with scene(tmp_path, odoo_target, monkeypatch) as at:
        order = at.take()
        fault = {"operation": "confirmShipment", "kind": "slow_after", "seconds": 60}
        at.fleet.amazon("POST", "/faults", fault)
        picking = at.warehouse.ship(order["orderId"], carrier="DHL", tracking="ONCE")
        eventually("Amazon knows the package", lambda: bool(at.packages(order)), timeout=180, pause=0.05)
        at.fleet.kill("shipments")
        (row,) = at.warehouse.deliveries(order["orderId"], "done")
        assert row["x_amazon_sync_status"] == "pending"
        assert row["x_amazon_sync_key"].startswith(f"{picking}?")
        at.fleet.store.flushall()  # so that nothing is left but what is written in Odoo
        at.fleet.start("shipments")

        def settled() -> bool:
            at.fleet.revive_beat()
            return at.settled(order, "done")

        eventually("the package is settled", settled, timeout=180, pause=1)
        packages = at.packages(order)
        assert {ref: told(one) for ref, one in packages.items()} == {str(picking): ("DHL", "ONCE", quantities(order))}
        calls = at.fleet.amazon("GET", "/stats")["calls"][at.spec.seller_id]
        assert calls["confirmShipment"] == {"calls": 1, "throttled": 0}
        # Amazon was asked what it knows, and perhaps for an order whose document went with Redis.
        assert calls["getOrder"]["calls"] in {1, 2}


def test_very_many_go_by_feed_and_each_message_speaks_for_itself(
    tmp_path: Path, odoo_target: OdooTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    with scene(tmp_path, odoo_target, monkeypatch, "feed_above = 4", waiting=7) as at:
        orders = [at.take() for _ in range(7)]
        refused = orders[3]
        at.fleet.amazon("POST", "/shipments/refuse", {"seller": at.spec.seller_id, "order": refused["orderId"]})
        at.fleet.kill("shipments", "fetch")
        expected = {}
        for number, order in enumerate(orders):
            picking = at.warehouse.ship(order["orderId"], carrier="DHL", tracking=f"F{number}")
            expected[order["orderId"]] = {str(picking): ("DHL", f"F{number}", quantities(order))}
        expected[refused["orderId"]] = {}
        at.fleet.amazon("POST", "/faults", {"operation": "createFeed", "kind": "reset_after", "times": 1})
        at.fleet.start("fetch")
        at.fleet.start("shipments")
        well = [order for order in orders if order is not refused]
        eventually(
            "all are settled",
            lambda: at.settled(refused, "error") and all(at.settled(order, "done") for order in well),
            timeout=240,
            pause=1,
        )
        for order in orders:
            packages = at.packages(order)
            assert {ref: told(one) for ref, one in packages.items()} == expected[order["orderId"]]
        (row,) = at.warehouse.deliveries(refused["orderId"], "done")
        assert "in feed" in row["x_amazon_sync_reason"]
        assert at.fleet.amazon("GET", "/stats")["feeds"] == {at.spec.seller_id: {"POST_ORDER_FULFILLMENT_DATA": 1}}
