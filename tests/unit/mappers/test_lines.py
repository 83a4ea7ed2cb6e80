"""Order lines of example orders, exact to the word and the cent."""

from __future__ import annotations

from decimal import Decimal

import pytest

from domain.odoo import LineCommand, LineKind, Taxes
from domain.odoo_facts import OrderFacts
from domain.order import Order
from mappers.lines import order_lines, unit_price
from tests.builders import ORDER_ID, an_item, an_order, facts, part

D = Decimal
ITEM = "__amazon_sync__.item_acme-eu_11111111111111"


def lines(order: Order, known: OrderFacts | None = None) -> list[LineCommand]:
    return list(order_lines("acme-eu", order, known or facts()))


def brief(order: Order, known: OrderFacts | None = None) -> list[tuple[str, int | None, int, str, str]]:
    """Kind, product, quantity, price of a piece and gross of each line."""
    return [
        (line.kind, line.product, line.quantity, str(line.price_unit), str(line.gross)) for line in lines(order, known)
    ]


def test_one_item_is_one_line() -> None:
    assert lines(an_order()) == [
        LineCommand(
            xid=f"{ITEM}_product",
            kind=LineKind.PRODUCT,
            name="[MUG-BLUE] Blue mug",
            product=1,
            quantity=1,
            gross=D("20.00"),
            price_unit=D("20.00"),
            item_ref="11111111111111",
            taxes=Taxes.ODOO,
        )
    ]


def test_a_price_that_does_not_divide_gets_an_explicit_rounding_line() -> None:
    order = an_order(an_item(part("ITEM", "10.00"), quantity=3))
    assert brief(order) == [("product", 1, 3, "3.33", "10.00"), ("rounding", 5, 1, "0.01", "0.01")]
    rounding = lines(order)[1]
    assert rounding.xid == f"__amazon_sync__.item_acme-eu_{ORDER_ID}_rounding"
    assert (rounding.name, rounding.item_ref) == ("Rounding", "")


def test_the_rounding_line_may_be_negative() -> None:
    order = an_order(an_item(part("ITEM", "20.00"), quantity=3))
    assert brief(order) == [("product", 1, 3, "6.67", "20.00"), ("rounding", 5, 1, "-0.01", "-0.01")]


def test_roundings_that_cancel_out_need_no_line() -> None:
    order = an_order(
        an_item(part("ITEM", "10.00"), quantity=3, item_id="1"), an_item(part("ITEM", "20.00"), quantity=3, item_id="2")
    )
    assert [line.kind for line in lines(order)] == ["product", "product"]


def test_more_decimals_in_odoo_need_no_rounding() -> None:
    order = an_order(an_item(part("ITEM", "10.00"), quantity=3))
    assert brief(order, facts(price_digits=4)) == [("product", 1, 3, "3.3333", "10.00")]


def test_yen_have_no_decimals_but_their_prices_may() -> None:
    order = an_order(an_item(part("ITEM", "1000"), quantity=3), currency="JPY")
    assert brief(order) == [("product", 1, 3, "333.33", "1000")]


def test_every_charge_is_a_line_with_its_product() -> None:
    item = an_item(
        part("ITEM", "20.00"),
        part("SHIPPING", "4.99"),
        part("GIFT_WRAP", "3.50"),
        part("COD_FEE", "2.00"),
        part("RECYCLING", "0.25"),
        part("DISCOUNT", "-5.00"),
        gift_message="Happy birthday!\nYour Anna",
        gift_wrap_level="Premium",
    )
    assert brief(an_order(item)) == [
        ("product", 1, 1, "20.00", "20.00"),
        ("shipping", 2, 1, "4.99", "4.99"),
        ("gift_wrap", 3, 1, "3.50", "3.50"),
        ("cod_fee", 2, 1, "2.00", "2.00"),
        ("other", 2, 1, "0.25", "0.25"),
        ("discount", 4, 1, "-5.00", "-5.00"),
        ("note", None, 0, "0", "0"),
    ]
    found = lines(an_order(item))
    assert [line.name for line in found] == [
        "[MUG-BLUE] Blue mug",
        "Shipping: [MUG-BLUE] Blue mug",
        "Gift wrap (Premium): [MUG-BLUE] Blue mug",
        "Cash on delivery fee: [MUG-BLUE] Blue mug",
        "Other charge: [MUG-BLUE] Blue mug",
        "Discount: [MUG-BLUE] Blue mug",
        "Gift message: Happy birthday!\nYour Anna",
    ]
    assert [line.xid for line in found] == [
        f"{ITEM}_{kind}" for kind in ("product", "shipping", "gift_wrap", "cod_fee", "other", "discount", "note")
    ]
    assert {line.item_ref for line in found} == {"11111111111111"}


