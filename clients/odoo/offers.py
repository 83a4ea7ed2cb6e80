"""Offers and the products behind them: read in two calls for many orders, two more where a SKU is new to Odoo."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from clients.odoo.bundle import Bundle
from clients.odoo.client import Odoo
from clients.odoo.isolate import load_or_refuse
from clients.odoo.rows import OFFER_COLUMNS, offer_row
from clients.odoo.values import offer_values
from domain.account import Account
from domain.odoo import CreateOrder, PairOffer
from domain.odoo_facts import UnpairedOffer
from domain.order import Order
from mappers.offers import fold_sku, sole_product

OFFER: Final = "x_amazon_offer"
_OFFER_FIELDS: Final = ("x_account", "x_marketplace", "x_sku", "x_product_id", "x_needs_pairing")
_PRODUCT_FIELDS: Final = ("default_code", "company_id", "active")

# (account, marketplace code, SKU)
_Key = tuple[str, str, str]
_Products = Mapping[str, Sequence[tuple[int | None, int]]]


@dataclass(frozen=True, slots=True)
class Shelf:
    """What Odoo knows of an order's SKUs; each as in OrderFacts."""

    offers: Mapping[str, int]
    unpaired: Mapping[str, UnpairedOffer]
    products: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class _Found:
    """What was read: offers by key, those of their products that are archived, active products by internal reference.

    `alike_offers` and `alike_products`: those that differ from a new SKU in case or blanks, by folded text.
    """

    offers: Mapping[_Key, Mapping[str, Any]]
    archived: frozenset[int]
    products: _Products
    alike_offers: Mapping[_Key, Sequence[tuple[int | None, int]]]
    alike_products: _Products


def read_shelves(odoo: Odoo, orders: Sequence[tuple[Account, Order]], companies: Mapping[str, int]) -> list[Shelf]:
    """Return what Odoo knows of the SKUs of each of `orders`; `companies`: company id by account key."""
    keys = {key for account, order in orders for key in _keys(account, order)}
    found = _read(odoo, keys, companies)
    return [_shelf(found, _keys(account, order), companies[account.key]) for account, order in orders]


def write_offers(odoo: Odoo, orders: Sequence[CreateOrder], *, context: Mapping[str, object]) -> None:
    """Create the offers that `orders` lack, and pair or flag those that ask for it.

    An offer that somebody changed since it was read is left alone. Raises OdooRefused.
    """
    rows = {offer.xid: offer_row(order, offer) for order in orders for offer in order.offers}
    load_or_refuse(odoo, OFFER, OFFER_COLUMNS, list(rows.values()), context=context)
    wanted = {pairing.before.odoo_id: pairing for order in orders for pairing in order.pairings}
    if not wanted:
        return
    groups: dict[tuple[int, bool], list[int]] = defaultdict(list)
    for row in odoo.search_read(OFFER, [("id", "in", sorted(wanted))], _OFFER_FIELDS):
        pairing: PairOffer = wanted[row["id"]]
        if _unpaired(row) == pairing.before:
            groups[pairing.product, pairing.needs_pairing].append(row["id"])
    for (product, flag), ids in groups.items():
        values = {"x_product_id": product, "x_needs_pairing": flag}
        odoo.call(OFFER, "write", ids=ids, vals=values, context=context)


def ensure_offers(odoo: Odoo, action: int, orders: Sequence[CreateOrder], *, context: Mapping[str, object]) -> bool:
    """Create the offers that `orders` lack, by a bundle of their own; False: refused, and nothing was written.

    Whoever sells the same new products wants the same offers, which in the orders' transaction would be held for
    seconds. An offer whose order does not come in is as good as one that did.
    """
    offers = {offer.xid: offer_values(order, offer) for order in orders for offer in order.offers}
    if not offers:
        return True
    bundle = Bundle()
    bundle.ensure(OFFER, offers, context=context)
    with odoo.claims.on([offers]):
        return bundle.run(odoo, action) is not None


def _keys(account: Account, order: Order) -> set[_Key]:
    marketplace = account.marketplace(order.marketplace_id)
    return {(account.key, marketplace.code, item.sku) for item in order.items if marketplace and item.sku}


def _read(odoo: Odoo, keys: set[_Key], companies: Mapping[str, int]) -> _Found:
    skus = sorted({sku for _, _, sku in keys})
    offers = {_key(row): row for row in _offers(odoo, keys, [("x_sku", "in", skus)])} if skus else {}
    named = sorted({row["x_product_id"][0] for row in offers.values() if row["x_product_id"]})
    domain = ["|", ("id", "in", named), "&", ("active", "=", True), ("default_code", "in", skus)]
    rows = _products(odoo, domain) if skus else []
    archived = frozenset(row["id"] for row in rows if not row["active"])
    products = _by_reference(row for row in rows if row["active"])
    new = {key for key in keys if key not in offers and sole_product(products[key[2]], companies[key[0]]) is None}
    return _Found(offers, archived, products, *_alike(odoo, new))


