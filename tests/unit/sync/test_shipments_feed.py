"""Feeds: what is marked before and after each step, and what each end of a feed comes to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, cast

import fakeredis
import pytest

import sync.feed_shipments as module
from clients.amazon.feeds import FeedDocument, FeedPage, FeedState, FeedStatus
from clients.amazon.report import FeedResult, ProcessingReport
from clients.odoo.pickings import Found
from domain.errors import AccountBroken, OutcomeUnknown, RetryLater, Throttled, Unavailable
from domain.shipment import Delivery, DeliveryOutcome, MovedGoods, OrderedLine, ShippedOrder
from mappers.feeds import FULFILMENT
from mappers.shipment import packages
from state.limiter import Limiter
from state.locks import Locks
from state.outbox import Outbox
from sync.feed_shipments import FeedShipments
from sync.feeds import Feeds, moment_of, unnamed
from tests.builders import NOW, an_account

ACCOUNT = an_account()
LEFT = datetime(2026, 5, 1, 9, tzinfo=UTC)


@dataclass
class World:
    """Odoo's deliveries by id, and an Amazon for feeds."""

    keys: dict[int, str] = field(default_factory=lambda: {17: "", 18: ""})
    tracking: dict[int, str] = field(default_factory=dict)
    serials: dict[int, tuple[str, ...]] = field(default_factory=dict)
    notes: list[tuple[int, str]] = field(default_factory=list)
    statuses: dict[int, str] = field(default_factory=dict)
    uploaded: list[bytes] = field(default_factory=list)
    creating: str | Exception = "500"
    state: FeedStatus = FeedStatus.DONE
    report: ProcessingReport = field(
        default_factory=lambda: ProcessingReport(processed=2, successful=2, with_error=0, results=())
    )
    listed: tuple[FeedState, ...] = ()
    away: Exception | None = None

    # ------------------------------------------------------------ Odoo
    def order(self, odoo_id: int) -> ShippedOrder:
        delivery = Delivery(
            odoo_id=odoo_id,
            name=f"OUT/{odoo_id}",
            done=LEFT,
            carrier="DHL",
            tracking=self.tracking.get(odoo_id, f"T{odoo_id}"),
            status=self.statuses.get(odoo_id, ""),
            key=self.keys[odoo_id],
        )
        serials = self.serials.get(odoo_id, ("",))
        pieces = Decimal(len(serials))
        return ShippedOrder(
            odoo_id=odoo_id,
            account="acme-eu",
            order_id=f"302-{odoo_id}",
            marketplace="DE",
            status="UNSHIPPED",
            deliveries=(delivery,),
            lines=(OrderedLine(odoo_id=1, item_ref="A", product=9, quantity=pieces, demand={9: pieces}),),
            goods=tuple(
                MovedGoods(delivery=odoo_id, line=1, product=9, quantity=Decimal(1), serial=serial)
                for serial in serials
            ),
        )

    def digest(self, odoo_id: int) -> str:
        return packages(ACCOUNT, self.order(odoo_id))[0].digest

    def found(self, *, in_feed: bool) -> list[Found]:
        return [Found(one, one, "") for one, key in self.keys.items() if ("~" in key) is in_feed]

    def write(self, _odoo: object, outcomes: Sequence[DeliveryOutcome]) -> None:
        for one in outcomes:
            self.keys[one.delivery], self.statuses[one.delivery] = one.key, one.status

    # ------------------------------------------------------------ Amazon
    def create_feed_document(self, _seller: object) -> FeedDocument:
        if self.away is not None:
            raise self.away
        return FeedDocument(document_id="doc", url="https://x")

    def upload_document(self, _document: FeedDocument, content: bytes) -> None:
        self.uploaded.append(content)

    def create_feed(self, _seller: object, *, feed_type: str, marketplace_ids: list[str], document_id: str) -> str:
        assert (feed_type, document_id) == (FULFILMENT, "doc")
        assert marketplace_ids == [one.id for one in ACCOUNT.marketplaces]
        marked = [key.partition("@")[2].partition("#")[0] for key in self.keys.values() if "~" in key]
        assert {moment_of(feed) for feed in marked} == {NOW}
        if isinstance(self.creating, Exception):
            raise self.creating
        return self.creating

    def find_feeds(self, _seller: object, feed_type: str, since: datetime, *, marketplace_ids: list[str]) -> FeedPage:
        assert (feed_type, since) == (FULFILMENT, NOW - timedelta(minutes=1))
        assert marketplace_ids == [one.id for one in ACCOUNT.marketplaces]
        return FeedPage(feeds=self.listed, next_token=None)

    def get_feed(self, _seller: object, feed_id: str) -> FeedState:
        return a_feed(feed_id, status=self.state)

    def read_report(self, _seller: object, document_id: str) -> ProcessingReport:
        assert document_id == "result"
        return self.report


