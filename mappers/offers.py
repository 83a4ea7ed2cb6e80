"""Offers: which product a SKU of an account and marketplace is."""

from __future__ import annotations

from collections.abc import Mapping

from domain.marketplace import Marketplace
from domain.odoo import OfferCommand, OrderFacts
from domain.order import Order, OrderItem
from mappers.names import offer_xid


def missing_offers(account: str, marketplace: Marketplace, order: Order, facts: OrderFacts) -> tuple[OfferCommand, ...]:
    """Return the offers that `order` needs and Odoo lacks, one per SKU.

    An offer sells the product whose internal reference is the SKU, else the default product, flagged for pairing.
    """
    offers = {}
    for item in order.items:
        if item.sku not in facts.offers and item.sku not in offers:
            product = facts.products.get(item.sku)
            offers[item.sku] = OfferCommand(
                xid=offer_xid(account, marketplace.code, item.sku),
                sku=item.sku,
                asin=item.asin,
                title=item.title,
                marketplace=marketplace.code,
                product=facts.defaults.sale if product is None else product,
                needs_pairing=product is None,
            )
    return tuple(offers.values())


def product_of(item: OrderItem, facts: OrderFacts) -> int:
    """Return the id of the product that `item` is."""
    known: Mapping[str, int] = {**facts.products, **facts.offers}
    return known.get(item.sku, facts.defaults.sale)
