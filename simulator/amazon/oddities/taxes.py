"""Odd taxes: the many ways in which Amazon says, or does not say, that it collects and remits a tax."""

from __future__ import annotations

import random
from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from domain.marketplace import Marketplace
from domain.money import ZERO, cent, round_to
from simulator.amazon.oddities.kind import Oddity
from simulator.amazon.oddities.redraw import add_part, retotal
from simulator.amazon.progress import Raw

AMAZON_SERVICES: Final = "Amazon Services, Inc."
IOSS_NUMBER: Final = "IM0400000007"


def _taxed(order: Raw, marketplace: Marketplace, tax: Raw, rate: str) -> None:
    """A tax on top of every item's goods, and what Amazon says of it."""
    for item in order["orderItems"]:
        parts = (one for one in item["proceeds"]["breakdowns"] if one["type"] == "ITEM")
        goods = sum((Decimal(one["subtotal"]["amount"]) for one in parts), ZERO)
        amount = round_to(goods * Decimal(rate), cent(marketplace.currency))
        add_part(item, "TAX", amount, marketplace, ITEM=amount)
        item.pop("tax", None)
        if tax:
            item["tax"] = tax
    retotal(order, marketplace)


def _facilitator_empty_party(order: Raw, rng: random.Random, marketplace: Marketplace) -> None:
    del rng
    tax = {"taxCollections": [{"model": "MARKETPLACE_FACILITATOR", "responsibleParty": ""}]}
    _taxed(order, marketplace, tax, "0.0825")


def _facilitator_party_only(order: Raw, rng: random.Random, marketplace: Marketplace) -> None:
    del rng
    _taxed(order, marketplace, {"taxCollections": [{"responsibleParty": AMAZON_SERVICES}]}, "0.0825")


def _low_value_goods(order: Raw, rng: random.Random, marketplace: Marketplace) -> None:
    """GST on low value imports, in the word of the API before this one."""
    del rng
    tax = {"taxCollections": [{"model": "LowValueGoods", "responsibleParty": "Amazon Commercial Services Pty Ltd"}]}
    _taxed(order, marketplace, tax, "0.10")


def _deemed_reseller(order: Raw, rng: random.Random, marketplace: Marketplace) -> None:
    """VAT that Amazon owes as the deemed reseller, of goods held in the EU, or in the UK."""
    del rng
    tax: Raw = {"taxCalculationBreakdowns": [{"reportingScheme": "UOSS"}]}
    if marketplace.code == "GB":
        tax = {"taxCollections": [{"model": "MARKETPLACE_FACILITATOR", "responsibleParty": "Amazon Services Europe"}]}
    _taxed(order, marketplace, tax, "0.20")


def _ioss(order: Raw, rng: random.Random, marketplace: Marketplace) -> None:
    """VAT of an import that Amazon has collected; for some parcels only the customs number says so."""
    tax: Raw = {"taxCalculationBreakdowns": [{"reportingScheme": "IOSS"}]} if rng.random() < 0.5 else {}
    _taxed(order, marketplace, tax, "0.19")
    for item in order["orderItems"]:
        item["fulfillment"].setdefault("shipping", {})["internationalShipping"] = {"iossNumber": IOSS_NUMBER}


def _tax_collection_missing(order: Raw, rng: random.Random, marketplace: Marketplace) -> None:
    """Tax, and not a word on who remits it: in the US that is Amazon, elsewhere it is the seller."""
    _taxed(order, marketplace, rng.choice(({}, {"taxCollections": []}, {"taxCollections": [{}]})), "0.0725")


def _sellers_own_tax(order: Raw, rng: random.Random, marketplace: Marketplace) -> None:
    """Tax that the seller remits, said in so many words."""
    del rng
    _taxed(order, marketplace, {"taxCollections": [{"model": "STANDARD", "responsibleParty": "Seller"}]}, "0.05")


def _tax_without_details(order: Raw, rng: random.Random, marketplace: Marketplace) -> None:
    _tax_collection_missing(order, rng, marketplace)
    for item in order["orderItems"]:
        for part in item["proceeds"]["breakdowns"]:
            if part["type"] == "TAX":
                del part["detailedBreakdowns"]


TAXES: Final[Mapping[str, Oddity]] = {
    "facilitator-empty-party": _facilitator_empty_party,
    "facilitator-party-only": _facilitator_party_only,
    "low-value-goods": _low_value_goods,
    "deemed-reseller": _deemed_reseller,
    "ioss": _ioss,
    "tax-collection-missing": _tax_collection_missing,
    "sellers-own-tax": _sellers_own_tax,
    "tax-without-details": _tax_without_details,
}
