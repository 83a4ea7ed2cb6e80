"""To the cent: what Odoo makes of an order's lines is compared with what the buyer paid, before it is confirmed.

Whatever taxes the product and the fiscal position give, the line's gross must be Amazon's. Where taxes come on top of
prices, the net price follows from the shares Odoo itself computed; what decimals cannot express goes into one
explicit rounding line. Nothing of Odoo's tax engine is repeated here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from clients.odoo.client import Odoo
from clients.odoo.isolate import load_or_refuse
from domain.errors import NeedsHuman
from domain.money import cent, decimals
from domain.odoo import CreateOrder, LineKind
from domain.parked import MONEY_MISMATCH
from mappers.lines import rounding_line, unit_price

_QUIET = {"tracking_disable": True, "mail_notrack": True}
_PRICE_DIGITS = 2
_LINE_FIELDS = ("order_id", "price_unit", "price_subtotal", "price_total", "product_uom_qty", "x_amazon_item_ref")


def settle(odoo: Odoo, orders: Sequence[tuple[int, CreateOrder]], rounding_product: int) -> list[NeedsHuman | None]:
    """Make the totals of `orders` (id and command) Amazon's; return None, or why an order could not be settled.

    Costs one call when all totals are right, as they are with price-included taxes or none; three to five more for
    those that are not. A refused quotation is not to be confirmed.
    """
    wrong = _wrong(odoo, orders)
    if wrong:
        _net_prices(odoo, [pair for pair in orders if pair[0] in wrong])
        wrong = _wrong(odoo, [pair for pair in orders if pair[0] in wrong])
    if wrong:
        _round(odoo, [pair for pair in orders if pair[0] in wrong], wrong, rounding_product)
        wrong = _wrong(odoo, [pair for pair in orders if pair[0] in wrong])
    return [_mismatch(order, wrong[odoo_id]) if odoo_id in wrong else None for odoo_id, order in orders]


def _wrong(odoo: Odoo, orders: Sequence[tuple[int, CreateOrder]]) -> dict[int, tuple[Decimal, str]]:
    """Total and currency in Odoo of the orders whose total or currency is not Amazon's."""
    if not orders:
        return {}
    commands = dict(orders)
    found = odoo.search_read("sale.order", [("id", "in", sorted(commands))], ["amount_total", "currency_id"])
    totals = {one["id"]: (_decimal(one["amount_total"], commands[one["id"]]), one["currency_id"][1]) for one in found}
    return {odoo_id: totals[odoo_id] for odoo_id, order in orders if totals[odoo_id] != (order.total, order.currency)}


def _net_prices(odoo: Odoo, orders: Sequence[tuple[int, CreateOrder]]) -> None:
    """Write net prices where Odoo put taxes on top, and take the rounding line back: it is reckoned anew."""
    lines = _lines(odoo, [odoo_id for odoo_id, _ in orders])
    rows = []
    for odoo_id, order in orders:
        of_order = lines[odoo_id]
        for line in order.lines:
            there = of_order.get(line.xid)
            if there is None or line.kind is LineKind.NOTE:
                continue
            if line.kind is LineKind.ROUNDING:
                rows.append([line.xid, "0"])
                continue
            total = Decimal(str(there["price_total"]))
            share = Decimal(str(there["price_subtotal"])) / total if total else Decimal(1)
            price = unit_price(line.gross * share, line.quantity, _digits(line.price_unit))
            rows.append([line.xid, str(price)])
    load_or_refuse(odoo, "sale.order.line", ("id", "price_unit"), rows, update=True, context=_QUIET)


def _round(
    odoo: Odoo,
    orders: Sequence[tuple[int, CreateOrder]],
    wrong: Mapping[int, tuple[Decimal, str]],
    rounding_product: int,
) -> None:
    """Add the explicit rounding line to orders that miss Amazon's total by no more than rounding can explain."""
    rows = []
    for odoo_id, order in orders:
        total, currency = wrong[odoo_id]
        missing = order.total - total
        if currency == order.currency and abs(missing) <= _tolerance(order):
            line = rounding_line(order.account.key, order.order_id, missing, rounding_product)
            rows.append([line.xid, order.xid, str(rounding_product), line.name, "1", str(missing)])
    columns = ("id", "order_id/id", "product_id/.id", "name", "product_uom_qty", "price_unit")
    load_or_refuse(odoo, "sale.order.line", columns, rows, update=True, context=_QUIET)


def _tolerance(order: CreateOrder) -> Decimal:
    """Half a cent for each piece's price and for each line's base and tax."""
    pieces = sum(line.quantity for line in order.lines)
    return cent(order.currency) * (pieces + 2 * len(order.lines)) / 2


def _lines(odoo: Odoo, order_ids: Sequence[int]) -> Mapping[int, Mapping[str, Mapping[str, Any]]]:
    """The orders' lines by external id."""
    found = odoo.search_read("sale.order.line", [("order_id", "in", list(order_ids))], _LINE_FIELDS)
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
