"""Amazon's static sandbox pairs, replayed: their orders put into the world come out as the pairs say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from simulator.amazon import World
from tests.contract.amazon_models import needs_models, sandbox
from tests.contract.amazon_simulator import FAST, ORDERS, Caller, calling, seller

SELLERS = (
    seller("na", "na", "US CA MX BR"),
    seller("eu", "eu", "GB TR"),
    seller("fe", "fe", "JP"),
)
WHERE = {
    "ATVPDKIKX0DER": "na",
    "A2Q3Y263D00KWC": "na",
    "A1F83G8C2ARO7P": "eu",
    "A33AVAJ2PDY3EV": "eu",
    "A1VC38T7YXB528": "fe",
}


@pytest.fixture(scope="module")
def caller() -> Iterator[Caller]:
    with calling(World(SELLERS, speed=FAST)) as caller:
        yield caller


def parameters(pair: dict[str, Any]) -> dict[str, Any]:
    return {name: entry["value"] for name, entry in pair["request"]["parameters"].items()}


def replayed(caller: Caller, order: dict[str, Any]) -> Caller:
    place = order["salesChannel"]["marketplaceId"]
    assert caller.sim("POST", "orders", {"seller": WHERE[place], "order": order}).status_code == 200
    return Caller(caller.base, caller.http, WHERE[place])


def as_shown_today(order: dict[str, Any]) -> dict[str, Any]:
    """`order` by rules that the pairs leave out: no e-mail for FBA, no phone long after delivery."""
    order = {**order}
    if order["fulfillment"]["fulfilledBy"] == "AMAZON":
        order["buyer"] = {key: value for key, value in order["buyer"].items() if key != "buyerEmail"}
    if order["fulfillment"]["fulfillmentStatus"] == "SHIPPED":
        address = {key: value for key, value in order["recipient"]["deliveryAddress"].items() if key != "phone"}
        order["recipient"] = {**order["recipient"], "deliveryAddress": address}
    return order


@needs_models
@pytest.mark.parametrize("number", range(3))
def test_single_orders(caller: Caller, number: int) -> None:
    pair = sandbox(f"{ORDERS}/{{orderId}}")[number]
    asked, order = parameters(pair), pair["response"]["order"]
    answer = replayed(caller, order).order(asked["orderId"], ",".join(asked["includedData"]))
    assert answer.status_code == 200
    assert answer.json() == {"order": as_shown_today(order)}


@needs_models
@pytest.mark.parametrize("number", range(3))
def test_searches(caller: Caller, number: int) -> None:
    pair = sandbox(ORDERS)[number]
    asked, orders = parameters(pair), pair["response"]["orders"]
    asked.pop("paginationToken", None)
    mine = [replayed(caller, order) for order in orders].pop()
    answer = mine.search(
        **{name: ",".join(value) if isinstance(value, list) else value for name, value in asked.items()}
    )
    assert answer.status_code == 200
    found = {order["orderId"]: order for order in answer.json()["orders"]}
    assert [found[order["orderId"]] for order in orders] == [as_shown_today(order) for order in orders]


@needs_models
def test_the_refused_search(caller: Caller) -> None:
    pair = sandbox(ORDERS, "400")[0]
    answer = Caller(caller.base, caller.http, "na").get(ORDERS, parameters(pair))
    assert (answer.status_code, answer.json()) == (400, pair["response"])
