"""New orders by bundles, on simulated and real servers: what lands is what call by call would have made of it."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from time import monotonic, sleep
from typing import Any
from uuid import uuid4

import pytest

from clients.odoo.orders import create_orders
from domain.errors import NeedsHuman, OutcomeUnknown
from domain.odoo import CreateOrder, Unchanged
from domain.order import Channel, Order, OrderStatus
from domain.parked import DELIVERY_BLOCKED, MONEY_MISMATCH
from tests.builders import an_item, part
from tests.contract.odoo_desk import Desk, a_desk, a_target  # noqa: F401  # fixtures
from tests.contract.odoo_wires import Wire, wired

ORDER = (
    "partner_id", "partner_invoice_id", "partner_shipping_id", "company_id", "warehouse_id", "pricelist_id", "team_id",
    "user_id", "client_order_ref", "date_order", "commitment_date", "state", "amount_total", "amount_tax",
    "currency_id", "fiscal_position_id", "x_amazon_channel", "x_amazon_marketplace", "x_amazon_status",
    "x_amazon_last_update", "x_amazon_service_level", "x_amazon_purchase_order", "x_amazon_programs",
    "x_amazon_replaces",
)  # fmt: skip
LINE = ("product_id", "name", "product_uom_qty", "price_unit", "price_total", "display_type", "x_amazon_item_ref")
PARTNER = (
    "name", "type", "is_company", "email", "phone", "street", "street2", "city", "zip", "state_id", "country_id",
    "company_id", "vat", "comment", "lang", "commercial_partner_id", "parent_id",
)  # fmt: skip
PICKING = ("state", "x_amazon_channel", "note", "location_id", "location_dest_id")
MOVE = ("state", "product_uom_qty", "location_id", "location_dest_id", "product_id")
FBA = {"channel": Channel.FBA, "status": OrderStatus.SHIPPED}


def fast(desk: Desk, **given: Any) -> tuple[Desk, Wire]:
    return wired(desk, key=f"fast-{uuid4().hex[:6]}", **given)


@pytest.fixture(name="no_action")
def without_the_action(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clients.odoo.orders.find_action", lambda _odoo: None)


def made_of(desk: Desk, sale_order: int) -> dict[str, Any]:
    """Everything that an import writes of an order, without ids and names of its own."""

    def rows(model: str, domain: list[Any], fields: tuple[str, ...], order: str = "id") -> list[dict[str, Any]]:
        found = desk.admin.search_read(model, domain, fields, order=order)
        return [{name: row[name] for name in fields} for row in found]

    (head,) = desk.admin.search_read("sale.order", [("id", "=", sale_order)], ORDER)
    partners = [head[name][0] for name in ("partner_id", "partner_shipping_id")]
    taxes = desk.odoo.first_field("sale.order.line", "tax_ids", "tax_id")
    route = desk.odoo.first_field("sale.order.line", "route_ids", "route_id")
    told = {
        "order": [{name: head[name] for name in ORDER}],
        "lines": rows("sale.order.line", [("order_id", "=", sale_order)], (*LINE, taxes, route), "sequence, id"),
        "partners": [row for one in partners for row in rows("res.partner", [("id", "=", one)], PARTNER)],
        "pickings": rows("stock.picking", [("sale_id", "=", sale_order)], PICKING),
        "moves": rows("stock.move", [("sale_line_id.order_id", "=", sale_order)], MOVE),
    }
    for row in (*told["order"], *told["partners"]):
        for name in ("partner_id", "partner_invoice_id", "partner_shipping_id", "commercial_partner_id", "parent_id"):
            if row.get(name):
                row[name] = row[name][1].rpartition("-")[0]
    for some in told.values():
        for row in some:
            row.pop("name" if "street" in row else "", None)
    return told


def named(order: Order, number: int) -> Order:
    """The order of a buyer of its own."""
    name = f"Buyer {number}"
    address = replace(order.address, name=name) if order.address else None
    return replace(
        order, buyer=replace(order.buyer, name=name, email=f"{uuid4().hex}@example.invalid"), address=address
    )


def decided(desk: Desk, orders: Sequence[Order]) -> list[CreateOrder]:
    made = [plan for order in orders if isinstance(plan := desk.plan(order), CreateOrder)]
    assert len(made) == len(orders)
    return made


def some_orders(desk: Desk) -> list[Order]:
    net = an_item(part("ITEM", "20.00"), part("SHIPPING", "5.00"), sku="NET", tax_collected_by_amazon=True)
    reduced = an_item(part("ITEM", "30.00"), part("DISCOUNT", "-3.00", ITEM="-3.00"), quantity=3, sku="RED")
    gift = an_item(sku="GIFT", gift_message="For you & <me>")
    return [
        named(desk.order(an_item(), reduced), 1),
        named(desk.order(net, gift), 2),
        named(desk.order(an_item(quantity=2), **FBA), 3),
        named(desk.order(gift, **FBA), 4),
    ]


def test_a_batch_is_two_bundles_and_all_of_it_is_finished(desk: Desk) -> None:
    """One more for offers that are new; 14 brings them in call by call."""
    mine, wire = fast(desk)
    orders = some_orders(mine)
    ids = mine.land_all(orders)
    assert all(isinstance(one, int) for one in ids)
    assert wire.runs == (2 if mine.old else 3)
    assert [mine.plan(order) for order in orders] == [Unchanged()] * 4
    deliveries = [made_of(mine, int(str(one)))["pickings"][0]["state"] for one in ids]
    assert deliveries == ["assigned", "assigned", "done", "done"]
    if not desk.old:
        reads = ("read", "fields_get", "get_bindings")
        writing = [call for call in wire.calls if not call.endswith(reads)]
        assert writing == ["ir.actions.server.run"] * 3
    assert all(isinstance(one, int) for one in mine.land_all(some_orders(mine)))
    assert wire.runs == (4 if mine.old else 5)


def test_what_lands_is_what_single_calls_make(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    one, wire = fast(desk)
    orders = some_orders(one)
    quick = [made_of(one, int(str(number))) for number in one.land_all(orders)]
    assert wire.runs == (2 if one.old else 3)
    monkeypatch.setattr("clients.odoo.orders.find_action", lambda _odoo: None)
    other, slow_wire = fast(desk)
    slow = [made_of(other, int(str(number))) for number in other.land_all(orders)]
    assert slow_wire.runs == 0
    for mine, theirs in zip(quick, slow, strict=True):
        assert mine == theirs


def test_a_repeat_finds_everything_and_writes_nothing(desk: Desk) -> None:
    """Whoever repeats with old knowledge: the bundle is refused, and call by call all is found."""
    mine, wire = fast(desk)
    decisions = decided(mine, some_orders(mine))
    first, second = (create_orders(mine.odoo, decisions, mine.known.defaults.rounding) for _ in range(2))
    assert first == second
    assert all(isinstance(one, int) for one in first)
    assert "res.partner.load" in wire.calls


def test_without_the_action_orders_land_call_by_call(desk: Desk, no_action: None) -> None:
    mine, wire = fast(desk)
    orders = some_orders(mine)
    assert all(isinstance(one, int) for one in mine.land_all(orders))
    assert wire.runs == 0
    assert [mine.plan(order) for order in orders] == [Unchanged()] * 4


@pytest.mark.parametrize("lost", ["offers", "orders", "marks"])
def test_a_lost_answer_makes_nothing_twice(desk: Desk, lost: str) -> None:
    number = 1 + ("offers", "orders", "marks").index(lost)
    number = max(1, number - 1) if desk.old else number  # no bundle of offers
    mine, _ = fast(desk, lost=(number,))
    orders = some_orders(mine)
    with pytest.raises(OutcomeUnknown):
        mine.land_all(orders)
    calm = replace(mine, odoo=desk.odoo)
    decisions = [calm.plan(order) for order in orders]
    if lost == "marks":  # they were written before the answer was lost
        assert decisions == [Unchanged()] * 4
    else:
        assert all(isinstance(calm.apply(decision), int) for decision in decisions)
    refs = [order.order_id for order in orders]
    domain = [("client_order_ref", "in", refs), ("x_amazon_account", "=", mine.account.key)]
    found = desk.admin.search_read("sale.order", domain, ["state", "amount_total"])
    assert [row["state"] for row in found] == ["sale"] * 4
    assert [calm.plan(order) for order in orders] == [Unchanged()] * 4


def test_orders_of_a_buyer_whom_another_batch_creates_come_after_the_others(desk: Desk) -> None:
    """On 14, where contacts come in call by call, nobody waits."""
    mine, _ = fast(desk)
    decisions = decided(mine, some_orders(mine))
    rounding = mine.known.defaults.rounding
    domain = [("x_amazon_account", "=", mine.account.key), ("state", "=", "sale")]
    with ThreadPoolExecutor(1) as threads:
        with mine.odoo.claims.on([(decisions[0].contact.xid,)]):
            landing = threads.submit(create_orders, mine.odoo, decisions, rounding)
            last = monotonic() + 60
            while len(there := desk.admin.search_read("sale.order", domain, ["client_order_ref"])) < len(decisions) - 1:
                assert monotonic() < last
                sleep(0.05)
            if not mine.old:
                assert {one["client_order_ref"] for one in there} == {one.order_id for one in decisions[1:]}
                sleep(0.2)
                assert not landing.done()
        assert all(isinstance(one, int) for one in landing.result(60))
    assert len(desk.admin.search_read("sale.order", domain, ["state"])) == len(decisions)


def test_one_refused_order_is_parked_alone(desk: Desk) -> None:
    mine, wire = fast(desk)
    good, bad, better = decided(mine, some_orders(mine)[:3])
    nowhere = replace(bad, facts=replace(bad.facts, warehouse=987654321))
    results = create_orders(mine.odoo, [good, nowhere, better], mine.known.defaults.rounding)
    assert [isinstance(one, int) for one in results] == [True, False, True]
    assert isinstance(results[1], NeedsHuman)
    assert wire.runs > 0
    assert desk.admin.ref(bad.xid) is None
    landed = [("x_amazon_account", "=", mine.account.key), ("x_amazon_last_update", "!=", False)]
    assert len(desk.admin.search_read("sale.order", landed, ["state"])) == 2


def test_a_wrong_total_stops_the_bundle_before_anything_is_confirmed(desk: Desk) -> None:
    """The others are confirmed all the same; the wrong one is parked as a quotation."""
    mine, wire = fast(desk)
    good, wrong, better = decided(mine, some_orders(mine)[:3])
    wrong = replace(wrong, total=wrong.total + 7)
    results = create_orders(mine.odoo, [good, wrong, better], mine.known.defaults.rounding)
    assert [isinstance(one, int) for one in results] == [True, False, True]
    assert isinstance(results[1], NeedsHuman)
    assert results[1].code == MONEY_MISMATCH
    rows = desk.admin.search_read("sale.order", [("x_amazon_account", "=", mine.account.key)], ["state"], order="id")
    assert [row["state"] for row in rows] == ["sale", "draft", "sale"]
    assert wire.runs == (2 if mine.old else 4)


def test_a_delivery_that_odoo_asks_about_leaves_the_rest_finished(desk: Desk) -> None:
    mine, _ = fast(desk)
    goods = f"LOT-{uuid4().hex[:8]}"
    product: dict[str, Any] = {"name": goods, "default_code": goods, "tracking": "lot", "taxes_id": [[6, 0, []]]}
    product |= {"type": "product"} if mine.old else {"type": "consu", "is_storable": True}
    desk.admin.call("product.product", "create", vals_list=[product])
    lot = named(mine.order(an_item(sku=goods), **FBA), 1)
    decisions = decided(mine, [lot, *some_orders(mine)[2:]])
    results = create_orders(mine.odoo, decisions, mine.known.defaults.rounding)
    assert [isinstance(one, int) for one in results] == [False, True, True]
    assert isinstance(results[0], NeedsHuman)
    assert results[0].code == DELIVERY_BLOCKED
    landed = [("x_amazon_account", "=", mine.account.key), ("x_amazon_last_update", "!=", False)]
    assert len(desk.admin.search_read("sale.order", landed, ["state"])) == 2
