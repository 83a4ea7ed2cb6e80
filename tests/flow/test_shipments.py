"""What leaves Odoo's warehouse is known to Amazon: exactly that, once, whatever happens on the way."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from clients.odoo.client import Odoo
from tests.flow.fleet import Fleet, OdooTarget, SellerSpec
from tests.flow.processes import eventually
from tests.flow.test_fleet import running, sellers
from tests.flow.test_trouble import command
from tests.flow.warehouse import Warehouse

pytestmark = pytest.mark.timeout(600)


@dataclass
class Scene:
    """A fleet whose orders are in Odoo, a warehouse, and the seller's orders that wait for it."""

    fleet: Fleet
    odoo: Odoo
    warehouse: Warehouse
    spec: SellerSpec
    orders: list[dict[str, Any]]

    def take(self, items: int = 1, pieces: int = 1) -> dict[str, Any]:
        """An unshipped order nobody has used, of at least `items` items, the first of at least `pieces` pieces."""
        for order in self.orders:
            if len(order["orderItems"]) >= items and order["orderItems"][0]["quantityOrdered"] >= pieces:
                self.orders.remove(order)
                return order
        raise AssertionError(f"no order with {items} items and {pieces} pieces is left")

    def packages(self, order: dict[str, Any]) -> dict[str, dict[str, Any]]:
        """Amazon's truth about an order's packages, by reference."""
        truth = self.fleet.amazon("GET", f"/packages?seller={self.spec.seller_id}")
        held = truth[self.spec.seller_id].get(order["orderId"], [])
        return {package["packageReferenceId"]: package for package in held}

    def settled(self, order: dict[str, Any], *statuses: str) -> bool:
        """Whether the order's done deliveries have these statuses."""
        return [row["x_amazon_sync_status"] for row in self.warehouse.deliveries(order["orderId"], "done")] == [
            *statuses
        ]

    def status(self, picking: int) -> str:
        """What is written of one transfer."""
        (row,) = self.odoo.call("stock.picking", "read", ids=[picking], fields=["x_amazon_sync_status"])
        return row["x_amazon_sync_status"] or ""

    def amazon_cancels(self, order: dict[str, Any]) -> dict[str, Any]:
        """The buyer has Amazon cancel the order; return it as Amazon then has it."""
        changed = {**order, "fulfillment": {**order["fulfillment"], "fulfillmentStatus": "CANCELLED"}}
        changed["lastUpdatedTime"] = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        self.fleet.amazon("POST", "/orders", {"seller": self.spec.seller_id, "order": changed})
        return next(raw for raw in self.fleet.truth()[self.spec.key] if raw["orderId"] == order["orderId"])


def quantities(order: dict[str, Any]) -> dict[str, int]:
    return {item["orderItemId"]: item["quantityOrdered"] for item in order["orderItems"]}


def told(package: dict[str, Any]) -> tuple[str, str, dict[str, int]]:
    return (
        package["carrier"],
        package["trackingNumber"],
        {row["orderItemId"]: row["quantity"] for row in package["packageItems"]},
    )


@contextmanager
def scene(
    folder: Path, target: OdooTarget, monkeypatch: pytest.MonkeyPatch, policies: str = "", *, orders: int = 60
) -> Iterator[Scene]:
    spec = sellers(orders)[0]
    with running(folder, target, (spec,), monkeypatch) as (fleet, odoo, idle):
        fleet.write_settings(**{"poll_seconds = 5.0": f"poll_seconds = 5.0\npolicies = {{ {policies} }}"})
        fleet.start_fleet()
        fleet.start("shipments")
        eventually("all orders have landed", idle, timeout=240)
        # Amazon's newest changes of all are read minutes later.
        landed = odoo.search_read("sale.order", [("x_amazon_account", "=", spec.key)], ["client_order_ref"])
        there = {order["client_order_ref"] for order in landed}
        waiting = [
            raw
            for raw in fleet.truth()[spec.key]
            if raw["orderId"] in there
            and raw["fulfillment"]["fulfilledBy"] == "MERCHANT"
            and raw["fulfillment"]["fulfillmentStatus"] == "UNSHIPPED"
        ]
        yield Scene(fleet, odoo, Warehouse(odoo), spec, waiting)


