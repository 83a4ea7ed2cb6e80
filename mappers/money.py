"""What each part of an order item costs the buyer, and the proof that the parts add up.

Amazon's documentation leaves the sign of discounts and the meaning of tax per marketplace open, so `proceedsTotal` is
taken as the truth and every item must add up to it (Orders API 2026-01-01, ItemProceeds: in all official examples
proceedsTotal is the sum of the breakdowns' subtotals, TAX included).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from domain.errors import NeedsHuman
from domain.money import ZERO, cent
from domain.odoo import LineKind
from domain.order import Breakdown, Order, OrderItem
from domain.parked import MONEY_MISMATCH

_KINDS = {
    "ITEM": LineKind.PRODUCT,
    "SHIPPING": LineKind.SHIPPING,
    "GIFT_WRAP": LineKind.GIFT_WRAP,
    "COD_FEE": LineKind.COD_FEE,
    "DISCOUNT": LineKind.DISCOUNT,
}
_REMEDY = (
    "Compare the order in Seller Central with this reason. If Amazon has corrected the order meanwhile, retry; "
    "otherwise enter the order by hand and dismiss this item."
)


def item_amounts(item: OrderItem, currency: str) -> Mapping[LineKind, Decimal]:
    """Gross amount of each part of `item`, in `currency`; a tax that Amazon collects and remits is left out.

    Raises NeedsHuman(money_mismatch) when the parts do not add up to the item's proceeds, or an amount has more
    decimals than the currency.
    """
    if item.total is None and not item.breakdowns:
        return {LineKind.PRODUCT: ZERO}
    parts = _signed(item)
    amounts = {LineKind.PRODUCT: ZERO}
    for part in parts:
        if part.kind != "TAX":
            kind = _KINDS.get(part.kind, LineKind.OTHER)
            amounts[kind] = amounts.get(kind, ZERO) + part.amount
        elif not item.tax_collected_by_amazon:
            for kind, amount in _tax_shares(part):
                amounts[kind] = amounts.get(kind, ZERO) + amount
    for amount in amounts.values():
        _prove_decimals(f"item {item.item_id}", amount, currency)
    return amounts


def collected_tax(item: OrderItem, currency: str) -> Decimal:
    """Tax on `item` that Amazon collects from the buyer and remits; 0 where the tax is the seller's.

    Raises NeedsHuman(money_mismatch) when it has more decimals than the currency.
    """
    taxes = (part.amount for part in item.breakdowns if part.kind == "TAX" and item.tax_collected_by_amazon)
    amount = sum(taxes, ZERO)
    _prove_decimals(f"tax on item {item.item_id}", amount, currency)
    return amount


def order_extras(order: Order) -> Mapping[str, Decimal]:
    """Amounts of the whole order that belong to no item, such as a DELIVERY_TIP, by Amazon's word.

    Raises NeedsHuman(money_mismatch) when items and extras do not add up to the order's grand total, or an extra has
    more decimals than the currency.
    """
    of_items = {part.kind for item in order.items for part in item.breakdowns} | set(_KINDS) | {"TAX", "OTHER"}
    extras: dict[str, Decimal] = {}
    for part in order.order_breakdowns:
        if part.kind not in of_items:
            extras[part.kind] = extras.get(part.kind, ZERO) + part.amount
    for word, amount in extras.items():
        _prove_decimals(word, amount, order.currency)
    if order.grand_total is None:
        return extras
    total = sum((*map(_total, order.items), *extras.values()), ZERO)
    if total != order.grand_total:
        raise NeedsHuman(
            MONEY_MISMATCH,
            f"items and extras are {total}, Amazon's grand total is {order.grand_total} {order.currency}",
            _REMEDY,
        )
    return extras


def _total(item: OrderItem) -> Decimal:
    """What Amazon says the item costs; where it says no total, what its parts come to."""
    return sum((part.amount for part in item.breakdowns), ZERO) if item.total is None else item.total


def _prove_decimals(what: str, amount: Decimal, currency: str) -> None:
    if amount % cent(currency):
        raise NeedsHuman(MONEY_MISMATCH, f"{what}: {amount} {currency} has too many decimals", _REMEDY)


def _signed(item: OrderItem) -> tuple[Breakdown, ...]:
    """The item's parts with discounts negative, proven against its total."""
    as_given = sum((part.amount for part in item.breakdowns), ZERO)
    if item.total is None or as_given == item.total:
        return item.breakdowns
    flipped = tuple(replace(part, amount=-part.amount) if part.kind == "DISCOUNT" else part for part in item.breakdowns)
    if sum((part.amount for part in flipped), ZERO) == item.total:
        return flipped
    raise NeedsHuman(
        MONEY_MISMATCH, f"item {item.item_id}: parts are {as_given}, Amazon's total is {item.total}", _REMEDY
    )


def _tax_shares(tax: Breakdown) -> list[tuple[LineKind, Decimal]]:
    """The tax by what it was raised on; what Amazon does not attribute belongs to the item itself."""
    shares = [(_KINDS.get(word, LineKind.OTHER), amount) for word, amount in tax.details]
    rest = tax.amount - sum((amount for _, amount in shares), ZERO)
    return [*shares, (LineKind.PRODUCT, rest)]
