"""Amazon's total to the cent on every Odoo, whatever percentages its taxes are, or nothing is booked."""

from __future__ import annotations

from decimal import Decimal

import pytest

from domain.account import CollectedTax
from domain.errors import NeedsHuman
from domain.money import cent
from domain.order import Order
from domain.parked import MONEY_MISMATCH
from tests.builders import an_item, part
from tests.contract.awkward import PERCENT, Taxes, Till, a_till, on_top, rounding_of, roundings_of, within
from tests.contract.odoo_desk import Desk, a_desk, a_target
from tests.odoo.conftest import record

__all__ = ["a_desk", "a_target"]

D = Decimal
INDIVISIBLE = {
    "three for ten": D("0.01"),
    "seven, and shipping": D("0.03"),
    "gift wrap and discount": D("-0.01"),
    "twelve dear ones": D("-0.01"),
}


def paid(order: Order, *, with_collected: bool = False) -> Decimal:
    """What the buyer pays, by Amazon's totals; tax that Amazon collects left out unless told otherwise."""
    total = sum((item.total or D(0) for item in order.items), D(0)) + sum(p.amount for p in order.order_breakdowns)
    taken = (p.amount for i in order.items if i.tax_collected_by_amazon for p in i.breakdowns if p.kind == "TAX")
    return total if with_collected else total - sum(taken, D(0))


def totals(desk: Desk, sale_orders: list[int]) -> dict[int, tuple[Decimal, str, str]]:
    fields = ["amount_total", "currency_id", "state"]
    rows = desk.odoo.search_read("sale.order", [("id", "in", sale_orders)], fields)
    return {row["id"]: (D(str(row["amount_total"])), row["currency_id"][1], row["state"]) for row in rows}


def check(till: Till, *, may_park: frozenset[str] = frozenset()) -> dict[str, Decimal]:
    """Import one of each awkward kind; every total must be Amazon's, or not booked if it `may_park`.

    Returns the rounding of each that is Amazon's.
    """
    orders = till.orders()
    landed = dict(zip(orders, till.desk.land_all(list(orders.values())), strict=True))
    parked = {name: one for name, one in landed.items() if isinstance(one, NeedsHuman)}
    assert parked.keys() <= may_park
    assert all(refused.code == MONEY_MISMATCH for refused in parked.values())
    left = [refused.record for refused in parked.values() if refused.record is not None]
    assert len(left) == len(parked)
    if left:
        assert {key: state for key, (_, _, state) in totals(till.desk, left).items()} == dict.fromkeys(left, "draft")
        assert roundings_of(till.desk, left) == dict.fromkeys(left, D(0))
    orders = {name: order for name, order in orders.items() if name not in parked}
    ids = [one for one in landed.values() if isinstance(one, int)]
    found = totals(till.desk, ids)
    told = {name: found[sale_order][:2] for name, sale_order in zip(orders, ids, strict=True)}
    assert told == {name: (paid(order), order.currency) for name, order in orders.items()}
    rounded = roundings_of(till.desk, ids)
    roundings = {name: rounded[sale_order] for name, sale_order in zip(orders, ids, strict=True)}
    for name, order in orders.items():
        pieces = sum(item.quantity + 2 * (len(item.breakdowns) + 1) for item in order.items)
        assert abs(roundings[name]) <= cent(order.currency) * pieces / 2
    return roundings


@pytest.mark.parametrize("setup", PERCENT)
def test_every_total_is_amazons(desk: Desk, setup: str) -> None:
    roundings = check(a_till(desk, *PERCENT[setup]))
    # Prices of two decimals cannot say a third of ten; those of six can, and then no tax within the price misses.
    if all(included for taxes in PERCENT[setup] for _, _, included in taxes):
        assert {name: amount for name, amount in roundings.items() if amount} == (INDIVISIBLE if desk.old else {})


