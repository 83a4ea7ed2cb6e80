"""The control plane and the sellers file: what tests put into the world, and how mistakes are told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from simulator.amazon import World, read_sellers
from simulator.amazon.progress import Raw
from simulator.amazon.sellers import BadSellers
from simulator.amazon.stored import BadOrder
from simulator.amazon.world import UnknownSeller
from tests.contract.amazon_simulator import FAST, calling, ids, seller


def first(world: World) -> Raw:
    return world.orders("EU1")[0].raw


def test_a_put_order_is_found_and_replaced() -> None:
    world = World((seller(orders=2),), seed=1, speed=FAST)
    raw = json.loads(json.dumps(first(world))) | {"orderId": "303-0000000-0000001"}
    with calling(world) as caller:
        assert caller.sim("POST", "orders", {"seller": "EU1", "order": raw}).json() == {"orderId": raw["orderId"]}
        assert caller.order(raw["orderId"]).json()["order"]["lastUpdatedTime"] == raw["lastUpdatedTime"]
        raw |= {"lastUpdatedTime": raw["lastUpdatedTime"].replace("Z", "+00:00"), "programs": ["PRIME"]}
        caller.sim("POST", "orders", {"seller": "EU1", "order": raw})
        assert caller.order(raw["orderId"]).json()["order"]["programs"] == ["PRIME"]
        assert len(ids(caller.search().json())) == 3


def test_a_put_order_is_a_copy() -> None:
    world = World((seller(orders=1),), seed=1)
    raw = json.loads(json.dumps(first(world)))
    world.put("EU1", raw)
    raw["orderItems"].clear()
    assert len(first(world)["orderItems"]) >= 1


@pytest.mark.parametrize(
    "broken", [[], {}, {"orderId": "1", "createdTime": 5, "lastUpdatedTime": "x", "salesChannel": {}, "orderItems": []}]
)
def test_an_unreadable_order_is_refused_and_nothing_changes(broken: Any) -> None:
    world = World((seller(orders=2),), seed=1)
    with pytest.raises(BadOrder):
        world.put("EU1", broken)
    with pytest.raises(UnknownSeller):
        world.put("nobody", first(world))
    assert len(world.orders("EU1")) == 2


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("orders", {"seller": "EU1", "order": {}}, 400),
        ("orders", {"seller": "nobody", "order": {}}, 400),
        ("advance", {"steps": -1}, 400),
        ("advance", {"new_orders": "many"}, 400),
        ("faults", {"kind": "earthquake"}, 400),
        ("faults", {}, 400),
        ("faults", {"kind": "status_500", "operation": "serchOrders"}, 400),
        ("faults", {"kind": "status_500", "seller": "nobody"}, 404),
        ("roles", {"seller": "EU1", "roles": ["king"]}, 400),
        ("tokens/revoke", {"seller": "nobody"}, 404),
        ("tokens/revoke", [], 400),
    ],
)
def test_mistakes_on_the_control_plane_are_told_and_change_nothing(path: str, body: Any, status: int) -> None:
    with calling(World((seller(orders=1),), seed=1)) as caller:
        before = caller.sim("GET", "stats").json()
        answer = caller.sim("POST", path, body)
        assert (answer.status_code, set(answer.json())) == (status, {"error"})
        assert caller.sim("GET", "stats").json() == before


GOOD = {"seller_id": "A", "refresh_token": "a", "region": "EU", "marketplaces": ["DE"], "orders": 3}


def test_sellers_are_read_from_their_file(tmp_path: Path) -> None:
    path = tmp_path / "sellers.json"
    path.write_text(json.dumps([GOOD, GOOD | {"seller_id": "B", "refresh_token": "b"}]))
    assert [(one.seller_id, one.orders, one.marketplaces[0].code) for one in read_sellers(path)] == [
        ("A", 3, "DE"),
        ("B", 3, "DE"),
    ]
    assert [one.orders for one in read_sellers(path, orders=9)] == [9, 9]


@pytest.mark.parametrize(
    "rows",
    [[], {}, [GOOD, GOOD], [GOOD | {"marketplaces": ["US"]}], [GOOD | {"marketplaces": []}],
     [GOOD | {"region": "mars"}], [GOOD | {"orders": -1}], [GOOD | {"roles": ["king"]}], [{"seller_id": "A"}], [3]],
)  # fmt: skip
def test_bad_sellers_are_refused(tmp_path: Path, rows: Any) -> None:
    path = tmp_path / "sellers.json"
    path.write_text(json.dumps(rows))
    with pytest.raises(BadSellers):
        read_sellers(path)
