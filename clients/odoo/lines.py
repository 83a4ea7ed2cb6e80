"""The lines of sale orders that are there already: reading them, and writing what Amazon changed of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from clients.odoo.client import Odoo
from clients.odoo.isolate import load_or_refuse
from clients.odoo.rows import Names, untaxed_columns, untaxed_rows
from domain.odoo import LineCommand, Taxes, UpdateOrder
from domain.odoo_facts import ExistingLine, OrderContent
from domain.partner import PartnerCommand

# What a sale order's search must bring along for read_contents().
CONTENT_FIELDS: Final = ("amount_total", "partner_id", "partner_shipping_id")
_LINE_FIELDS: Final = (
    "order_id", "product_id", "product_uom_qty", "price_unit", "price_total", "qty_delivered", "qty_invoiced",
)  # fmt: skip
_PARTNER_TEXTS: Final = ("name", "email", "phone", "street", "street2", "city", "zip", "vat")
_CHANGED_COLUMNS: Final = ("id", "product_uom_qty", "price_unit")

Record = Mapping[str, Any]


def read_contents(odoo: Odoo, orders: Sequence[Record]) -> dict[int, OrderContent]:
    """Return what each of `orders` (sale orders with CONTENT_FIELDS) consists of; five calls for all of them."""
    if not orders:
        return {}
    ids = [order["id"] for order in orders]
    lines = _lines(odoo, ids)
    deliveries = done_deliveries(odoo, ids)
    locked = locked_orders(odoo, ids)
    partners = _partners(odoo, orders)
    return {
        order["id"]: OrderContent(
            total=Decimal(str(order["amount_total"])),
            lines=tuple(lines[order["id"]]),
            contact=partners[order["partner_id"][0]],
            address=partners[order["partner_shipping_id"][0]],
            deliveries=tuple(deliveries[order["id"]]),
            locked=order["id"] in locked,
        )
        for order in orders
    }


def write_lines(odoo: Odoo, updates: Sequence[UpdateOrder], *, context: Mapping[str, object]) -> None:
    """Write changed, emptied and added lines of `updates`.

    The price goes with each quantity: 19 takes the price list's again when a quantity is written without one.
    """
    rows = [[line.xid, str(line.quantity), str(line.price_unit)] for one in updates for line in one.changed]
    rows += [[line.xid, "0", str(line.price_unit)] for one in updates for line in one.emptied]
    load_or_refuse(odoo, "sale.order.line", _CHANGED_COLUMNS, rows, update=True, context=context)
    names = Names(
        taxes=odoo.first_field("sale.order.line", "tax_ids", "tax_id"),
        route=odoo.first_field("sale.order.line", "route_ids", "route_id"),
    )
    columns = untaxed_columns(names)
    load_or_refuse(odoo, "sale.order.line", columns, _added(updates, Taxes.NONE), context=context)
    companies: dict[int, list[UpdateOrder]] = defaultdict(list)
    for one in updates:
        companies[one.wanted.facts.company].append(one)
    for some in companies.values():  # two in one transaction would take each other's taxes: see clients.odoo.orders
        taxed = [row[:-1] for row in _added(some, Taxes.ODOO)]
        load_or_refuse(odoo, "sale.order.line", columns[:-1], taxed, context=context)


def done_deliveries(odoo: Odoo, order_ids: Sequence[int]) -> Mapping[int, Sequence[str]]:
    """Return the names of deliveries that are done, by sale order; those of the steps before them too."""
    domain = [("sale_id", "in", list(order_ids)), ("state", "=", "done")]
    names: dict[int, list[str]] = defaultdict(list)
    for picking in odoo.search_read("stock.picking", domain, ["sale_id", "name"], order="id"):
        names[picking["sale_id"][0]].append(picking["name"])
    return names


def locked_orders(odoo: Odoo, order_ids: Sequence[int]) -> set[int]:
    """Return the sale orders that are locked: in state 'done' where there is no field for it."""
    flag = ("locked", "=", True) if "locked" in odoo.fields("sale.order") else ("state", "=", "done")
    return {found["id"] for found in odoo.search_read("sale.order", [("id", "in", list(order_ids)), flag], ["state"])}


def _added(updates: Sequence[UpdateOrder], taxes: Taxes) -> list[list[str]]:
    """Rows of added lines; the last cell is an explicitly empty column of taxes, left out where Odoo gives them."""

    def of_kind(lines: Iterable[LineCommand]) -> list[LineCommand]:
        return [line for line in lines if line.taxes is taxes]

    return [row for one in updates for row in untaxed_rows(one.wanted, of_kind(one.added))]


def _lines(odoo: Odoo, order_ids: Sequence[int]) -> Mapping[int, Sequence[ExistingLine]]:
    domain = [("order_id", "in", list(order_ids)), ("display_type", "=", False)]
    found = odoo.search_read("sale.order.line", domain, _LINE_FIELDS, order="id")
    xids = _external_ids(odoo, "sale.order.line", [line["id"] for line in found])
    lines: dict[int, list[ExistingLine]] = defaultdict(list)
    for line in found:
        lines[line["order_id"][0]].append(
            ExistingLine(
                odoo_id=line["id"],
                xid=xids[line["id"]],
                product=line["product_id"][0] if line["product_id"] else None,
                quantity=Decimal(str(line["product_uom_qty"])),
                price_unit=Decimal(str(line["price_unit"])),
                total=Decimal(str(line["price_total"])),
                delivered=Decimal(str(line["qty_delivered"])),
                invoiced=Decimal(str(line["qty_invoiced"])),
            )
        )
    return lines


def _partners(odoo: Odoo, orders: Sequence[Record]) -> Mapping[int, PartnerCommand]:
    ids = sorted({order[name][0] for order in orders for name in ("partner_id", "partner_shipping_id")})
    fields = [*_PARTNER_TEXTS, "is_company", "state_id", "country_id"]
    found = odoo.call("res.partner", "read", ids=ids, fields=fields)
    xids = _external_ids(odoo, "res.partner", ids)
    return {
        one["id"]: PartnerCommand(
            xid=xids[one["id"]],
            **_texts(one),
            is_company=one["is_company"],
            state=one["state_id"][0] if one["state_id"] else None,
            country=one["country_id"][0] if one["country_id"] else None,
        )
        for one in found
    }


def _texts(partner: Record) -> dict[str, Any]:
    return {name: partner[name] or "" for name in _PARTNER_TEXTS}


def _external_ids(odoo: Odoo, model: str, ids: Sequence[int]) -> Mapping[int, str]:
    found = odoo.call(model, "get_external_id", ids=list(ids)) if ids else {}
    return {int(record): xid for record, xid in found.items()}
