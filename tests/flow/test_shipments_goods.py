"""Goods that are not one thing each: kits, which leave in parts, and units with a code of their own."""

from __future__ import annotations

from pathlib import Path
from random import randrange
from typing import Any
from uuid import uuid4

import pytest

from tests.flow.conftest import real
from tests.flow.fleet import OdooTarget
from tests.flow.processes import eventually
from tests.flow.raw_orders import item, order
from tests.flow.shipping import Scene, scene, told

pytestmark = pytest.mark.timeout(900)


def ordered(at: Scene, sku: str, quantity: int, other: str = "") -> dict[str, Any]:
    """An order of `quantity` pieces of `sku`, and one of `other`, that has come over to Odoo."""
    number = randrange(10_000, 900_000) * 10
    items = [item(number * 10 + 1, quantity, ITEM="19.98")]
    items[0]["product"]["sellerSku"] = sku
    if other:
        items.append(item(number * 10 + 2, 1, ITEM="5.00"))
        items[1]["product"]["sellerSku"] = other
    raw = order(number, *items, minutes_ago=3.5)
    at.fleet.amazon("POST", "/orders", {"seller": at.spec.seller_id, "order": raw})
    eventually("the order is in Odoo", lambda: len(at.warehouse.deliveries(raw["orderId"])) == 1, timeout=120)
    return raw


@real
def test_a_kit_is_told_with_the_package_that_makes_it_whole(
    tmp_path: Path, odoo_target: OdooTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    with scene(tmp_path, odoo_target, monkeypatch, waiting=0, others=5) as at:
        house, sku = at.warehouse, f"KIT-{uuid4().hex[:8]}"
        parts = house.kit(sku, {"legs": 4, "top": 1})
        raw = ordered(at, sku, 2)
        (kit,) = [one["orderItemId"] for one in raw["orderItems"]]

        def ship(tracking: str, legs: int, top: int) -> int:
            picking = house.open(raw["orderId"])
            moves = {move["product_id"][0]: move["id"] for move in house.moves(picking)}
            assert set(moves) <= set(parts.values())
            for part, number in (("legs", legs), ("top", top)):
                if parts[part] in moves:
                    house.do(moves[parts[part]], number)
            house.validate(picking, "DHL", tracking)
            return picking

        legs = ship("K1", 5, 0)
        eventually("legs alone are no table", lambda: at.settled(raw, "done"))
        assert at.packages(raw) == {}
        assert "nothing of this delivery is left" in house.deliveries(raw["orderId"], "done")[0]["x_amazon_sync_reason"]

        tops = ship("K2", 0, 2)
        eventually("one table is told", lambda: at.settled(raw, "done", "done"))
        assert {ref: told(one) for ref, one in at.packages(raw).items()} == {str(tops): ("DHL", "K2", {kit: 1})}

        rest = ship("K3", 3, 0)
        eventually("the other is told", lambda: at.settled(raw, "done", "done", "done"))
        assert {ref: told(one) for ref, one in at.packages(raw).items()} == {
            str(tops): ("DHL", "K2", {kit: 1}),
            str(rest): ("DHL", "K3", {kit: 1}),
        }
        assert legs < tops < rest


def test_transparency_codes_are_told_with_their_units(
    tmp_path: Path, odoo_target: OdooTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    with scene(tmp_path, odoo_target, monkeypatch, waiting=0, others=5) as at:
        house, mark = at.warehouse, uuid4().hex[:8].upper()
        kept = {"type": "product"} if house.odoo.version < (18, 0) else {"is_storable": True}
        coded, serial = f"CODE-{mark}", f"SERIAL-{mark}"
        for sku in (coded, serial):
            house.product(sku, tracking="serial", **kept)
        raw = ordered(at, coded, 2, serial)
        one, other = (item["orderItemId"] for item in raw["orderItems"])
        codes = [f"AZ:{mark}{number:018}" for number in (2, 1)]
        picking = house.open(raw["orderId"])
        for move in house.moves(picking):
            house.scan(move["id"], codes if move["item"] == one else [f"SN-{mark}"])
        house.validate(picking, "DHL", "C1")
        eventually("the delivery is told", lambda: at.settled(raw, "done"))
        (package,) = at.packages(raw).values()
        rows = {row["orderItemId"]: row for row in package["packageItems"]}
        assert rows == {
            one: {"orderItemId": one, "quantity": 2, "transparencyCodes": sorted(codes)},
            other: {"orderItemId": other, "quantity": 1},
        }
