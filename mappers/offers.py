"""Offers: which product a SKU of an account and marketplace is. Nothing is guessed: what is not sure, people pair."""

from __future__ import annotations

from collections.abc import Iterable

from domain.marketplace import Marketplace
from domain.odoo import OfferCommand, PairOffer
from domain.odoo_facts import OrderFacts
from domain.order import Order, OrderItem
from mappers.names import offer_xid


def product_of(item: OrderItem, facts: OrderFacts) -> int:
    """Return the id of the product that `item` is.

    The product of its offer; while that is unpaired, the product whose internal reference is the SKU; else the default
    product. A flagged offer with another product than the default one was paired by a person who left the flag.
    """
    default = facts.defaults.sale
    offered = facts.offers.get(item.sku, default)
    if offered == default and (item.sku not in facts.offers or item.sku in facts.unpaired):
        return facts.products.get(item.sku, default)
    return offered


def missing_offers(account: str, marketplace: Marketplace, order: Order, facts: OrderFacts) -> tuple[OfferCommand, ...]:
    """Return the offers that `order` needs and Odoo lacks, one per SKU; an item without a SKU can have none.

    One that sells the default product is flagged for pairing.
    """
    offers: dict[str, OfferCommand] = {}
    for item in order.items:
        if item.sku and item.sku not in {*facts.offers, *facts.unpaired, *offers}:
            product = product_of(item, facts)
            offers[item.sku] = OfferCommand(
                xid=offer_xid(account, marketplace.code, item.sku),
                sku=item.sku,
                asin=item.asin,
                title=item.title,
                marketplace=marketplace.code,
                product=product,
                needs_pairing=product == facts.defaults.sale,
            )
    return tuple(offers.values())


def pairings(order: Order, facts: OrderFacts) -> tuple[PairOffer, ...]:
    """Return what is to be written on the order's unpaired offers, one per SKU.

    A product that was found takes the flag away. Without one the flag is set, and what the offer names stays: an
    archived product that comes back is sold again.
    """
    found = {}
    for item in order.items:
        offer = facts.unpaired.get(item.sku)
        if offer is None:
            continue
        product = product_of(item, facts)
        flag = product == facts.defaults.sale
        wanted = PairOffer(offer, (offer.product or product) if flag else product, flag)
        if (wanted.product, wanted.needs_pairing) != (offer.product, offer.needs_pairing):
            found[item.sku] = wanted
    return tuple(found.values())


def sole_product(candidates: Iterable[tuple[int | None, int]], company: int) -> int | None:
    """Return the one product among `candidates` (company or None, product id) that `company` may sell, or None.

    The company's own come before shared ones, another company's never count. Two of equal rank would be a guess.
    """
    there = set(candidates)
    own = {product for owner, product in there if owner == company}
    shared = {product for owner, product in there if owner is None}
    best = own or shared
    return next(iter(best)) if len(best) == 1 else None


def fold_sku(sku: str) -> str:
    """Return what SKUs and internal references have in common that differ in case or blanks alone."""
    return " ".join(sku.split()).casefold()
