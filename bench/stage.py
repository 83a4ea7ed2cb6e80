"""The stage of a measurement: the fleet with many accounts, orders to ship and to import, and a quick warehouse."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import httpx
import psutil
import pytest

from clients.odoo.client import Odoo
from simulator.amazon import clock
from simulator.amazon.generator import draw_order
from simulator.amazon.sellers import Seller
from tasks.context import Services
from tests.flow.fleet import Fleet, OdooTarget, SellerSpec
from tests.flow.processes import simulator
from tests.flow.raw_orders import item, order
from worker.bootstrap import build_services

_KEY: Final = "bench-odoo-key"
_AT_ONCE: Final = 8


@dataclass(frozen=True, slots=True)
class Stage:
    """A fleet at Amazon's real quotas, its Odoo as administrator, its state, and a carrier."""

    fleet: Fleet
    odoo: Odoo
    there: Services
    carrier: int

    @property
    def specs(self) -> Sequence[SellerSpec]:
        """The accounts."""
        return self.fleet.sellers

    # ------------------------------------------------------------ orders
    def put(self, orders: Mapping[str, Sequence[dict[str, Any]]]) -> None:
        """Give the simulated Amazon orders by seller id."""
        with httpx.Client(base_url=self.fleet.amazon_url, timeout=60) as http, ThreadPoolExecutor(_AT_ONCE) as pool:
            bodies = [{"seller": seller, "order": raw} for seller, raws in orders.items() for raw in raws]
            for answer in pool.map(lambda body: http.post("/_sim/orders", json=body), bodies):
                answer.raise_for_status()

    def shippable(self, each: int) -> dict[str, list[dict[str, Any]]]:
        """Orders of one or two pieces of one item that the sellers are to ship, `each` per seller."""
        made: dict[str, list[dict[str, Any]]] = {}
        for place, spec in enumerate(self.specs):
            numbers = range(place * each, (place + 1) * each)
            made[spec.seller_id] = [order(number, item(number, 1 + number % 2, ITEM="19.98")) for number in numbers]
        return made

    def mixed(self, each: int) -> dict[str, list[dict[str, Any]]]:
        """Orders of all kinds, as the simulated Amazon draws them, changed just now."""
        start = datetime.now(UTC)
        made = {}
        for spec in self.specs:
            region = next(account.region for key, account in self.there.accounts.items() if key == spec.key)
            places = self.there.accounts[spec.key].marketplaces
            seller = Seller(
                seller_id=spec.seller_id, refresh_token=spec.refresh_token, region=region, marketplaces=places
            )
            drawn = [draw_order(seller, number, seed=3, start=start) for number in range(each)]
            made[spec.seller_id] = [raw | {"lastUpdatedTime": clock.stamp(start - clock.MARGIN)} for raw in drawn]
        return made

    def search_now(self) -> None:
        """Let all accounts be searched at the next tick."""
        for spec in self.specs:
            self.there.schedule.hurry(spec.key, "all")

    def imported(self) -> int:
        """How many sale orders have landed."""
        count: int = self.odoo.call("sale.order", "search_count", domain=[["x_amazon_last_update", "!=", False]])
        return count

    def backlog(self) -> int:
        """How many orders were read, and have not landed."""
        return sum(self.there.lanes.waiting(spec.key, "all") for spec in self.specs)

    def reading(self) -> int:
        """How many accounts have pages left to read."""
        return sum(self.there.lanes.window(spec.key, "all") is not None for spec in self.specs)

    # ------------------------------------------------------------ warehouse
    def open_deliveries(self) -> dict[str, list[int]]:
        """Deliveries that wait for the warehouse, by account."""
        found: dict[str, list[int]] = {spec.key: [] for spec in self.specs}
        domain = [("sale_id.x_amazon_channel", "=", "fbm"), ("state", "=", "assigned")]
        rows = self.odoo.search_read("stock.picking", domain, ["sale_id"], order="id")
        ids = [row["sale_id"][0] for row in rows]
        owners = {
            one["id"]: one["x_amazon_account"]
            for one in self.odoo.search_read("sale.order", [("id", "in", ids)], ["x_amazon_account"])
        }
        for row in rows:
            found[owners[row["sale_id"][0]]].append(row["id"])
        return found

    def ship(self, pickings: Sequence[int]) -> float:
        """Validate deliveries, all in one call; returns the moment before (seconds of the day's clock)."""
        rows = [[str(picking), f"TRACK{picking:08d}", str(self.carrier)] for picking in pickings]
        columns = [".id", "carrier_tracking_ref", "carrier_id/.id"]
        loaded = self.odoo.call("stock.picking", "load", fields=columns, data=rows)
        if not loaded["ids"]:
            raise RuntimeError(f"Odoo refuses tracking numbers: {loaded['messages'][:1]}")
        before = time.time()
        if self.odoo.call("stock.picking", "button_validate", ids=list(pickings)) is not True:
            raise RuntimeError("Odoo asks a question about a delivery")
        return before

    # ------------------------------------------------------------ Amazon's counters
    def told(self, first: int = 0) -> list[dict[str, Any]]:
        """Packages that Amazon was told of with success, in order, from number `first` on."""
        rows: list[dict[str, Any]] = self.fleet.amazon("GET", f"/shipments?first={first}")
        return rows

    def calls(self, operation: str) -> tuple[int, int]:
        """Calls of an operation at Amazon so far, and how many of them were answered with 429."""
        counted = [by[operation] for by in self.fleet.amazon("GET", "/stats")["calls"].values() if operation in by]
        return sum(one["calls"] for one in counted), sum(one["throttled"] for one in counted)

    def cpu(self) -> dict[str, float]:
        """Seconds of processor time that each of the fleet's processes has used."""
        return {name: round(_cpu(process.pid), 1) for name, process in self.fleet.processes.items() if process.pid}


def _cpu(pid: int) -> float:
    head = psutil.Process(pid)
    return sum(sum(one.cpu_times()[:2]) for one in (head, *head.children(recursive=True)))


@contextmanager
def stage(folder: Path, accounts: int) -> Iterator[Stage]:
    """A simulated Amazon at its real quotas and a simulated Odoo 19 that is set up; no worker runs yet."""
    specs = tuple(SellerSpec(f"seller-{number:02}", "eu", ("DE", "FR"), 0) for number in range(accounts))
    process = simulator(
        folder, "odoo", "--port", "0", "--series", "19", "--database", "demo", "--login", "admin", "--key", _KEY
    ).start()
    try:
        target = OdooTarget(process.first_match(r"listening on (http://\S+)"), "demo", "admin", _KEY)
        with Fleet(folder, target, specs, speed=1.0, poll_seconds=3600) as fleet, pytest.MonkeyPatch.context() as patch:
            settings = fleet.settings(patch)
            odoo = fleet.set_up_odoo(settings)
            fleet.processes["odoo"] = process
            (product,) = odoo.call("product.product", "create", vals_list=[{"name": "Carriage", "type": "service"}])
            method = {"name": "DHL", "product_id": product, "delivery_type": "fixed"}
            (carrier,) = odoo.call("delivery.carrier", "create", vals_list=[method])
            there = build_services(settings)
            try:
                yield Stage(fleet, odoo, there, carrier)
            finally:
                there.close()
                odoo.close()
    finally:
        process.kill()
