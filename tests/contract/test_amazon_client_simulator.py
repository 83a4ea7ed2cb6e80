"""The client against the simulated Amazon, over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from clients.amazon import transport
from clients.amazon.client import AmazonClient, Application, RawOrder, Seller, read_document
from clients.amazon.protocol import AmazonBug, PageTokenRefused
from domain.errors import (
    AccountBroken,
    NeedsHuman,
    RetryLater,
    SyncError,
    Throttled,
    TokenExpired,
    Unavailable,
)
from domain.marketplace import BY_CODE, Region
from domain.order import Order
from simulator.amazon import CLIENT_ID, CLIENT_SECRET, World, parse_seller, serve
from simulator.faults import Fault
from tests.unit.clients_amazon.given import MemoryTokens

EU1 = Seller("eu-one", "EU1", "Atzr|EU1", Region.EU)
MARKETPLACES = [BY_CODE[code].id for code in ("DE", "FR", "GB")]
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
FAST = 1_000_000.0


def world_of(orders: int = 5, speed: float = FAST) -> World:
    row = {"seller_id": "EU1", "refresh_token": "Atzr|EU1", "region": "eu", "orders": orders}
    return World([parse_seller(row | {"marketplaces": ["DE", "FR", "GB"]})], speed=speed)


@contextmanager
def client_of(world: World, *, secret: str = CLIENT_SECRET, clock: Any = None) -> Iterator[AmazonClient]:
    with serve(world) as base, transport.pooled_http() as http:
        application = Application(CLIENT_ID, secret, base, {Region.EU: base})
        named = {"clock": clock} if clock else {}
        yield AmazonClient(application, MemoryTokens(), http, **named)


def search_all(client: AmazonClient, page_size: int = 100) -> list[list[RawOrder]]:
    before = datetime.now(UTC) - timedelta(minutes=2, seconds=5)
    pages, token = [], None
    while True:
        page = client.search_orders(
            EU1,
            marketplace_ids=MARKETPLACES,
            updated_after=LONG_AGO,
            updated_before=before,
            page_token=token,
            page_size=page_size,
        )
        pages.append(list(page.orders))
        if page.next_token is None:
            return pages
        token = page.next_token


def test_all_pages_hold_every_order_once_and_each_reads_as_the_truth() -> None:
    world = world_of(orders=250)
    with client_of(world) as client:
        pages = search_all(client)
        found = [order for page in pages for order in page]
        truth = {stored.raw["orderId"]: stored.raw for stored in world.orders("EU1")}
        assert [len(page) for page in pages] == [100, 100, 50]
        assert sorted(order.order_id for order in found) == sorted(truth)
        for order in found:
            _same(read_document(order.document), truth[order.order_id], order)
        stats = world.stats()
    assert stats["unknown_parameters"] == {}
    assert stats["token_requests"] == {"EU1": 1}


def _same(order: Order, raw: dict[str, Any], found: RawOrder) -> None:
    assert (order.updated, order.status.value.upper()) == (found.updated, found.status)
    assert order.updated == datetime.fromisoformat(raw["lastUpdatedTime"])
    assert order.marketplace_id == found.marketplace_id == raw["salesChannel"]["marketplaceId"]
    ours = [(item.item_id, item.sku, item.quantity) for item in order.items]
    theirs = [
        (item["orderItemId"], item["product"]["sellerSku"], item["quantityOrdered"]) for item in raw["orderItems"]
    ]
    assert ours == theirs
    for item in order.items:
        assert item.total is None or sum(part.amount for part in item.breakdowns) == item.total


def test_an_order_is_the_same_searched_and_fetched() -> None:
    with client_of(world_of()) as client:
        ((first, *_),) = search_all(client)
        fetched = client.get_order(EU1, first.order_id)
    assert fetched.document == first.document
    assert (fetched.updated, fetched.marketplace_id, fetched.status) == (
        first.updated,
        first.marketplace_id,
        first.status,
    )


@pytest.mark.parametrize(
    ("kind", "error", "counted"),
    [
        ("status_500", Unavailable, True),
        ("status_503_html", Unavailable, False),
        ("status_429", Throttled, False),
        ("empty_429", Throttled, False),
        ("empty_503", Unavailable, False),
        ("truncated_json", Unavailable, True),
        ("html_200", Unavailable, True),
        ("reset_before", Unavailable, False),
        ("reset_after", Unavailable, False),
        ("expired_token", TokenExpired, True),  # the token is new: see SellerTokens.refused
        ("forbidden", AccountBroken, None),
    ],
)
@pytest.mark.parametrize("operation", ["searchOrders", "getOrder"])
def test_each_fault_is_the_right_error_and_the_next_call_succeeds(
    operation: str, kind: str, error: type[SyncError], counted: bool | None
) -> None:
    world = world_of()
    order_id = world.orders("EU1")[0].raw["orderId"]
    with client_of(world) as client:

        def call() -> list[str]:
            if operation == "getOrder":
                return [client.get_order(EU1, order_id).order_id]
            return sorted(order.order_id for page in search_all(client) for order in page)

        good = call()
        world.faults.add(Fault(operation=operation, kind=kind, seller="EU1"))
        with pytest.raises(error) as raised:
            call()
        assert type(raised.value) is error
        assert getattr(raised.value, "counted", None) is counted
        assert call() == good
    assert world.stats()["faults"] == {"waiting": 0, "taken": {kind: 1}}


@pytest.mark.parametrize("operation", ["getOrder", "token"])
def test_a_server_that_hangs(operation: str, monkeypatch: pytest.MonkeyPatch) -> None:
    quick = httpx.Timeout(connect=5.0, read=0.2, write=5.0, pool=5.0)
    monkeypatch.setattr(transport, "TIMEOUT", quick)
    monkeypatch.setattr("clients.amazon.tokens._TIMEOUT", quick)
    world = world_of()
    world.faults.add(Fault(operation=operation, kind="slow", seconds=0.6))
    with client_of(world) as client, pytest.raises(Unavailable, match="ReadTimeout") as raised:
        client.get_order(EU1, world.orders("EU1")[0].raw["orderId"])
    assert raised.value.counted is False


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("lwa_500", Unavailable),
        ("status_503_html", Unavailable),
        ("html_200", Unavailable),
        ("truncated_json", Unavailable),
        ("reset_before", Unavailable),
        ("reset_after", Unavailable),
        ("invalid_grant", AccountBroken),
    ],
)
def test_each_fault_of_the_token_endpoint(kind: str, error: type[SyncError]) -> None:
    world = world_of()
    world.faults.add(Fault(operation="token", kind=kind))
    with client_of(world) as client:
        with pytest.raises(error) as raised:
            client.authorise(EU1)
        assert type(raised.value) is error
        if isinstance(raised.value, RetryLater):
            assert raised.value.counted is False
        assert world.tokens.issued == (1 if kind in {"truncated_json", "reset_after"} else 0)
        client.authorise(EU1)
    assert world.stats()["token_requests"] == {"EU1": 2}


def test_sixteen_threads_share_one_token() -> None:
    world = world_of(orders=32)
    ids = [stored.raw["orderId"] for stored in world.orders("EU1")]
    with client_of(world) as client, ThreadPoolExecutor(16) as pool:
        found = list(pool.map(lambda order_id: client.get_order(EU1, order_id).order_id, ids))
    assert found == ids
    assert world.stats()["token_requests"] == {"EU1": 1}
    assert world.tokens.issued == 1


def test_an_expired_token_costs_one_uncounted_attempt() -> None:
    now = [datetime.now(UTC)]
    world = world_of()
    order_id = world.orders("EU1")[0].raw["orderId"]
    with client_of(world, clock=lambda: now[0]) as client:
        client.get_order(EU1, order_id)
        assert world.tokens.expire("EU1") == 1
        now[0] += timedelta(minutes=50)
        with pytest.raises(TokenExpired) as raised:
            client.get_order(EU1, order_id)
        assert (raised.value.after, raised.value.counted) == (0.0, False)
        assert client.get_order(EU1, order_id).order_id == order_id
    assert world.tokens.issued == 2


def test_a_revoked_authorisation_and_a_wrong_secret() -> None:
    world = world_of()
    application_refused = pytest.raises(AccountBroken, match=r"refuses the application \(401 invalid_client\)")
    with client_of(world, secret="wrong") as client, application_refused:
        client.authorise(EU1)
    world.tokens.revoke("EU1")
    seller_refused = pytest.raises(AccountBroken, match=r"refuses the refresh token \(400 invalid_grant\)")
    with client_of(world) as client, seller_refused:
        client.get_order(EU1, "302-1234567-1234567")
    assert world.tokens.issued == 0


def test_a_missing_role_is_the_account() -> None:
    world = world_of()
    world.set_roles("EU1", [])
    with client_of(world) as client, pytest.raises(AccountBroken, match="refuses searchOrders to this account"):
        search_all(client)


def test_the_real_quota() -> None:
    world = world_of(speed=1.0)
    with client_of(world) as client:
        for _ in range(20):
            search_all(client)
        with pytest.raises(Throttled) as raised:
            search_all(client)
    assert raised.value.after == pytest.approx(178.571, abs=0.001)


def test_requests_amazon_refuses() -> None:
    with client_of(world_of()) as client:
        with pytest.raises(AmazonBug, match="searchOrders refuses our request: 400"):
            client.search_orders(
                EU1, marketplace_ids=MARKETPLACES, updated_after=LONG_AGO, updated_before=datetime.now(UTC)
            )
        with pytest.raises(PageTokenRefused):
            client.search_orders(EU1, marketplace_ids=MARKETPLACES, updated_after=LONG_AGO, page_token="gone")
        with pytest.raises(NeedsHuman) as raised:
            client.get_order(EU1, "302-0000000-0000000")
    assert raised.value.code == "not_found_at_amazon"
