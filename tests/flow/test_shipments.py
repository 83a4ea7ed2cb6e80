"""What leaves Odoo's warehouse is known to Amazon: exactly that, once, whatever happens on the way."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from clients.odoo.client import Odoo
from tests.flow.fleet import Fleet, OdooTarget, SellerSpec
from tests.flow.processes import eventually
from tests.flow.test_fleet import running, sellers
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


def quantities(order: dict[str, Any]) -> dict[str, int]:
    return {item["orderItemId"]: item["quantityOrdered"] for item in order["orderItems"]}


def told(package: dict[str, Any]) -> tuple[str, str, dict[str, int]]:
    return (
        package["carrier"],
        package["trackingNumber"],
        {row["orderItemId"]: row["quantity"] for row in package["packageItems"]},
    )


@contextmanager
def scene(folder: Path, target: OdooTarget, monkeypatch: pytest.MonkeyPatch, orders: int = 60) -> Iterator[Scene]:
    spec = sellers(orders)[0]
    with running(folder, target, (spec,), monkeypatch) as (fleet, odoo, idle):
        fleet.start_fleet()
        fleet.start("shipments")
        eventually("all orders have landed", idle, timeout=240)
        waiting = [
            raw
            for raw in fleet.truth()[spec.key]
            if raw["fulfillment"]["fulfilledBy"] == "MERCHANT"
            and raw["fulfillment"]["fulfillmentStatus"] == "UNSHIPPED"
        ]
        yield Scene(fleet, odoo, Warehouse(odoo), spec, waiting)


def test_a_delivery_is_told_with_its_carrier_tracking_number_and_items(
    tmp_path: Path, odoo_target: OdooTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    with scene(tmp_path, odoo_target, monkeypatch) as at:
        order = at.take(items=2)
        picking = at.warehouse.ship(order["orderId"], carrier="dhl paket", tracking="JJD0001")
        eventually("the delivery is told", lambda: at.settled(order, "done"))
        packages = at.packages(order)
        assert {ref: told(one) for ref, one in packages.items()} == {
            str(picking): ("DHL", "JJD0001", quantities(order))
        }
