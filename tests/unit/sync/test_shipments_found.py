"""Which packages are sent when: by tokens, by what is in hand, and by what changed since the last look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, cast

import fakeredis
import pytest
from fakeredis.commands_mixins import server_mixin

import sync.find_shipments as module
from clients.odoo.pickings import Found
from domain.account import Policy
from domain.shipment import Delivery, DeliveryOutcome, MovedGoods, OrderedLine, PackageKey, ShippedOrder
from mappers.shipment import packages
from mappers.told import Mark
from state.limiter import Limiter, Quota
from state.locks import Locks
from state.outbox import Outbox
from sync.find_shipments import AHEAD, HAND_SECONDS, FindShipments, Look, Parcel
from tests.builders import NOW, an_account

LEFT = datetime(2026, 5, 1, 9, tzinfo=UTC)
ACCOUNT = an_account()
OLD = "2026-05-01 10:00:00"


@dataclass
class World:
    """Odoo's deliveries, each of an order of its own, by id."""

    deliveries: dict[int, Delivery] = field(default_factory=dict)
    versions: dict[int, str] = field(default_factory=dict)
    sinces: list[datetime] = field(default_factory=list)
    written: list[DeliveryOutcome] = field(default_factory=list)
    read: list[int] = field(default_factory=list)

    def add(self, *ids: int, **changes: Any) -> None:
        for odoo_id in ids:
            delivery = Delivery(odoo_id=odoo_id, name=f"OUT/{odoo_id}", done=LEFT, carrier="DHL", tracking="T")
            self.deliveries[odoo_id] = replace(delivery, **changes)
            self.versions[odoo_id] = OLD

    def digest(self, odoo_id: int) -> str:
        return packages(ACCOUNT, self.order(odoo_id))[0].digest

    def order(self, odoo_id: int) -> ShippedOrder:
        return ShippedOrder(
            odoo_id=odoo_id,
            account="acme-eu",
            order_id=f"302-{odoo_id}",
            marketplace="DE",
            status="UNSHIPPED",
            deliveries=(self.deliveries[odoo_id],),
            lines=(OrderedLine(odoo_id=1, item_ref="A", product=9, quantity=Decimal(1), demand={9: Decimal(1)}),),
            goods=(MovedGoods(delivery=odoo_id, line=1, product=9, quantity=Decimal(1)),),
        )

    # ------------------------------------------------------------ what the use case calls
    def waiting(self, _odoo: object, _accounts: Sequence[str]) -> list[Found]:
        return [
            Found(one.odoo_id, one.odoo_id, OLD, in_feed=Mark.IN_FEED in one.key, begun=Mark.CLAIMED in one.key)
            for one in self.deliveries.values()
            if one.status not in {"done", "error"}
        ]

    def changed(self, _odoo: object, _accounts: Sequence[str], since: datetime) -> list[Found]:
        self.sinces.append(since)
        return [
            Found(one.odoo_id, one.odoo_id, self.versions[one.odoo_id], refused=Mark.REFUSED in one.key)
            for one in self.deliveries.values()
            if one.status in {"done", "error"} and self.versions[one.odoo_id] >= f"{since:%Y-%m-%d %H:%M:%S}"
        ]

    def shipped(self, _odoo: object, ids: Sequence[int]) -> dict[int, ShippedOrder]:
        self.read += ids
        return {one: self.order(one) for one in ids}

    def write(self, _odoo: object, outcomes: Sequence[DeliveryOutcome]) -> None:
        self.written += outcomes
        for one in outcomes:
            before = self.deliveries[one.delivery]
            self.deliveries[one.delivery] = replace(before, status=one.status, reason=one.reason, key=one.key)


@dataclass
class Parts:
    find: FindShipments
    outbox: Outbox
    limiter: Limiter
    parcels: list[Parcel] = field(default_factory=list)

    def look(self) -> Look:
        self.parcels.clear()
        look = self.find(["acme-eu"], self.parcels.append)
        assert look.sent == len(self.parcels)
        return look

    def ids(self) -> list[int]:
        self.look()
        return [parcel.key.delivery for parcel in self.parcels]


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    made = World()
    monkeypatch.setattr(module, "waiting_deliveries", made.waiting)
    monkeypatch.setattr(module, "changed_deliveries", made.changed)
    monkeypatch.setattr(module, "shipped_orders", made.shipped)
    monkeypatch.setattr(module, "write_outcomes", made.write)
    monkeypatch.setattr(module, "accounts_of", lambda _odoo, ids: dict.fromkeys(ids, "acme-eu"))
    return made


