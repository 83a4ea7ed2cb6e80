"""What people and Amazon do while faults strike: orders come in, change, and are shipped."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

from clients.odoo.client import Odoo
from clients.odoo.deliveries import deliver_all
from domain.errors import NeedsHuman, RetryLater
from tests.chaos.fleet import ChaosFleet
from tests.flow.raw_orders import item, order
from tests.flow.warehouse import Warehouse

_AT_ONCE: Final = 20
Key = tuple[str, str]


@dataclass(slots=True)
class Load:
    """The load of a campaign. `shipped`: validated deliveries by account and order, with their tracking numbers."""

    fleet: ChaosFleet
    odoo: Odoo
    shipped: dict[Key, tuple[int, str]] = field(default_factory=dict)
    created: int = 0
    _probes: int = 0
    _carrier: int = 0
    _odd: set[Key] | None = None

    def advance(self, *, steps: int = 0, new_orders: int = 0) -> None:
        """Let Amazon's life go on, and `new_orders` come in for each seller."""
        told = self.fleet.amazon("POST", "/advance", {"steps": steps, "new_orders": new_orders})
        self.created += len(told["created"])

    def place(self, place: int) -> Key:
        """Place an order that is due, found by the next search; return its account and id."""
        self._probes += 1
        able = [spec for spec in self.fleet.sellers if "DE" in spec.marketplaces]
        spec = able[place % len(able)]
        raw = order(self._probes, item(self._probes, 1 + self._probes % 3, ITEM="19.98"), minutes_ago=4)
        self.fleet.amazon("POST", "/orders", {"seller": spec.seller_id, "order": raw})
        return spec.key, raw["orderId"]

    def landed(self, keys: list[Key]) -> bool:
        """Whether these orders are in Odoo, whole; False while Odoo is away."""
        domain = [
            ("client_order_ref", "in", sorted({order_id for _, order_id in keys})),
            ("x_amazon_last_update", "!=", False), ("state", "=", "sale"),
        ]  # fmt: skip
        with suppress(RetryLater):
            found = self.odoo.search_read("sale.order", domain, ["client_order_ref", "x_amazon_account"])
            return {(one["x_amazon_account"], one["client_order_ref"]) for one in found} >= {*keys}
        return False

    def ship(self, most: int) -> int:
        """Validate up to `most` deliveries that wait for the warehouse; return how many, 0 while Odoo is away."""
        done = 0
        with suppress(RetryLater):
            waiting = self._waiting(most)
            rows = [[str(picking), f"TRACK{picking:08d}", str(self._method())] for picking in waiting.values()]
            if rows:
                columns = [".id", "carrier_tracking_ref", "carrier_id/.id"]
                loaded = self.odoo.call("stock.picking", "load", fields=columns, data=rows)
                assert loaded["ids"], loaded["messages"]
            # Noted before: if the answer is lost, the delivery may be done all the same.
            self.shipped |= {key: (picking, f"TRACK{picking:08d}") for key, picking in waiting.items()}
            pickings = [*waiting.values()]
            for start in range(0, len(pickings), _AT_ONCE):
                outcomes = deliver_all(self.odoo, pickings[start : start + _AT_ONCE])
                refused = {picking: error for picking, error in outcomes.items() if isinstance(error, NeedsHuman)}
                assert not refused, refused
                done += len(outcomes)
        return done

    def finish(self) -> None:
        """Validate what was to be shipped and was not, as Odoo was away."""
        pickings = [picking for picking, _ in self.shipped.values()]
        domain = [("id", "in", pickings), ("state", "not in", ["done", "cancel"])]
        left = [row["id"] for row in self.odoo.search_read("stock.picking", domain, ["state"])]
        for start in range(0, len(left), _AT_ONCE):
            outcomes = deliver_all(self.odoo, left[start : start + _AT_ONCE])
            assert set(outcomes.values()) <= {None}, outcomes

    def told(self) -> dict[Key, list[dict[str, Any]]]:
        """Packages that Amazon was told of, by account and order."""
        truth = self.fleet.amazon("GET", "/packages?told=true")
        names = {spec.seller_id: spec.key for spec in self.fleet.sellers}
        return {(names[seller], key): some for seller, orders in truth.items() for key, some in orders.items()}

    def _waiting(self, most: int) -> dict[Key, int]:
        """Open deliveries of ordinary orders, by order, as many of each account."""
        keys = [spec.key for spec in self.fleet.sellers]
        domain = [
            ("x_amazon_account", "in", keys), ("x_amazon_channel", "=", "fbm"), ("state", "=", "sale"),
            ("x_amazon_status", "=", "UNSHIPPED"), ("x_amazon_last_update", "!=", False),
        ]  # fmt: skip
        found = self.odoo.search_read("sale.order", domain, ["x_amazon_account", "client_order_ref"], order="id")
        ids = {one["id"]: (one["x_amazon_account"], one["client_order_ref"]) for one in found}
        ids = {one: key for one, key in ids.items() if key not in self.shipped and key not in self._oddities()}
        chosen = _by_turns(ids)[:most]
        open_ = [("sale_id", "in", chosen), ("state", "=", "assigned")]
        rows = self.odoo.search_read("stock.picking", open_, ["sale_id"])
        return {ids[row["sale_id"][0]]: row["id"] for row in rows}

    def _oddities(self) -> set[Key]:
        if self._odd is None:
            names = {spec.seller_id: spec.key for spec in self.fleet.sellers}
            told = self.fleet.amazon("GET", "/oddities")
            self._odd = {(names[seller], order_id) for seller, orders in told.items() for order_id in orders}
        return self._odd

    def _method(self) -> int:
        self._carrier = self._carrier or Warehouse(self.odoo).carrier("DHL")
        return self._carrier


def _by_turns(ids: dict[int, Key]) -> list[int]:
    """One of each account, then the next of each."""
    places: dict[str, int] = {}
    turns = []
    for one, (account, _) in ids.items():
        places[account] = places.get(account, 0) + 1
        turns.append((places[account], one))
    return [one for _, one in sorted(turns)]


def moment() -> float:
    """Seconds of a clock that nobody sets."""
    return time.monotonic()
