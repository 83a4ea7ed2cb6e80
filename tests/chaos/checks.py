"""What must be true at the end, and at every moment: read from Amazon and Odoo, by the promises alone."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import redis

from clients.odoo.client import Odoo
from domain.errors import RetryLater
from tasks.context import Services
from tasks.queues import ALL
from tests.chaos.fleet import ChaosFleet
from tests.chaos.load import Key, Load
from tests.flow.fleet import CLIENT
from tests.flow.referee import is_due, judge
from tests.flow.test_privacy import personal, redis_contents
from tests.flow.verdicts import IMPORTED, PARKED, Verdict, verdict

_MODULE: Final = "__amazon_sync__"
# Orders show up at the simulated Amazon three or four minutes after the time they carry, and a search ends at least two
# minutes before it begins: what is so much older than a cursor was there to be found.
_SEEN_AFTER: Final = timedelta(minutes=2)
_ERROR: Final = re.compile(r"[A-Za-z_][\w.]*")
_SHORTEST: Final = 6  # shorter pieces of a person may stand in any log by chance


@dataclass(slots=True)
class Checks:
    """The referee of a campaign."""

    fleet: ChaosFleet
    odoo: Odoo
    there: Services

    # ------------------------------------------------------------ both sides
    def both_sides(self, load: Load) -> list[str]:
        """Every difference between Amazon and Odoo, in words; [] when there is none."""
        demands = self._demands()
        truth: dict[str, list[Any]] = {spec.key: [] for spec in self.fleet.sellers}
        for (account, _), (demand, raw) in demands.items():
            if demand.state != PARKED:
                truth[account].append(raw)
        places = {spec.key: spec.marketplaces for spec in self.fleet.sellers}
        told = judge(self.odoo, truth, places, delivered={order_id for _, order_id in load.shipped})
        apart = {f"{key}: unknown to Amazon" for key, (demand, _) in demands.items() if demand.state == PARKED}
        wrong = [line for line in told if line not in apart]
        return wrong + self._parked_wrongly(demands) + self._left_overs() + self._packages(load)

    def due(self) -> tuple[int, int]:
        """How many orders must be in Odoo, and how many must be parked."""
        states = Counter(demand.state for demand, _ in self._demands().values())
        return states[IMPORTED], states[PARKED]

    def orders(self) -> list[Any]:
        """All orders that Amazon has."""
        return [raw for raws in self.fleet.truth().values() for raw in raws]

    def _demands(self) -> dict[Key, tuple[Verdict, Any]]:
        places = {spec.key: spec.marketplaces for spec in self.fleet.sellers}
        prices = self.odoo.search_read("product.pricelist", [("name", "=like", "Amazon %")], ["currency_id"])
        currencies = {one["currency_id"][1] for one in prices}
        return {
            (account, raw["orderId"]): (verdict(raw, places[account], currencies), raw)
            for account, raws in self.fleet.truth().items()
            for raw in raws
        }

    def _parked_wrongly(self, demands: dict[Key, tuple[Verdict, Any]]) -> list[str]:
        codes = {key: demand.code for key, (demand, _) in demands.items() if demand.state == PARKED}
        return [
            f"{key[1]} of {key[0]}: parked as {self._issues().get(key, 'nothing')!r}, not {codes.get(key, 'nothing')!r}"
            for key in sorted({*self._issues(), *codes})
            if self._issues().get(key) != codes.get(key)
        ]

    def _issues(self) -> dict[Key, str]:
        domain = [("x_account", "in", self._keys), ("x_state", "in", ["open", "retry"])]
        found = self.odoo.search_read("x_amazon_issue", domain, ["x_account", "x_order_ref", "x_code"])
        return {(one["x_account"], one["x_order_ref"]): one["x_code"] for one in found}

    def _left_overs(self) -> list[str]:
        """Half orders, partners of no order, and orders that two external ids name."""
        mine = [("x_amazon_account", "in", self._keys)]
        fields = ["client_order_ref", "partner_id", "partner_shipping_id", "x_amazon_last_update", "x_amazon_account"]
        orders = self.odoo.search_read("sale.order", mine, fields)
        issues = self._issues()
        half = [
            f"{one['client_order_ref']}: half an order"
            for one in orders
            if not one["x_amazon_last_update"] and (one["x_amazon_account"], one["client_order_ref"]) not in issues
        ]
        used = {one[name][0] for one in orders for name in ("partner_id", "partner_shipping_id") if one[name]}
        names = self.odoo.search_read(
            "ir.model.data", [("module", "=", _MODULE), ("model", "in", ["res.partner", "sale.order"])],
            ["name", "model", "res_id"],
        )  # fmt: skip
        ours = [row for row in names if any(f"_{key}_" in row["name"] for key in self._keys)]
        twice = Counter((row["model"], row["res_id"]) for row in ours if row["model"] == "sale.order")
        people = [row["res_id"] for row in ours if row["model"] == "res.partner"]
        parents = {
            one["id"]: one["parent_id"] and one["parent_id"][0]
            for one in self.odoo.search_read("res.partner", [("id", "in", people)], ["parent_id"])
        }
        # An address from which an order has moved away stays with its contact.
        orphans = [
            f"{row['name']}: a partner of no order"
            for row in ours
            if row["model"] == "res.partner" and not {row["res_id"], parents.get(row["res_id"])} & used
        ]
        return half + orphans + [f"{key}: {number} external ids" for key, number in twice.items() if number > 1]

    def _packages(self, load: Load) -> list[str]:
        """Each validated delivery is told once in effect, with what left in it, and nothing else is told."""
        raws = {(account, raw["orderId"]): raw for account, some in self.fleet.truth().items() for raw in some}
        told = load.told()
        wrong = [f"{key[1]}: told to Amazon, and nobody shipped it" for key in told if key not in load.shipped]
        for key, (picking, tracking) in load.shipped.items():
            goods = {one["orderItemId"]: one["quantityOrdered"] for one in raws[key]["orderItems"]}
            must = [(str(picking), tracking, {item: number for item, number in goods.items() if number})]
            there = [
                (
                    one["packageReferenceId"],
                    one["trackingNumber"],
                    {row["orderItemId"]: row["quantity"] for row in one["packageItems"]},
                )
                for one in told.get(key, [])
            ]
            if there != must:
                wrong.append(f"{key[1]}: Amazon knows the packages {there}, not {must}")
        return wrong

    # ------------------------------------------------------------ at every moment
    def cursors_ahead(self) -> list[str]:
        """Orders that have not landed and that a cursor in Odoo has passed."""
        domain = [("x_account", "in", self._keys)]
        rows = self.odoo.search_read("x_amazon_cursor", domain, ["x_account", "x_until"])
        until = {row["x_account"]: _less(row["x_until"], _SEEN_AFTER) for row in rows}
        if not until:
            return []
        # Orders are read after the cursors: what lands in between is no finding.
        there = self.odoo.search_read(
            "sale.order", [("x_amazon_account", "in", self._keys), ("x_amazon_last_update", "!=", False)],
            ["x_amazon_account", "client_order_ref"],
        )  # fmt: skip
        landed = {(one["x_amazon_account"], one["client_order_ref"]) for one in there} | {*self._issues()}
        passed = []
        for spec in self.fleet.sellers:
            for raw in self.fleet.amazon("GET", f"/orders?seller={spec.seller_id}")[spec.seller_id]:
                updated = raw["lastUpdatedTime"][:19].replace("T", " ")
                late = updated < until.get(spec.key, "") and (spec.key, raw["orderId"]) not in landed
                if late and is_due_safely(raw, spec.marketplaces):
                    passed.append(f"{raw['orderId']}: not in Odoo, and the cursor of {spec.key} is past it")
        return passed

    def left(self) -> list[str]:
        """What is still under way: orders that have not landed, packages not told; [] when all is quiet."""
        lanes = self.there.lanes
        try:
            numbers = [
                number
                for spec in self.fleet.sellers
                if (number := lanes.waiting(spec.key, "all")) or lanes.window(spec.key, "all") is not None
            ]
        except redis.RedisError:
            return ["the broker is away"]
        waits = [f"{sum(numbers):,} orders of {len(numbers)} accounts wait"] if numbers else []
        domain = [
            ("sale_id.x_amazon_account", "in", self._keys), ("sale_id.x_amazon_channel", "=", "fbm"),
            ("state", "=", "done"), ("x_amazon_sync_status", "!=", "done"),
        ]  # fmt: skip
        try:
            untold = self.odoo.call("stock.picking", "search_count", domain=domain)
        except RetryLater:
            return [*waits, "Odoo is away"]
        return waits + ([f"{untold} deliveries are not told"] if untold else [])

    # ------------------------------------------------------------ at the end
    def messages_left(self) -> list[str]:
        """Messages in queues and in hands, orders in the gate; to be asked when beat has ended."""
        store = self.fleet.store
        try:
            lengths = {name: int(store.llen(name)) for name in ALL} | {"unacked": int(store.hlen("unacked"))}
        except redis.RedisError as error:
            return [f"the broker does not answer: {type(error).__name__}"]
        lengths |= {f"gate of {key}": self.there.gate.queued(key) for key in self.there.databases}
        for spec in self.fleet.sellers:
            lengths[f"gate, {spec.key}"] = self.there.gate.waiting("main", spec.key)
        return [f"{number} left in {name}" for name, number in lengths.items() if number]

    def told_of_people(self) -> list[str]:
        """Personal data and secrets in logs or in Redis."""
        ids = " ".join(raw["orderId"] for raw in self.orders())
        needles = {text for text in personal(self.fleet.truth()) if len(text) >= _SHORTEST and text not in ids}
        secrets = {CLIENT["FLEET_CLIENT_SECRET"], "Atza|", *(spec.refresh_token for spec in self.fleet.sellers)}
        places = {"the logs": self.fleet.logs(), "Redis": redis_contents(self.fleet.store)}
        return [
            f"{needle!r} stands in {place}"  # invented people: it may stand in a report
            for place, text in places.items()
            for needle in sorted(needles | secrets)
            if needle in text or json.dumps(needle)[1:-1] in text
        ]

    def failed(self) -> Counter[str]:
        """Tasks that ended in an error which is none of ours, by name and error: defects."""
        found = re.findall(r"Task (\S+?)\[\S+ raised unexpected: (.{1,120})", self.fleet.logs())
        return Counter(f"{name}: {error}" for name, error in found)

    def tracebacks(self) -> Counter[str]:
        """Unexpected errors in the logs: the last line of each traceback, without what differs."""
        return Counter(_tracebacks(self.fleet.logs().splitlines()))

    @property
    def _keys(self) -> list[str]:
        return [spec.key for spec in self.fleet.sellers]


def _less(moment: str, time: timedelta) -> str:
    return str(datetime.fromisoformat(moment) - time)[:19]


def is_due_safely(raw: Any, marketplaces: Iterable[str]) -> bool:
    """Whether an order is due, False for one that is too odd to be read."""
    try:
        return is_due(raw, marketplaces)
    except (KeyError, TypeError):
        return False


def _tracebacks(lines: list[str]) -> Iterable[str]:
    inside = False
    for line in lines:
        if line.startswith("Traceback"):
            inside = True
        elif inside and line and not line[0].isspace() and not line.startswith(("The above", "During handling")):
            name = re.split(r"[:(]", line, maxsplit=1)[0]
            if _ERROR.fullmatch(name):  # else another thread's line has come between
                inside = False
                yield name