def test_tax_that_amazon_collects_on_a_line_of_its_own(desk: Desk) -> None:
    till = a_till(desk, on_top(21), on_top(21), collected_tax=CollectedTax.CLEARING_LINE, confirm=True)
    item = an_item(
        part("ITEM", "20.00"),
        part("SHIPPING", "5.00"),
        part("DISCOUNT", "-2.00"),
        part("TAX", "1.90", ITEM="1.65", SHIPPING="0.41", DISCOUNT="-0.16"),
        tax_collected_by_amazon=True,
        quantity=3,
    )
    order = till.order(item)
    sale_order = till.desk.land(order)
    assert isinstance(sale_order, int)
    assert totals(till.desk, [sale_order])[sale_order] == (paid(order, with_collected=True), "EUR", "sale")
    domain = [("order_id", "=", sale_order)]
    column = till.desk.odoo.first_field("sale.order.line", "tax_ids", "tax_id")
    lines = till.desk.odoo.search_read("sale.order.line", domain, ["product_id", "price_total", column])
    assert all(line[column] == [] for line in lines)
    clearing = [line for line in lines if line["product_id"][0] == till.desk.known.defaults.collected_tax]
    assert [line["price_total"] for line in clearing] == [1.9]


@pytest.mark.parametrize("goods", [within(19), on_top(19), ()], ids=["included", "on top", "none"])
def test_shipping_that_a_discount_takes_back_whole_has_amazons_amounts_too(desk: Desk, goods: Taxes) -> None:
    till = a_till(desk, goods, on_top(15))
    order = till.order(
        an_item(part("ITEM", "20.11"), part("SHIPPING", "4.90"), part("DISCOUNT", "-4.90", SHIPPING="-4.90"))
    )
    sale_order = till.desk.land(order)
    assert isinstance(sale_order, int)
    assert totals(till.desk, [sale_order])[sale_order] == (D("20.11"), "EUR", "draft")
    domain = [("order_id", "=", sale_order), ("price_total", "!=", 0)]
    lines = till.desk.odoo.search_read("sale.order.line", domain, ["price_total"])
    assert sorted(line["price_total"] for line in lines) == [-4.9, 4.9, 20.11]
    assert rounding_of(till.desk, sale_order) == 0


def test_tax_that_amazon_collects_is_left_out_by_default(desk: Desk) -> None:
    till = a_till(desk, on_top(21), on_top(21))
    order = till.order(an_item(part("ITEM", "20.00"), part("TAX", "1.65", ITEM="1.65"), tax_collected_by_amazon=True))
    sale_order = till.desk.land(order)
    assert isinstance(sale_order, int)
    assert totals(till.desk, [sale_order])[sale_order] == (D("20.00"), "EUR", "draft")


def test_a_total_that_cannot_be_reached_books_nothing(desk: Desk) -> None:
    till = a_till(desk, on_top(-100), (), confirm=True)
    good = a_till(desk, within(19), (), confirm=True)
    order = till.order(an_item(part("ITEM", "20.00")))
    refused = till.desk.land(order)
    assert isinstance(refused, NeedsHuman)
    assert refused.code == MONEY_MISMATCH
    assert refused.reason == "Odoo's total is 0.00 EUR, Amazon's is 20.00 EUR; it was left a quotation"
    assert refused.record is not None
    assert totals(till.desk, [refused.record])[refused.record] == (D("0.0"), "EUR", "draft")
    assert rounding_of(till.desk, refused.record) == 0
    (line,) = till.desk.odoo.search_read("sale.order.line", [("order_id", "=", refused.record)], ["price_unit"])
    assert line["price_unit"] == 20.0
    assert till.desk.moves(refused.record) == []
    fine = good.desk.land(good.order(an_item(part("ITEM", "20.00"))))
    assert isinstance(fine, int)
    assert totals(good.desk, [fine])[fine] == (D("20.00"), "EUR", "sale")


def test_totals_that_are_right_at_once_cost_one_call(desk: Desk) -> None:
    till = a_till(desk, within(19), within(19))
    recording = record(till.desk.odoo)
    order = till.order(an_item(part("ITEM", "20.00"), part("SHIPPING", "4.99")))
    assert isinstance(till.desk.land(order), int)
    told = [str(call) for call in recording.calls]
    assert told.count("sale.order.line.search_read") == 0
    assert told.count("sale.order.line.load") == 0
