"""What each part of an item costs, and the proof that the parts add up."""

from __future__ import annotations

from decimal import Decimal

import pytest

from domain.errors import NeedsHuman
from domain.odoo import LineKind
from domain.order import Breakdown
from domain.parked import MONEY_MISMATCH
from mappers.money import collected_tax, item_amounts, order_extras
from tests.builders import an_item, an_order, part

D = Decimal
PRODUCT, SHIPPING, GIFT_WRAP = LineKind.PRODUCT, LineKind.SHIPPING, LineKind.GIFT_WRAP
COD_FEE, DISCOUNT, OTHER = LineKind.COD_FEE, LineKind.DISCOUNT, LineKind.OTHER
REMEDY = (
    "Compare the order in Seller Central with this reason. If Amazon has corrected the order meanwhile, retry; "
    "otherwise enter the order by hand and dismiss this item."
)

ADDING_UP = {
    "item alone": ([part("ITEM", "20.00")], {PRODUCT: D("20.00")}),
    "every kind": (
        [
            part("ITEM", "20.00"), part("SHIPPING", "4.99"), part("GIFT_WRAP", "3.50"), part("COD_FEE", "2.00"),
            part("OTHER", "0.25"), part("DISCOUNT", "-5.00"),
        ],
        {
            PRODUCT: D("20.00"), SHIPPING: D("4.99"), GIFT_WRAP: D("3.50"), COD_FEE: D("2.00"), OTHER: D("0.25"),
            DISCOUNT: D("-5.00"),
        },
    ),
    "tax by what it was raised on": (
        [part("ITEM", "20.00"), part("SHIPPING", "5.00"), part("TAX", "2.00", ITEM="1.60", SHIPPING="0.40")],
        {PRODUCT: D("21.60"), SHIPPING: D("5.40")},
    ),
    "tax without details belongs to the item": (
        [part("ITEM", "20.00"), part("SHIPPING", "5.00"), part("TAX", "2.00")],
        {PRODUCT: D("22.00"), SHIPPING: D("5.00")},
    ),
    "tax with details of a part of it": (
        [part("ITEM", "20.00"), part("SHIPPING", "5.00"), part("TAX", "2.00", SHIPPING="0.40")],
        {PRODUCT: D("21.60"), SHIPPING: D("5.40")},
    ),
    "tax on something else": (
        [part("ITEM", "20.00"), part("TAX", "2.00", ITEM="1.50", RECYCLING="0.50")],
        {PRODUCT: D("21.50"), OTHER: D("0.50")},
    ),
    "tax less because of a discount": (
        [
            part("ITEM", "20.00"), part("DISCOUNT", "-5.00", ITEM="-5.00"),
            part("TAX", "1.50", ITEM="2.00", DISCOUNT="-0.50"),
        ],
        {PRODUCT: D("22.00"), DISCOUNT: D("-5.50")},
    ),
    "a word of the future": (
        [part("ITEM", "20.00"), part("BOTTLE_DEPOSIT", "0.25")], {PRODUCT: D("20.00"), OTHER: D("0.25")},
    ),
    "one word twice": ([part("ITEM", "20.00"), part("ITEM", "5.00")], {PRODUCT: D("25.00")}),
    "free of charge": ([part("ITEM", "0.00")], {PRODUCT: D("0.00")}),
    "no item part": ([part("SHIPPING", "4.99")], {PRODUCT: D(0), SHIPPING: D("4.99")}),
}  # fmt: skip


@pytest.mark.parametrize(("parts", "amounts"), ADDING_UP.values(), ids=ADDING_UP)
def test_amounts_by_kind(parts: list[Breakdown], amounts: dict[LineKind, Decimal]) -> None:
    assert item_amounts(an_item(*parts), "EUR") == amounts


@pytest.mark.parametrize("given", ["5.00", "-5.00"])
def test_a_discount_is_negative_whichever_sign_amazon_gives_it(given: str) -> None:
    item = an_item(part("ITEM", "20.00"), part("DISCOUNT", given, ITEM=given), total=D("15.00"))
    assert item_amounts(item, "EUR") == {PRODUCT: D("20.00"), DISCOUNT: D("-5.00")}


def test_tax_that_amazon_collects_is_left_out() -> None:
    item = an_item(
        part("ITEM", "20.00"),
        part("SHIPPING", "5.00"),
        part("TAX", "2.00", ITEM="1.60", SHIPPING="0.40"),
        tax_collected_by_amazon=True,
    )
    assert item.total == D("27.00")
    assert item_amounts(item, "USD") == {PRODUCT: D("20.00"), SHIPPING: D("5.00")}


def test_a_mismatch_of_left_out_tax_is_still_found() -> None:
    item = an_item(part("ITEM", "20.00"), part("TAX", "2.00"), total=D("20.00"), tax_collected_by_amazon=True)
    with pytest.raises(NeedsHuman) as raised:
        item_amounts(item, "USD")
    assert raised.value.reason == "item 11111111111111: parts are 22.00, Amazon's total is 20.00"


def test_an_item_without_proceeds_costs_nothing() -> None:
    assert item_amounts(an_item(breakdowns=(), total=None), "EUR") == {PRODUCT: D(0)}


def test_parts_without_a_total_are_taken_as_they_are() -> None:
    item = an_item(part("ITEM", "20.00"), part("DISCOUNT", "-1.00"), total=None)
    assert item_amounts(item, "EUR") == {PRODUCT: D("20.00"), DISCOUNT: D("-1.00")}


