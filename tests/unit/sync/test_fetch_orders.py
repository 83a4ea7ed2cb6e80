"""A page of a search: when the next one is due, what a backfill leaves to live polling, what a 429 costs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, cast

import fakeredis
import pytest
import redis

from clients.amazon.page import Page, RawOrder
from clients.amazon.protocol import PageTokenRefused
from domain.account import Account
from domain.errors import RetryLater, Throttled
from domain.marketplace import BY_CODE
from state.documents import Documents, document_key
from state.lanes import Lanes
from state.limiter import Limiter, Quota
from state.reconciliations import Reconciliations
from state.schedule import Schedule
from state.window import backfill_of
from sync.backfill import backfill_left, begin_backfill
from sync.fetch_orders import BEHIND_NOW, LEFT_TO_LIVE, OVERLAP, Fetch, Fetched, next_interval
from sync.reconcile import Reconcile
from tests.builders import NOW, UPDATED, an_account

ACCOUNT = replace(an_account(), poll_seconds=180.0, idle_seconds=540.0, start=NOW - timedelta(days=7))
LANE, BACKFILL = "all", backfill_of("all")
SINCE = NOW - timedelta(days=30)


class FakeAmazon:
    """Answers with `pages`, one after the other, then with empty ones; notes what was asked."""

    def __init__(self) -> None:
        self.pages: list[Page | Exception] = []
        self.asked: list[dict[str, Any]] = []

    def search_orders(self, _seller: object, **query: Any) -> Page:
        self.asked.append(query)
        page = self.pages.pop(0) if self.pages else Page((), None, None)
        if isinstance(page, Exception):
            raise page
        return page


class NoCursor:
    class odoo:  # noqa: N801 - as Database has it
        @staticmethod
        def search_read(*_: object, **__: object) -> list[dict[str, Any]]:
            return []


class Shop:
    """What a fetch needs, and the time."""

    def __init__(self, store: redis.Redis, burst: int = 20) -> None:
        store.set("amz:limit:born", "1")
        self.amazon, self.lanes, self.now = FakeAmazon(), Lanes(store), NOW
        self.limiter = Limiter(store, {"searchOrders": Quota(0.0056, burst)})
        self.schedule = Schedule(store, [])
        documents = Documents(store, document_key("secret"), 24)
        self.fetch = Fetch(
            cast("Any", self.amazon), documents, self.lanes, self.limiter, Reconcile(self.lanes, Reconciliations(store))
        )

    def page(self, lane: str = LANE, account: Account = ACCOUNT) -> Fetched:
        self.now += timedelta(minutes=5)
        fetched = self.fetch.page(account, cast("Any", None), lane, cast("Any", NoCursor), self.now)
        self.fetch.move_on(account, lane, fetched)
        return fetched

    def waits(self, number: int) -> list[int]:
        return [round(self.page().wait) for _ in range(number)]

    def backfill(self, since: datetime = SINCE) -> None:
        begin_backfill(ACCOUNT, since, lanes=self.lanes, schedule=self.schedule, now=self.now)


@pytest.fixture
def store() -> Iterator[redis.Redis]:
    with fakeredis.FakeRedis(server=fakeredis.FakeServer()) as fake:
        yield fake


@pytest.fixture
def shop(store: redis.Redis) -> Shop:
    return Shop(store)


def page(*order_ids: str, token: str | None = None, rate: float | None = None) -> Page:
    orders = tuple(
        RawOrder(order_id=order_id, updated=UPDATED, marketplace_id="", status="", document=b"{}")
        for order_id in order_ids
    )
    return Page(orders, token, rate)


# ------------------------------------------------------------ how often
def test_an_account_with_nothing_new_is_searched_less_and_less(shop: Shop) -> None:
    assert shop.waits(5) == [180, 270, 405, 540, 540]


def test_one_new_order_brings_it_back(shop: Shop) -> None:
    shop.waits(4)
    shop.amazon.pages = [page("1")]
    assert shop.waits(2) == [180, 270]


def test_an_order_that_has_landed_is_nothing_new(shop: Shop) -> None:
    shop.waits(1)
    shop.lanes.landed("acme-eu", ["all"], "1", UPDATED)
    shop.amazon.pages = [page("1")]
    fetched = shop.page()
    assert (fetched.refs, fetched.seen, round(fetched.wait)) == ((), 1, 270)


def test_the_quota_is_not_asked_for_more_than_it_carries(shop: Shop) -> None:
    eager = replace(ACCOUNT, poll_seconds=10.0, idle_seconds=10.0)
    assert round(shop.page(account=eager).wait) == 179
    shop.amazon.pages = [page(rate=0.05)]
    assert round(shop.page(account=eager).wait) == 20


def test_groups_of_one_account_share_its_quota(shop: Shop) -> None:
    two = replace(ACCOUNT, marketplaces=(BY_CODE["DE"], BY_CODE["FR"]), separate_marketplaces=True)
    assert round(shop.page("DE", two).wait) == 357


@pytest.mark.parametrize(
    ("before", "busy", "expected"),
    [(None, False, 10), (None, True, 10), (10, False, 15), (15, False, 20), (15, True, 10), (4, False, 10)],
)
def test_the_next_interval(before: float | None, busy: bool, expected: float) -> None:
    assert next_interval(before, busy=busy, shortest=10, longest=20) == expected


# ------------------------------------------------------------ page after page
def test_the_next_page_is_due_at_once_as_long_as_there_are_tokens(store: redis.Redis) -> None:
    shop = Shop(store, burst=3)
    shop.amazon.pages = [page("1", token="2"), page("2", token="3"), page("3", token="4"), page("4")]
    assert shop.waits(2) == [0, 0]
    assert 175 < shop.page().wait <= 179
    with pytest.raises(Throttled) as throttled:
        shop.page()
    assert 175 < (throttled.value.after or 0) <= 179
    assert [query["page_token"] for query in shop.amazon.asked] == [None, "2", "3"]
    assert len({query["updated_before"] for query in shop.amazon.asked}) == 1


def test_the_last_page_of_many_is_no_sign_of_an_idle_account(shop: Shop) -> None:
    shop.waits(3)
    shop.amazon.pages = [page("1", token="2"), page()]
    assert shop.waits(2) == [0, 180]


# ------------------------------------------------------------ backfills
def test_a_backfill_searches_its_window_and_looks_at_orders_again(shop: Shop) -> None:
    shop.backfill()
    shop.lanes.landed("acme-eu", ["all"], "1", UPDATED)
    shop.amazon.pages = [page("1", "2", token="next"), page("3")]
    first, second = shop.page(BACKFILL), shop.page(BACKFILL)
    assert [ref.order_id for ref in (*first.refs, *second.refs)] == ["1", "2", "3"]
    bounds = [(query["updated_after"], query["updated_before"]) for query in shop.amazon.asked]
    assert bounds == [(SINCE, NOW - BEHIND_NOW)] * 2
    assert shop.lanes.asked("acme-eu", backfill_of("all")) is None
    assert backfill_left(ACCOUNT, shop.lanes), "three orders have not landed"
    for order_id in ("1", "2", "3"):
        shop.lanes.landed("acme-eu", ["all"], order_id, UPDATED)
    assert not backfill_left(ACCOUNT, shop.lanes)
    assert shop.page(BACKFILL).window is None
    assert len(shop.amazon.asked) == 2


def test_a_backfill_leaves_tokens_to_live_polling(store: redis.Redis) -> None:
    shop = Shop(store, burst=LEFT_TO_LIVE + 2)
    shop.backfill()
    shop.amazon.pages = [page(str(number), token=str(number)) for number in range(1, 9)]
    assert shop.page(BACKFILL).wait == 0
    assert 175 < shop.page(BACKFILL).wait <= 179
    with pytest.raises(Throttled) as throttled:
        shop.page(BACKFILL)
    assert 175 < (throttled.value.after or 0) <= 179
    for _ in range(LEFT_TO_LIVE):
        shop.page()
    with pytest.raises(Throttled):
        shop.page()
    assert len(shop.amazon.asked) == LEFT_TO_LIVE + 2


def test_while_a_backfill_runs_live_searches_are_as_rare_as_an_idle_accounts(shop: Shop) -> None:
    shop.backfill()
    shop.amazon.pages = [page("1"), page("2"), page("old"), page("3")]
    assert shop.waits(2) == [540, 540]
    shop.page(BACKFILL)
    assert shop.waits(1) == [180]


def test_a_backfill_leaves_the_live_search_where_it_is(shop: Shop) -> None:
    shop.page()
    shop.backfill()
    shop.page(BACKFILL)
    shop.page()
    live = [query for query in shop.amazon.asked if query["updated_after"] != SINCE]
    assert live[1]["updated_after"] == live[0]["updated_before"] - OVERLAP


def test_a_backfill_whose_token_is_refused_begins_again(shop: Shop) -> None:
    shop.backfill()
    shop.amazon.pages = [page("1", token="2"), PageTokenRefused("old"), page("1")]
    shop.page(BACKFILL)
    with pytest.raises(RetryLater, match="begins anew"):
        shop.page(BACKFILL)
    shop.page(BACKFILL)
    assert [query["page_token"] for query in shop.amazon.asked] == [None, "2", None]
    assert {query["updated_after"] for query in shop.amazon.asked} == {SINCE}


def test_a_backfill_asked_for_while_the_last_page_of_another_comes_is_not_lost(shop: Shop) -> None:
    shop.backfill()
    window = shop.lanes.asked("acme-eu", backfill_of("all"))
    fetched = shop.fetch.page(ACCOUNT, cast("Any", None), BACKFILL, cast("Any", NoCursor), shop.now)
    shop.backfill(SINCE - timedelta(days=1))
    shop.fetch.move_on(ACCOUNT, BACKFILL, fetched)
    found = shop.lanes.asked("acme-eu", backfill_of("all"))
    assert window is not None
    assert found == replace(window, lower=SINCE - timedelta(days=1))


def test_a_backfill_asked_for_just_before_another_ends_is_not_lost(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.backfill()
    move_on = Lanes.move_on

    def asked_then(*given: Any) -> bool:
        moved = move_on(*given)
        shop.backfill(SINCE - timedelta(days=1))
        return moved

    monkeypatch.setattr(Lanes, "move_on", asked_then)
    shop.page(BACKFILL)
    found = shop.lanes.asked("acme-eu", BACKFILL)
    assert found is not None
    assert found.lower == SINCE - timedelta(days=1)


def test_a_backfill_that_was_killed_at_its_very_end_comes_to_one(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.backfill()
    with monkeypatch.context() as patch:
        patch.setattr(Lanes, "end", killed)
        with pytest.raises(KeyboardInterrupt):
            shop.page(BACKFILL)
    assert shop.lanes.asked("acme-eu", BACKFILL) is not None
    shop.page(BACKFILL)
    assert shop.lanes.asked("acme-eu", BACKFILL) is None


def killed(*_: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("since", [NOW, NOW - BEHIND_NOW, NOW + timedelta(days=1)])
def test_a_backfill_of_the_future_is_refused(shop: Shop, since: datetime) -> None:
    with pytest.raises(ValueError, match="lies in the future"):
        shop.backfill(since)
    assert shop.lanes.asked("acme-eu", backfill_of("all")) is None
    assert shop.schedule.take(60) == []


# ------------------------------------------------------------ 429
def test_a_429_costs_one_call_and_the_page_is_read_later(shop: Shop) -> None:
    shop.amazon.pages = [page("1", token="2"), Throttled("429", after=1.0), page("2")]
    shop.page()
    for _ in range(5):
        with pytest.raises(Throttled):
            shop.page()
    assert [query["page_token"] for query in shop.amazon.asked] == [None, "2"]
    assert 170 < shop.limiter.wait("acme-eu", "searchOrders") <= 179
    window = shop.lanes.window("acme-eu", "all")
    assert window is not None
    assert window.page_token == "2"
