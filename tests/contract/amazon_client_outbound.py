"""A seller who tells Amazon of shipments and cancellations through our client, over HTTP, to the simulated Amazon."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from clients.amazon import transport
from clients.amazon.client import AmazonClient, Application, Seller, read_document
from domain.marketplace import BY_CODE, Region
from domain.order import Order
from domain.shipment import Shipment, ShippedItem
from simulator.amazon import CLIENT_ID, CLIENT_SECRET, World, parse_seller, serve
from tests.contract.amazon_simulator_shipments import an_order
from tests.unit.clients_amazon.given import MemoryTokens

EU1 = Seller("eu-one", "EU1", "Atzr|EU1", Region.EU)
DE = BY_CODE["DE"].id
FAST = 1_000_000.0


def order_id(number: int = 1) -> str:
    return f"303-0000000-{number:07d}"


def world_of(*orders: dict[str, Any], speed: float = FAST, feed_seconds: float = 0.0) -> World:
    """A seller EU1 with these orders, and an EU2 with order 9; feeds take no time."""
    row = {"region": "eu", "orders": 0, "marketplaces": ["DE", "FR", "GB"]}
    sellers = [parse_seller(row | {"seller_id": name, "refresh_token": f"Atzr|{name}"}) for name in ("EU1", "EU2")]
    world = World(sellers, speed=speed, feed_seconds=feed_seconds)
    for order in orders:
        world.put("EU1", order)
    world.put("EU2", an_order(1, orderId=order_id(9)))
    return world


@contextmanager
def client_of(world: World) -> Iterator[AmazonClient]:
    with serve(world) as base, transport.pooled_http() as http:
        yield AmazonClient(Application(CLIENT_ID, CLIENT_SECRET, base, {Region.EU: base}), MemoryTokens(), http)


def shipment(*items: tuple[str, int], number: int = 1, package_ref: str = "41", **changes: Any) -> Shipment:
    """A package of order `number` with these (item, quantity)."""
    named: dict[str, Any] = {
        "account": "eu-one",
        "order_id": order_id(number),
        "marketplace_id": DE,
        "package_ref": package_ref,
        "carrier_code": "DHL",
        "tracking": f"TRACK-{package_ref}",
        "shipped": datetime(2026, 1, 11, 10, 30, tzinfo=UTC),
        "items": tuple(ShippedItem(item_id=item, quantity=quantity) for item, quantity in items),
    }
    return Shipment(**named | changes)


def read(client: AmazonClient, number: int = 1) -> Order:
    """The order as our client reads it."""
    return read_document(client.get_order(EU1, order_id(number)).document)
