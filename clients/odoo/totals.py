"""To the cent: what Odoo makes of an order's lines is compared with what the buyer paid, before it is confirmed.

Whatever taxes the product and the fiscal position give, the line's gross must be Amazon's. Where taxes come on top of
prices, the price follows from what Odoo says its taxes make of a price (`tax_laws`), and where it does not say, from
how its total answered to the price before. What decimals cannot express goes into one explicit rounding line. Nothing
of Odoo's tax engine is repeated here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from clients.odoo.client import Odoo
from clients.odoo.isolate import load_or_refuse
from clients.odoo.tax_laws import TaxLaw, tax_laws
from domain.errors import NeedsHuman
from domain.money import cent, decimals
from domain.odoo import CreateOrder, LineCommand, LineKind
from domain.parked import MONEY_MISMATCH
from mappers.lines import rounding_line, unit_price

_QUIET = {"tracking_disable": True, "mail_notrack": True}
_PRICE_DIGITS = 2
_CORRECTIONS = 2
_LINE_FIELDS = ("order_id", "price_unit", "price_total")


Found = Mapping[int, tuple[Decimal, str]]
Pairs = Sequence[tuple[int, CreateOrder]]


@dataclass(frozen=True, slots=True)
class _Point:
    """A price that a line had, and the total that Odoo made of it."""

    price: Decimal
    total: Decimal


def settle(odoo: Odoo, orders: Pairs, rounding_product: int) -> list[NeedsHuman | None]:
    """Make the totals of `orders` (id and command) Amazon's; return None, or why an order could not be settled.

    Costs one call when all totals are right, as they are with price-included taxes or none, and one more when there are
    discounts; when some are not, four more, two for each set of taxes, and two for rounding lines. A refused quotation
    is not to be confirmed.
    """
    wrong = _wrong(odoo, orders)
    off = {*wrong, *_lines_apart(odoo, [pair for pair in orders if pair[0] not in wrong])}
    if off:
        points = _net_prices(odoo, [pair for pair in orders if pair[0] in off], {})
        wrong = _wrong(odoo, [pair for pair in orders if pair[0] in off])
        for _ in range(_CORRECTIONS):
            far = [pair for pair in _some(orders, wrong) if _is_far_off(pair[1], *wrong[pair[0]])]
            if far:
                points = _net_prices(odoo, far, points)
                wrong = {**{one: wrong[one] for one in wrong if one not in dict(far)}, **_wrong(odoo, far)}
    if wrong:
        _round(odoo, _some(orders, wrong), wrong, rounding_product)
        wrong = _wrong(odoo, _some(orders, wrong))
    return [_mismatch(order, wrong[odoo_id]) if odoo_id in wrong else None for odoo_id, order in orders]


def _some(orders: Pairs, wrong: Found) -> list[tuple[int, CreateOrder]]:
    return [pair for pair in orders if pair[0] in wrong]


def _wrong(odoo: Odoo, orders: Pairs) -> dict[int, tuple[Decimal, str]]:
    """Total and currency in Odoo of the orders whose total or currency is not Amazon's."""
    if not orders:
        return {}
    commands = dict(orders)
    found = odoo.search_read("sale.order", [("id", "in", sorted(commands))], ["amount_total", "currency_id"])
    totals = {one["id"]: (_decimal(one["amount_total"], commands[one["id"]]), one["currency_id"][1]) for one in found}
    return {odoo_id: totals[odoo_id] for odoo_id, order in orders if totals[odoo_id] != (order.total, order.currency)}


def _lines_apart(odoo: Odoo, orders: Pairs) -> set[int]:
    """Orders whose total is right though their lines are not: a discount of all shipping takes back its tax on top too.

    Only where something is taken off can that be, so only such orders are read.
    """
    commands = {odoo_id: order for odoo_id, order in orders if any(line.gross < 0 for line in order.lines)}
    if not commands:
        return set()
    lines = odoo.search_read("sale.order.line", [("order_id", "in", sorted(commands))], ("order_id", "price_total"))
    added: dict[int, Decimal] = defaultdict(Decimal)
    for line in lines:
        added[line["order_id"][0]] += max(Decimal(str(line["price_total"])), Decimal(0))
    return {
        odoo_id
        for odoo_id, order in commands.items()
        if abs(added[odoo_id] - sum(max(line.gross, Decimal(0)) for line in order.lines)) > _tolerance(order)
    }


