"""The sellers of the simulated world, as their JSON file lists them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from domain.marketplace import BY_CODE, Marketplace, Region

# Roles of the SP-API developer profile that decide what Orders 2026-01-01 gives.
ORDERS_ROLE = "inventory_and_order_tracking"
DELIVERY_ROLE = "direct_to_consumer_delivery"
TAX_ROLE = "tax_invoicing"
ROLES = frozenset({ORDERS_ROLE, DELIVERY_ROLE, TAX_ROLE})


class BadSellers(ValueError):
    """The sellers file cannot be used; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seller:
    """A selling account: `orders` is how many it starts with, `roles` what its authorisation covers.

    `odd_share`: how many of its orders are odd, 0 to 1.
    """

    seller_id: str
    refresh_token: str
    region: Region
    marketplaces: tuple[Marketplace, ...]
    orders: int = 100
    roles: frozenset[str] = ROLES
    odd_share: float = 0.0


def read_sellers(path: Path, *, orders: int | None = None, odd_share: float | None = None) -> tuple[Seller, ...]:
    """Sellers of a JSON file; `orders` and `odd_share` override every seller's. Raises BadSellers, OSError."""
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise BadSellers(f"{path} is not JSON") from error
    if not isinstance(rows, list) or not rows:
        raise BadSellers(f"{path} must hold a list of sellers")
    sellers = tuple(parse_seller(row, orders=orders, odd_share=odd_share) for row in rows)
    for name in ("seller_id", "refresh_token"):
        values = [getattr(seller, name) for seller in sellers]
        if len(set(values)) < len(values):
            raise BadSellers(f"two sellers share a {name}")
    return sellers


def parse_seller(row: Any, *, orders: int | None = None, odd_share: float | None = None) -> Seller:
    """One seller from its JSON object. Raises BadSellers for missing fields, foreign marketplaces, unknown roles."""
    try:
        region = Region(str(row["region"]).lower())
        marketplaces = tuple(BY_CODE[code] for code in row["marketplaces"])
        number = int(row.get("orders", 100)) if orders is None else orders
        seller = Seller(
            seller_id=str(row["seller_id"]),
            refresh_token=str(row["refresh_token"]),
            region=region,
            marketplaces=marketplaces,
            orders=number,
            roles=frozenset(row.get("roles", ROLES)),
            odd_share=float(row.get("odd", 0)) if odd_share is None else odd_share,
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise BadSellers(f"unreadable seller: {type(error).__name__} {error}") from error
    if not marketplaces or number < 0:
        raise BadSellers(f"{seller.seller_id}: needs at least one marketplace, and orders of 0 or more")
    if not 0 <= seller.odd_share <= 1:
        raise BadSellers(f"{seller.seller_id}: the share of odd orders is between 0 and 1")
    foreign = [marketplace.code for marketplace in marketplaces if marketplace.region is not region]
    if foreign:
        raise BadSellers(f"{seller.seller_id}: {', '.join(foreign)} not in region {region}")
    if seller.roles - ROLES:
        raise BadSellers(f"{seller.seller_id}: unknown roles {sorted(seller.roles - ROLES)}")
    return seller
