"""Money comes over exactly, or the order is parked."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from clients.amazon.client import to_order
from domain.errors import NeedsHuman
from domain.order import Breakdown, OrderItem
from tests.unit.clients_amazon.given import money, raw_item, raw_order


def refusal(raw: dict[str, Any]) -> NeedsHuman:
    with pytest.raises(NeedsHuman) as raised:
        to_order(raw)
    assert raised.value.__context__ is None
    return raised.value


def item_of(**changes: Any) -> OrderItem:
    (item,) = to_order(raw_order(orderItems=[raw_item(**changes)])).items
    return item


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        ("20.00", "20.00"), ("-5.5", "-5.5"), ("0", "0"), (25.99, "25.99"), (25, "25"), ("1E+2", "100"), (" 7 ", "7"),
    ],
)  # fmt: skip
def test_amounts_are_exact(amount: Any, expected: str) -> None:
    total = item_of(proceeds={"proceedsTotal": money(amount)}).total
    assert str(total) == expected


def test_yen_with_decimals_are_kept_as_given() -> None:
    order = to_order(raw_order(orderItems=[raw_item(proceeds={"proceedsTotal": money("25.99", "jpy")})]))
    assert (order.currency, order.items[0].total) == ("JPY", Decimal("25.99"))


@pytest.mark.parametrize("missing", [None, "", {}, {"amount": ""}, {"amount": None, "currencyCode": "EUR"}])
def test_missing_money(missing: Any) -> None:
    parts = [
        {"type": "ITEM", "subtotal": missing},
        {"type": "TAX", "subtotal": money("1"), "detailedBreakdowns": [{"subtype": "ITEM", "value": missing}]},
    ]
    item = item_of(proceeds={"proceedsTotal": missing, "breakdowns": parts}, product={"price": {"unitPrice": missing}})
    assert (item.total, item.unit_price) == (None, None)
    assert item.breakdowns == (Breakdown(kind="TAX", amount=Decimal(1)),)


@pytest.mark.parametrize("amount", ["12,50", "NaN", "Infinity", "1E+40", "0.00000000001", True, {"a": 1}])
def test_an_amount_that_is_none(amount: Any) -> None:
    error = refusal(raw_order(orderItems=[raw_item(proceeds={"proceedsTotal": money(amount)})]))
    assert error.code == "bad_order"
    assert error.reason == "unreadable fields: orderItems.0.proceeds.proceedsTotal.amount (value_error)"


@pytest.mark.parametrize(
    ("currencies", "reason"),
    [(("EUR", "USD"), "the amounts are in 2 currencies"), (("", ""), "the amounts are in 0 currencies")],
)
def test_not_one_currency(currencies: tuple[str, str], reason: str) -> None:
    items = [
        raw_item(orderItemId=str(number), proceeds={"proceedsTotal": money("1", currency)})
        for number, currency in enumerate(currencies)
    ]
    error = refusal(raw_order(orderItems=items))
    assert (error.code, error.reason) == ("bad_order", reason)


def test_a_currency_given_once_is_that_of_all() -> None:
    item = raw_item(proceeds={"proceedsTotal": {"amount": "1"}, "breakdowns": []})
    order = to_order(raw_order(orderItems=[item], proceeds={"grandTotal": money("1", "SEK")}))
    assert order.currency == "SEK"