def _net_prices(odoo: Odoo, orders: Pairs, before: Mapping[str, _Point]) -> dict[str, _Point]:
    """Write the prices that give each line its gross amount, and take the rounding line back: it is reckoned anew.

    `before`: what lines were and came to when this was tried the last time. Returns what they are and come to now.
    """
    taxes = odoo.first_field("sale.order.line", "tax_ids", "tax_id")
    lines = _lines(odoo, [odoo_id for odoo_id, _ in orders], taxes)
    laws = {} if before else tax_laws(odoo, (tuple(line[taxes]) for some in lines.values() for line in some.values()))
    rows = []
    points = {}
    for odoo_id, order in orders:
        of_order = lines[odoo_id]
        for line in order.lines:
            there = of_order.get(line.xid)
            if there is None or line.kind is LineKind.NOTE:
                continue
            if line.kind is LineKind.ROUNDING:
                rows.append([line.xid, "0"])
                continue
            point = _Point(Decimal(str(there["price_unit"])), Decimal(str(there["price_total"])))
            law = laws.get(tuple(there[taxes]))
            whole = _whole_price(line, point, law, before.get(line.xid), cent(order.currency))
            price = unit_price(whole, line.quantity, _digits(line.price_unit))
            rows.append([line.xid, str(price)])
            points[line.xid] = point
    load_or_refuse(odoo, "sale.order.line", ("id", "price_unit"), rows, update=True, context=_QUIET)
    return points


def _whole_price(line: LineCommand, now: _Point, law: TaxLaw | None, before: _Point | None, coin: Decimal) -> Decimal:
    """The price of all pieces that makes the line's total its gross amount.

    First by the law of the line's taxes; without one in proportion, and after that along the line through the last two
    points. A total that rounding explains, or that does not answer to the price, is left as it is.
    """
    missing = line.gross - now.total
    whole = now.price * line.quantity
    if before is None and law is not None:
        lawful = law.whole_price(line.gross, line.quantity)
        return whole if lawful is None else lawful
    if abs(missing) <= coin * (line.quantity + 2) / 2:
        return whole
    if before is None:
        return whole * line.gross / now.total if now.total and line.gross else whole
    if before.total == now.total:
        return whole
    return (now.price + missing * (now.price - before.price) / (now.total - before.total)) * line.quantity


def _round(odoo: Odoo, orders: Pairs, wrong: Found, rounding_product: int) -> None:
    """Add the explicit rounding line to orders that miss Amazon's total by no more than rounding can explain."""
    rows = []
    for odoo_id, order in orders:
        total, currency = wrong[odoo_id]
        missing = order.total - total
        if currency == order.currency and not _is_far_off(order, total, currency):
            line = rounding_line(order.account.key, order.order_id, missing, rounding_product)
            rows.append([line.xid, order.xid, str(rounding_product), line.name, "1", str(missing), ""])
    taxes = odoo.first_field("sale.order.line", "tax_ids", "tax_id")
    columns = ("id", "order_id/id", "product_id/.id", "name", "product_uom_qty", "price_unit", f"{taxes}/.id")
    load_or_refuse(odoo, "sale.order.line", columns, rows, update=True, context=_QUIET)


def _is_far_off(order: CreateOrder, total: Decimal, currency: str) -> bool:
    """Whether more is missing than rounding explains; of another currency nothing can be said, so it is not."""
    return currency == order.currency and abs(order.total - total) > _tolerance(order)


def _tolerance(order: CreateOrder) -> Decimal:
    """Half a cent for each piece's price and for each line's base and tax."""
    pieces = sum(line.quantity for line in order.lines)
    return cent(order.currency) * (pieces + 2 * len(order.lines)) / 2


def _lines(odoo: Odoo, order_ids: Sequence[int], taxes: str) -> Mapping[int, Mapping[str, Mapping[str, Any]]]:
    """The orders' lines by external id; `taxes`: what Odoo calls the field."""
    found = odoo.search_read("sale.order.line", [("order_id", "in", list(order_ids))], (*_LINE_FIELDS, taxes))
    xids = odoo.call("sale.order.line", "get_external_id", ids=[line["id"] for line in found]) if found else {}
    by_order: dict[int, dict[str, Mapping[str, Any]]] = defaultdict(dict)
    for line in found:
        by_order[line["order_id"][0]][xids[str(line["id"])]] = line
    return by_order


def _mismatch(order: CreateOrder, there: tuple[Decimal, str]) -> NeedsHuman:
    landed = order.existing is not None and order.existing.content is not None
    left = "its lines follow Amazon's newest version" if landed else "it was left a quotation"
    return NeedsHuman(
        MONEY_MISMATCH,
        f"Odoo's total is {there[0]} {there[1]}, Amazon's is {order.total} {order.currency}; {left}",
        "Look at the taxes and the price list of the order's lines in Odoo, mend them, then retry.",
    )


def _decimal(amount: float, order: CreateOrder) -> Decimal:
    return round(Decimal(str(amount)), decimals(order.currency))


def _digits(price: Decimal) -> int:
    exponent = price.as_tuple().exponent
    return max(_PRICE_DIGITS, -exponent if isinstance(exponent, int) else 0)
