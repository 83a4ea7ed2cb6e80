"""Amounts that contradict themselves, or that Odoo cannot hold: orders for a person, never to be booked."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from domain.marketplace import Marketplace
from domain.money import cent, round_to
from simulator.amazon.oddities.kind import Oddity
from simulator.amazon.oddities.redraw import redraw
from simulator.amazon.proceeds import Line, money
from simulator.amazon.progress import Raw


def _item_mismatch(order: Raw, rng: random.Random, marketplace: Marketplace) -> None:
    """The first item's parts miss its total by a few cents; all else follows the total."""
    proceeds = order["orderItems"][0]["proceeds"]
    wrong = Decimal(proceeds["proceedsTotal"]["amount"]) + cent(marketplace.currency) * rng.randint(1, 9)
    proceeds["proceedsTotal"] = money(wrong, marketplace.currency)


def _total_mismatch(order: Raw, rng: random.Random, marketplace: Marketplace) -> None:
    grand = order["proceeds"]["grandTotal"]
    wrong = Decimal(grand["amount"]) + cent(marketplace.currency) * rng.choice((-1, 1, 100))
    order["proceeds"]["grandTotal"] = money(wrong, marketplace.currency)


def _part_without_amount(order: Raw, rng: random.Random, marketplace: Marketplace) -> None:
    """A part whose Money has no amount, though the total counts it."""

    def change(line: Line, unit: Decimal, coin: Decimal) -> None:
        line.shipping = round_to(unit / 5, coin) + coin * 49

    redraw(order, rng, marketplace, change)
    for part in order["orderItems"][0]["proceeds"]["breakdowns"]:
        if part["type"] == "SHIPPING":
            del part["subtotal"]["amount"]


def _too_many_decimals(order: Raw, rng: random.Random, marketplace: Marketplace) -> None:
    """Fractions of a cent that add up all the same."""
    extra = cent(marketplace.currency) * rng.randint(1, 4) / 5
    item = order["orderItems"][0]
    goods = next(part for part in item["proceeds"]["breakdowns"] if part["type"] == "ITEM")
    grand = [order["proceeds"]["grandTotal"]] if "proceeds" in order else []
    for amount in (goods["subtotal"], item["proceeds"]["proceedsTotal"], *grand):
        amount["amount"] = str(Decimal(amount["amount"]) + extra)


def _three_decimals(order: Raw, rng: random.Random, marketplace: Marketplace) -> None:
    """Every amount in dinars, whose thousandths Odoo's prices may not know."""
    del rng, marketplace
    for amount in _amounts(order):
        amount |= {"amount": f"{Decimal(amount['amount']):.3f}", "currencyCode": "KWD"}


def _amounts(value: Any) -> Iterator[Raw]:
    if isinstance(value, dict):
        if "currencyCode" in value and "amount" in value:
            yield value
        for inner in value.values():
            yield from _amounts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _amounts(inner)


CONTRADICTIONS: Final[Mapping[str, Oddity]] = {
    "item-mismatch": _item_mismatch,
    "total-mismatch": _total_mismatch,
    "part-without-amount": _part_without_amount,
    "too-many-decimals": _too_many_decimals,
    "three-decimals": _three_decimals,
}
# The code under which each of them has to be parked; three-decimals unless the account may activate currencies.
PARKED: Final[Mapping[str, str]] = {
    "item-mismatch": "money_mismatch",
    "total-mismatch": "money_mismatch",
    "part-without-amount": "money_mismatch",
    "too-many-decimals": "money_mismatch",
    "three-decimals": "unknown_currency",
}
