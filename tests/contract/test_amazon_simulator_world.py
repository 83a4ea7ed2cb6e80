"""The simulated world: deterministic, mixed, alive."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from domain.marketplace import BY_ID
from simulator.amazon import World
from simulator.amazon.progress import Raw
from simulator.amazon.sellers import Seller
from tests.contract.amazon_simulator import FAST, calling, ids, seller

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SELLERS = (
    seller("EU1", places="DE FR GB PL", orders=400),
    seller("NA1", "na", "US CA", orders=400),
    seller("FE1", "fe", "JP", orders=200),
)


@pytest.fixture(scope="module")
def world() -> World:
    return World(SELLERS, seed=7, start=START)


def raws(world: World, *sellers: Seller) -> list[Raw]:
    return [stored.raw for one in sellers or SELLERS for stored in world.orders(one.seller_id)]


def test_the_seed_decides_everything(world: World) -> None:
    assert raws(World(SELLERS, seed=7, start=START)) == raws(world)
    assert raws(World(SELLERS, seed=8, start=START)) != raws(world)


def test_another_start_moves_times_and_nothing_else(world: World) -> None:
    later = World(SELLERS, seed=7, start=START + timedelta(days=1))
    pairs = list(zip(raws(world), raws(later), strict=True))
    assert all(before["orderItems"] == after["orderItems"] for before, after in pairs)
    assert all(before["orderId"] == after["orderId"] for before, after in pairs)
    moves = {datetime.fromisoformat(b["createdTime"]) - datetime.fromisoformat(a["createdTime"]) for a, b in pairs}
    assert moves == {timedelta(days=1)}


def test_one_order_more_changes_no_other(world: World) -> None:
    more = World((seller("EU1", places="DE FR GB PL", orders=401),), seed=7, start=START)
    assert raws(more, SELLERS[0])[:400] == raws(world, SELLERS[0])


def test_life_is_deterministic_too() -> None:
    worlds = [World(SELLERS, seed=7, start=START) for _ in range(2)]
    lives = [[world.advance(new_orders=1) for _ in range(3)] for world in worlds]
    assert lives[0] == lives[1]
    statuses = [[raw["fulfillment"]["fulfillmentStatus"] for raw in raws(world)] for world in worlds]
    assert statuses[0] == statuses[1]


def test_order_and_item_ids_are_unique_and_well_formed(world: World) -> None:
    for one in SELLERS:
        orders = raws(world, one)
        assert len({raw["orderId"] for raw in orders}) == one.orders
        assert all([len(part) for part in raw["orderId"].split("-")] == [3, 7, 7] for raw in orders)
        items = [item["orderItemId"] for raw in orders for item in raw["orderItems"]]
        assert len(set(items)) == len(items)


def test_times_lie_in_the_last_three_days_but_not_in_the_last_three_minutes(world: World) -> None:
    for raw in raws(world):
        updated = datetime.fromisoformat(raw["lastUpdatedTime"])
        assert START - timedelta(days=3, minutes=4) < updated <= START - timedelta(minutes=3)
        assert datetime.fromisoformat(raw["createdTime"]) < updated


def test_the_mixture_holds_every_kind_of_order(world: World) -> None:
    orders = raws(world)
    statuses = Counter(raw["fulfillment"]["fulfillmentStatus"] for raw in orders)
    assert set(statuses) == {
        "PENDING", "UNSHIPPED", "PARTIALLY_SHIPPED", "SHIPPED", "CANCELLED", "PENDING_AVAILABILITY", "UNFULFILLABLE",
    }  # fmt: skip
    assert 400 < sum(raw["fulfillment"]["fulfilledBy"] == "AMAZON" for raw in orders) < 500
    assert any(raw["salesChannel"]["channelName"] == "NON_AMAZON" for raw in orders)
    assert any(raw["salesChannel"]["marketplaceId"] not in BY_ID for raw in orders)
    assert {raw["associatedOrders"][0]["associationType"] for raw in orders if "associatedOrders" in raw} == {
        "REPLACEMENT_ORIGINAL_ID", "EXCHANGE_ORIGINAL_ID",
    }  # fmt: skip
    assert max(len(raw["orderItems"]) for raw in orders) == 25
    assert {item["quantityOrdered"] for raw in orders for item in raw["orderItems"]} == {1, 2, 3, 4, 5}


def item_rows(orders: list[Raw]) -> list[dict[str, Any]]:
    return [
        row | {"quantity": item["quantityOrdered"]}
        for raw in orders
        for item in raw["orderItems"]
        for row in item.get("proceeds", {}).get("breakdowns", ())
    ]


def test_the_money_holds_every_difficulty(world: World) -> None:
    rows = item_rows(raws(world))
    assert {row["type"] for row in rows} == {"ITEM", "SHIPPING", "GIFT_WRAP", "DISCOUNT", "TAX", "COD_FEE"}
    items = [row for row in rows if row["type"] == "ITEM" and row["quantity"] > 1]
    uneven = [row for row in items if Decimal(row["subtotal"]["amount"]) * 100 % row["quantity"]]
    assert len(uneven) > 30
    assert all(Decimal(row["subtotal"]["amount"]) < 0 for row in rows if row["type"] == "DISCOUNT")
    american = item_rows(raws(world, SELLERS[1]))
    assert all(row["subtotal"]["currencyCode"] in {"USD", "CAD"} for row in american)
    assert sum(row["type"] == "TAX" for row in american) == sum(row["type"] == "ITEM" for row in american) - zeros(
        world
    )
    assert not any(row["type"] == "TAX" for row in item_rows(raws(world, SELLERS[2])))
    tips = [
        row
        for raw in raws(world)
        for row in raw.get("proceeds", {}).get("breakdowns", ())
        if row["type"] == "DELIVERY_TIP"
    ]
    assert tips


def zeros(world: World) -> int:
    """Items of free replacements, which carry no tax."""
    return sum(
        len(raw["orderItems"])
        for raw in raws(world, SELLERS[1])
        if "proceeds" in raw
        and raw.get("associatedOrders", [{}])[0].get("associationType") == "REPLACEMENT_ORIGINAL_ID"
    )


def test_people_come_back_and_have_oddities(world: World) -> None:
    orders = raws(world)
    mails = Counter(raw["buyer"]["buyerEmail"] for raw in orders if "buyerEmail" in raw["buyer"])
    assert mails.most_common(1)[0][1] > 1
    addresses = [raw["recipient"]["deliveryAddress"] for raw in orders]
    assert any("addressLine2" in address and "addressLine1" not in address for address in addresses)
    assert any("name" not in address for address in addresses)
    assert any("companyName" in address for address in addresses)
    assert any(len(address.get("addressLine1", "")) > 120 for address in addresses)
    assert any(not address["stateOrRegion"] for address in addresses)
    assert any(not address.get("name", "a").isascii() for address in addresses)
    assert any("buyerPurchaseOrderNumber" in raw["buyer"] for raw in orders)
    assert not any("buyerEmail" in raw["buyer"] for raw in orders if raw["fulfillment"]["fulfilledBy"] == "AMAZON")


def test_a_catalogue_of_forty_is_shared_by_the_marketplaces(world: World) -> None:
    by_place: dict[str, set[str]] = {}
    for raw in raws(world, SELLERS[0]):
        skus = {item["product"]["sellerSku"] for item in raw["orderItems"]}
        by_place.setdefault(raw["salesChannel"]["marketplaceId"], set()).update(skus)
    assert len(set.union(*by_place.values())) == 40
    assert all(len(skus) > 20 for place, skus in by_place.items() if place in BY_ID)


def test_quantities_and_packages_follow_the_status(world: World) -> None:
    for raw in raws(world):
        status, merchant = raw["fulfillment"]["fulfillmentStatus"], raw["fulfillment"]["fulfilledBy"] == "MERCHANT"
        done = sum(item["fulfillment"]["quantityFulfilled"] for item in raw["orderItems"])
        left = sum(item["fulfillment"]["quantityUnfulfilled"] for item in raw["orderItems"])
        assert (done > 0, left > 0) == {
            "SHIPPED": (True, False), "PARTIALLY_SHIPPED": (True, True), "CANCELLED": (False, False),
        }.get(status, (False, True))  # fmt: skip
        assert ("packages" in raw) == (merchant and status in {"SHIPPED", "PARTIALLY_SHIPPED"})
        if "packages" in raw:
            assert sum(part["quantity"] for part in raw["packages"][0]["packageItems"]) == done
        assert ("proceeds" in raw) == (status != "CANCELLED")


def test_changes_are_found_at_once_and_times_only_grow() -> None:
    with calling(World(SELLERS, seed=7, speed=FAST)) as caller:
        before = {raw["orderId"]: raw for raw in caller.sim("GET", "orders?seller=EU1").json()["EU1"]}
        since = max(raw["lastUpdatedTime"] for raw in before.values())
        answer = caller.sim("POST", "advance", {"new_orders": 3}).json()
        after = {raw["orderId"]: raw for raw in caller.sim("GET", "orders?seller=EU1").json()["EU1"]}
        mine = [order_id for order_id in answer["changed"] + answer["created"] if order_id in after]
        assert len(mine) > 20
        assert {order_id for order_id in after if after[order_id] != before.get(order_id)} == set(mine)
        assert all(
            after[order_id]["lastUpdatedTime"] > raw["lastUpdatedTime"]
            for order_id, raw in before.items()
            if order_id in mine
        )
        found = {order_id for page in caller.pages(lastUpdatedAfter=since) for order_id in ids(page)}
        assert set(mine) <= found


def test_every_change_is_newer_even_within_one_second() -> None:
    world = World((seller(orders=400),), seed=7)
    grown = 0
    for _ in range(6):
        before = {stored.raw["orderId"]: stored for stored in world.orders("EU1")}
        changed, _ = world.advance()
        after = {stored.raw["orderId"]: stored for stored in world.orders("EU1")}
        assert all(after[order_id].updated > before[order_id].updated for order_id in changed)
        assert all(after[order_id].before == before[order_id].raw for order_id in changed)
        grown += sum(before[order_id].before is not None for order_id in changed)
    assert grown > 5


def test_life_moves_orders_the_way_amazon_does() -> None:
    world = World(SELLERS, seed=3)
    moves: Counter[tuple[str, str, str]] = Counter()
    for _ in range(25):
        before = {raw["orderId"]: raw["fulfillment"]["fulfillmentStatus"] for raw in raws(world)}
        world.advance()
        for raw in raws(world):
            moves[
                raw["fulfillment"]["fulfilledBy"], before[raw["orderId"]], raw["fulfillment"]["fulfillmentStatus"]
            ] += 1
    assert {move for move in moves if move[1] != move[2]} == {
        ("AMAZON", "PENDING_AVAILABILITY", "PENDING"), ("MERCHANT", "PENDING_AVAILABILITY", "PENDING"),
        ("AMAZON", "PENDING", "UNSHIPPED"), ("AMAZON", "PENDING", "SHIPPED"), ("AMAZON", "PENDING", "CANCELLED"),
        ("MERCHANT", "PENDING", "UNSHIPPED"), ("MERCHANT", "PENDING", "CANCELLED"),
        ("AMAZON", "UNSHIPPED", "SHIPPED"), ("MERCHANT", "UNSHIPPED", "CANCELLED"),
    }  # fmt: skip
    items = [item for raw in raws(world) for item in raw["orderItems"]]
    assert any("cancellationRequest" in item.get("cancellation", {}) for item in items)
    assert any(item["quantityOrdered"] == 0 for item in items)


def pieces(raw: Raw) -> int:
    return sum(item["quantityOrdered"] for item in raw["orderItems"])


def test_before_shipping_quantities_addresses_and_ship_by_dates_change() -> None:
    world = World(SELLERS, seed=3)
    lowered = moved = postponed = 0
    for _ in range(6):
        for seller_id in (one.seller_id for one in SELLERS):
            before = {stored.raw["orderId"]: stored.raw for stored in world.orders(seller_id)}
            world.advance()
            for stored in world.orders(seller_id):
                was, now = before[stored.raw["orderId"]], stored.raw
                if now["fulfillment"]["fulfillmentStatus"] != was["fulfillment"]["fulfillmentStatus"]:
                    continue
                if 0 < pieces(now) < pieces(was) and not any("cancellation" in item for item in now["orderItems"]):
                    lowered += 1
                    total, old = (Decimal(raw["proceeds"]["grandTotal"]["amount"]) for raw in (now, was))
                    assert 0 < total < old
                moved += now["recipient"] != was["recipient"]
                ship_by = [raw["fulfillment"]["shipByWindow"]["latestDateTime"] for raw in (was, now)]
                postponed += ship_by[0] < ship_by[1]
                assert now["buyer"] == was["buyer"]
    assert min(lowered, moved, postponed) > 2, (lowered, moved, postponed)
