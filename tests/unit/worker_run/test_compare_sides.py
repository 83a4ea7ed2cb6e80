"""Reading both sides: page by page within the quota, resumable, and fair to orders that change meanwhile."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, cast

import fakeredis
import pytest

import sync.compare_sides as module
from clients.amazon.client import AmazonClient, RawOrder
from clients.amazon.page import Page
from clients.amazon.seller import Seller
from clients.odoo.client import Odoo
from domain.account import Policy
from domain.errors import NeedsHuman, Throttled
from domain.marketplace import Region
from domain.shipment import Delivery, MovedGoods, OrderedLine, ShippedOrder
from state.limiter import Limiter, Quota
from sync.compare import Row
from sync.compare_shipments import Outgoing
from sync.compare_sides import Comparison
from tests.builders import DE, an_account

SINCE = datetime(2026, 4, 1, tzinfo=UTC)
UNTIL = datetime(2026, 5, 1, tzinfo=UTC)
UPDATED = datetime(2026, 4, 30, 9, tzinfo=UTC)


def raw(order_id: str, *, updated: datetime = UPDATED, status: str = "UNSHIPPED") -> RawOrder:
    """An order of one item for 20.00 EUR on Amazon.de, as Amazon sends it."""
    amount = {"amount": "20.00", "currencyCode": "EUR"}
    item = {
        "orderItemId": "1",
        "quantityOrdered": 1,
        "product": {"sellerSku": "MUG", "title": "Mug"},
        "proceeds": {"proceedsTotal": amount, "breakdowns": [{"type": "ITEM", "subtotal": amount}]},
    }
    document = {
        "orderId": order_id,
        "createdTime": "2026-04-29T08:00:00Z",
        "lastUpdatedTime": updated.isoformat(),
        "salesChannel": {"channelName": "AMAZON", "marketplaceId": DE.id},
        "fulfillment": {"fulfillmentStatus": status, "fulfilledBy": "MERCHANT"},
        "orderItems": [item],
        "proceeds": {"grandTotal": amount},
    }
    return RawOrder(order_id, updated, DE.id, status, json.dumps(document).encode())


def sale_order(odoo_id: int, order_id: str, **changes: Any) -> dict[str, Any]:
    return {
        "id": odoo_id,
        "client_order_ref": order_id,
        "state": "sale",
        "amount_total": 20.0,
        "currency_id": [1, "EUR"],
        "x_amazon_channel": "fbm",
        "x_amazon_status": "UNSHIPPED",
        "x_amazon_last_update": "2026-04-30 09:00:00",
        **changes,
    }


class FakeAmazon:
    """Pages by token, single orders by id; remembers what it was asked."""

    def __init__(self, pages: Mapping[str | None, Page], orders: Mapping[str, RawOrder] | None = None) -> None:
        self.asked: list[tuple[str, Any]] = []
        self.refuses = False
        self._pages = pages
        self._orders = orders or {}

    def search_orders(self, seller: Seller, **named: Any) -> Page:
        self.asked.append(("search", named))
        if self.refuses:
            raise Throttled("429", after=7.0)
        return self._pages[named["page_token"]]

    def get_order(self, seller: Seller, order_id: str) -> RawOrder:
        self.asked.append(("get", order_id))
        if order_id not in self._orders:
            raise NeedsHuman("not_found_at_amazon", "gone", "look")
        return self._orders[order_id]


def an_odoo(*orders: dict[str, Any]) -> Odoo:
    """An Odoo with these sale orders, of which a domain by reference gives those asked for."""

    def search_read(model: str, domain: Sequence[Any], fields: Sequence[str], **_: Any) -> list[dict[str, Any]]:
        if model in {"x_amazon_issue", "stock.picking"}:
            return []
        assert domain[0] == ("x_amazon_account", "=", "acme-eu")
        if domain[1][0] == "client_order_ref":
            return [order for order in orders if order["client_order_ref"] in domain[1][2]]
        assert list(domain[1:]) == [
            ("x_amazon_last_update", ">=", "2026-04-01 00:00:00"),
            ("x_amazon_last_update", "<=", "2026-05-01 00:00:00"),
        ]
        within = ("2026-04-01 00:00:00", "2026-05-01 00:00:00")
        return [order for order in orders if within[0] <= (order["x_amazon_last_update"] or "") <= within[1]]

    return cast(Odoo, SimpleNamespace(search_read=search_read))


def a_comparison(amazon: FakeAmazon, burst: int = 10) -> Comparison:
    quotas = {"searchOrders": Quota(0.01, burst), "getOrder": Quota(0.01, 4)}
    return Comparison(
        account=an_account(),
        seller=Seller("acme-eu", "A1SELLER", "refresh", Region.EU),
        amazon=cast(AmazonClient, amazon),
        limiter=Limiter(fakeredis.FakeRedis(), quotas),
        since=SINCE,
        until=UNTIL,
    )


def read_all(comparison: Comparison, odoo: Odoo) -> int:
    steps = 1
    while not comparison.step(odoo):
        steps += 1
    return steps


def test_all_pages_of_one_window_are_read_with_the_same_arguments() -> None:
    amazon = FakeAmazon({None: Page((raw("302-1"),), "next", None), "next": Page((raw("302-2"),), None, None)})
    comparison = a_comparison(amazon)
    assert read_all(comparison, an_odoo(sale_order(1, "302-1"), sale_order(2, "302-2"))) == 3
    assert comparison.pages == 2
    assert [named["page_token"] for _, named in amazon.asked] == [None, "next"]
    rest = [{key: value for key, value in named.items() if key != "page_token"} for _, named in amazon.asked]
    assert rest[0] == rest[1] == {
        "marketplace_ids": [marketplace.id for marketplace in an_account().marketplaces],
        "updated_after": SINCE,
        "updated_before": UNTIL,
    }  # fmt: skip
    report = comparison.report()
    assert report.agrees
    assert report.rows == {"DE": Row(amazon=2, due=2, odoo=2)}
    assert report.totals["EUR"].odoo == Decimal("40.00")


def test_without_a_token_nothing_is_called_and_a_later_step_goes_on() -> None:
    amazon = FakeAmazon({None: Page((raw("302-1"),), "next", None), "next": Page((), None, None)})
    comparison = a_comparison(amazon, burst=2)  # a bucket begins half full: one call
    odoo = an_odoo(sale_order(1, "302-1"))
    assert comparison.step(odoo) is False
    for _ in range(2):
        with pytest.raises(Throttled) as throttled:
            comparison.step(odoo)
        assert throttled.value.after == pytest.approx(100, abs=1)
    assert len(amazon.asked) == 1
    with pytest.raises(RuntimeError, match=r"call step\(\)"):
        comparison.report()


def test_a_429_of_amazon_stops_everybody_and_loses_nothing() -> None:
    amazon = FakeAmazon({None: Page((raw("302-1"),), None, None)})
    comparison = a_comparison(amazon)
    amazon.refuses = True
    with pytest.raises(Throttled):
        comparison.step(an_odoo())
    amazon.refuses = False
    with pytest.raises(Throttled) as blocked:
        comparison.step(an_odoo())
    assert blocked.value.after == pytest.approx(100, abs=1), "not 7 s: the bucket is empty, the next token takes longer"
    assert len(amazon.asked) == 1
    assert comparison.limiter.left("acme-eu", "searchOrders") == 0


def test_a_sale_order_the_search_did_not_tell_is_asked_for() -> None:
    moved_on = raw("302-9", updated=UNTIL + timedelta(minutes=1), status="SHIPPED")
    amazon = FakeAmazon({None: Page((), None, None)}, {"302-9": moved_on})
    comparison = a_comparison(amazon)
    read_all(comparison, an_odoo(sale_order(1, "302-9")))
    assert amazon.asked[1:] == [("get", "302-9")]
    assert comparison.report().agrees
    assert comparison.report().rows == {}


def test_what_left_is_read_before_amazons_side_and_its_orders_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    delivery = Delivery(odoo_id=17, name="OUT/17", done=UPDATED, tracking="T1", status="done", key="17=aa")
    line = OrderedLine(odoo_id=1, item_ref="1", product=9, quantity=Decimal(1), demand={9: Decimal(1)})
    left = ShippedOrder(
        odoo_id=5, account="acme-eu", order_id="302-9", marketplace="DE", status="UNSHIPPED", deliveries=(delivery,),
        lines=(line,), goods=(MovedGoods(delivery=17, line=1, product=9, quantity=Decimal(1)),),
    )  # fmt: skip
    asked: list[Any] = []
    amazon = FakeAmazon({None: Page((), None, None)}, {"302-9": raw("302-9", updated=UNTIL, status="SHIPPED")})

    def delivered(_odoo: object, account: str, since: datetime) -> list[int]:
        asked.append((account, since, len(amazon.asked)))
        return [17]

    monkeypatch.setattr(module, "delivered_since", delivered)
    monkeypatch.setattr(module, "shipped_orders", lambda _odoo, ids: dict.fromkeys(ids, left))
    monkeypatch.setattr(module, "cancelled_by_hand", lambda *_: [("302-9", "done", "")])
    comparison = a_comparison(amazon)
    comparison.account = replace(comparison.account, policy=Policy(notify_cancellations=True))
    read_all(comparison, an_odoo())
    assert asked == [("acme-eu", SINCE, 0)]
    assert amazon.asked[1:] == [("get", "302-9")]
    report = comparison.report()
    assert not report.agrees
    short = "item 1: 1 pieces left, 0 in packages at Amazon"
    assert report.outgoing == Outgoing(
        validated=1, settled=1, packages=1, cancelled=1, wrong=2,
        differences=[
            ("DE", "302-9", f"OUT/17 was told as package 17, which Amazon does not have; {short}"),
            ("", "302-9", "Amazon was told that it is cancelled, but it is shipped at Amazon"),
        ],
    )  # fmt: skip
    assert [(one.order_id, one.text) for one in report.differences[-2:]] == [
        (order_id, text) for _, order_id, text in report.outgoing.differences
    ]


def test_what_left_of_an_order_that_changed_before_the_window_is_not_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    left = ShippedOrder(
        odoo_id=5, account="acme-eu", order_id="302-9", marketplace="DE", status="UNSHIPPED",
        deliveries=(), lines=(), goods=(),
    )  # fmt: skip
    monkeypatch.setattr(module, "delivered_since", lambda *_: [17])
    monkeypatch.setattr(module, "shipped_orders", lambda _odoo, ids: dict.fromkeys(ids, left))
    before = SINCE - timedelta(days=1)
    amazon = FakeAmazon({None: Page((), None, None)}, {"302-9": raw("302-9", updated=before)})
    comparison = a_comparison(amazon)
    read_all(comparison, an_odoo(sale_order(5, "302-9", x_amazon_last_update="2026-03-31 00:00:00")))
    report = comparison.report()
    assert report.differences == []
    assert report.rows == {"DE": Row(amazon=1, due=1, odoo=1)}


def test_a_sale_order_amazon_never_had_is_a_difference() -> None:
    comparison = a_comparison(FakeAmazon({None: Page((), None, None)}))
    read_all(comparison, an_odoo(sale_order(1, "302-9")))
    told = [(one.order_id, one.text) for one in comparison.report().differences]
    assert told == [("302-9", "in Odoo, but Amazon has no such order")]


def test_an_order_amazon_sends_in_a_broken_form_is_a_difference_unless_parked() -> None:
    broken = RawOrder("302-1", UPDATED, DE.id, "", b'{"orderId": "302-1"}')
    comparison = a_comparison(FakeAmazon({None: Page((broken,), None, None)}))
    read_all(comparison, an_odoo())
    assert [one.text for one in comparison.report().differences] == [
        "Amazon's data cannot be read, and it is not parked"
    ]


def test_calls_left_are_told_without_taking_one() -> None:
    limiter = Limiter(fakeredis.FakeRedis(), {"searchOrders": Quota(0.01, 10)})
    assert limiter.left("acme-eu", "searchOrders") == 5
    assert limiter.reserve("acme-eu", "searchOrders").granted
    assert [limiter.left("acme-eu", "searchOrders") for _ in range(3)] == [4, 4, 4]
    for _ in range(4):
        assert limiter.reserve("acme-eu", "searchOrders").granted
    assert limiter.left("acme-eu", "searchOrders") == 0
    assert not limiter.reserve("acme-eu", "searchOrders").granted
    assert limiter.left("acme-us", "searchOrders") == 5