def made_parts(*, rate: float = 0.001, burst: int = 1000, policy: Policy | None = None) -> Parts:
    store = fakeredis.FakeRedis(server=fakeredis.FakeServer())
    outbox, limiter, locks = Outbox(store), Limiter(store, {AHEAD: Quota(rate, burst)}), Locks(store)
    database = cast("Any", type("Database", (), {"odoo": object(), "key": "main"})())
    account = replace(ACCOUNT, policy=policy or Policy())
    find = FindShipments(database, {"acme-eu": account}, outbox, limiter, locks, lambda: NOW)
    return Parts(find, outbox, limiter)


def nothing(parcel: Parcel) -> None:
    raise AssertionError(f"{parcel} was sent")


def test_a_package_is_marked_before_it_is_sent_and_sent_once(world: World) -> None:
    parts = made_parts()
    world.add(17)
    look = parts.look()
    (parcel,) = parts.parcels
    assert parcel.key == PackageKey(account="acme-eu", order_id="302-17", delivery=17, package=0)
    assert (parcel.wait, look.waiting, look.feeding) == (0.0, {"acme-eu": 1}, set())
    assert [(one.status, one.key) for one in world.written] == [("pending", f"17?{world.digest(17)}")]
    errand = parts.outbox.errand("acme-eu:17:0")
    assert errand is not None
    assert (errand.token_at, errand.look) == (NOW, False)
    assert parts.ids() == []


def test_one_that_nobody_has_in_hand_any_more_is_sent_again_with_a_look(world: World) -> None:
    parts = made_parts()
    world.add(17)
    assert parts.ids() == [17]
    parts.outbox.settled("acme-eu:17:0", "acme-eu:17")
    assert parts.ids() == [17]
    errand = parts.outbox.errand("acme-eu:17:0")
    assert errand is not None
    assert errand.look is True


def test_one_that_surely_nobody_began_to_tell_needs_no_look(world: World) -> None:
    parts = made_parts()
    world.add(17)
    for _ in range(2):
        assert parts.ids() == [17]
        errand = parts.outbox.errand("acme-eu:17:0")
        assert errand is not None
        assert errand.look is False
        parts.outbox._store.delete("amz:out:hand:acme-eu:17:0", "amz:out:hand:acme-eu:17")
    assert parts.ids() == [17]
    parts.outbox.begin("acme-eu:17:0")
    parts.outbox._store.delete("amz:out:hand:acme-eu:17:0", "amz:out:hand:acme-eu:17")
    assert parts.ids() == [17]
    errand = parts.outbox.errand("acme-eu:17:0")
    assert errand is not None
    assert errand.look is True