@pytest.mark.parametrize(
    ("parts", "total"),
    [
        (["19.99"], "20.00"),
        ([], "20.00"),
        (["20.00", "0.01"], "20.00"),
    ],
)
def test_parts_that_miss_the_total_are_for_a_person(parts: list[str], total: str) -> None:
    item = an_item(breakdowns=tuple(part("ITEM", text) for text in parts), total=D(total))
    with pytest.raises(NeedsHuman) as raised:
        item_amounts(item, "EUR")
    assert raised.value.code == MONEY_MISMATCH
    assert raised.value.reason == f"item 11111111111111: parts are {sum(map(D, parts))}, Amazon's total is {total}"
    assert raised.value.remedy == REMEDY


def test_neither_sign_of_the_discount_fits() -> None:
    item = an_item(part("ITEM", "20.00"), part("DISCOUNT", "5.00"), total=D("14.00"))
    with pytest.raises(NeedsHuman) as raised:
        item_amounts(item, "EUR")
    assert raised.value.reason == "item 11111111111111: parts are 25.00, Amazon's total is 14.00"


@pytest.mark.parametrize(
    ("text", "currency", "fine"),
    [
        ("20.00", "EUR", True),
        ("20.001", "EUR", False),
        ("20.010", "EUR", True),
        ("1980", "JPY", True),
        ("1980.00", "JPY", True),
        ("1980.50", "JPY", False),
        ("1.234", "KWD", True),
        ("1.2345", "KWD", False),
    ],
)
def test_decimals_of_the_currency(text: str, currency: str, fine: bool) -> None:
    item = an_item(part("ITEM", text))
    if fine:
        assert item_amounts(item, currency) == {PRODUCT: D(text)}
        return
    with pytest.raises(NeedsHuman) as raised:
        item_amounts(item, currency)
    assert raised.value.code == MONEY_MISMATCH
    assert raised.value.reason == f"item 11111111111111: {text} {currency} has too many decimals"
    assert raised.value.remedy == REMEDY


# ------------------------------------------------------------ of the whole order
def test_a_tip_belongs_to_the_order() -> None:
    order = an_order(order_breakdowns=(part("ITEM", "20.00"), part("DELIVERY_TIP", "5.00")), grand_total=D("25.00"))
    assert order_extras(order) == {"DELIVERY_TIP": D("5.00")}


def test_sums_over_items_are_no_extras() -> None:
    order = an_order(
        an_item(part("ITEM", "20.00"), part("BOTTLE_DEPOSIT", "0.25")),
        order_breakdowns=(part("ITEM", "20.00"), part("BOTTLE_DEPOSIT", "0.25"), part("TAX", "0.00")),
        grand_total=D("20.25"),
    )
    assert order_extras(order) == {}


def test_what_amazon_calls_other_in_its_sums_is_no_extra() -> None:
    """Words that are no kind of breakdown in its list yet may be summed up as OTHER."""
    order = an_order(
        an_item(part("ITEM", "20.00"), part("BOTTLE_DEPOSIT", "0.25")),
        order_breakdowns=(part("ITEM", "20.00"), part("OTHER", "0.25")),
        grand_total=D("20.25"),
    )
    assert order_extras(order) == {}


def test_an_extra_in_two_parts_counts_whole() -> None:
    order = an_order(
        order_breakdowns=(part("DELIVERY_TIP", "5.00"), part("DELIVERY_TIP", "1.00")), grand_total=D("26.00")
    )
    assert order_extras(order) == {"DELIVERY_TIP": D("6.00")}


def test_an_item_without_a_total_counts_with_its_parts() -> None:
    order = an_order(an_item(part("ITEM", "20.00"), total=None), grand_total=D("20.00"))
    assert order_extras(order) == {}


def test_an_item_with_a_total_counts_with_that() -> None:
    order = an_order(an_item(part("ITEM", "20.00"), part("DISCOUNT", "5.00"), total=D("15.00")))
    assert order.grand_total == D("15.00")
    assert order_extras(order) == {}


def test_without_a_grand_total_there_is_nothing_to_compare() -> None:
    order = an_order(order_breakdowns=(part("DELIVERY_TIP", "5.00"),), grand_total=None)
    assert order_extras(order) == {"DELIVERY_TIP": D("5.00")}


@pytest.mark.parametrize("grand_total", ["19.99", "20.01", "0"])
def test_a_grand_total_that_the_items_miss_is_for_a_person(grand_total: str) -> None:
    with pytest.raises(NeedsHuman) as raised:
        order_extras(an_order(grand_total=D(grand_total)))
    assert raised.value.code == MONEY_MISMATCH
    assert raised.value.reason == f"items and extras are 20.00, Amazon's grand total is {grand_total} EUR"
    assert raised.value.remedy == REMEDY


def test_an_extra_with_too_many_decimals_is_for_a_person() -> None:
    with pytest.raises(NeedsHuman) as raised:
        order_extras(an_order(order_breakdowns=(part("DELIVERY_TIP", "0.505"),), grand_total=None))
    assert raised.value.reason == "DELIVERY_TIP: 0.505 EUR has too many decimals"


def test_no_tax_collected_is_an_amount_all_the_same() -> None:
    """Never a bare int: quotients of it would be floats."""
    for item in (an_item(), an_item(part("ITEM", "20.00"), part("TAX", "2.00"))):
        assert repr(collected_tax(item, "EUR")) == "Decimal('0')"
