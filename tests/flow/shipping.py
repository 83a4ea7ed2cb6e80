"""The stage of the shipment tests: a fleet whose orders are in Odoo, a warehouse, and Amazon's truth about packages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import randrange
from typing import Any

import pytest

from clients.odoo.client import Odoo
from tests.flow.fleet import Fleet, OdooTarget, SellerSpec
from tests.flow.processes import eventually
from tests.flow.raw_orders import item
from tests.flow.raw_orders import order as raw_order
from tests.flow.test_fleet import running, sellers
from tests.flow.warehouse import Warehouse


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

    def notes(self, picking: int) -> list[str]:
        """Our notes in a delivery's chatter."""
        domain = [("model", "=", "stock.picking"), ("res_id", "=", picking)]
        bodies = [note["body"] for note in self.odoo.search_read("mail.message", domain, ["body"])]
        return [body for body in bodies if "Amazon was not told of this delivery" in body]

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


def to_ship(number: int) -> dict[str, Any]:
    """An order of two items that the seller is to ship, two pieces of the first."""
    first = item(number * 10 + 1, 2, ITEM="19.98")
    return raw_order(number, first, item(number * 10 + 2, 1, ITEM="12.50", SHIPPING="4.99"))


@contextmanager
def scene(
    folder: Path,
    target: OdooTarget,
    monkeypatch: pytest.MonkeyPatch,
    policies: str = "",
    *,
    waiting: int = 3,
    others: int = 10,
) -> Iterator[Scene]:
    """A fleet with `waiting` orders to ship and, as they come, `others` of all kinds, all landed."""
    spec = sellers(others)[0]
    begin = randrange(10_000, 900_000) * 10
    with running(folder, target, (spec,), monkeypatch) as (fleet, odoo, idle):
        for number in range(begin, begin + waiting):
            fleet.amazon("POST", "/orders", {"seller": spec.seller_id, "order": to_ship(number)})
        fleet.write_settings(**{"idle_poll_seconds = 5.0": f"idle_poll_seconds = 5.0\npolicies = {{ {policies} }}"})
        fleet.start_fleet()
        fleet.start("shipments")
        eventually("all orders have landed", idle, timeout=480)
        # Amazon's newest changes of all are read minutes later.
        landed = odoo.search_read("sale.order", [("x_amazon_account", "=", spec.key)], ["client_order_ref"])
        there = {one["client_order_ref"] for one in landed}
        unshipped = [
            raw
            for raw in fleet.truth()[spec.key]
            if raw["orderId"] in there
            and raw["fulfillment"]["fulfilledBy"] == "MERCHANT"
            and raw["fulfillment"]["fulfillmentStatus"] == "UNSHIPPED"
        ]
        assert len(unshipped) >= waiting
        yield Scene(fleet, odoo, Warehouse(odoo), spec, unshipped)
