"""Amazon changes orders that are in Odoo: goods, totals and deliveries follow, or a person is asked, never half."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import randrange
from typing import Any

import pytest

from clients.odoo.client import Odoo
from clients.odoo.deliveries import deliver_all
from sync.backfill import backfill_left, begin_backfill
from tests.flow.fleet import Fleet, OdooTarget, SellerSpec
from tests.flow.processes import eventually
from tests.flow.raw_orders import Raw, item, later, order
from tests.flow.referee import judge, snapshot
from tests.flow.test_fleet import landed, marketplaces, running, sellers
from tests.flow.test_trouble import issues
from worker.bootstrap import build_services

pytestmark = pytest.mark.timeout(600)


@dataclass
class Case:
    """An order, and what becomes of it."""

    first: Raw
    then: Raw
    parked: str = ""
    prepare: Callable[[Odoo, int], None] | None = None
    before: Any = field(default=None)

    @property
    def order_id(self) -> str:
        return str(self.first["orderId"])

    @property
    def newest(self) -> str:
        """The newest version as Odoo writes it."""
        return str(self.then["lastUpdatedTime"])[:19].replace("T", " ")


def deliver(odoo: Odoo, sale_order: int) -> None:
    waiting = [one["id"] for one in odoo.search_read("stock.picking", [("sale_id", "=", sale_order)], ["id"])]
    assert list(deliver_all(odoo, waiting).values()) == [None]


def lock(odoo: Odoo, sale_order: int) -> None:
    odoo.call("sale.order", "action_done" if odoo.version[0] < 17 else "action_lock", ids=[sale_order])


def pack(odoo: Odoo, sale_order: int) -> None:
    moves = [one["id"] for one in odoo.search_read("stock.move", [("sale_line_id.order_id", "=", sale_order)], ["id"])]
    values = {"quantity_done": 1} if odoo.version[0] < 17 else {"quantity": 1, "picked": True}
    odoo.call("stock.move", "write", ids=moves[:1], vals=values)


def cases() -> dict[str, Case]:
    """Two items each: two mugs for 19.98, a cup for 12.50 with 4.99 for shipping. Numbers nobody has used before."""
    base = randrange(10_000, 900_000) * 10

    def first(place: int) -> Raw:
        number = base + place
        mugs, cup = item(number * 10 + 1, 2, ITEM="19.98"), item(number * 10 + 2, 1, ITEM="12.50", SHIPPING="4.99")
        return order(number, mugs, cup)

    def other(raw: Raw, place: int, quantity: int, **amounts: str) -> list[Raw]:
        """The items of `raw`, the one at `place` changed."""
        items = list(raw["orderItems"])
        items[place] = item(int(items[place]["orderItemId"]) - 40_000_000_000_000, quantity, **amounts)
        return items

    raws = [first(place) for place in range(10)]
    gone = [*other(raws[8], 0, 0)[:1], *other(raws[8], 1, 0)[1:]]
    return {
        "cancelled": Case(raws[0], later(raws[0], *other(raws[0], 1, 0))),
        "lowered": Case(raws[1], later(raws[1], *other(raws[1], 0, 1, ITEM="9.99"))),
        "raised": Case(raws[2], later(raws[2], *other(raws[2], 0, 7, ITEM="70.00"))),
        "discount": Case(
            raws[3], later(raws[3], *other(raws[3], 1, 1, ITEM="12.50", SHIPPING="4.99", DISCOUNT="-3.33"))
        ),
        "moved": Case(raws[4], later(raws[4], street="Neue Str. 77")),
        "delivered": Case(
            raws[5], later(raws[5], *other(raws[5], 1, 0)), parked="changed_after_delivery", prepare=deliver
        ),
        "locked": Case(raws[6], later(raws[6], *other(raws[6], 1, 0)), parked="change_blocked", prepare=lock),
        "packing": Case(raws[7], later(raws[7], *other(raws[7], 0, 1, ITEM="9.99")), "change_blocked", pack),
        "emptied": Case(raws[8], later(raws[8], *gone)),
        "status only": Case(raws[9], later(raws[9]), prepare=deliver),
    }


def found(odoo: Odoo, spec: SellerSpec, case: Case) -> int:
    domain = [("x_amazon_account", "=", spec.key), ("client_order_ref", "=", case.order_id)]
    (sale_order,) = odoo.search_read("sale.order", domain, ["id"])
    return int(sale_order["id"])


def everything(odoo: Odoo, spec: SellerSpec, case: Case) -> Any:
    """The sale order, its lines and its goods on their way, with the times of their last writes.

    But for the delivery itself, on which is noted what Amazon was told of it.
    """
    there = found(odoo, spec, case)
    written = ["write_date", "state", "product_uom_qty"]
    return (
        odoo.search_read(
            "sale.order", [("id", "=", there)], ["write_date", "state", "amount_total", "x_amazon_status"]
        ),
        odoo.search_read("sale.order.line", [("order_id", "=", there)], [*written, "price_unit"], order="id"),
        odoo.search_read("stock.move", [("sale_line_id.order_id", "=", there)], written, order="id"),
        odoo.search_read("stock.picking", [("sale_id", "=", there)], ["state", "partner_id"], order="id"),
    )


def lines(odoo: Odoo, spec: SellerSpec, case: Case) -> dict[str, float]:
    """Quantities by the line's kind and item: 'product 1'; without the rounding line that taxes may need."""
    rows = odoo.search_read("sale.order.line", [("order_id", "=", found(odoo, spec, case))], ["product_uom_qty"])
    names = odoo.call("sale.order.line", "get_external_id", ids=[row["id"] for row in rows])
    told = {}
    for row in rows:
        name, _, kind = names[str(row["id"])].removeprefix(f"__amazon_sync__.item_{spec.key}_").partition("_")
        if kind != "rounding":
            told[f"{kind} {name[-1]}"] = row["product_uom_qty"]
    return told


