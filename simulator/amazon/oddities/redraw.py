"""Changing the amounts of an order that was drawn, so that everything adds up again."""

from __future__ import annotations

import random
from collections.abc import Callable
from decimal import Decimal

from domain.marketplace import Marketplace
from domain.money import ZERO, cent
from simulator.amazon.proceeds import Line, add_tax, draw_tax_rate, item_proceeds, money, order_proceeds
from simulator.amazon.progress import Raw


def quantity(order: Raw, quantity: int) -> bool:
    """Make the first item `quantity` pieces; not in an order of which packages or quantities shipped tell."""
    fulfillment = order["fulfillment"]["fulfillmentStatus"]
    if fulfillment != "UNSHIPPED" or order.get("packages"):
        return False
    item = order["orderItems"][0]
    item["quantityOrdered"] = quantity
    item["fulfillment"] |= {"quantityFulfilled": 0, "quantityUnfulfilled": quantity}
    return True


def redraw(
    order: Raw, rng: random.Random, marketplace: Marketplace, change: Callable[[Line, Decimal, Decimal], None]
) -> None:
    """Draw the first item's amounts anew: `change` gets its line, its price and the smallest amount."""
    item = order["orderItems"][0]
    coin = cent(marketplace.currency)
    unit = max(coin * 200, Decimal(item["product"]["price"]["unitPrice"]["amount"]))
    line = Line(item=unit * item["quantityOrdered"])
    change(line, unit, coin)
    if any(part["type"] == "TAX" for part in item["proceeds"]["breakdowns"]):
        add_tax(line, draw_tax_rate(rng), coin)
    item["proceeds"] = item_proceeds(line, marketplace.currency)
    retotal(order, marketplace)


def retotal(order: Raw, marketplace: Marketplace, tip: Decimal | None = None) -> None:
    """The order's proceeds from its items' again; its tip stays unless one is given."""
    parts = order["proceeds"]["breakdowns"]
    tips = (Decimal(part["subtotal"]["amount"]) for part in parts if part["type"] == "DELIVERY_TIP")
    kept = sum(tips, ZERO) if tip is None else tip
    order["proceeds"] = order_proceeds(order["orderItems"], marketplace.currency, tip=kept)


def add_part(item: Raw, kind: str, amount: Decimal, marketplace: Marketplace, **details: Decimal) -> None:
    """One part more, and a total higher by it."""
    proceeds = item["proceeds"]
    part: Raw = {"type": kind, "subtotal": money(amount, marketplace.currency)}
    if details:
        values = [{"subtype": word, "value": money(one, marketplace.currency)} for word, one in details.items()]
        part["detailedBreakdowns"] = values
    proceeds["breakdowns"] = [one for one in proceeds["breakdowns"] if one["type"] != kind] + [part]
    total = sum((Decimal(one["subtotal"]["amount"]) for one in proceeds["breakdowns"]), ZERO)
    proceeds["proceedsTotal"] = money(total, marketplace.currency)
