"""Odd orders: each kind fits Amazon's official model and adds up, only sellers that ask get them, the seed decides."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from domain.marketplace import BY_ID, Marketplace
from simulator.amazon import Seller, World, oddities, read_sellers
from simulator.amazon.cancellations import cancel_item
from simulator.amazon.later import lower, move, postpone
from simulator.amazon.oddities import ODDITIES, OFF_MODEL, money, odd, people
from simulator.amazon.progress import Raw, copied
from simulator.amazon.sellers import BadSellers
from tests.contract.amazon_models import complaints, needs_models
from tests.contract.amazon_simulator import FAST, calling, seller

START = datetime(2026, 5, 4, 12, tzinfo=UTC)
# Their amounts are not to be had in coins.
CONTRADICTORY = {"too-many-decimals"}
SELLERS = (
    seller("EU1", places="DE FR GB IT ES NL PL SE", orders=60),
    seller("NA1", "na", "US CA MX", orders=30),
    seller("FE1", "fe", "JP AU SG", orders=30),
)


@cache
def ordinary() -> list[tuple[Raw, Marketplace]]:
    """Orders with amounts as they are drawn, and where they come from."""
    world = World(SELLERS, seed=23, start=START)
    raws = [stored.raw for one in SELLERS for stored in world.orders(one.seller_id)]
    whole = [raw for raw in raws if "proceeds" in raw and raw["salesChannel"]["marketplaceId"] in BY_ID]
    return [(raw, BY_ID[raw["salesChannel"]["marketplaceId"]]) for raw in whole]


def made(name: str, most: int = 12) -> Iterator[Raw]:
    """The first orders that the oddity changed; more would show the same and take minutes."""
    return islice(_changed(name), most)


def _changed(name: str) -> Iterator[Raw]:
    for place, (raw, marketplace) in enumerate(ordinary()):
        changed = copied(raw)
        ODDITIES[name](changed, random.Random(f"{name}:{place}"), marketplace)
        if changed != raw:
            yield changed


def test_no_two_modules_share_a_name() -> None:
    assert len(ODDITIES) == len(money.ODDITIES) + len(people.ODDITIES) + len(odd.ODDITIES)
    assert set(ODDITIES) >= OFF_MODEL


@needs_models
@pytest.mark.parametrize("name", ODDITIES)
def test_an_odd_order_has_the_form_of_amazons_model(name: str) -> None:
    orders = list(made(name))
    assert orders, "it suits no order at all"
    found = [line for raw in orders for line in complaints({"order": raw}, "GetOrderResponse")]
    assert (found != []) == (name in OFF_MODEL), found[:3]


@pytest.mark.parametrize("name", ODDITIES)
def test_an_odd_order_keeps_its_identity_and_the_seed_decides(name: str) -> None:
    (raw, marketplace), *_ = ordinary()
    once, twice = copied(raw), copied(raw)
    for one in (once, twice):
        ODDITIES[name](one, random.Random("same"), marketplace)
    assert once == twice
    known = {raw["orderId"] for raw, _ in ordinary()}
    assert {order["orderId"] for order in made(name)} <= known


def _adds_up(order: Raw) -> bool:
    """Whether what its items come to is the order's total; what belongs to no item is a tip."""
    own = [item.get("proceeds", {}).get("proceedsTotal", {}).get("amount", "0") for item in order["orderItems"]]
    proceeds = order.get("proceeds", {"breakdowns": (), "grandTotal": {"amount": "NaN"}})
    tips = [part["subtotal"]["amount"] for part in proceeds["breakdowns"] if part["type"] == "DELIVERY_TIP"]
    return sum(map(Decimal, own + tips)) == Decimal(proceeds["grandTotal"]["amount"])


@pytest.mark.parametrize("name", ODDITIES)
def test_an_odd_order_lives_on_like_any_other(name: str) -> None:
    for raw in made(name, 60):
        sound = name not in CONTRADICTORY and _adds_up(raw)
        for change in (lower, move, postpone):
            order = copied(raw)
            change(order, random.Random("life"))
            assert _adds_up(order) or not sound
        for place in range(min(len(raw["orderItems"]), 4)):
            order = copied(raw)
            cancel_item(order, order["orderItems"][place], "NO_INVENTORY")
            assert order["orderItems"][place]["quantityOrdered"] == 0
            assert _adds_up(order) or not sound


# ------------------------------------------------------------------ how they are chosen, with oddities of our own


def _noted(name: str) -> Any:
    return lambda order, rng, marketplace: order.setdefault("odd", []).append(name)


@pytest.fixture
def two_kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    own = {"dear": _noted("dear"), "never": lambda *_: None, "nameless": _noted("nameless")}
    monkeypatch.setattr(oddities, "ODDITIES", own)
    monkeypatch.setattr(people, "ODDITIES", {"nameless": own["nameless"]})


def drawn(share: float, **more: Any) -> dict[str, tuple[Raw, tuple[str, ...]]]:
    one = seller(orders=200, odd=share, **more)
    world = World((one,), seed=5, start=START)
    names = world.oddities("EU1")
    return {stored.raw["orderId"]: (stored.raw, names.get(stored.raw["orderId"], ())) for stored in world.orders("EU1")}


@pytest.mark.usefixtures("two_kinds")
def test_the_share_decides_how_many_and_the_rest_stays_as_it_was() -> None:
    none, some, all_ = drawn(0), drawn(0.5), drawn(1)
    assert not any(names for _, names in none.values())
    assert 60 < sum(bool(names) for _, names in some.values()) < 130
    assert all(bool(names) == ("proceeds" in raw) for raw, names in all_.values())
    for order_id, (raw, names) in some.items():
        assert raw.get("odd", []) == list(names)
        assert {key: part for key, part in raw.items() if key != "odd"} == none[order_id][0]
    assert {names for _, names in all_.values()} == {
        (), ("dear",), ("nameless",), ("dear", "nameless"), ("nameless", "dear"),
    }  # fmt: skip


@pytest.mark.usefixtures("two_kinds")
def test_only_the_control_plane_tells_which_orders_are_odd() -> None:
    world = World((seller(orders=40, odd=1), seller("EU2", orders=40)), seed=5, speed=FAST)
    with calling(world) as caller:
        told = caller.sim("GET", "oddities").json()
        assert told["EU2"] == {}
        assert {order_id: tuple(names) for order_id, names in told["EU1"].items()} == world.oddities("EU1")
        assert len(told["EU1"]) > 30
        assert caller.sim("GET", "oddities?seller=EU2").json() == {"EU2": {}}
        assert caller.sim("GET", "oddities?seller=nobody").status_code == 404


def test_the_share_is_read_from_the_file_or_given_for_all(tmp_path: Path) -> None:
    good = {"seller_id": "A", "refresh_token": "a", "region": "EU", "marketplaces": ["DE"], "orders": 3}
    path = tmp_path / "sellers.json"
    path.write_text(json.dumps([good | {"odd": 0.25}, good | {"seller_id": "B", "refresh_token": "b"}]))

    def shares(given: tuple[Seller, ...]) -> list[float]:
        return [one.odd_share for one in given]

    assert shares(read_sellers(path)) == [0.25, 0.0]
    assert shares(read_sellers(path, odd_share=1.0)) == [1.0, 1.0]
    for share in (-0.1, 1.1):
        with pytest.raises(BadSellers):
            read_sellers(path, odd_share=share)
