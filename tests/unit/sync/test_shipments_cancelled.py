"""Cancellations by hand: Amazon is asked first, told once, and followed to the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

import fakeredis
import pytest

import sync.notify_cancellations as module
from clients.odoo.cancellations import CancelledOrder, CancelOutcome
from domain.account import Account, Policy
from domain.errors import NeedsHuman, OutcomeUnknown, Throttled
from domain.order import Order, OrderRef, OrderStatus
from state.locks import Locks
from sync.feeds import Verdict, unnamed
from sync.notify_cancellations import NotifyCancellations
from tests.builders import NOW, an_account, an_item, an_order

RETRY = "Cancel it in Seller Central; empty the order's Amazon Cancellation in Odoo to tell Amazon once more."


@dataclass
class World:
    """Odoo's cancelled orders, Amazon's orders by id, and its feeds. `find`: what a lost answer turns out to be."""

    orders: dict[int, CancelledOrder] = field(default_factory=dict)
    there: dict[str, Order | NeedsHuman] = field(default_factory=dict)
    written: dict[int, CancelOutcome] = field(default_factory=dict)
    contents: list[bytes] = field(default_factory=list)
    created: str | Exception = "700"
    judged: dict[int, Verdict] | None = None
    find: str | None = None

    def add(self, odoo_id: int, status: OrderStatus = OrderStatus.UNSHIPPED, reason: str = "") -> None:
        order_id = f"302-{odoo_id}"
        self.orders[odoo_id] = CancelledOrder(
            odoo_id=odoo_id, account="acme-eu", order_id=order_id, reason=reason, key=""
        )
        items = (an_item(item_id="A"), an_item(item_id="GONE", quantity=0))
        self.there[order_id] = an_order(*items, order_id=order_id, status=status)

    def write(self, _odoo: object, outcomes: Sequence[CancelOutcome]) -> None:
        for one in outcomes:
            self.written[one.odoo_id] = one
            self.orders[one.odoo_id] = replace(self.orders[one.odoo_id], key=one.key)

    def cancelled(self, _odoo: object, accounts: Sequence[str]) -> list[CancelledOrder]:
        assert accounts == ["acme-eu"]
        ended = {one.odoo_id for one in self.written.values() if one.status in {"done", "error"}}
        return [order for order in self.orders.values() if order.odoo_id not in ended]

    # ------------------------------------------------------------ Amazon
    def read(self, ref: OrderRef) -> Order:
        found = self.there[ref.order_id]
        if isinstance(found, NeedsHuman):
            raise found
        return found

    def forget(self, _ref: OrderRef) -> None:
        """Documents are of no matter here."""

    def prepare(self, _account: Account, content: bytes) -> str:
        self.contents.append(content)
        return "doc"

    def create(self, _account: Account, feed_type: str, document: str) -> str:
        assert (feed_type, document) == ("POST_ORDER_ACKNOWLEDGEMENT_DATA", "doc")
        assert [order.key for order in self.orders.values() if order.key] == [f"{unnamed(NOW)}#1"]
        if isinstance(self.created, Exception):
            raise self.created
        return self.created

    def verdicts(self, _account: Account, feed: str, messages: Sequence[int]) -> dict[int, Verdict] | None:
        assert (feed, messages) == ("700", [1])
        return self.judged

    def lost(self, *_: object) -> str | None:
        return self.find


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    made = World()
    monkeypatch.setattr(module, "cancelled_orders", made.cancelled)
    monkeypatch.setattr(module, "write_cancellations", made.write)
    return made


@pytest.fixture
def step(world: World) -> NotifyCancellations:
    policy = Policy(notify_cancellations=True, cancel_reason="PricingError")
    return NotifyCancellations(
        cast("Any", type("Database", (), {"odoo": object()})()),
        {"acme-eu": an_account(policy=policy)},
        cast("Any", world),
        cast("Any", world),
        Locks(fakeredis.FakeRedis(server=fakeredis.FakeServer())),
        lambda: NOW,
    )


def ended(world: World, odoo_id: int) -> tuple[str, str, str]:
    one = world.written[odoo_id]
    return one.status, one.note, one.key


@pytest.mark.parametrize(("reason", "told"), [("", b"PricingError"), ("WeatherDelay", b"WeatherDelay")])
def test_a_cancellation_is_sent_with_its_reason_and_done_when_the_report_says_so(
    world: World, step: NotifyCancellations, reason: str, told: bytes
) -> None:
    world.add(5, reason=reason)
    assert step("acme-eu") == "1 cancellations in feed 700"
    assert ended(world, 5) == ("pending", "", "700#1")
    assert world.contents[0].count(b"<CancelReason>" + told) == 1
    assert b"GONE" not in world.contents[0]
    assert step("acme-eu") == "1 cancellations sent"
    assert ended(world, 5) == ("pending", "", "700#1")
    world.judged = {1: Verdict(accepted=True)}
    step("acme-eu")
    assert ended(world, 5) == ("done", "told to Amazon in feed 700", "")
    assert step("acme-eu") == "0 need not be told"
    assert len(world.contents) == 1


def test_a_refusal_says_amazons_words(world: World, step: NotifyCancellations) -> None:
    world.add(5)
    step("acme-eu")
    world.judged = {1: Verdict(accepted=False, words="13: No.")}
    step("acme-eu")
    assert ended(world, 5) == ("error", f"Amazon refuses it in feed 700: 13: No.. {RETRY}", "")


def test_after_an_unclear_end_the_order_is_looked_up(world: World, step: NotifyCancellations) -> None:
    world.add(5)
    step("acme-eu")
    world.judged = {1: Verdict(accepted=False, unsure=True)}
    step("acme-eu")
    assert ended(world, 5) == ("", "", "")
    world.there["302-5"] = an_order(order_id="302-5", status=OrderStatus.CANCELLED)
    assert step("acme-eu") == "1 need not be told"
    assert ended(world, 5) == ("done", "cancelled at Amazon already", "")
    assert len(world.contents) == 1


@pytest.mark.parametrize(
    ("status", "end"),
    [
        (OrderStatus.CANCELLED, ("done", "cancelled at Amazon already", "")),
        (OrderStatus.SHIPPED, ("error", f"the order is shipped at Amazon. {RETRY}", "")),
        (OrderStatus.PARTIALLY_SHIPPED, ("error", f"the order is partially_shipped at Amazon. {RETRY}", "")),
    ],
)
def test_what_is_no_more_to_be_cancelled_is_never_sent(
    world: World, step: NotifyCancellations, status: OrderStatus, end: tuple[str, str, str]
) -> None:
    world.add(5, status)
    assert step("acme-eu") == "1 need not be told"
    assert (ended(world, 5), world.contents) == (end, [])


def test_an_unknown_reason_or_order_is_a_persons(world: World, step: NotifyCancellations) -> None:
    world.add(5, reason="Because")
    world.add(6)
    world.there["302-6"] = NeedsHuman("not_found_at_amazon", "Amazon does not know this order", "x")
    step("acme-eu")
    assert ended(world, 5)[0] == "error"
    assert ended(world, 5)[1].startswith("'Because' is no reason that Amazon knows: one of BuyerCanceled, Cannot")
    assert ended(world, 6) == ("error", f"Amazon does not know this order. {RETRY}", "")
    assert world.contents == []


def test_when_amazon_says_no_it_is_as_if_nothing_had_been_done(world: World, step: NotifyCancellations) -> None:
    world.add(5)
    world.created = Throttled("quota", after=60.0)
    with pytest.raises(Throttled):
        step("acme-eu")
    assert ended(world, 5) == ("", "", "")


@pytest.mark.parametrize(("found", "end"), [("700", ("pending", "", "700#1")), (None, ("", "", ""))])
def test_a_lost_answer_is_found_again_or_forgotten(
    world: World, step: NotifyCancellations, found: str | None, end: tuple[str, str, str]
) -> None:
    world.add(5)
    world.created = OutcomeUnknown("lost")
    with pytest.raises(OutcomeUnknown):
        step("acme-eu")
    assert ended(world, 5) == ("pending", "", f"{unnamed(NOW)}#1")
    world.find = found
    step("acme-eu")
    assert ended(world, 5) == end
    assert len(world.contents) == 1


def test_one_task_at_a_time_has_an_accounts_cancellations(world: World, step: NotifyCancellations) -> None:
    world.add(5)
    with step.locks.several(["cancellations:acme-eu"]):
        assert step("acme-eu") == "another task has this account's cancellations"
    assert (world.written, world.contents) == ({}, [])
