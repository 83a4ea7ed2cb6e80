"""Telling one package: when Amazon is asked first, when nothing is told, and what is written of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, cast

import fakeredis
import pytest

import sync.confirm_shipments as module
from clients.amazon.shipments import Confirmed
from domain.errors import NeedsHuman, OutcomeUnknown, RetryLater, Throttled
from domain.order import Order, OrderRef, OrderStatus
from domain.shipment import (
    Delivery,
    DeliveryOutcome,
    KnownPackage,
    MovedGoods,
    OrderedLine,
    PackageKey,
    Shipment,
    ShippedOrder,
)
from mappers.shipment import packages
from state.limiter import QUOTAS, Limiter
from state.locks import Locks
from state.outbox import Errand, Outbox
from sync.confirm_shipments import ConfirmShipments
from sync.find_shipments import AHEAD, OPERATION
from tests.builders import NOW, ORDER_ID, an_account, an_item, an_order

KEY = PackageKey(account="acme-eu", order_id=ORDER_ID, delivery=17, package=0)
NAME = "acme-eu:17:0"
ACCOUNT = an_account()


def shipped(delivery: Delivery, status: str = "UNSHIPPED") -> ShippedOrder:
    line = OrderedLine(odoo_id=1, item_ref="A", product=9, quantity=Decimal(2), demand={9: Decimal(2)})
    goods = MovedGoods(delivery=17, line=1, product=9, quantity=Decimal(2))
    return ShippedOrder(
        odoo_id=5,
        account="acme-eu",
        order_id=ORDER_ID,
        marketplace="DE",
        status=status,
        deliveries=(delivery,),
        lines=(line,),
        goods=(goods,),
    )


DELIVERY = Delivery(
    odoo_id=17, name="OUT/17", done=datetime(2026, 5, 1, 9, tzinfo=UTC), carrier="DHL", tracking="T1", status="pending"
)
DIGEST = packages(ACCOUNT, shipped(DELIVERY))[0].digest


@dataclass
class World:
    """Odoo, Amazon and the clock in one place. `end`: what confirmShipment comes to."""

    order: ShippedOrder | None
    there: Order
    end: Confirmed | Exception = Confirmed.NOW
    told: list[Shipment] = field(default_factory=list)
    asked: int = 0
    written: list[DeliveryOutcome] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    now: datetime = NOW

    def confirm_shipment(self, _seller: object, shipment: Shipment) -> Confirmed:
        self.told.append(shipment)
        if isinstance(self.end, Exception):
            raise self.end
        return self.end

    def read(self, ref: OrderRef) -> Order:
        assert ref == OrderRef(account="acme-eu", order_id=ORDER_ID)
        self.asked += 1
        return self.there

    def forget(self, _ref: OrderRef) -> None:
        """Documents are of no matter here."""


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    made = World(shipped(replace(DELIVERY, key=f"17?{DIGEST}")), an_order(an_item(item_id="A", quantity=2)))

    def write(_odoo: object, outcomes: Sequence[DeliveryOutcome]) -> None:
        made.written += outcomes

    def read_status(_odoo: object, _ids: Sequence[int]) -> dict[int, tuple[str, str, str]]:
        assert made.order is not None
        one = made.order.deliveries[0]
        return {17: (one.status, one.reason, one.key)}

    monkeypatch.setattr(module, "shipped_orders", lambda _odoo, _ids: {17: made.order} if made.order else {})
    monkeypatch.setattr(module, "read_status", read_status)
    monkeypatch.setattr(module, "write_outcomes", write)
    monkeypatch.setattr(module, "post_note", lambda _odoo, _delivery, text: made.notes.append(text))
    return made


@dataclass
class Parts:
    confirm: ConfirmShipments
    outbox: Outbox
    limiter: Limiter
    locks: Locks


@pytest.fixture
def parts(world: World) -> Parts:
    store = fakeredis.FakeRedis(server=fakeredis.FakeServer())
    quotas = {**QUOTAS, AHEAD: QUOTAS[OPERATION]}
    outbox, limiter, locks = Outbox(store), Limiter(store, quotas), Locks(store)
    confirm = ConfirmShipments(
        cast("Any", type("Database", (), {"odoo": object()})()),
        {"acme-eu": ACCOUNT},
        cast("Any", {"acme-eu": "seller"}),
        cast("Any", world),
        cast("Any", world),
        limiter=limiter,
        outbox=outbox,
        locks=locks,
        clock=lambda: world.now,
    )
    outbox.take(NAME, Errand(token_at=NOW, look=False), 60)
    return Parts(confirm, outbox, limiter, locks)


def written(world: World) -> list[tuple[str, str, str]]:
    return [(one.status, one.reason, one.key) for one in world.written]


DONE = ("done", "", f"17={DIGEST}")


def test_a_fresh_package_is_told_without_asking(world: World, parts: Parts) -> None:
    assert parts.confirm(KEY) == "told"
    assert [(one.package_ref, one.tracking) for one in world.told] == [("17", "T1")]
    assert (world.asked, written(world), world.notes) == (0, [DONE], [])
    assert parts.outbox.free([NAME]) == [NAME]


@pytest.mark.parametrize("how", ["wiped", "claimed before"])
def test_when_amazon_may_know_it_is_asked_first(world: World, parts: Parts, how: str) -> None:
    parts.outbox.settled(NAME)
    if how == "claimed before":
        parts.outbox.take(NAME, Errand(token_at=NOW, look=True), 60)
    held = KnownPackage(package_ref="17", carrier="DHL", tracking="T1", items=(("A", 2),))
    world.there = replace(world.there, packages=(held,))
    assert parts.confirm(KEY) == "told"
    assert (world.asked, world.told, written(world)) == (1, [], [DONE])


@pytest.mark.parametrize(
    "held",
    [
        (),
        (KnownPackage(package_ref="17", carrier="DHL", tracking="T0", items=(("A", 2),)),),
        (KnownPackage(package_ref="17", carrier="UPS", tracking="T1", items=(("A", 2),)),),
        (KnownPackage(package_ref="17", carrier="DHL", tracking="T1", items=(("A", 1),)),),
        (
            KnownPackage(
                package_ref="17", carrier="DHL", tracking="T1", items=(("A", 2),), transparency_codes=("other",)
            ),
        ),
    ],
)
def test_asked_and_unknown_or_different_it_is_told(world: World, parts: Parts, held: tuple[KnownPackage, ...]) -> None:
    parts.outbox.settled(NAME)
    world.there = replace(world.there, packages=held)
    assert parts.confirm(KEY) == "told"
    assert (world.asked, len(world.told), written(world)) == (1, 1, [DONE])


def test_an_order_that_had_shipped_before_is_not_told_again(world: World, parts: Parts) -> None:
    world.order = shipped(DELIVERY, status="SHIPPED")
    world.there = replace(world.there, status=OrderStatus.SHIPPED)
    assert parts.confirm(KEY) == "told"
    assert (world.asked, world.told) == (1, [])
    assert written(world) == [
        (
            "done",
            "OUT/17: Amazon had the order as shipped before this package was told, so nothing was added there.",
            f"17={DIGEST}",
        )
    ]


def test_a_correction_of_a_shipped_order_is_told_without_asking(world: World, parts: Parts) -> None:
    world.order = shipped(replace(DELIVERY, status="done", key="17=00"), status="SHIPPED")
    assert parts.confirm(KEY) == "told"
    assert (world.asked, len(world.told), written(world)) == (0, 1, [DONE])


def test_goods_of_an_order_amazon_cancelled_need_a_person(world: World, parts: Parts) -> None:
    world.order = shipped(DELIVERY, status="CANCELLED")
    world.there = replace(world.there, status=OrderStatus.CANCELLED)
    with pytest.raises(NeedsHuman, match="Amazon has cancelled this order") as needs:
        parts.confirm(KEY)
    assert (world.told, world.written) == ([], [])
    parts.confirm.refused(KEY, needs.value)
    (one,) = world.written
    assert (one.status, one.key) == ("error", f"17!{DIGEST}")
    assert one.reason.startswith(
        "OUT/17: Amazon has cancelled this order, but the goods have left. Call the parcel back"
    )
    assert len(world.notes) == 1


def test_the_same_refusal_again_leaves_no_second_note(world: World, parts: Parts) -> None:
    world.order = shipped(replace(DELIVERY, status="error", key=f"17!{DIGEST}"))
    parts.confirm.refused(KEY, NeedsHuman("shipment_refused", "No", "Mend"))
    assert written(world) == [("error", "OUT/17: No. Mend", f"17!{DIGEST}")]
    assert world.notes == []


def test_already_fulfilled_counts_as_done_and_is_said(world: World, parts: Parts) -> None:
    world.end = Confirmed.ALREADY
    assert parts.confirm(KEY) == "told"
    (one,) = world.written
    assert (one.status, one.key) == ("done", f"17={DIGEST}")
    assert "fulfilled already" in one.reason


@pytest.mark.parametrize("error", [OutcomeUnknown("lost"), NeedsHuman("shipment_refused", "x", "y")])
def test_nothing_is_written_when_it_did_not_end(world: World, parts: Parts, error: Exception) -> None:
    world.end = error
    with pytest.raises(type(error)):
        parts.confirm(KEY)
    assert world.written == []
    world.end = Confirmed.NOW
    assert parts.confirm(KEY) == "told"
    assert world.asked == 1  # the errand was used up: this time Amazon is asked


def test_amazons_throttling_stops_everybody(world: World, parts: Parts) -> None:
    world.end = Throttled("quota", after=30.0)
    with pytest.raises(Throttled):
        parts.confirm(KEY)
    for bucket in (OPERATION, AHEAD):
        reservation = parts.limiter.reserve("acme-eu", bucket)
        assert (reservation.granted, round(reservation.wait)) == (False, 30)


@pytest.mark.parametrize("late", [0, 60])
def test_a_late_token_is_as_good_as_one_in_time(world: World, parts: Parts, late: int) -> None:
    world.now = NOW + timedelta(seconds=late)
    before = [parts.limiter.left("acme-eu", bucket) for bucket in (OPERATION, AHEAD)]
    assert parts.confirm(KEY) == "told"
    after = [parts.limiter.left("acme-eu", bucket) for bucket in (OPERATION, AHEAD)]
    assert after == [before[0] - 1, before[1]]


def test_without_an_errand_a_token_is_reserved_too(world: World, parts: Parts) -> None:
    parts.outbox.settled(NAME)
    before = [parts.limiter.left("acme-eu", bucket) for bucket in (OPERATION, AHEAD)]
    assert parts.confirm(KEY) == "told"
    assert [parts.limiter.left("acme-eu", bucket) for bucket in (OPERATION, AHEAD)] == [one - 1 for one in before]


@pytest.mark.parametrize("bucket", [OPERATION, AHEAD])
def test_without_a_token_it_waits_and_nothing_is_told(world: World, parts: Parts, bucket: str) -> None:
    if bucket == AHEAD:
        parts.outbox.settled(NAME)
    parts.limiter.throttled("acme-eu", bucket, 9.0)
    with pytest.raises(Throttled) as waits:
        parts.confirm(KEY)
    assert round(waits.value.after or 0) == 9
    assert (world.told, world.written) == ([], [])


def test_one_task_at_a_time_has_a_package(world: World, parts: Parts) -> None:
    with parts.locks.several([f"shipment:{NAME}"]), pytest.raises(RetryLater, match="another task") as busy:
        parts.confirm(KEY)
    assert (busy.value.counted, world.told) == (False, [])


@pytest.mark.parametrize(
    ("key", "said"),
    [(f"17={DIGEST}", "unchanged"), (f"17!{DIGEST}", "unchanged"), ("17~00@5#1", "in a feed")],
)
def test_what_is_settled_or_in_a_feed_is_left_alone(world: World, parts: Parts, key: str, said: str) -> None:
    world.order = shipped(replace(DELIVERY, key=key))
    assert parts.confirm(KEY) == said
    assert (world.asked, world.told, world.written) == (0, [], [])


def test_a_delivery_that_lacks_something_now_says_so(world: World, parts: Parts) -> None:
    world.order = shipped(replace(DELIVERY, tracking=""))
    assert parts.confirm(KEY) == "incomplete: the delivery has no tracking number"
    assert world.told == []
    assert [one.status for one in world.written] == ["error"]


def test_a_delivery_that_is_gone_or_anothers_is_forgotten(world: World, parts: Parts) -> None:
    assert world.order is not None
    world.order = replace(world.order, goods=())
    assert parts.confirm(KEY) == "nothing to tell"
    world.order = None
    assert parts.confirm(KEY) == "the delivery is gone"
    parts.confirm.refused(KEY, NeedsHuman("shipment_refused", "x", "y"))
    assert (world.told, world.written) == ([], [])
    assert parts.outbox.free([NAME]) == [NAME]
