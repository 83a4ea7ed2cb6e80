"""Whatever the simulated Amazon says has the form of Amazon's official model."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from simulator.amazon import World
from tests.contract.amazon_models import complaints, needs_models
from tests.contract.amazon_simulator import EVERYTHING, FAST, Caller, calling, ids, seller

SELLERS = (
    seller("EU1", places="DE FR GB IT ES NL PL SE BE IE TR EG SA AE IN ZA", orders=160),
    seller("NA1", "na", "US CA MX BR", orders=160),
    seller("FE1", "fe", "JP AU SG", orders=120),
)


@pytest.fixture(scope="module")
def caller() -> Iterator[Caller]:
    with calling(World(SELLERS, seed=11, speed=FAST)) as caller:
        yield caller


def as_seller(caller: Caller, seller_id: str) -> Caller:
    return Caller(caller.base, caller.http, seller_id)


@needs_models
@pytest.mark.parametrize(("seller_id", "number"), [("EU1", 160), ("NA1", 160), ("FE1", 120)])
def test_every_page_and_single_orders_fit_the_model(caller: Caller, seller_id: str, number: int) -> None:
    mine = as_seller(caller, seller_id)
    pages = mine.pages(includedData=EVERYTHING, maxResultsPerPage=50)
    assert [complaints(page, "SearchOrdersResponse") for page in pages] == [[]] * len(pages)
    found = [order for page in pages for order in ids(page)]
    assert len(found) == number
    answers = [mine.order(order_id).json() for order_id in found[::10]]
    assert [complaints(answer, "GetOrderResponse") for answer in answers] == [[]] * (number // 10)


@needs_models
@pytest.mark.parametrize("word", EVERYTHING.split(","))
def test_a_page_with_one_dataset_fits_the_model(caller: Caller, word: str) -> None:
    page = as_seller(caller, "NA1").search(includedData=word, maxResultsPerPage=30).json()
    assert len(page["orders"]) == 30
    assert complaints(page, "SearchOrdersResponse") == []


@needs_models
def test_orders_fit_the_model_after_some_life() -> None:
    world = World(SELLERS, seed=12, speed=FAST)
    for _ in range(6):
        changed, created = world.advance(new_orders=5)
        assert changed
        assert len(created) == 15
    with calling(world) as caller:
        for seller_id, number in (("EU1", 190), ("NA1", 190), ("FE1", 150)):
            pages = as_seller(caller, seller_id).pages(includedData=EVERYTHING)
            assert sum(len(page["orders"]) for page in pages) == number
            assert [complaints(page, "SearchOrdersResponse") for page in pages] == [[]] * len(pages)


@needs_models
@pytest.mark.parametrize(
    ("status", "path"),
    [
        (400, "/orders/2026-01-01/orders"),
        (400, "/orders/2026-01-01/orders/123"),
        (404, "/orders/2026-01-01/orders/111-1111111-1111111"),
        (404, "/orders/2026-01-01/nothing"),
    ],
)
def test_refusals_fit_the_model(caller: Caller, status: int, path: str) -> None:
    answer = caller.get(path)
    assert (answer.status_code, complaints(answer.json(), "ErrorList")) == (status, [])


@needs_models
@pytest.mark.parametrize(
    ("kind", "status"), [("status_500", 500), ("status_429", 429), ("forbidden", 403), ("expired_token", 403)]
)
def test_faults_fit_the_model(caller: Caller, kind: str, status: int) -> None:
    mine = as_seller(caller, "FE1")
    mine.fault(kind, "searchOrders")
    answer = mine.search()
    assert (answer.status_code, complaints(answer.json(), "ErrorList")) == (status, [])


@needs_models
def test_the_check_itself_notices_faults() -> None:
    order = {
        "orderId": 1,
        "createdTime": "yesterday",
        "lastUpdatedTime": "2026-01-01T00:00:00",
        "orderItems": [],
        "x": 1,
    }
    found = complaints({"order": order}, "GetOrderResponse")
    assert len(found) == 5


def amount(money: dict[str, str]) -> Decimal:
    return Decimal(money["amount"])


def test_amounts_add_up_in_every_order(caller: Caller) -> None:
    truth: dict[str, list[dict[str, Any]]] = caller.sim("GET", "orders").json()
    orders = [order for orders in truth.values() for order in orders if "proceeds" in order]
    assert len(orders) > 400
    for order in orders:
        proceeds = [item["proceeds"] for item in order["orderItems"]]
        for part in proceeds:
            assert sum(amount(row["subtotal"]) for row in part["breakdowns"]) == amount(part["proceedsTotal"])
            for row in part["breakdowns"]:
                details = row.get("detailedBreakdowns")
                assert (details is not None) == (row["type"] in {"TAX", "DISCOUNT"})
                if details:
                    assert sum(amount(detail["value"]) for detail in details) == amount(row["subtotal"])
        tips = [amount(row["subtotal"]) for row in order["proceeds"]["breakdowns"] if row["type"] == "DELIVERY_TIP"]
        total = sum(amount(part["proceedsTotal"]) for part in proceeds) + sum(tips)
        assert total == amount(order["proceeds"]["grandTotal"])
        assert sum(amount(row["subtotal"]) for row in order["proceeds"]["breakdowns"]) == total


def test_amounts_have_the_decimals_of_their_currency(caller: Caller) -> None:
    truth = caller.sim("GET", "orders?seller=FE1").json()["FE1"]
    totals = [order["proceeds"]["grandTotal"] for order in truth if "proceeds" in order]
    decimals = {(total["currencyCode"], len(total["amount"].partition(".")[2])) for total in totals}
    assert decimals == {("JPY", 0), ("AUD", 2), ("SGD", 2)}
