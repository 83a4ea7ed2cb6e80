"""Tax that Amazon collects and remits: left out of the sale order, or on a line of its own."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from domain.account import CollectedTax, Policy
from domain.errors import NeedsHuman
from domain.odoo import CreateOrder, LineKind, Taxes, UpdateOrder
from domain.odoo_facts import ExistingLine, OrderContent
from domain.order import Order
from domain.parked import MONEY_MISMATCH
from domain.partner import PartnerCommand
from mappers.lines import order_lines
from mappers.names import item_xid
from mappers.sale_order import plan
from sync.compare import expected_total
from tests.builders import ORDER_ID, UPDATED, an_account, an_existing, an_item, an_order, facts, part

D = Decimal
LEAVE_OUT, CLEARING_LINE = CollectedTax.LEAVE_OUT, CollectedTax.CLEARING_LINE
SOLD = an_item(
    part("ITEM", "20.00"),
    part("SHIPPING", "5.00"),
    part("DISCOUNT", "-2.00"),
    part("TAX", "1.90", ITEM="1.65", SHIPPING="0.41", DISCOUNT="-0.16"),
    tax_collected_by_amazon=True,
)


def account(policy: CollectedTax) -> Any:
    return an_account(policy=Policy(collected_tax=policy))


def brief(order: Order, policy: CollectedTax) -> list[tuple[str, int | None, str, str]]:
    lines = order_lines("acme-eu", order, facts(), policy)
    return [(line.kind, line.product, str(line.gross), line.taxes) for line in lines]


def test_left_out_the_total_is_what_the_seller_earns() -> None:
    assert brief(an_order(SOLD), LEAVE_OUT) == [
        ("product", 1, "20.00", "none"),
        ("shipping", 2, "5.00", "none"),
        ("discount", 4, "-2.00", "none"),
    ]


def test_on_a_clearing_line_the_total_is_what_the_buyer_paid() -> None:
    order = an_order(SOLD)
    assert brief(order, CLEARING_LINE)[3:] == [("collected_tax", 6, "1.90", "none")]
    line = order_lines("acme-eu", order, facts(), CLEARING_LINE)[3]
    assert line.name == "Tax collected by Amazon: [MUG-BLUE] Blue mug"
    assert (line.xid, line.item_ref) == (item_xid("acme-eu", SOLD.item_id, "collected_tax"), SOLD.item_id)
    decided = plan(account(CLEARING_LINE), order, facts())
    assert isinstance(decided, CreateOrder)
    assert decided.total == D("24.90") == order.grand_total == expected_total(order, CLEARING_LINE)


def test_the_sellers_own_tax_has_no_clearing_line() -> None:
    own = replace(SOLD, tax_collected_by_amazon=False)
    assert "collected_tax" not in [kind for kind, *_ in brief(an_order(own), CLEARING_LINE)]


@pytest.mark.parametrize("tax", [part("TAX", "0.00"), part("TAX", "0.00", ITEM="0.10", DISCOUNT="-0.10")])
def test_no_tax_has_no_line(tax: Any) -> None:
    item = an_item(part("ITEM", "20.00"), tax, tax_collected_by_amazon=True)
    assert brief(an_order(item), CLEARING_LINE) == [("product", 1, "20.00", "none")]


def test_each_item_has_its_own_line_and_the_others_keep_their_taxes() -> None:
    mixed = an_order(replace(SOLD, item_id="1"), an_item(item_id="2"), replace(SOLD, item_id="3"))
    lines = order_lines("acme-eu", mixed, facts(), CLEARING_LINE)
    assert [line.item_ref for line in lines if line.kind is LineKind.COLLECTED_TAX] == ["1", "3"]
    assert {line.item_ref: line.taxes for line in lines}["2"] is Taxes.ODOO


@pytest.mark.parametrize(("others", "taxes"), [((), Taxes.NONE), ((an_item(item_id="2"),), Taxes.ODOO)])
def test_a_tip_has_no_tax_where_all_tax_is_amazons(others: Any, taxes: Taxes) -> None:
    order = an_order(SOLD, *others, order_breakdowns=(part("DELIVERY_TIP", "5.00"),))
    (tip,) = [line for line in order_lines("acme-eu", order, facts()) if line.kind is LineKind.TIP]
    assert tip.taxes is taxes


def test_the_rounding_line_has_no_tax_whatever_its_product_says() -> None:
    order = an_order(an_item(part("ITEM", "10.00"), quantity=3))
    assert [line.taxes for line in order_lines("acme-eu", order, facts())] == [Taxes.ODOO, Taxes.NONE]


def test_a_tax_of_fractions_of_a_cent_is_for_a_person() -> None:
    item = an_item(part("ITEM", "20.00"), part("TAX", "1.655"), tax_collected_by_amazon=True)
    with pytest.raises(NeedsHuman) as raised:
        order_lines("acme-eu", an_order(item), facts(), CLEARING_LINE)
    assert raised.value.code == MONEY_MISMATCH
    assert raised.value.reason == "tax on item 11111111111111: 1.655 EUR has too many decimals"


# ------------------------------------------------------------ later changes keep what an order landed with
def there(*kinds: str) -> Any:
    amounts = {"product": "20.00", "shipping": "5.00", "discount": "-2.00", "collected_tax": "1.90"}
    lines = tuple(
        ExistingLine(
            odoo_id=place,
            xid=item_xid("acme-eu", SOLD.item_id, kind),
            product=1,
            quantity=D(1),
            price_unit=D(amounts[kind]),
            total=D(amounts[kind]),
        )
        for place, kind in enumerate(kinds, start=1)
    )
    nobody = PartnerCommand(xid="", name="")
    total = sum((line.total for line in lines), D(0))
    return an_existing(content=OrderContent(total=total, lines=lines, contact=nobody, address=nobody))


@pytest.mark.parametrize("policy", CollectedTax)
@pytest.mark.parametrize(
    "landed", [("product", "shipping", "discount"), ("product", "shipping", "discount", "collected_tax")]
)
def test_another_policy_changes_no_order_that_is_there(policy: CollectedTax, landed: tuple[str, ...]) -> None:
    newer = an_order(SOLD, updated=UPDATED.replace(hour=20), address=None)
    decided = plan(account(policy), newer, facts(existing=there(*landed)))
    assert not isinstance(decided, UpdateOrder) or not (decided.changed or decided.added or decided.emptied)


def test_a_lower_tax_reaches_the_clearing_line() -> None:
    cheaper = replace(SOLD, breakdowns=(*SOLD.breakdowns[:3], part("TAX", "1.00")), total=D("24.00"))
    newer = an_order(cheaper, updated=UPDATED.replace(hour=20), address=None)
    kinds = ("product", "shipping", "discount", "collected_tax")
    decided = plan(account(LEAVE_OUT), newer, facts(existing=there(*kinds)))
    assert isinstance(decided, UpdateOrder)
    assert [(line.kind, line.gross) for line in decided.changed] == [("collected_tax", D("1.00"))]
    assert decided.wanted.total == D("24.00")


# ------------------------------------------------------------ currencies of three decimals
@pytest.mark.parametrize(
    ("amount", "quantity", "digits", "fine"),
    [
        ("1.230", 1, 2, True),
        ("1.234", 1, 2, False),
        ("1.234", 1, 3, True),
        ("10.000", 3, 3, True),
        ("4.936", 4, 2, False),
    ],
)
def test_dinars_need_prices_of_three_decimals(amount: str, quantity: int, digits: int, fine: bool) -> None:
    order = an_order(an_item(part("ITEM", amount), quantity=quantity), currency="KWD", order_id=ORDER_ID)
    if fine:
        lines = order_lines("acme-eu", order, facts(price_digits=digits))
        assert sum((line.gross for line in lines if line.kind is not LineKind.ROUNDING), D(0)) == D(amount)
        assert sum((line.price_unit * line.quantity for line in lines), D(0)) == D(amount)
        return
    with pytest.raises(NeedsHuman) as raised:
        order_lines("acme-eu", order, facts(price_digits=digits))
    assert (raised.value.code, raised.value.reason) == (
        MONEY_MISMATCH, "amounts in KWD have 3 decimals, prices in Odoo have 2",
    )  # fmt: skip
    assert "Decimal Accuracy" in raised.value.remedy
