"""Commands -> values of Odoo's create(), for bundles; what rows.py is for load(). Ids of the same bundle by ref()."""

from __future__ import annotations

from typing import Any

from clients.odoo.bundle import ref
from clients.odoo.client import Odoo
from clients.odoo.rows import Names, by_taxes, has_taxes, moment
from domain.odoo import CreateOrder, LineCommand, LineKind, OfferCommand, Taxes
from domain.order import Channel
from domain.partner import PartnerCommand

Values = dict[str, Any]


def partner_values(partner: PartnerCommand, comment: str) -> Values:
    """Return the values of a contact, or of a delivery address under its contact; without its tax number."""
    texts = ("name", "email", "phone", "street", "street2", "city", "zip")
    return {
        **{name: getattr(partner, name) or False for name in texts},
        "type": "delivery" if partner.parent else "contact",
        "is_company": partner.is_company,
        "state_id": partner.state or False,
        "country_id": partner.country or False,
        "company_id": partner.company or False,
        "comment": comment or False,
        **({"parent_id": ref(partner.parent)} if partner.parent else {}),
    }


def offer_values(order: CreateOrder, offer: OfferCommand) -> Values:
    """Return the values of an offer."""
    return {
        "x_name": offer.sku,
        "x_sku": offer.sku,
        "x_asin": offer.asin or False,
        "x_title": offer.title or False,
        "x_account": order.account.key,
        "x_marketplace": offer.marketplace,
        "x_product_id": offer.product,
        "x_needs_pairing": offer.needs_pairing,
        "x_company_id": order.facts.company,
    }


def order_values(odoo: Odoo, order: CreateOrder, names: Names) -> Values:
    """Return the values of a sale order with all its lines."""
    routes = odoo.fields("sale.order.line")[names.route].type
    return {
        "partner_id": ref(order.contact.xid),
        "partner_invoice_id": ref(order.contact.xid),
        "partner_shipping_id": ref(order.address.xid),
        "company_id": order.facts.company,
        "warehouse_id": order.facts.warehouse,
        "pricelist_id": order.facts.pricelists[order.currency],
        "team_id": order.facts.team or False,
        "user_id": order.facts.salesperson or False,
        "client_order_ref": order.order_id,
        "date_order": moment(order.date_order),
        "commitment_date": moment(order.commitment_date) or False,
        "x_amazon_account": order.account.key,
        "x_amazon_channel": order.channel,
        "x_amazon_marketplace": order.marketplace,
        "x_amazon_status": order.status,
        "x_amazon_service_level": order.service_level or False,
        "x_amazon_purchase_order": order.purchase_order or False,
        "x_amazon_programs": order.programs or False,
        "x_amazon_replaces": order.replaces or False,
        "order_line": [[0, 0, _line_values(order, line, place, names, routes)] for place, line in placed(order)],
    }


def placed(order: CreateOrder) -> list[tuple[int, LineCommand]]:
    """Return the lines with their places, in the order in which load() makes them: those without tax may come last."""
    taxed, bare = by_taxes(order)
    if not has_taxes(order.lines):
        return list(enumerate(order.lines, start=1))
    return [*enumerate(taxed, start=1), *enumerate(bare, start=len(order.lines) + 1)]


def _line_values(order: CreateOrder, line: LineCommand, place: int, names: Names, routes: str) -> Values:
    """Return a line's values, its external id among them; a line that must have no tax gets an empty list of them."""
    fixed: Values = {"id": line.xid, "name": line.name, "x_amazon_item_ref": line.item_ref or False, "sequence": place}
    if line.kind is LineKind.NOTE:
        return {**fixed, "display_type": "line_note", "product_uom_qty": 0, "price_unit": 0}
    values: Values = {
        **fixed,
        "product_id": line.product,
        "product_uom_qty": line.quantity,
        "price_unit": float(line.price_unit),
    }
    if line.taxes is Taxes.NONE:
        values[names.taxes] = [[6, 0, []]]
    if line.kind is LineKind.PRODUCT and order.channel is Channel.FBA and order.facts.fba_route:
        route = order.facts.fba_route
        values[names.route] = route if routes == "many2one" else [[6, 0, [route]]]
    return values