def a_feed(feed_id: str, status: FeedStatus = FeedStatus.DONE, created: datetime = NOW) -> FeedState:
    result = "result" if status is FeedStatus.DONE else None
    return FeedState(feed_id=feed_id, status=status, result_document_id=result, feed_type=FULFILMENT, created=created)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    made = World()
    monkeypatch.setattr(module, "waiting_deliveries", lambda _odoo, _accounts: made.found(in_feed=False))
    monkeypatch.setattr(module, "feed_deliveries", lambda _odoo, _account: made.found(in_feed=True))
    monkeypatch.setattr(module, "shipped_orders", lambda _odoo, ids: {one: made.order(one) for one in ids})
    monkeypatch.setattr(module, "write_outcomes", made.write)
    monkeypatch.setattr(module, "post_note", lambda _odoo, delivery, text: made.notes.append((delivery, text)))
    return made


class Clock:
    now = NOW

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Parts:
    step: FeedShipments
    outbox: Outbox
    limiter: Limiter
    locks: Locks
    clock: Clock


@pytest.fixture
def parts(world: World) -> Parts:
    store = fakeredis.FakeRedis(server=fakeredis.FakeServer())
    outbox, limiter, locks, clock = Outbox(store), Limiter(store), Locks(store), Clock()
    feeds = Feeds(cast("Any", world), cast("Any", {"acme-eu": "seller"}), limiter, clock)
    database = cast("Any", type("Database", (), {"odoo": object()})())
    return Parts(
        FeedShipments(database, {"acme-eu": ACCOUNT}, feeds, outbox, locks, clock),
        outbox,
        limiter,
        locks,
        clock,
    )


def test_packages_are_marked_with_the_moment_and_then_with_the_feed(world: World, parts: Parts) -> None:
    first, second = world.digest(17), world.digest(18)
    assert parts.step("acme-eu") == "2 packages in feed 500"
    assert world.keys == {17: f"17~{first}@500#1", 18: f"18~{second}@500#2"}
    assert set(world.statuses.values()) == {"pending"}
    (content,) = world.uploaded
    assert content.count(b"<Message>") == 2
    assert b"<MerchantFulfillmentID>17</MerchantFulfillmentID>" in content


def test_transparency_codes_go_by_feed_up_to_ten_of_an_item(world: World, parts: Parts) -> None:
    codes = tuple(f"AZ:{number:026}" for number in range(11))
    world.serials = {17: codes, 18: codes[:10]}
    assert parts.step("acme-eu") == "1 packages in feed 500"
    assert world.keys == {17: "", 18: f"18~{world.digest(18)}@500#1"}
    (content,) = world.uploaded
    assert b"<Quantity>10</Quantity>" in content
    told = [f"<TransparencyCode>{code}</TransparencyCode>".encode() in content for code in codes]
    assert told == [True] * 10 + [False]


def test_each_line_of_the_report_is_its_own_packages(world: World, parts: Parts) -> None:
    first, second = world.digest(17), world.digest(18)
    parts.step("acme-eu")
    line = FeedResult(message_id=2, error=True, code="18028", description="No such item.")
    warning = FeedResult(message_id=1, error=False, code="1", description="Slow.")
    world.report = ProcessingReport(processed=2, successful=1, with_error=1, results=(line, warning))
    assert parts.step("acme-eu") == "2 packages of 2 answered"
    assert world.keys == {17: f"17={first}", 18: f"18!{second}"}
    assert world.statuses == {17: "done", 18: "error"}
    assert [delivery for delivery, _ in world.notes] == [18]
    assert "Amazon refuses it in feed 500: 18028: No such item.." in world.notes[0][1]


@pytest.mark.parametrize("status", [FeedStatus.IN_QUEUE, FeedStatus.IN_PROGRESS])
def test_while_amazon_works_nothing_is_written(world: World, parts: Parts, status: FeedStatus) -> None:
    parts.step("acme-eu")
    before, world.state = dict(world.keys), status
    assert parts.step("acme-eu") == "0 packages of 2 answered"
    assert world.keys == before