def test_the_warehouses_everyday_life(tmp_path: Path, odoo_target: OdooTarget, monkeypatch: pytest.MonkeyPatch) -> None:
    with scene(tmp_path, odoo_target, monkeypatch, orders=120) as at:
        house = at.warehouse
        expected: dict[str, dict[str, tuple[str, str, dict[str, int]]]] = {}

        whole = at.take(items=2)
        picking = house.ship(whole["orderId"], carrier="dhl paket", tracking="JJD0001")
        expected[whole["orderId"]] = {str(picking): ("DHL", "JJD0001", quantities(whole))}

        boxed = at.take(items=2)
        first, second, *rest = [item["orderItemId"] for item in boxed["orderItems"]]
        picking = house.ship(
            boxed["orderId"], carrier="Rider & Sons", tracking="R1, R2", packages=[[first], [second, *rest]]
        )
        boxes = [10**9 + box for box in house.boxes(picking)]
        amounts = quantities(boxed)
        expected[boxed["orderId"]] = {
            str(boxes[0]): ("Rider & Sons", "R1", {first: amounts[first]}),
            str(boxes[1]): ("Rider & Sons", "R2", {one: amounts[one] for one in (second, *rest)}),
        }

        partly = at.take(items=2)
        first, *rest = [item["orderItemId"] for item in partly["orderItems"]]
        amounts = quantities(partly)
        one = house.ship(partly["orderId"], carrier="UPS", tracking="1Z1", quantities={first: amounts[first]})
        other = house.ship(partly["orderId"], carrier="UPS", tracking="1Z2")
        expected[partly["orderId"]] = {
            str(one): ("UPS", "1Z1", {first: amounts[first]}),
            str(other): ("UPS", "1Z2", {one: amounts[one] for one in rest}),
        }

        untold = at.take()
        late = house.ship(untold["orderId"], carrier="DPD")
        eventually("the delivery waits for a number", lambda: at.settled(untold, "error"))
        (row,) = house.deliveries(untold["orderId"], "done")
        assert row["x_amazon_sync_reason"] == (
            f"{row['name']}: the delivery has no tracking number. Fill in the delivery's Tracking Reference in Odoo; "
            "it is told to Amazon by itself then."
        )
        assert at.packages(untold) == {}
        house.write("stock.picking", late, carrier_tracking_ref="0123")
        expected[untold["orderId"]] = {str(late): ("DPD", "0123", quantities(untold))}

        mended = at.take()
        picking = house.ship(mended["orderId"], carrier="DHL", tracking="WRONG")
        eventually("the wrong number is told", lambda: at.settled(mended, "done"))
        assert told(at.packages(mended)[str(picking)])[1] == "WRONG"
        house.write("stock.picking", picking, carrier_tracking_ref="RIGHT")
        expected[mended["orderId"]] = {str(picking): ("DHL", "RIGHT", quantities(mended))}

        never = at.take()
        house.odoo.call("stock.picking", "action_cancel", ids=[house.open(never["orderId"])])
        expected[never["orderId"]] = {}

        back = at.take()
        picking = house.ship(back["orderId"], carrier="GLS", tracking="G1")
        expected[back["orderId"]] = {str(picking): ("GLS", "G1", quantities(back))}
        eventually("the delivery is told", lambda: at.settled(back, "done"))
        returned = house.resend(picking, back=True)
        again = house.resend(returned, back=False)

        def all_told() -> bool:
            return all(
                {ref: told(package) for ref, package in at.packages({"orderId": order}).items()} == packages
                for order, packages in expected.items()
            )

        eventually("Amazon knows all of it", all_told, timeout=120)
        eventually("the replacement is looked at", lambda: at.status(again) == "done")
        assert at.status(returned) == ""
        eventually(
            "all deliveries are settled",
            lambda: all(
                row["x_amazon_sync_status"] == "done" and row["x_amazon_account"] == at.spec.key
                for order in expected
                for row in house.deliveries(order, "done")
                if row["id"] != returned
            ),
        )
        assert all_told()
        assert "Traceback" not in at.fleet.logs()