def _alike(odoo: Odoo, new: set[_Key]) -> tuple[Mapping[_Key, Sequence[tuple[int | None, int]]], _Products]:
    """Paired offers and products whose SKU or reference differs from a new one in case or blanks alone.

    Only for SKUs that have no offer yet, so once in a SKU's life: the database has no index for it.
    """
    skus = sorted({sku for _, _, sku in new})
    if not skus:
        return {}, {}
    offers: dict[_Key, list[tuple[int | None, int]]] = defaultdict(list)
    named = [row for row in _offers(odoo, new, _patterns("x_sku", skus)) if row["x_product_id"]]
    ids = sorted({row["x_product_id"][0] for row in named})
    rows = _products(odoo, [("active", "=", True), "|", ("id", "in", ids), *_patterns("default_code", skus)])
    companies = {row["id"]: _company(row) for row in rows}
    for row in named:
        product = row["x_product_id"][0]
        if product in companies and not row["x_needs_pairing"]:
            offers[_folded(_key(row))].append((companies[product], product))
    products: dict[str, list[tuple[int | None, int]]] = defaultdict(list)
    for row in rows:
        products[fold_sku(row["default_code"] or "")].append((_company(row), row["id"]))
    return offers, products


def _shelf(found: _Found, keys: Iterable[_Key], company: int) -> Shelf:
    offers: dict[str, int] = {}
    unpaired: dict[str, UnpairedOffer] = {}
    products: dict[str, int] = {}
    for key in keys:
        sku = key[2]
        row = found.offers.get(key)
        product = row["x_product_id"][0] if row and row["x_product_id"] else None
        if product is not None and product not in found.archived:  # another company's: Odoo says so, and a person mends
            offers[sku] = product
        if row and (row["x_needs_pairing"] or sku not in offers):
            unpaired[sku] = _unpaired(row)
        chosen = _chosen(found, key, company, is_new=row is None)
        if chosen is not None:
            products[sku] = chosen
    return Shelf(offers, unpaired, products)


def _chosen(found: _Found, key: _Key, company: int, *, is_new: bool) -> int | None:
    """The product with that internal reference; of a new SKU also what differs in case or blanks, offers first."""
    exact = found.products.get(key[2], ())
    if any(owner in (company, None) for owner, _ in exact) or not is_new:
        return sole_product(exact, company)
    offered = sole_product(found.alike_offers.get(_folded(key), ()), company)
    return offered or sole_product(found.alike_products.get(fold_sku(key[2]), ()), company)


def _offers(odoo: Odoo, keys: Iterable[_Key], which: Sequence[Any]) -> list[dict[str, Any]]:
    accounts = sorted({account for account, _, _ in keys})
    return odoo.search_read(OFFER, [("x_account", "in", accounts), *which], _OFFER_FIELDS, order="id desc")


def _products(odoo: Odoo, domain: Sequence[Any]) -> list[dict[str, Any]]:
    """Products that the user may see; archived ones only where the domain asks. 14 refuses an order with one."""
    return odoo.search_read("product.product", domain, _PRODUCT_FIELDS, order="id")


def _by_reference(rows: Iterable[Mapping[str, Any]]) -> defaultdict[str, list[tuple[int | None, int]]]:
    found: defaultdict[str, list[tuple[int | None, int]]] = defaultdict(list)
    for row in rows:
        if row["default_code"]:
            found[row["default_code"]].append((_company(row), row["id"]))
    return found


def _patterns(field: str, skus: Sequence[str]) -> list[Any]:
    """A domain of what may equal one of `skus` but for case and blanks: inside, before and after it."""
    terms = []
    for sku in skus:
        words = [word.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_") for word in sku.split()]
        text = " %".join(words)
        terms += [(field, "=ilike", pattern) for pattern in (text, f"{text} %", f"% {text}", f"% {text} %")]
    return ["|"] * (len(terms) - 1) + terms


def _key(row: Mapping[str, Any]) -> _Key:
    return row["x_account"], row["x_marketplace"] or "", row["x_sku"] or ""


def _folded(key: _Key) -> _Key:
    return key[0], key[1], fold_sku(key[2])


def _company(row: Mapping[str, Any]) -> int | None:
    return row["company_id"][0] if row["company_id"] else None


def _unpaired(row: Mapping[str, Any]) -> UnpairedOffer:
    return UnpairedOffer(row["id"], row["x_product_id"][0] if row["x_product_id"] else None, row["x_needs_pairing"])
