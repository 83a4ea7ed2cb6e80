"""A page of orders: one that cannot be read must not fail the others."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from clients.amazon.client import Page, RawOrder, read_document
from domain.errors import NeedsHuman, Unavailable
from tests.unit.clients_amazon.given import (
    DE,
    NOW,
    FakeAmazon,
    client_of,
    page_answer,
    raw_order,
    search,
)


def test_a_page() -> None:
    first = raw_order("302-1", lastUpdatedTime="2026-05-01T11:30:00+02:00", extra={"kept": "ä"})
    amazon = FakeAmazon(page_answer(first, next_token="n2", headers={"x-amzn-RateLimit-Limit": "0.0056"}))
    page = search(client_of(amazon))
    document = page.orders[0].document
    assert json.loads(document) == first
    assert page == Page(
        (RawOrder("302-1", datetime(2026, 5, 1, 9, 30, tzinfo=UTC), DE, "UNSHIPPED", document),), "n2", 0.0056, 0
    )
    assert read_document(document).order_id == "302-1"
    assert "Erika" not in repr(page)


@pytest.mark.parametrize("token", [None, ""])
def test_last_page(token: str | None) -> None:
    page = search(client_of(FakeAmazon(page_answer(next_token=token))))
    assert page == Page((), None, None, 0)


def test_one_bad_order_does_not_fail_its_page() -> None:
    created = "2026-04-30T08:00:00Z"
    bad: list[Any] = [
        raw_order("302-1", orderItems="?"),
        raw_order("302-2", lastUpdatedTime="?", createdTime=created, salesChannel=None, fulfillment=[]),
        raw_order("302-3", lastUpdatedTime=None, createdTime=None, buyer={"buyerName": "\ud83d"}),
        raw_order("302-4"),
    ]
    nameless: list[Any] = [None, "302-5", {}, {"orderId": 5}, {"orderId": "a b"}]
    page = search(client_of(FakeAmazon(page_answer(*bad, *nameless))))
    assert [(order.order_id, order.updated, order.marketplace_id, order.status) for order in page.orders] == [
        ("302-1", datetime(2026, 5, 1, 9, 30, tzinfo=UTC), DE, "UNSHIPPED"),
        ("302-2", datetime(2026, 4, 30, 8, tzinfo=UTC), "", ""),
        ("302-3", NOW, DE, "UNSHIPPED"),
        ("302-4", datetime(2026, 5, 1, 9, 30, tzinfo=UTC), DE, "UNSHIPPED"),
    ]
    assert page.unnamed == 5
    for order in page.orders[:3]:
        with pytest.raises(NeedsHuman, match="bad_order: unreadable fields: "):
            read_document(order.document)
    assert read_document(page.orders[3].document).order_id == "302-4"


def test_a_page_that_names_itself_as_the_next_one_is_no_endless_loop() -> None:
    with pytest.raises(Unavailable, match="names itself") as raised:
        search(client_of(FakeAmazon(page_answer(next_token="n1"))), page_token="n1")
    assert raised.value.counted is True