def test_as_many_are_sent_as_there_are_tokens_until_the_next_look(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = SimpleNamespace(time=NOW.timestamp)  # of the server, which tokens go by: a busy machine gives no more
    monkeypatch.setattr(server_mixin, "time", clock)
    parts = made_parts(rate=2.0, burst=10)
    world.add(*range(100, 140))
    parts.look()
    # A new bucket is half full; then one every half second, ten seconds ahead.
    waits = [round(parcel.wait, 3) for parcel in parts.parcels]
    assert waits == [0.0] * 5 + [0.5 * nth for nth in range(1, 21)]
    assert [one.delivery for one in world.written] == list(range(100, 125))
    assert parts.ids() == []
    clock.time = lambda: NOW.timestamp() + 1.25
    assert parts.ids() == [125, 126]


def test_a_delivery_that_lacks_something_says_so_and_takes_no_token(world: World) -> None:
    parts = made_parts()
    world.add(17, tracking="")
    before = parts.limiter.left("acme-eu", AHEAD)
    assert parts.ids() == []
    assert [one.status for one in world.written] == ["error"]
    assert parts.limiter.left("acme-eu", AHEAD) == before
    assert parts.ids() == []
    assert len(world.written) == 1
    world.deliveries[17] = replace(world.deliveries[17], tracking="T")
    world.versions[17] = "2026-05-01 11:59:59"
    assert parts.ids() == [17]


def test_a_correction_is_sent_and_what_was_looked_at_is_not_read_again(world: World) -> None:
    parts = made_parts()
    world.add(17, 18, status="done")
    for one in (17, 18):
        world.deliveries[one] = replace(world.deliveries[one], key=f"{one}={world.digest(one)}")
    assert parts.ids() == []
    assert (world.read, world.written) == ([17, 18], [])
    assert parts.ids() == []
    assert world.read == [17, 18]
    assert world.sinces == [NOW - timedelta(days=3), datetime(2026, 5, 1, 9, 59, tzinfo=UTC)]
    world.deliveries[18] = replace(world.deliveries[18], tracking="T2")
    world.versions[18] = "2026-05-01 11:00:00"
    assert parts.ids() == [18]
    assert [(one.delivery, one.status) for one in world.written] == [(18, "pending")]


def test_what_was_just_written_is_looked_at_later_unless_a_person_is_waited_for(world: World) -> None:
    parts = made_parts()
    world.add(17, 18)
    world.deliveries[17] = replace(world.deliveries[17], status="done", key=f"17={world.digest(17)}")
    world.deliveries[18] = replace(world.deliveries[18], status="error", key=f"18!{world.digest(18)}")
    world.versions |= {17: "2026-05-01 11:59:58", 18: "2026-05-01 11:59:58"}
    parts.look()
    parts.look()
    assert world.read == [18, 18]
    world.versions |= {17: "2026-05-01 11:59:49", 18: "2026-05-01 11:59:49"}
    parts.look()
    parts.look()
    assert world.read == [18, 18, 17, 18]


def test_a_correction_that_finds_no_token_is_found_again(world: World) -> None:
    parts = made_parts(rate=0.001, burst=2)  # a new bucket is half full
    world.add(17)
    world.add(18, status="done", tracking="T0")
    world.deliveries[18] = replace(world.deliveries[18], key=f"18={world.digest(18)}", tracking="T2")
    assert parts.ids() == [17]
    assert world.read == [17, 18]
    parts.limiter.learn("acme-eu", AHEAD, 0.1)
    assert parts.ids() == [18]
    assert [one.delivery for one in world.written] == [17, 18]


def test_nothing_more_is_read_for_an_account_whose_tokens_are_used_up(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_AT_ONCE", 3)
    parts = made_parts(rate=0.001, burst=4)
    world.add(*range(100, 120))
    assert parts.ids() == [100, 101]
    assert world.read == [100, 101, 102]


def test_the_first_are_sent_while_the_rest_is_being_claimed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_AT_ONCE", 2)
    parts = made_parts()
    world.add(100, 101, 102)
    written: list[int] = []
    parts.find(["acme-eu"], lambda _: written.append(len(world.written)))
    assert written == [2, 2, 3]


def test_accounts_take_turns(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = made_parts(burst=4)
    accounts = {key: replace(ACCOUNT, key=key) for key in ("acme-eu", "acme-us")}
    find = replace(parts.find, accounts=accounts)
    world.add(*range(100, 110))
    monkeypatch.setattr(
        module, "accounts_of", lambda _odoo, ids: {one: "acme-eu" if one < 105 else "acme-us" for one in ids}
    )

    def gone(_odoo: object, ids: Sequence[int]) -> dict[int, ShippedOrder]:
        world.read += ids
        return {}

    monkeypatch.setattr(module, "shipped_orders", gone)
    find(list(accounts), nothing)
    assert world.read == [100, 105, 101, 106, 102, 107, 103, 108, 104, 109]


def test_one_look_at_a_time(world: World) -> None:
    parts = made_parts()
    world.add(17)
    with parts.find.locks.several(["find:main"]):
        assert parts.look() == Look()
    assert world.written == []
    assert parts.ids() == [17]


def test_a_delivery_set_to_done_by_hand_is_left_alone(world: World) -> None:
    parts = made_parts()
    world.add(17, status="done")
    assert parts.ids() == []
    assert world.written == []


def test_a_delivery_with_nothing_of_amazons_is_done(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = made_parts()
    world.add(17)
    empty = replace(world.order(17), goods=())
    monkeypatch.setattr(module, "shipped_orders", lambda _odoo, _ids: {17: empty})
    assert parts.ids() == []
    assert [(one.status, one.key) for one in world.written] == [("done", "")]


def test_very_many_are_left_to_a_feed_but_what_was_begun_goes_on(world: World) -> None:
    parts = made_parts(policy=Policy(feed_above=3))
    world.add(1, 2, 3, 4)
    world.add(5, status="pending")
    world.deliveries[5] = replace(world.deliveries[5], key=f"5?{world.digest(5)}")
    look = parts.look()
    assert (look.feeding, [parcel.key.delivery for parcel in parts.parcels]) == ({"acme-eu"}, [5])


def test_what_is_in_a_feed_wants_its_next_step_and_nothing_else(world: World) -> None:
    parts = made_parts()
    world.add(17, status="pending", key="17~aa@500#1")
    world.add(18)
    look = parts.look()
    assert (look.feeding, look.waiting) == ({"acme-eu"}, {"acme-eu": 1})
    assert [parcel.key.delivery for parcel in parts.parcels] == [18]


def test_without_accounts_odoo_is_not_asked(world: World) -> None:
    world.add(17)
    assert made_parts().find([], nothing) == Look()
    assert world.read == []
    assert HAND_SECONDS == 90.0