@pytest.mark.parametrize(
    ("state", "report"),
    [
        (FeedStatus.FATAL, None),
        (FeedStatus.CANCELLED, None),
        (FeedStatus.DONE, ProcessingReport(processed=1, successful=1, with_error=0, results=())),
        (FeedStatus.DONE, ProcessingReport(processed=2, successful=1, with_error=1, results=())),
        (
            FeedStatus.DONE,
            ProcessingReport(
                processed=2,
                successful=0,
                with_error=2,
                results=(FeedResult(message_id=0, error=True, code="x", description="y"),),
            ),
        ),
    ],
)
def test_after_an_unclear_end_each_package_is_looked_up(
    world: World, parts: Parts, state: FeedStatus, report: ProcessingReport | None
) -> None:
    first, second = world.digest(17), world.digest(18)
    parts.step("acme-eu")
    world.state, world.report = state, report or world.report
    parts.step("acme-eu")
    assert world.keys == {17: f"17?{first}", 18: f"18?{second}"}
    assert parts.step("acme-eu") == "nothing to send"  # the looks are confirmShipment's
    assert len(world.uploaded) == 1


def test_a_lost_answer_is_found_in_the_list_of_feeds(world: World, parts: Parts) -> None:
    world.creating = OutcomeUnknown("lost")
    with pytest.raises(OutcomeUnknown):
        parts.step("acme-eu")
    assert all(f"@{unnamed(NOW)}#" in key for key in world.keys.values())
    with pytest.raises(RetryLater, match="not known yet"):
        parts.step("acme-eu")
    later = a_feed("502", created=NOW + timedelta(minutes=9))
    world.listed = (later, a_feed("501", created=NOW + timedelta(seconds=1)))
    assert parts.step("acme-eu") == "feed 501 found again"
    assert all("@501#" in key for key in world.keys.values())
    assert parts.step("acme-eu") == "2 packages of 2 answered"
    assert set(world.statuses.values()) == {"done"}
    assert len(world.uploaded) == 1


def test_a_feed_that_was_never_made_lets_its_packages_go(world: World, parts: Parts) -> None:
    world.creating = OutcomeUnknown("lost")
    with pytest.raises(OutcomeUnknown):
        parts.step("acme-eu")
    parts.clock.now = NOW + timedelta(minutes=4)
    assert parts.step("acme-eu") == "the feed was never created"
    assert world.keys == {17: f"17?{world.digest(17)}", 18: f"18?{world.digest(18)}"}


@pytest.mark.parametrize("error", [Throttled("quota", after=60.0), AccountBroken("no role", "Give it.")])
def test_when_amazon_says_no_the_packages_are_free_again(world: World, parts: Parts, error: Exception) -> None:
    world.creating = error
    with pytest.raises(type(error)):
        parts.step("acme-eu")
    assert world.keys == {17: "", 18: ""}


def test_nothing_is_marked_when_the_document_fails_or_there_is_no_token(world: World, parts: Parts) -> None:
    world.away = Unavailable("away")
    with pytest.raises(Unavailable):
        parts.step("acme-eu")
    parts.limiter.throttled("acme-eu", "createFeed", 60.0)
    with pytest.raises(Throttled):
        parts.step("acme-eu")
    assert (world.keys, world.statuses, world.uploaded) == ({17: "", 18: ""}, {}, [])


def test_what_a_task_has_in_hand_or_has_begun_is_left_out_and_what_lacks_something_says_so(
    world: World, parts: Parts
) -> None:
    world.keys |= {19: "", 20: "20?00", 21: ""}
    world.tracking[21] = ""
    parts.outbox.keep("acme-eu:19:0", 60)
    world.keys.pop(18)
    assert parts.step("acme-eu") == "1 packages in feed 500"
    assert b"T17" in world.uploaded[0]
    assert world.uploaded[0].count(b"<Message>") == 1
    assert (world.keys[19], world.keys[20]) == ("", "20?00")
    assert (world.keys[21], world.statuses[21]) == (f"21!{world.digest(21)}", "error")


def test_one_task_at_a_time_has_an_accounts_feed(world: World, parts: Parts) -> None:
    with parts.locks.several(["feed:acme-eu"]):
        assert parts.step("acme-eu") == "another task has this account's feed"
    assert (world.keys, world.uploaded) == ({17: "", 18: ""}, [])


def test_a_correction_while_in_a_feed_is_told_afterwards(world: World, parts: Parts) -> None:
    told = world.digest(17)
    parts.step("acme-eu")
    world.tracking[17] = "NEW"
    parts.step("acme-eu")
    assert world.keys[17] == f"17={told}"
    assert world.statuses == {17: "pending", 18: "done"}
