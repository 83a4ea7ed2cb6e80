"""Money of items and orders, adding up the way Amazon's own examples do."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from domain.marketplace import Marketplace
from domain.money import ZERO, cent, decimals, round_to

_RATES = tuple(Decimal(rate) / 100000 for rate in (0, 2900, 6250, 7250, 8875, 10250, 13000))


def money(amount: Decimal, currency: str) -> dict[str, str]:
    """Amazon's Money object: a decimal string with the currency's own number of decimals, never "-0.00"."""
    return {"amount": f"{amount + ZERO:.{decimals(currency)}f}", "currencyCode": currency}


@dataclass(slots=True)
class Line:
    """An item's amounts, totals of the line. Discounts are kept as positive numbers."""

    item: Decimal
    shipping: Decimal = ZERO
    wrap: Decimal = ZERO
    cash_fee: Decimal = ZERO
    item_discount: Decimal = ZERO
    shipping_discount: Decimal = ZERO
    tax: dict[str, Decimal] = field(default_factory=dict)


def draw_line(
    rng: random.Random, marketplace: Marketplace, *, unit: Decimal, quantity: int, gift: bool, merchant: bool
) -> Line:
    """Amounts of one item. A quarter of the lines with several pieces do not divide evenly by the quantity."""
    coin = cent(marketplace.currency)
    line = Line(item=unit * quantity)
    if quantity > 1 and rng.random() < 0.25 and line.item > coin * quantity:
        line.item -= coin * rng.randint(1, quantity - 1)
    level = max(coin, round_to(unit / 5, coin))
    if rng.random() < (0.6 if merchant else 0.15):
        line.shipping = level + coin * rng.randint(0, 99)
    if line.shipping and rng.random() < 0.35:
        line.shipping_discount = line.shipping
    if gift and rng.random() < 0.7:
        line.wrap = level + coin * 49
    if rng.random() < 0.15:
        line.item_discount = min(line.item, round_to(line.item * rng.randint(5, 30) / 100, coin))
    if marketplace.code == "JP" and merchant and rng.random() < 0.05:
        line.cash_fee = Decimal(330)
    return line


def add_tax(line: Line, rate: Decimal, coin: Decimal) -> None:
    """Tax on top of every part of `line`, each part rounded by itself, discounts reducing it."""
    parts = {
        "ITEM": line.item,
        "SHIPPING": line.shipping,
        "GIFT_WRAP": line.wrap,
        "DISCOUNT": -(line.item_discount + line.shipping_discount),
    }
    line.tax = {kind: round_to(amount * rate, coin) for kind, amount in parts.items() if amount or kind == "ITEM"}


def draw_tax_rate(rng: random.Random) -> Decimal:
    """A sales tax rate of North America; some places have none."""
    return rng.choice(_RATES)


def item_proceeds(line: Line, currency: str) -> dict[str, Any]:
    """Amazon's `proceeds` of an item: breakdowns whose subtotals add up to proceedsTotal."""
    discount = {"ITEM": -line.item_discount, "SHIPPING": -line.shipping_discount}
    plain = {"SHIPPING": line.shipping, "GIFT_WRAP": line.wrap, "COD_FEE": line.cash_fee}
    breakdowns = [_breakdown("ITEM", line.item, currency)]
    breakdowns += [_breakdown(kind, amount, currency) for kind, amount in plain.items() if amount]
    if any(discount.values()):
        breakdowns.append(_detailed("DISCOUNT", discount, currency))
    if line.tax:
        breakdowns.append(_detailed("TAX", line.tax, currency))
    total = sum((Decimal(part["subtotal"]["amount"]) for part in breakdowns), ZERO)
    return {"proceedsTotal": money(total, currency), "breakdowns": breakdowns}


def signed(part: dict[str, Any]) -> Decimal:
    """What a breakdown adds to the total: a discount lowers it, whichever sign it is given."""
    amount = Decimal(part["subtotal"].get("amount", 0))
    return -abs(amount) if part["type"] == "DISCOUNT" else amount


def order_proceeds(items: Iterable[dict[str, Any]], currency: str, *, tip: Decimal = ZERO) -> dict[str, Any]:
    """Amazon's `proceeds` of an order: breakdowns by type over all items, and the grand total with a delivery tip."""
    sums: dict[str, Decimal] = {}
    total = tip
    for item in items:
        proceeds = item.get("proceeds", {})
        total += Decimal(proceeds.get("proceedsTotal", {}).get("amount", 0))
        for part in proceeds.get("breakdowns", ()):
            sums[part["type"]] = sums.get(part["type"], ZERO) + signed(part)
    breakdowns = [_breakdown(kind, amount, currency) for kind, amount in sums.items()]
    if tip:
        breakdowns.append(_breakdown("DELIVERY_TIP", tip, currency) | {"status": "FINALIZED"})
    return {"grandTotal": money(total, currency), "breakdowns": breakdowns}


def _breakdown(kind: str, amount: Decimal, currency: str) -> dict[str, Any]:
    return {"type": kind, "subtotal": money(amount, currency)}


def _detailed(kind: str, parts: dict[str, Decimal], currency: str) -> dict[str, Any]:
    details = [
        {"subtype": subtype, "value": money(amount, currency)}
        for subtype, amount in parts.items()
        if amount or kind == "TAX"
    ]
    return _breakdown(kind, sum(parts.values(), ZERO), currency) | {"detailedBreakdowns": details}
