"""The orders of the benchmark: drawn from a seed, decided by the mappers, as plain values for Odoo's create()."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from clients.amazon.client import read_document
from clients.odoo.facts import order_facts
from clients.odoo.rows import moment
from domain.account import Account
from domain.odoo import CreateOrder, LineCommand, LineKind, Taxes
from domain.order import Channel, Order
from domain.partner import PartnerCommand
from mappers.sale_order import plan
from simulator.amazon.sellers import Seller
from simulator.amazon.world import World
from sync.database import Database

Values = dict[str, Any]


def drawn(account: Account, number: int, seed: int) -> list[Order]:
    """The first `number` orders the simulated Amazon has for this account."""
    seller = Seller(
        seller_id=account.seller_id,
        refresh_token="none",
        region=account.region,
        marketplaces=account.marketplaces,
        orders=number,
    )
    world = World([seller], seed=seed)
    return [read_document(json.dumps(stored.raw).encode()) for stored in world.orders(account.seller_id)]


def decided(database: Database, account: Account, orders: Sequence[Order]) -> list[CreateOrder]:
    """What the mappers make of the orders that are due."""
    about = {account.key: database.account_facts(account)}
    known = order_facts(database.odoo, [(account, order) for order in orders], about, database.reference())
    plans = [plan(account, order, facts) for order, facts in zip(orders, known, strict=True)]
    return [one for one in plans if isinstance(one, CreateOrder)]


def values(order: CreateOrder, account: str) -> Values:
    """Everything the connector writes for `order`, for a program without it; under the name of another account."""
    fba = order.channel is Channel.FBA
    return {
        "key": order.xid,
        "contact_key": order.contact.xid,
        "contact": _partner(order.contact),
        "tax_number": order.contact.vat,
        "address_key": order.address.xid,
        "address": _partner(order.address),
        "offers": {
            offer.xid: {
                "x_name": offer.sku,
                "x_sku": offer.sku,
                "x_asin": offer.asin,
                "x_title": offer.title,
                "x_account": account,
                "x_marketplace": offer.marketplace,
                "x_product_id": offer.product,
                "x_needs_pairing": offer.needs_pairing,
                "x_company_id": order.facts.company,
            }
            for offer in order.offers
        },
        "order": {
            "company_id": order.facts.company,
            "warehouse_id": order.facts.warehouse,
            "pricelist_id": order.facts.pricelists[order.currency],
            "team_id": order.facts.team or False,
            "user_id": order.facts.salesperson or False,
            "client_order_ref": order.order_id,
            "date_order": moment(order.date_order),
            "commitment_date": moment(order.commitment_date) or False,
            "x_amazon_account": account,
            "x_amazon_channel": str(order.channel),
            "x_amazon_marketplace": order.marketplace,
            "x_amazon_status": order.status,
            "x_amazon_service_level": order.service_level,
            "x_amazon_purchase_order": order.purchase_order,
        },
        "lines": [_line(order, line, place) for place, line in enumerate(order.lines, start=1)],
        "date_order": moment(order.date_order),
        "updated": moment(order.updated),
        "picking": {
            "x_amazon_account": account,
            "x_amazon_channel": str(order.channel),
            **({"note": order.note} if order.note else {}),
        },
        "deliver": fba and order.account.policy.deliver_fba,
    }


def _partner(partner: PartnerCommand) -> Values:
    names = ("name", "email", "phone", "street", "street2", "city", "zip")
    return {
        **{name: getattr(partner, name) for name in names},
        "type": "delivery" if partner.parent else "contact",
        "state_id": partner.state or False,
        "country_id": partner.country or False,
    }


def _line(order: CreateOrder, line: LineCommand, place: int) -> Values:
    if line.kind is LineKind.NOTE:
        return {"display_type": "line_note", "name": line.name, "sequence": place}
    routed = line.kind is LineKind.PRODUCT and order.channel is Channel.FBA
    return {
        "product_id": line.product,
        "name": line.name,
        "product_uom_qty": line.quantity,
        "price_unit": float(line.price_unit),
        "x_amazon_item_ref": line.item_ref,
        "sequence": place,
        **({"tax_ids": [[6, 0, []]]} if line.taxes is Taxes.NONE else {}),
        **({"route_ids": [[6, 0, [order.facts.fba_route]]]} if routed else {}),
    }
