"""Commands -> rows of Odoo's load(): columns by name, one record per external id, sub-rows for lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from domain.odoo import CreateOrder, LineCommand, LineKind, OfferCommand, Taxes
from domain.order import Channel
from domain.partner import PartnerCommand

Row = list[str]

PARTNER_COLUMNS = (
    "id", "name", "type", "is_company", "email", "phone", "street", "street2", "city", "zip",
    "state_id/.id", "country_id/.id", "company_id/.id", "comment",
)  # fmt: skip
OFFER_COLUMNS = (
    "id", "x_name", "x_sku", "x_asin", "x_title", "x_account", "x_marketplace", "x_product_id/.id",
    "x_needs_pairing", "x_company_id/.id",
)  # fmt: skip
_ORDER_COLUMNS = (
    "id", "partner_id/id", "partner_invoice_id/id", "partner_shipping_id/id", "company_id/.id", "warehouse_id/.id",
    "pricelist_id/.id", "team_id/.id", "user_id/.id", "client_order_ref", "date_order", "commitment_date",
    "x_amazon_account", "x_amazon_channel", "x_amazon_marketplace", "x_amazon_status", "x_amazon_service_level",
    "x_amazon_purchase_order", "x_amazon_programs", "x_amazon_replaces",
)  # fmt: skip
_LINE_COLUMNS = (
    "id", "product_id/.id", "name", "product_uom_qty", "price_unit", "x_amazon_item_ref", "display_type", "sequence",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Names:
    """Field names that differ between Odoo's versions: a line's taxes and route (a route, or several)."""

    taxes: str
    route: str


def moment(value: datetime | None) -> str:
    """Return Odoo's text of a moment: UTC, whole seconds; '' for None."""
    return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S") if value else ""


def partner_row(partner: PartnerCommand, comment: str) -> Row:
    """Return the row of a contact or delivery address, without the contact it belongs to and without its tax number."""
    return [
        partner.xid, partner.name, "delivery" if partner.parent else "contact", "1" if partner.is_company else "0",
        partner.email, partner.phone, partner.street, partner.street2, partner.city, partner.zip,
        _id(partner.state), _id(partner.country), _id(partner.company), comment,
    ]  # fmt: skip


def offer_row(order: CreateOrder, offer: OfferCommand) -> Row:
    """Return the row of an offer."""
    return [
        offer.xid, offer.sku, offer.sku, offer.asin, offer.title, order.account.key, offer.marketplace,
        _id(offer.product), "1" if offer.needs_pairing else "0", _id(order.facts.company),
    ]  # fmt: skip


def order_columns(names: Names, more: Sequence[str] = (), *, untaxed: bool) -> list[str]:
    """Return the columns of order_rows(); `more`: columns of the order beyond the usual ones.

    `untaxed`: with a column of the lines' taxes, so that an empty cell means none.
    """
    columns = (*_LINE_COLUMNS, f"{names.route}/.id", *((f"{names.taxes}/.id",) if untaxed else ()))
    return [*_ORDER_COLUMNS, *more, *(f"order_line/{column}" for column in columns)]


def order_rows(
    order: CreateOrder, lines: Sequence[LineCommand], more: Sequence[str] = (), *, untaxed: bool
) -> list[Row]:
    """Return the rows of a sale order with `lines`: the first carries the order, all carry a line.

    `untaxed`: none of the lines has a tax, whatever product and fiscal position say.
    """
    head = [
        order.xid, order.contact.xid, order.contact.xid, order.address.xid, _id(order.facts.company),
        _id(order.facts.warehouse), _id(order.facts.pricelists[order.currency]), _id(order.facts.team),
        _id(order.facts.salesperson), order.order_id, moment(order.date_order), moment(order.commitment_date),
        order.account.key, order.channel, order.marketplace, order.status, order.service_level, order.purchase_order,
        order.programs, order.replaces,
        *more,
    ]  # fmt: skip
    blank = [""] * len(head)
    taxes = [""] if untaxed else []
    cells = [_line_cells(order, line, place) + taxes for place, line in enumerate(lines, start=1)]
    if not cells:
        return [head + [""] * (len(_LINE_COLUMNS) + 1) + taxes]
    return [(blank if place else head) + line for place, line in enumerate(cells)]


def untaxed_columns(names: Names) -> list[str]:
    """Return the columns of untaxed_rows()."""
    return ["order_id/id", *_LINE_COLUMNS, f"{names.route}/.id", f"{names.taxes}/.id"]


def untaxed_rows(order: CreateOrder, lines: Iterable[LineCommand]) -> list[Row]:
    """Return rows of sale.order.line for lines that must have no tax, whatever product and fiscal position say."""
    return [
        [order.xid, *_line_cells(order, line, place), ""]
        for place, line in enumerate(lines, start=len(order.lines) + 1)
    ]


def by_taxes(order: CreateOrder) -> tuple[list[LineCommand], list[LineCommand]]:
    """Return the order's lines that Odoo taxes, and those it must not (Amazon collects and remits that tax)."""
    taxed = [line for line in order.lines if line.taxes is Taxes.ODOO]
    return taxed, [line for line in order.lines if line.taxes is Taxes.NONE]


def has_taxes(lines: Iterable[LineCommand]) -> bool:
    """Whether Odoo puts a tax on any of `lines`: notes have no price, and nothing to be taxed."""
    return any(line.taxes is Taxes.ODOO and line.kind is not LineKind.NOTE for line in lines)


def _line_cells(order: CreateOrder, line: LineCommand, place: int) -> Row:
    goods_of_amazon = line.kind is LineKind.PRODUCT and order.channel is Channel.FBA
    if line.kind is LineKind.NOTE:
        return [line.xid, "", line.name, "0", "0", line.item_ref, "line_note", str(place), ""]
    return [
        line.xid, _id(line.product), line.name, str(line.quantity), str(line.price_unit), line.item_ref, "",
        str(place), _id(order.facts.fba_route) if goods_of_amazon else "",
    ]  # fmt: skip


def _id(value: int | None) -> str:
    return "" if value is None else str(value)