def total(odoo: Odoo, spec: SellerSpec, case: Case) -> str:
    (row,) = odoo.search_read("sale.order", [("id", "=", found(odoo, spec, case))], ["amount_total"])
    return f"{row['amount_total']:.2f}"


def version(odoo: Odoo, spec: SellerSpec, case: Case) -> str:
    (row,) = odoo.search_read("sale.order", [("id", "=", found(odoo, spec, case))], ["x_amazon_last_update"])
    return str(row["x_amazon_last_update"])


def moves(odoo: Odoo, spec: SellerSpec, case: Case) -> list[tuple[str, float]]:
    """State and quantity of what is to be sent."""
    domain = [("sale_line_id.order_id", "=", found(odoo, spec, case))]
    rows = odoo.search_read("stock.move", domain, ["state", "product_uom_qty"], order="id")
    return [(row["state"], row["product_uom_qty"]) for row in rows]


def put(fleet: Fleet, spec: SellerSpec, raws: list[Raw]) -> None:
    for raw in raws:
        fleet.amazon("POST", "/orders", {"seller": spec.seller_id, "order": raw})


def test_amazons_later_changes(tmp_path: Path, odoo_target: OdooTarget, monkeypatch: pytest.MonkeyPatch) -> None:
    (base, *_) = sellers(1)
    spec = SellerSpec(base.key, base.region, ("DE",), 0)
    all_cases = cases()
    changed = {name: case for name, case in all_cases.items() if not case.parked}
    blocked = {name: case for name, case in all_cases.items() if case.parked}
    with running(tmp_path, odoo_target, (spec,), monkeypatch) as (fleet, odoo, _):
        put(fleet, spec, [case.first for case in all_cases.values()])
        fleet.start_fleet()
        eventually("all orders have landed", lambda: landed(odoo, (spec,)) == len(all_cases), timeout=120)
        assert judge(odoo, fleet.truth(), marketplaces((spec,))) == []
        for case in all_cases.values():
            if case.prepare:
                case.prepare(odoo, found(odoo, spec, case))
            case.before = everything(odoo, spec, case)

        put(fleet, spec, [case.then for case in all_cases.values()])
        right = {spec.key: [case.then for case in changed.values() if case.prepare is None]}
        eventually("changes have landed", lambda: judge_some(odoo, right, spec) == [], timeout=120, pause=1)
        status_only = changed["status only"]
        eventually("its version has landed", lambda: version(odoo, spec, status_only) == status_only.newest, timeout=60)
        eventually("the others are parked", lambda: len(issues(odoo, (spec,), "open")) == len(blocked), timeout=60)

        check_changed(odoo, spec, changed)
        parked = issues(odoo, (spec,), "open")
        assert {key: issue["x_code"] for key, issue in parked.items()} == {
            case.order_id: case.parked for case in blocked.values()
        }
        for case in blocked.values():
            assert everything(odoo, spec, case) == case.before

        before = snapshot(odoo)
        put(fleet, spec, [case.first for case in changed.values()])
        read_again(fleet, spec, monkeypatch)
        assert snapshot(odoo) == before


