"""A campaign: thousands of odd orders through the whole fleet into a real Odoo, each judged from both sides.

One round: all orders land; some of the seller's deliveries are validated and some sale orders locked, as people do;
Amazon changes many orders; at the end everything is read once more, old versions among it.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import uuid4

import pytest

from clients.odoo.client import Odoo
from clients.odoo.deliveries import deliver_all
from tests.flow.fleet import Fleet, SellerSpec
from tests.flow.processes import eventually
from tests.flow.referee import judge, snapshot
from tests.flow.test_fleet import read_on
from tests.flow.verdicts import IMPORTED, PARKED, Raw, Verdict, changed_verdict, verdict

ODD_SHARE: Final = 0.6
STEPS: Final = 6  # of Amazon's life, after all has landed
TAXES: Final = (("19 % in the price", 19.0, True), ("20 % on top", 20.0, False), ("no tax", 0.0, False))
_AT_ONCE: Final = 40

Key = tuple[str, str]


def campaigners(orders: int) -> tuple[SellerSpec, ...]:
    """Five accounts in three regions that share `orders`; fresh names, so that a database may be used again."""
    mark = uuid4().hex[:6]
    places = {
        "de": ("eu", ("DE", "FR", "IT", "ES", "NL")), "gb": ("eu", ("GB", "PL", "SE")), "at": ("eu", ("DE", "FR")),
        "us": ("na", ("US", "CA", "MX")), "jp": ("fe", ("JP", "AU", "SG")),
    }  # fmt: skip
    share = orders // len(places)
    return tuple(
        SellerSpec(f"{name}-{mark}", region, codes, share, ODD_SHARE) for name, (region, codes) in places.items()
    )


@dataclass
class Campaign:
    """A fleet on its campaign, and what it saw. Orders are named by account and Amazon's id."""

    fleet: Fleet
    odoo: Odoo
    idle: Callable[[], bool]
    monkeypatch: pytest.MonkeyPatch
    taxes: dict[str, str] = field(default_factory=dict)
    first: dict[Key, Raw] = field(default_factory=dict)
    delivered: set[Key] = field(default_factory=set)
    locked: set[Key] = field(default_factory=set)
    seconds: dict[str, float] = field(default_factory=dict)

    # ------------------------------------------------------------ the round
    def prepare(self) -> None:
        """Give each account a tax of its own: an offer for each SKU, before the first order comes."""
        for place, spec in enumerate(self.fleet.sellers):
            name, percent, included = TAXES[place % len(TAXES)]
            self.taxes[spec.key] = name
            self._offers(spec, self._product(spec, percent, included=included))

    def land(self) -> None:
        """Start the fleet and wait until all orders have landed."""
        with self._timed("landing"):
            self.fleet.start_fleet()
            eventually("all orders have landed or are parked", self.idle, timeout=3000, pause=1)
        self.first = self.orders()

    def work(self) -> None:
        """Do what people do in Odoo: validate every third of the seller's deliveries, lock every seventh order."""
        unshipped = [key for key, raw in self.first.items() if raw["fulfillment"]["fulfillmentStatus"] == "UNSHIPPED"]
        domain = [("x_amazon_account", "in", self.keys), ("x_amazon_channel", "=", "fbm"), ("state", "=", "sale")]
        there = {
            (one["x_amazon_account"], one["client_order_ref"]): one["id"]
            for one in self.odoo.search_read("sale.order", domain, ["x_amazon_account", "client_order_ref"])
        }
        ready = [key for key in sorted(unshipped) if key in there]
        self.delivered, self.locked = set(ready[::3]), set(ready[1::7]) - set(ready[::3])
        with self._timed("deliveries by hand"):
            waiting = [("sale_id", "in", [there[key] for key in self.delivered]), ("state", "!=", "cancel")]
            found = self.odoo.search_read("stock.picking", waiting, ["id", "sale_id"])
            # An order of which nothing is ordered any more has no delivery.
            with_goods = {one["sale_id"][0] for one in found}
            self.delivered = {key for key in self.delivered if there[key] in with_goods}
            pickings = [one["id"] for one in found]
            for start in range(0, len(pickings), _AT_ONCE):
                outcomes = deliver_all(self.odoo, pickings[start : start + _AT_ONCE])
                assert set(outcomes.values()) == {None}
        lock = "action_done" if self.odoo.version[0] < 17 else "action_lock"
        if self.locked:
            self.odoo.call("sale.order", lock, ids=[there[key] for key in self.locked])

    def change(self) -> None:
        """Let Amazon's life go on, and wait until all changes have landed."""
        with self._timed("later changes"):
            self.fleet.amazon("POST", "/advance", {"steps": STEPS})
            read_on(self.fleet, self.fleet.sellers, self.monkeypatch)

    def read_again(self) -> bool:
        """Read everything from the start once more; whether nothing was written."""
        before = snapshot(self.odoo, self.keys)
        with self._timed("reading everything again"):
            read_on(self.fleet, self.fleet.sellers, self.monkeypatch, again=True)
        return snapshot(self.odoo, self.keys) == before

    def read_old_versions(self) -> list[str]:
        """Read changed orders as they were before; returns those that Odoo had and that are not as they were.

        What Odoo had nothing of may come in by its old version; the next reading puts it right.
        """
        before = self._known()
        for spec in self.fleet.sellers:
            fault = {"kind": "old_version", "operation": "searchOrders", "times": 10_000, "seller": spec.seller_id}
            self.fleet.amazon("POST", "/faults", fault)
        with self._timed("reading old versions"):
            read_on(self.fleet, self.fleet.sellers, self.monkeypatch, again=True)
            self.fleet.amazon("DELETE", "/faults")
            after = self._known()
            read_on(self.fleet, self.fleet.sellers, self.monkeypatch, again=True)
        return [f"{key[1]}: an old version wrote" for key, there in before.items() if after.get(key) != there]

    def _known(self) -> dict[Key, tuple[Any, ...]]:
        """Of each sale order and each parked item when it was written, and its state."""
        mine = [("x_amazon_account", "in", self.keys)]
        fields = ["x_amazon_account", "client_order_ref", "write_date", "state", "amount_total"]
        orders = self.odoo.search_read("sale.order", mine, fields)
        found = {
            (one["x_amazon_account"], one["client_order_ref"]): (one["write_date"], one["state"], one["amount_total"])
            for one in orders
        }
        issues = self._issues()
        return {key: (found.get(key), issues[key]["x_code"] if key in issues else "") for key in {*found, *issues}}

    # ------------------------------------------------------------ both sides
    def orders(self) -> dict[Key, Raw]:
        """Amazon's orders as they are now."""
        return {(account, raw["orderId"]): raw for account, raws in self.fleet.truth().items() for raw in raws}

    def demands(self) -> dict[Key, Verdict]:
        """What must have become of every order by now."""
        places = {spec.key: spec.marketplaces for spec in self.fleet.sellers}
        prices = self.odoo.search_read("product.pricelist", [("name", "=like", "Amazon %")], ["currency_id"])
        currencies = {one["currency_id"][1] for one in prices}
        found = {}
        for key, now in self.orders().items():
            was = self.first.get(key, now)
            at_first = verdict(was, places[key[0]], currencies)
            found[key] = verdict(now, places[key[0]], currencies)
            if at_first.state == IMPORTED:
                found[key] = changed_verdict(
                    was, now, delivered=key in self.delivered or _ships_itself(was), locked=key in self.locked
                )
        return found

    def disagreements(self, demands: dict[Key, Verdict]) -> list[str]:
        """Every order that is not in the state it must be in, in words; [] when all are."""
        orders = self.orders()
        truth: dict[str, list[Any]] = {key: [] for key in self.keys}
        for key, demand in demands.items():
            if demand.state != PARKED:
                truth[key[0]].append(orders[key])
        places = {spec.key: spec.marketplaces for spec in self.fleet.sellers}
        told = judge(self.odoo, truth, places, delivered={order_id for _, order_id in self.delivered})
        apart = {f"{key}: unknown to Amazon" for key, demand in demands.items() if demand.state == PARKED}
        return [line for line in told if line not in apart] + self._parked_wrongly(demands)

    def _parked_wrongly(self, demands: dict[Key, Verdict]) -> list[str]:
        issues = {key: str(issue["x_code"]) for key, issue in self._issues().items()}
        codes = {key: demand.code for key, demand in demands.items() if demand.state == PARKED}
        wrong = [
            f"{order_id} of {account}: parked as {issues.get((account, order_id), 'nothing')!r}, "
            f"not {codes.get((account, order_id), 'nothing')!r}"
            for account, order_id in sorted(set(issues) | set(codes))
            if issues.get((account, order_id)) != codes.get((account, order_id))
        ]
        states = self._states()
        for key, demand in demands.items():
            if demand.state == PARKED:
                allowed = {"sale", "done"} if key in self.delivered | self.locked else {"draft"}
                if not states[key] <= allowed or (key in self.delivered | self.locked and len(states[key]) != 1):
                    wrong.append(f"{key[1]}: parked as {demand.code}, and in Odoo {sorted(states[key])}")
        return wrong

    def _issues(self) -> dict[Key, dict[str, Any]]:
        domain = [("x_account", "in", self.keys), ("x_state", "in", ["open", "retry"])]
        found = self.odoo.search_read("x_amazon_issue", domain, ["x_account", "x_order_ref", "x_code"])
        return {(issue["x_account"], issue["x_order_ref"]): issue for issue in found}

    def _states(self) -> dict[Key, set[str]]:
        states: dict[Key, set[str]] = defaultdict(set)
        domain = [("x_amazon_account", "in", self.keys)]
        for one in self.odoo.search_read("sale.order", domain, ["x_amazon_account", "client_order_ref", "state"]):
            states[one["x_amazon_account"], one["client_order_ref"]].add(one["state"])
        return states

    # ------------------------------------------------------------ helpers
    @property
    def keys(self) -> list[str]:
        return [spec.key for spec in self.fleet.sellers]

    def _product(self, spec: SellerSpec, percent: float, *, included: bool) -> int:
        inclusion: dict[str, Any] = {"price_include": included}
        if "price_include_override" in self.odoo.fields("account.tax"):
            inclusion = {"price_include_override": "tax_included" if included else "tax_excluded"}
        values = {"name": f"{percent:g} % {spec.key}", "amount": percent, "amount_type": "percent", **inclusion}
        taxes = self.odoo.call("account.tax", "create", vals_list=[values | {"type_tax_use": "sale"}])
        goods = {"name": f"Goods of {spec.key}", "type": "consu", "taxes_id": [[6, 0, taxes if percent else []]]}
        (product,) = self.odoo.call("product.product", "create", vals_list=[goods])
        return int(product)

    def _offers(self, spec: SellerSpec, product: int) -> None:
        skus = {item["product"].get("sellerSku") for raw in self.fleet.truth()[spec.key] for item in raw["orderItems"]}
        rows = [
            {"x_name": sku, "x_sku": sku, "x_account": spec.key, "x_marketplace": code, "x_product_id": product}
            for sku in sorted(skus - {None, ""})
            for code in spec.marketplaces
        ]
        self.odoo.call("x_amazon_offer", "create", vals_list=rows)

    def _timed(self, what: str) -> _Timed:
        return _Timed(self.seconds, what)


@dataclass
class _Timed:
    seconds: dict[str, float]
    what: str
    began: float = 0.0

    def __enter__(self) -> None:
        self.began = time.monotonic()

    def __exit__(self, *_: object) -> None:
        self.seconds[self.what] = time.monotonic() - self.began


def _ships_itself(raw: Raw) -> bool:
    """Whether Amazon had shipped it when it came, so that its delivery was validated at once."""
    return bool(raw["fulfillment"]["fulfilledBy"] == "AMAZON")
