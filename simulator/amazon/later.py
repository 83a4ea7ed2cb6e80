"""What Amazon or the buyer changes of an order that the seller is about to ship, besides cancelling."""

from __future__ import annotations

import random
from datetime import timedelta
from decimal import Decimal
from typing import Final

from domain.marketplace import BY_ID
from domain.money import ZERO, cent, round_to
from simulator.amazon import clock
from simulator.amazon.people import draw_buyer
from simulator.amazon.proceeds import money, order_proceeds, signed
from simulator.amazon.progress import Raw

# Parts of an item's proceeds that have no details of their own, so that only what was paid for the goods has to follow.
_PLAIN: Final = frozenset({"ITEM", "SHIPPING", "GIFT_WRAP", "COD_FEE"})


def lower(order: Raw, rng: random.Random) -> bool:
    """Fewer pieces of one item, for their share of the money; whether there was such an item."""
    able = [item for item in order["orderItems"] if _can_be_lowered(item)]
    if not able or "proceeds" not in order:
        return False
    item = rng.choice(able)
    before = item["quantityOrdered"]
    after = rng.randint(1, before - 1)
    item["quantityOrdered"] = after
    item["fulfillment"] |= {"quantityFulfilled": 0, "quantityUnfulfilled": after}
    parts, currency = item["proceeds"]["breakdowns"], item["proceeds"]["proceedsTotal"]["currencyCode"]
    goods = next(part for part in parts if part["type"] == "ITEM")
    share = Decimal(goods["subtotal"]["amount"]) * after / before
    goods["subtotal"] = money(round_to(share, cent(currency)), currency)
    total = sum(map(signed, parts), ZERO)
    item["proceeds"]["proceedsTotal"] = money(total, currency)
    tips = [part for part in order["proceeds"]["breakdowns"] if part["type"] == "DELIVERY_TIP"]
    tip = sum((Decimal(part["subtotal"]["amount"]) for part in tips), ZERO)
    order["proceeds"] = order_proceeds(order["orderItems"], currency, tip=tip)
    return True


def move(order: Raw, rng: random.Random) -> bool:
    """The buyer wants the goods at another address in the same marketplace; whether there was an address."""
    marketplace = BY_ID.get(order["salesChannel"].get("marketplaceId", ""))
    address = order.get("recipient", {}).get("deliveryAddress")
    if not address or marketplace is None:
        return False
    new = draw_buyer(rng, seed=f"moved:{order['orderId']}", marketplace=marketplace).address
    names = {key: address[key] for key in ("name", "companyName") if key in address}
    order["recipient"]["deliveryAddress"] = {key: new[key] for key in new if key not in {"name", "companyName"}} | names
    return True


def postpone(order: Raw, rng: random.Random) -> bool:
    """A later ship-by date, and delivery with it; whether there was one."""
    later = timedelta(days=rng.randint(1, 3))
    windows = [order["fulfillment"].get(name, {}) for name in ("shipByWindow", "deliverByWindow")]
    for window in windows:
        if "latestDateTime" in window:
            window["latestDateTime"] = clock.stamp(clock.read(window["latestDateTime"]) + later)
    return "latestDateTime" in windows[0]


def _can_be_lowered(item: Raw) -> bool:
    """Two pieces or more, and amounts of which it is known what becomes of them."""
    parts = item.get("proceeds", {}).get("breakdowns", ())
    kinds = [part["type"] for part in parts]
    several = isinstance(item["quantityOrdered"], int) and item["quantityOrdered"] > 1
    counted = item.get("measurement", {}).get("unit", "COUNT") == "COUNT"
    known = all("amount" in part["subtotal"] for part in parts)
    return several and counted and known and kinds.count("ITEM") == 1 and set(kinds) <= _PLAIN
