"""What must become of an order by the promises: imported, parked with which code, or nothing; from Amazon's raw JSON.

Independent of the product, like the referee: it shares no code with the mappers. It is used where orders are odd, and
where they change at Amazon after something was done about them in Odoo.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tests.flow.referee import CODES, DUE, expected_total

Raw = Mapping[str, Any]

STATUSES = {
    "PENDING", "PENDING_AVAILABILITY", "UNSHIPPED", "PARTIALLY_SHIPPED", "SHIPPED", "CANCELLED", "UNFULFILLABLE",
}  # fmt: skip
IMPORTED, PARKED, CANCELLED, NOTHING = "imported", "parked", "cancelled", "nothing"


@dataclass(frozen=True)
class Verdict:
    """The state an order must end in; `code`: of the parked item, '' otherwise."""

    state: str
    code: str = ""

    def __str__(self) -> str:
        return f"{self.state} {self.code}".strip()


def verdict(raw: Raw, marketplaces: Iterable[str], currencies: Iterable[str]) -> Verdict:
    """What must become of an order that was never in Odoo; `currencies`: those that Odoo has a price list for."""
    unreadable = _unreadable(raw)
    if unreadable:
        return Verdict(PARKED, unreadable)
    channel, fulfilment = raw["salesChannel"], raw["fulfillment"]
    ours = channel["channelName"] == "AMAZON" and CODES.get(channel.get("marketplaceId", ""), "?") in marketplaces
    if not ours or fulfilment["fulfillmentStatus"] not in DUE[fulfilment["fulfilledBy"]]:
        return Verdict(NOTHING)
    if not raw["orderItems"]:
        return Verdict(PARKED, "bad_order")
    if not _currencies(raw) <= set(currencies):
        return Verdict(PARKED, "unknown_currency")
    return Verdict(IMPORTED) if adds_up(raw) else Verdict(PARKED, "money_mismatch")


def changed_verdict(first: Raw, then: Raw, *, delivered: bool, locked: bool) -> Verdict:
    """What must become of a sale order of the version `first`, which somebody delivered or locked, at `then`."""
    if then["fulfillment"]["fulfillmentStatus"] == "CANCELLED":
        return Verdict(PARKED, "cancel_blocked") if delivered or locked else Verdict(CANCELLED)
    if goods(first) == goods(then) and expected_total(first) == expected_total(then):
        return Verdict(IMPORTED)
    if delivered:
        return Verdict(PARKED, "changed_after_delivery")
    return Verdict(PARKED, "change_blocked") if locked else Verdict(IMPORTED)


def goods(raw: Raw) -> Counter[str]:
    """Pieces by item."""
    return Counter({item["orderItemId"]: item["quantityOrdered"] for item in raw["orderItems"]})


def adds_up(raw: Raw) -> bool:
    """Whether each item's parts make its proceeds, items and what concerns the whole order its grand total.

    A part without an amount makes nothing, and no amount may have fractions of its currency's smallest coin.
    """
    total = Decimal(0)
    kinds = {"ITEM", "SHIPPING", "GIFT_WRAP", "COD_FEE", "OTHER", "TAX", "DISCOUNT"}
    for item in raw["orderItems"]:
        proceeds = item.get("proceeds") or {}
        parts = [(part["type"], _amount(part["subtotal"])) for part in proceeds.get("breakdowns", ())]
        plain = sum((amount for _, amount in parts), Decimal(0))
        turned = sum((-amount if kind == "DISCOUNT" else amount for kind, amount in parts), Decimal(0))
        told = _amount(proceeds["proceedsTotal"]) if "proceedsTotal" in proceeds else plain
        if told not in {plain, turned}:
            return False
        total += told
        kinds |= {kind for kind, _ in parts}
    whole = raw.get("proceeds") or {}
    extras = [part for part in whole.get("breakdowns", ()) if part["type"] not in kinds]
    total += sum((_amount(part["subtotal"]) for part in extras), Decimal(0))
    currency = next(iter(_currencies(raw)), "")
    coin = Decimal(1) if currency == "JPY" else Decimal("0.01")
    return ("grandTotal" not in whole or total == _amount(whole["grandTotal"])) and total % coin == 0


def _amount(money: Raw) -> Decimal:
    return Decimal(money.get("amount", 0))


def _unreadable(raw: Raw) -> str:
    """The code of an order that cannot be read, or ''."""
    fulfilment = raw.get("fulfillment") or {}
    ids = [item["orderItemId"] for item in raw["orderItems"]]
    if not fulfilment.get("fulfillmentStatus") or not fulfilment.get("fulfilledBy") or len(set(ids)) < len(ids):
        return "bad_order"
    if fulfilment["fulfillmentStatus"] not in STATUSES or fulfilment["fulfilledBy"] not in DUE:
        return "unknown_status"
    return "bad_order" if len(_currencies(raw)) > 1 else ""


def _currencies(raw: Any) -> set[str]:
    """Every currency that an amount in `raw`'s proceeds and prices is in."""
    if isinstance(raw, Mapping):
        own = {str(raw["currencyCode"])} if "currencyCode" in raw and "amount" in raw else set[str]()
        return own.union(*(_currencies(part) for key, part in raw.items() if key not in {"expense", "payment"}))
    return set().union(*(_currencies(part) for part in raw)) if isinstance(raw, (list, tuple)) else set()