def test_amazon_refuses_and_a_person_mends(
    tmp_path: Path, odoo_target: OdooTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    with scene(tmp_path, odoo_target, monkeypatch) as at:
        order = at.take()
        refusal = {"seller": at.spec.seller_id, "order": order["orderId"], "message": "The address is <not> served."}
        at.fleet.amazon("POST", "/shipments/refuse", refusal)
        picking = at.warehouse.ship(order["orderId"], carrier="DHL", tracking="X1")
        eventually("the refusal is shown", lambda: at.settled(order, "error"))
        (row,) = at.warehouse.deliveries(order["orderId"], "done")
        assert "The address is <not> served." in row["x_amazon_sync_reason"]
        notes = at.odoo.search_read(
            "mail.message", [("model", "=", "stock.picking"), ("res_id", "=", picking)], ["body"]
        )
        assert len([note for note in notes if "Amazon was not told of this delivery" in note["body"]]) == 1
        assert at.packages(order) == {}

        at.fleet.amazon("POST", "/shipments/refuse", {**refusal, "refused": False})
        command(at.fleet, "shipments", "retry", at.spec.key, order["orderId"])
        eventually("the retry is told", lambda: at.settled(order, "done"))
        assert told(at.packages(order)[str(picking)]) == ("DHL", "X1", quantities(order))
        (row,) = at.warehouse.deliveries(order["orderId"], "done")
        assert row["x_amazon_sync_reason"] is False


def test_whatever_happens_on_the_way_each_package_is_known_once(
    tmp_path: Path, odoo_target: OdooTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    with scene(tmp_path, odoo_target, monkeypatch, orders=150) as at:
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


def test_very_many_go_by_feed_and_each_message_speaks_for_itself(
    tmp_path: Path, odoo_target: OdooTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    with scene(tmp_path, odoo_target, monkeypatch, "feed_above = 4", orders=120) as at:
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


def test_a_cancellation_by_hand_is_told_and_amazons_own_is_not(
    tmp_path: Path, odoo_target: OdooTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    with scene(tmp_path, odoo_target, monkeypatch, "notify_cancellations = true") as at:
        ours, theirs, shipped = at.take(), at.take(), at.take()
        at.fleet.kill("fetch")
        at.warehouse.cancel(ours["orderId"], reason="WeatherDelay")
        cancelled = at.amazon_cancels(theirs)
        at.warehouse.cancel(theirs["orderId"])
        at.warehouse.ship(shipped["orderId"], carrier="DHL", tracking="S1")
        at.fleet.start("fetch")
        eventually(
            "both are settled",
            lambda: (
                at.warehouse.cancellation(ours["orderId"])[0]
                == at.warehouse.cancellation(theirs["orderId"])[0]
                == "done"
            ),
            timeout=180,
            pause=1,
        )
        assert at.warehouse.cancellation(theirs["orderId"])[1] == "cancelled at Amazon already"
        assert at.warehouse.cancellation(shipped["orderId"]) == ("", "")
        now = {raw["orderId"]: raw for raw in at.fleet.truth()[at.spec.key]}
        assert now[ours["orderId"]]["fulfillment"]["fulfillmentStatus"] == "CANCELLED"
        said = now[ours["orderId"]]["orderItems"][0]["cancellation"]["cancellationExecution"]
        assert said == {"cancelledBy": "MERCHANT", "cancelReason": "WEATHER_DELAY"}
        assert now[theirs["orderId"]] == cancelled
        assert now[shipped["orderId"]]["fulfillment"]["fulfillmentStatus"] == "SHIPPED"
