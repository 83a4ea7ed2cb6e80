"""Pages of a search: complete, without duplicates, and only for the search they came from."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from simulator.amazon import World, clock
from simulator.amazon.answers import ApiError
from simulator.amazon.pages import LIFETIME, Pages, Rest
from simulator.amazon.search import read_search
from tests.contract.amazon_simulator import FAST, LONG_AGO, Caller, calling, ids, seller

SELLERS = (seller("EU1", orders=130), seller("EU2", orders=130))


@pytest.fixture
def world() -> World:
    return World(SELLERS, seed=5, speed=FAST)


@pytest.fixture
def caller(world: World) -> Iterator[Caller]:
    with calling(world) as caller:
        yield caller


@pytest.mark.parametrize(("size", "sizes"), [(100, [100, 30]), (65, [65, 65]), (130 // 13, [10] * 13)])
def test_pages_are_complete_without_duplicates(world: World, caller: Caller, size: int, sizes: list[int]) -> None:
    pages = caller.pages(maxResultsPerPage=size)
    assert [len(page["orders"]) for page in pages] == sizes
    found = [order_id for page in pages for order_id in ids(page)]
    assert sorted(found) == sorted(stored.raw["orderId"] for stored in world.orders("EU1"))
    assert [set(page) for page in pages[:-1]] == [{"orders", "pagination", "lastUpdatedBefore"}] * (len(pages) - 1)
    assert set(pages[-1]) == {"orders", "lastUpdatedBefore"}
    assert len({page["lastUpdatedBefore"] for page in pages}) == 1


def test_an_empty_result_is_one_page(caller: Caller) -> None:
    pages = caller.pages(lastUpdatedAfter=LONG_AGO, lastUpdatedBefore="2020-01-02T00:00:00Z")
    assert pages == [{"orders": [], "lastUpdatedBefore": "2020-01-02T00:00:00Z"}]


def test_pages_stay_complete_while_orders_change(world: World, caller: Caller) -> None:
    wanted = {stored.raw["orderId"] for stored in world.orders("EU1")}
    first = caller.search(maxResultsPerPage=40)
    changed, created = world.advance(steps=3, new_orders=10)
    assert len(changed) > 20
    found, token = ids(first.json()), first.json()["pagination"]["nextToken"]
    while token:
        page = caller.search(maxResultsPerPage=40, paginationToken=token).json()
        found += ids(page)
        token = page.get("pagination", {}).get("nextToken")
    assert len(found) == len(set(found)) == 130
    assert set(found) == wanted
    assert not wanted & set(created)


def test_page_size_and_datasets_may_change_between_pages(caller: Caller) -> None:
    token = caller.search(maxResultsPerPage=10).json()["pagination"]["nextToken"]
    page = caller.search(maxResultsPerPage=70, includedData="FULFILLMENT", paginationToken=token).json()
    assert len(page["orders"]) == 70
    assert all("fulfillment" in order for order in page["orders"])


@pytest.mark.parametrize(
    "changed",
    [{"lastUpdatedAfter": "2020-01-01T00:00:01Z"}, {"fulfilledBy": "AMAZON"}, {"marketplaceIds": "A1PA6795UKMFR9"}],
)
def test_another_search_refuses_the_token(caller: Caller, changed: dict[str, str]) -> None:
    token = caller.search(maxResultsPerPage=10).json()["pagination"]["nextToken"]
    answer = caller.search(**changed, paginationToken=token)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "InvalidInput")


def test_another_seller_refuses_the_token(caller: Caller) -> None:
    token = caller.search(maxResultsPerPage=10).json()["pagination"]["nextToken"]
    answer = Caller(caller.base, caller.http, "EU2").search(maxResultsPerPage=10, paginationToken=token)
    assert answer.status_code == 400


def test_a_page_can_be_asked_for_again(caller: Caller) -> None:
    token = caller.search(maxResultsPerPage=10).json()["pagination"]["nextToken"]
    answers = [caller.search(maxResultsPerPage=10, paginationToken=token).json() for _ in range(2)]
    assert ids(answers[0]) == ids(answers[1])
    assert len(ids(answers[0])) == 10


def test_a_token_ends_after_24_hours() -> None:
    now = clock.now()
    search = read_search([("lastUpdatedAfter", LONG_AGO)], SELLERS[0], now=now)
    pages = Pages()
    token = pages.keep(Rest("EU1", search.fingerprint, search.before, ("1",), 0, now + LIFETIME))
    late = now + timedelta(hours=24)
    assert pages.follow(token, search, "EU1", now=late - timedelta(seconds=1)).order_ids == ("1",)
    with pytest.raises(ApiError) as refusal:
        pages.follow(token, search, "EU1", now=late)
    assert refusal.value.status == 400


def test_the_fault_of_a_page_that_comes_twice_loses_nothing(world: World, caller: Caller) -> None:
    caller.fault("duplicate_page", "searchOrders")
    pages = caller.pages(maxResultsPerPage=50)
    assert [len(page["orders"]) for page in pages] == [50, 50, 50, 30]
    assert ids(pages[0]) == ids(pages[1])
    assert len({order_id for page in pages for order_id in ids(page)}) == 130


def test_the_fault_of_a_token_that_has_expired_refuses_one_page(caller: Caller) -> None:
    token = caller.search(maxResultsPerPage=50).json()["pagination"]["nextToken"]
    caller.fault("expired_page_token", "searchOrders")
    refused = caller.search(maxResultsPerPage=50, paginationToken=token)
    assert (refused.status_code, refused.json()["errors"][0]["details"]) == (
        400,
        "paginationToken is invalid or has expired.",
    )
    assert len(caller.search(maxResultsPerPage=50, paginationToken=token).json()["orders"]) == 50


def test_pages_may_be_made_smaller_than_asked_for() -> None:
    world = World([seller("EU1", orders=25)], page_size=10, speed=FAST)
    with calling(world, "EU1") as caller:
        pages = caller.pages()
        assert [len(page["orders"]) for page in pages] == [10, 10, 5]
        assert len({order["orderId"] for page in pages for order in page["orders"]}) == 25
        assert len(caller.search(maxResultsPerPage=3).json()["orders"]) == 3