def judge_some(odoo: Odoo, truth: dict[str, list[Raw]], spec: SellerSpec) -> list[str]:
    """The referee's differences, but for orders of the account that `truth` leaves out."""
    told = judge(odoo, truth, marketplaces((spec,)))
    return [line for line in told if not line.endswith("unknown to Amazon")]


def check_changed(odoo: Odoo, spec: SellerSpec, cases: dict[str, Case]) -> None:
    """What the referee does not look at: line by line, and the delivery."""
    sent = {name: moves(odoo, spec, case) for name, case in cases.items()}
    whole = {"product 1": 2.0, "product 2": 1.0, "shipping 2": 1.0}
    assert {name: lines(odoo, spec, case) for name, case in cases.items()} == {
        "cancelled": whole | {"product 2": 0.0, "shipping 2": 0.0},
        "lowered": whole | {"product 1": 1.0},
        "raised": whole | {"product 1": 7.0},
        "discount": whole | {"discount 2": 1.0},
        "moved": whole,
        "emptied": dict.fromkeys(whole, 0.0),
        "status only": whole,
    }
    assert {name: total(odoo, spec, case) for name, case in cases.items()} == {
        "cancelled": "19.98",
        "lowered": "27.48",
        "raised": "87.49",
        "discount": "34.14",
        "moved": "37.47",
        "emptied": "0.00",
        "status only": "37.47",
    }
    assert sent == {
        "cancelled": [("assigned", 2.0), ("cancel", 0.0)],
        "lowered": [("assigned", 1.0), ("assigned", 1.0)],
        "raised": [("assigned", 7.0), ("assigned", 1.0)],
        "discount": [("assigned", 2.0), ("assigned", 1.0)],
        "moved": [("assigned", 2.0), ("assigned", 1.0)],
        "emptied": [("cancel", 0.0), ("cancel", 0.0)],
        "status only": [("done", 2.0), ("done", 1.0)],
    }
    moved = found(odoo, spec, cases["moved"])
    (sale_order,) = odoo.search_read("sale.order", [("id", "=", moved)], ["partner_id", "partner_shipping_id"])
    (delivery,) = odoo.search_read("stock.picking", [("sale_id", "=", moved)], ["partner_id"])
    assert delivery["partner_id"] == sale_order["partner_shipping_id"]
    ids = [sale_order["partner_shipping_id"][0]]
    (address,) = odoo.call("res.partner", "read", ids=ids, fields=["street", "type", "parent_id"])
    assert (address["street"], address["type"]) == ("Neue Str. 77", "delivery")
    assert address["parent_id"] == sale_order["partner_id"]


def read_again(fleet: Fleet, spec: SellerSpec, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read everything from the start once more, old versions too."""
    services = build_services(fleet.settings(monkeypatch))
    try:
        account = services.accounts[spec.key]
        begin_backfill(account, account.start, lanes=services.lanes, schedule=services.schedule, now=services.clock())
        eventually("the old versions were read", lambda: not backfill_left(account, services.lanes), timeout=120)
    finally:
        services.close()
