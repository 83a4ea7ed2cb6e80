"""Rules of searchOrders and getOrder, each as a client meets it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.marketplace import BY_CODE
from simulator.amazon import World
from tests.contract.amazon_simulator import EVERYTHING, FAST, LONG_AGO, ORDERS, Caller, calling, ids, seller

DE, GB, IT, US = (BY_CODE[code].id for code in ("DE", "GB", "IT", "US"))


@pytest.fixture(scope="module")
def caller() -> Iterator[Caller]:
    sellers = (seller("EU1", places="DE FR GB", orders=200), seller("EU2", places="DE", orders=5))
    with calling(World(sellers, seed=3, speed=FAST)) as caller:
        yield caller


@pytest.fixture(scope="module")
def truth(caller: Caller) -> list[dict[str, Any]]:
    orders: list[dict[str, Any]] = caller.sim("GET", "orders?seller=EU1").json()["EU1"]
    return orders


def now_for(value: str) -> str:
    """ "110 s ago" as a time, counted from the moment of the call; anything else as it is."""
    seconds, found, _ = value.partition(" s ago")
    return (datetime.now(UTC) - timedelta(seconds=int(seconds))).isoformat() if found else value


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"createdAfter": LONG_AGO, "lastUpdatedAfter": LONG_AGO},
        {"createdAfter": LONG_AGO, "lastUpdatedBefore": LONG_AGO},
        {"lastUpdatedAfter": LONG_AGO, "createdBefore": LONG_AGO},
        {"createdBefore": LONG_AGO},
        {"createdAfter": "TEST_CASE_400"},
        {"lastUpdatedAfter": "2026-01-01T00:00:00 00:00"},
        {"lastUpdatedAfter": "3600 s ago", "lastUpdatedBefore": "110 s ago"},
        {"createdAfter": "3600 s ago", "createdBefore": "110 s ago"},
        {"lastUpdatedAfter": "3600 s ago", "lastUpdatedBefore": "7200 s ago"},
        {"lastUpdatedAfter": "60 s ago"},
        {"lastUpdatedAfter": LONG_AGO, "marketplaceIds": ",".join([DE] * 51)},
        {"lastUpdatedAfter": LONG_AGO, "marketplaceIds": US},
        {"lastUpdatedAfter": LONG_AGO, "marketplaceIds": f"{DE},NOWHERE"},
        {"lastUpdatedAfter": LONG_AGO, "fulfillmentStatuses": "CANCELED"},
        {"lastUpdatedAfter": LONG_AGO, "fulfilledBy": "AFN"},
        {"lastUpdatedAfter": LONG_AGO, "includedData": "BUYER,EVERYTHING"},
        {"lastUpdatedAfter": LONG_AGO, "maxResultsPerPage": "0"},
        {"lastUpdatedAfter": LONG_AGO, "maxResultsPerPage": "101"},
        {"lastUpdatedAfter": LONG_AGO, "maxResultsPerPage": "ten"},
        {"lastUpdatedAfter": LONG_AGO, "maxResultsPerPage": "10,20"},
        {"lastUpdatedAfter": LONG_AGO, "paginationToken": "made-up"},
    ],
)
def test_a_broken_rule_is_invalid_input(caller: Caller, params: dict[str, str]) -> None:
    answer = caller.get(ORDERS, {name: now_for(value) for name, value in params.items()})
    assert answer.status_code == 400
    assert [error["code"] for error in answer.json()["errors"]] == ["InvalidInput"]
    assert answer.headers["x-amzn-RequestId"]


def test_two_minutes_back_is_far_enough(caller: Caller) -> None:
    params = {"lastUpdatedAfter": "3600 s ago", "lastUpdatedBefore": "120 s ago"}
    assert caller.get(ORDERS, {name: now_for(value) for name, value in params.items()}).status_code == 200


@pytest.mark.parametrize("place", [IT, "A2ZV50J4W1RKNI"])
def test_a_marketplace_one_does_not_sell_in_is_forbidden(caller: Caller, place: str) -> None:
    answer = caller.search(marketplaceIds=[DE, place])
    assert answer.status_code == 403
    assert answer.json()["errors"][0]["code"] == "Unauthorized"


def test_arrays_come_repeated_or_with_commas(caller: Caller) -> None:
    repeated = caller.get(ORDERS, [("lastUpdatedAfter", LONG_AGO), ("marketplaceIds", DE), ("marketplaceIds", GB)])
    joined = caller.search(marketplaceIds=f"{DE},{GB}")
    assert ids(repeated.json()) == ids(joined.json())
    assert len(ids(joined.json())) == 100


def test_marketplaces_narrow_the_result_and_unlisted_ones_come_with_their_country(
    caller: Caller, truth: list[dict[str, Any]]
) -> None:
    found = {order["orderId"] for page in caller.pages(marketplaceIds=GB) for order in page["orders"]}
    places = {order["orderId"]: order["salesChannel"]["marketplaceId"] for order in truth}
    assert found == {order_id for order_id, place in places.items() if place in {GB, "A2ZV50J4W1RKNI"}}
    assert {places[order_id] for order_id in found} == {GB, "A2ZV50J4W1RKNI"}


@pytest.mark.parametrize(
    "status", ["PENDING", "UNSHIPPED", "PARTIALLY_SHIPPED", "SHIPPED", "CANCELLED", "PENDING,SHIPPED"]
)
def test_statuses_narrow_the_result(caller: Caller, truth: list[dict[str, Any]], status: str) -> None:
    wanted = {order["orderId"] for order in truth if order["fulfillment"]["fulfillmentStatus"] in status.split(",")}
    assert wanted
    assert {found for page in caller.pages(fulfillmentStatuses=status) for found in ids(page)} == wanted


def test_the_channel_narrows_the_result(caller: Caller, truth: list[dict[str, Any]]) -> None:
    for word in ("AMAZON", "MERCHANT"):
        wanted = {order["orderId"] for order in truth if order["fulfillment"]["fulfilledBy"] == word}
        assert len(wanted) > 60
        assert {found for page in caller.pages(fulfilledBy=word) for found in ids(page)} == wanted
    both = [found for page in caller.pages(fulfilledBy="AMAZON,MERCHANT") for found in ids(page)]
    assert len(both) == len(truth)


@pytest.mark.parametrize(("family", "field"), [("lastUpdated", "lastUpdatedTime"), ("created", "createdTime")])
def test_both_bounds_are_inclusive_and_the_answer_tells_the_upper_one(
    caller: Caller, truth: list[dict[str, Any]], family: str, field: str
) -> None:
    times = sorted(order[field] for order in truth)
    low, high = times[40], times[70]
    pages = caller.pages(**{f"{family}After": low, f"{family}Before": high})
    wanted = {order["orderId"] for order in truth if low <= order[field] <= high}
    assert {found for page in pages for found in ids(page)} == wanted
    assert pages[0][f"{family}Before"] == high
    assert [order[field] for order in pages[0]["orders"]] == sorted(order[field] for order in pages[0]["orders"])


def test_without_an_upper_bound_it_is_two_minutes_ago(caller: Caller) -> None:
    before = datetime.now(UTC)
    told = datetime.fromisoformat(caller.search().json()["lastUpdatedBefore"])
    after = datetime.now(UTC)
    assert before - timedelta(seconds=121) <= told <= after - timedelta(seconds=120)


def test_no_data_without_the_word(caller: Caller) -> None:
    page = caller.search().json()
    keys = {key for order in page["orders"] for key in order}
    assert keys <= {"orderId", "orderAliases", "createdTime", "lastUpdatedTime", "programs", "associatedOrders",
                    "salesChannel", "orderItems"}  # fmt: skip
    item_keys = {key for order in page["orders"] for item in order["orderItems"] for key in item}
    assert item_keys == {"orderItemId", "quantityOrdered", "measurement", "product"}


@pytest.mark.parametrize(
    ("word", "of_order", "of_item"),
    [
        ("BUYER", {"buyer"}, set()),
        ("RECIPIENT", {"recipient"}, set()),
        ("PROCEEDS", {"proceeds"}, {"proceeds"}),
        ("PROMOTION", set(), {"promotion"}),
        ("CANCELLATION", set(), {"cancellation"}),
        ("FULFILLMENT", {"fulfillment"}, {"fulfillment"}),
        ("PACKAGES", {"packages"}, set()),
        ("TAX", {"tax"}, {"tax"}),
        ("PAYMENT", {"payment"}, set()),
    ],
)
def test_a_word_brings_its_data_and_no_other(caller: Caller, word: str, of_order: set[str], of_item: set[str]) -> None:
    plain, rich = caller.pages(), caller.pages(includedData=word)
    for level, wanted in (("order", of_order), ("item", of_item)):
        assert fields(rich, level) - fields(plain, level) == wanted


def fields(pages: list[dict[str, Any]], level: str) -> set[str]:
    orders = [order for page in pages for order in page["orders"]]
    things = orders if level == "order" else [item for order in orders for item in order["orderItems"]]
    return {key for thing in things for key in thing}


def test_a_single_order_is_the_one_of_the_search(caller: Caller) -> None:
    for order in caller.search(includedData=EVERYTHING, maxResultsPerPage=20).json()["orders"]:
        answer = caller.order(order["orderId"])
        assert (answer.status_code, answer.json()) == (200, {"order": order})


def test_orders_of_others_do_not_exist(caller: Caller) -> None:
    foreign = caller.sim("GET", "orders?seller=EU2").json()["EU2"][0]["orderId"]
    answer = caller.order(foreign)
    assert answer.status_code == 404
    assert answer.json()["errors"][0]["code"] == "NotFound"
    assert foreign not in {found for page in caller.pages() for found in ids(page)}


def test_no_order_id_is_invalid_input(caller: Caller) -> None:
    answer = caller.order("302-123")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "InvalidInput")


def test_unknown_parameters_are_ignored_but_counted(caller: Caller) -> None:
    assert caller.search(MarketplaceIds=US).status_code == 200
    assert caller.sim("GET", "stats").json()["unknown_parameters"] == {"MarketplaceIds": 1}
