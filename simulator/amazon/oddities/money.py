"""Odd money: amounts, charges and discounts as Amazon can send them; with odd taxes and contradictions, all of them."""

from __future__ import annotations

import random
from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from domain.marketplace import Marketplace
from domain.money import ZERO, cent, round_to
from simulator.amazon.oddities.contradictions import CONTRADICTIONS, PARKED
from simulator.amazon.oddities.kind import Oddity
from simulator.amazon.oddities.redraw import add_part, quantity, redraw, retotal
from simulator.amazon.oddities.taxes import TAXES
from simulator.amazon.proceeds import Line, item_proceeds, money
from simulator.amazon.progress import Raw

__all__ = ["ODDITIES", "OFF_MODEL", "PARKED"]


def _indivisible(order: Raw, rng: random.Random, marketplace: Marketplace) -> None:
    """Three or seven pieces whose total no price divides."""

    def change(line: Line, unit: Decimal, coin: Decimal) -> None:
        line.item = unit * item["quantityOrdered"] + coin

    item = order["orderItems"][0]
    if quantity(order, rng.choice((3, 7))) or item["quantityOrdered"] > 1:
        redraw(order, rng, marketplace, change)


def _many_pieces(order: Raw, rng: random.Random, marketplace: Marketplace) -> None:
    def change(line: Line, unit: Decimal, coin: Decimal) -> None:
        line.item = unit * item["quantityOrdered"] - coin * rng.randint(1, 11)

    item = order["orderItems"][0]
    if quantity(order, rng.choice((12, 48, 144))):
        redraw(order, rng, marketplace, change)


def _cod_fee(order: Raw, rng: random.Random, marketplace: Marketplace) -> None:
    def change(line: Line, unit: Decimal, coin: Decimal) -> None:
        line.cash_fee = round_to(unit / 9, coin) + coin * 7

    redraw(order, rng, marketplace, change)
    order["payment"] = {"paymentExecutions": [{"paymentMethod": "CashOnDelivery"}]}


def _shipping_discount(order: Raw, rng: random.Random, marketplace: Marketplace) -> None:
    """Shipping is charged and given back, as for free delivery; DISCOUNT says of what."""

    def change(line: Line, unit: Decimal, coin: Decimal) -> None:
        line.shipping = line.shipping_discount = round_to(unit / 5, coin) + coin * 49

    redraw(order, rng, marketplace, change)


def _both_discounts(order: Raw, rng: random.Random, marketplace: Marketplace) -> None:
    def change(line: Line, unit: Decimal, coin: Decimal) -> None:
        line.shipping = round_to(unit / 5, coin) + coin * 49
        line.shipping_discount = round_to(line.shipping / 3, coin)
        line.item_discount = round_to(line.item / 7, coin)

    redraw(order, rng, marketplace, change)


def _all_discounted(order: Raw, rng: random.Random, marketplace: Marketplace) -> None:
    """A voucher pays for everything: parts, but nothing to pay."""

    def change(line: Line, unit: Decimal, coin: Decimal) -> None:
        del unit, coin
        line.item_discount = line.item

    redraw(order, rng, marketplace, change)


def _discount_positive(order: Raw, rng: random.Random, marketplace: Marketplace) -> None:
    """DISCOUNT as a positive number that is to be taken off: the documentation leaves its sign open."""
    _both_discounts(order, rng, marketplace)
    for part in order["orderItems"][0]["proceeds"]["breakdowns"]:
        if part["type"] == "DISCOUNT":
            for amount in (part["subtotal"], *(one["value"] for one in part["detailedBreakdowns"])):
                amount["amount"] = amount["amount"].removeprefix("-")


def _wrap_with_discount(order: Raw, rng: random.Random, marketplace: Marketplace) -> None:
    def change(line: Line, unit: Decimal, coin: Decimal) -> None:
        line.wrap = round_to(unit / 6, coin) + coin * 3
        line.item_discount = round_to(line.item / 11, coin)

    redraw(order, rng, marketplace, change)
    option = {"giftWrapLevel": "PREMIUM", "giftMessage": "Für Dich"}
    order["orderItems"][0]["fulfillment"].setdefault("packing", {})["giftOption"] = option


def _zero_price(order: Raw, rng: random.Random, marketplace: Marketplace) -> None:
    """A free unit, as Vine's: no breakdown has an amount above nought."""
    del rng
    for item in order["orderItems"]:
        item["proceeds"] = item_proceeds(Line(item=ZERO), marketplace.currency)
        item["product"]["price"] = {"unitPrice": money(ZERO, marketplace.currency)}
    retotal(order, marketplace, ZERO)


def _tip(order: Raw, rng: random.Random, marketplace: Marketplace) -> None:
    retotal(order, marketplace, cent(marketplace.currency) * rng.randint(50, 999))


def _points(order: Raw, rng: random.Random, marketplace: Marketplace) -> None:
    """Points granted are the seller's expense, points spent a means of payment: proceeds know neither."""
    granted = rng.randint(1, 300)
    value = money(cent(marketplace.currency) * granted, marketplace.currency)
    cost = {"pointsGranted": {"pointsNumber": granted, "pointsMonetaryValue": value}}
    order["orderItems"][0]["expense"] = {"pointsCost": cost}
    order["payment"] = {
        "paymentExecutions": [
            {"paymentMethod": "PointsAccount", "paymentAmount": value}, {"paymentMethod": "CreditCard"},
        ]
    }  # fmt: skip


def _unknown_charge(order: Raw, rng: random.Random, marketplace: Marketplace) -> None:
    """A charge whose word nobody knows yet."""
    deposit = cent(marketplace.currency) * rng.randint(8, 25)
    add_part(order["orderItems"][0], "BOTTLE_DEPOSIT", deposit, marketplace)
    retotal(order, marketplace)


def _no_breakdowns_of_the_order(order: Raw, rng: random.Random, marketplace: Marketplace) -> None:
    """Only items tell their proceeds."""
    del rng, marketplace
    order.pop("proceeds", None)


ODDITIES: Final[Mapping[str, Oddity]] = {
    "indivisible": _indivisible,
    "many-pieces": _many_pieces,
    "cod-fee": _cod_fee,
    "shipping-discount": _shipping_discount,
    "both-discounts": _both_discounts,
    "all-discounted": _all_discounted,
    "discount-positive": _discount_positive,
    "wrap-with-discount": _wrap_with_discount,
    "zero-price": _zero_price,
    "tip": _tip,
    "points": _points,
    "unknown-charge": _unknown_charge,
    "no-order-proceeds": _no_breakdowns_of_the_order,
    **TAXES,
    **CONTRADICTIONS,
}
# Words and gaps beyond Amazon's official model.
OFF_MODEL: Final = frozenset({"unknown-charge", "low-value-goods", "sellers-own-tax", "part-without-amount"})