def test_gift_wrap_without_a_level() -> None:
    order = an_order(an_item(part("ITEM", "20.00"), part("GIFT_WRAP", "3.50")))
    assert lines(order)[1].name == "Gift wrap: [MUG-BLUE] Blue mug"


def test_charges_of_nothing_have_no_line() -> None:
    order = an_order(an_item(part("ITEM", "20.00"), part("SHIPPING", "0.00"), part("DISCOUNT", "0")))
    assert [line.kind for line in lines(order)] == ["product"]


def test_a_free_product_is_delivered_all_the_same() -> None:
    order = an_order(an_item(part("ITEM", "0.00"), quantity=2))
    assert [(line.kind, line.quantity, line.price_unit) for line in lines(order)] == [("product", 2, D(0))]


def test_an_item_of_quantity_nought_has_no_line_unless_it_costs_something() -> None:
    nothing = an_item(part("ITEM", "0.00"), quantity=0, item_id="1")
    paid = an_item(part("ITEM", "3.00"), quantity=0, item_id="2")
    assert [(line.item_ref, line.quantity, line.gross) for line in lines(an_order(nothing, paid))] == [
        ("2", 1, D("3.00"))
    ]


def test_tax_collected_by_amazon_leaves_lines_without_taxes() -> None:
    item = an_item(part("ITEM", "20.00"), part("SHIPPING", "5.00"), part("TAX", "2.00"), tax_collected_by_amazon=True)
    assert [(line.kind, line.gross, line.taxes) for line in lines(an_order(item))] == [
        ("product", D("20.00"), Taxes.NONE),
        ("shipping", D("5.00"), Taxes.NONE),
    ]


def test_a_tip_is_a_line_of_the_order() -> None:
    order = an_order(order_breakdowns=(part("DELIVERY_TIP", "5.00"),), grand_total=D("25.00"))
    tip = lines(order)[1]
    assert (tip.kind, tip.name, tip.product, tip.gross, tip.item_ref) == ("tip", "Delivery tip", 2, D("5.00"), "")
    assert tip.xid == f"__amazon_sync__.item_acme-eu_{ORDER_ID}_extra_delivery_tip"


def test_an_extra_of_any_name_has_a_usable_external_id() -> None:
    order = an_order(order_breakdowns=(part("ROUNDING.Fee 2", "5.00"), part("ROUNDING", "0.01")))
    assert [(line.kind, line.xid.removeprefix("__amazon_sync__.")) for line in lines(order)[1:]] == [
        ("other", f"item_acme-eu_{ORDER_ID}_extra_rounding_fee_2"),
        ("other", f"item_acme-eu_{ORDER_ID}_extra_rounding"),
    ]


@pytest.mark.parametrize(
    ("gross", "quantity", "digits", "price"),
    [("10.00", 3, 2, "3.33"), ("10.00", 0, 2, "0"), ("0.05", 2, 2, "0.03"), ("-0.05", 2, 2, "-0.03")],
)
def test_unit_price_is_rounded_half_up(gross: str, quantity: int, digits: int, price: str) -> None:
    assert unit_price(D(gross), quantity, digits) == D(price)
