"""The tasks that tell Amazon: what becomes of each way a package can end, and that none is sent again as a message."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from domain.account import Policy
from domain.errors import AccountBroken, NeedsHuman, OutcomeUnknown, RetryLater, Throttled, Unavailable
from domain.parked import SHIPMENT_REFUSED
from domain.shipment import PackageKey
from sync.find_shipments import Look, Parcel
from tasks.base import MAX_ATTEMPTS
from tasks.cancellations import find_cancellations, notify_cancellations
from tasks.shipments import confirm_shipment, feed_shipments, find_shipments, package_kwargs
from tests.builders import an_account
from tests.unit.tasks.fakes import Broker, World, run

KEY = PackageKey(account="acme-eu", order_id="302-1", delivery=17, package=3)
NAME, DELIVERY = "acme-eu:17:3", "acme-eu:17"


@dataclass
class Confirm:
    """Ends as it is told to; keeps what it was told to refuse."""

    end: str | Exception = "told"
    unwritable: Exception | None = None
    refusals: list[NeedsHuman] = field(default_factory=list)

    def __call__(self, key: PackageKey) -> str:
        assert key == KEY
        if isinstance(self.end, Exception):
            raise self.end
        return self.end

    def refused(self, key: PackageKey, error: NeedsHuman) -> None:
        assert key == KEY
        if self.unwritable is not None:
            raise self.unwritable
        self.refusals.append(error)


@pytest.fixture
def confirm(world: World) -> Confirm:
    made = Confirm()
    world.shipments["main"] = made
    return made


def tell() -> Any:
    return run(confirm_shipment, package_kwargs(KEY), queue="amazon.shipments")


def seconds_left(world: World, name: str) -> int:
    return round(int(world.outbox._store.pttl(f"amz:out:hand:{name}")) / 1000)


def test_a_message_carries_ids_alone() -> None:
    assert package_kwargs(KEY) == {"account": "acme-eu", "order_id": "302-1", "delivery": 17, "package": 3}
    assert next(iter(package_kwargs(KEY))) == "order_id"  # the beginning is what Flower's list shows


def test_a_package_is_told(confirm: Confirm, broker: Broker) -> None:
    assert tell() == "told"
    assert broker.take() == []


@pytest.mark.parametrize(
    ("error", "seconds"),
    [
        (Throttled("no token", after=7.0), 7),
        (Unavailable("Amazon is away", counted=False), 5),
        (Unavailable("odd", counted=True), 5),
        (OutcomeUnknown("lost"), 5),
        (RetryLater("busy", after=5.0, counted=False), 5),
        (RetryLater("later", after=5000.0, counted=False), 600),
    ],
)
def test_what_passes_leaves_the_package_alone_for_a_while_without_a_message(
    world: World, confirm: Confirm, broker: Broker, error: RetryLater, seconds: int
) -> None:
    confirm.end = error
    assert tell() == f"later: {error.reason}"
    assert broker.take() == []
    assert confirm.refusals == []
    assert world.outbox.free([NAME, DELIVERY]) == []
    assert [seconds_left(world, name) for name in (NAME, DELIVERY)] == [seconds, seconds]


def test_after_the_last_counted_attempt_a_person_is_asked_once(world: World, confirm: Confirm) -> None:
    confirm.end = OutcomeUnknown("lost")
    assert [tell() for _ in range(MAX_ATTEMPTS - 1)] == ["later: lost"] * (MAX_ATTEMPTS - 1)
    assert confirm.refusals == []
    assert tell() == "gave up: lost"
    assert [(one.code, one.reason) for one in confirm.refusals] == [
        ("attempts_exhausted", f"{MAX_ATTEMPTS} attempts failed: lost")
    ]


def test_a_refusal_is_written(confirm: Confirm, broker: Broker) -> None:
    refusal = NeedsHuman(SHIPMENT_REFUSED, "No.", "Yes.")
    confirm.end = refusal
    assert tell() == "refused: shipment_refused"
    assert confirm.refusals == [refusal]
    assert broker.take() == []


def test_a_refusal_that_cannot_be_written_now_is_met_again_later(world: World, confirm: Confirm) -> None:
    confirm.end = NeedsHuman(SHIPMENT_REFUSED, "No.", "Yes.")
    confirm.unwritable = Unavailable("Odoo is away")
    assert tell() == "later: Odoo is away"
    assert confirm.refusals == []
    assert world.outbox.free([NAME]) == []


def test_a_defect_is_written_and_loud(confirm: Confirm) -> None:
    confirm.end = KeyError("x")
    with pytest.raises(KeyError):
        tell()
    assert [(one.code, one.reason) for one in confirm.refusals] == [("unexpected_error", "unexpected KeyError")]


def test_a_broken_account_is_paused_and_its_packages_wait(world: World, confirm: Confirm, broker: Broker) -> None:
    confirm.end = AccountBroken("revoked", "Authorise anew.")
    assert tell() == "later: account paused: revoked"
    assert world.pauses.paused("acme-eu") > 0
    confirm.end = AssertionError("a paused account is left alone")
    assert tell() == "later: account paused: revoked"
    assert broker.take() == []


# ------------------------------------------------------------ looking for packages
@dataclass
class Find:
    look: Look = field(default_factory=Look)
    parcels: tuple[Parcel, ...] = ()
    away: RetryLater | None = None
    asked: list[Sequence[str]] = field(default_factory=list)

    def __call__(self, keys: Sequence[str], send: Callable[[Parcel], None]) -> Look:
        self.asked.append(list(keys))
        if self.away is not None:
            raise self.away
        for parcel in self.parcels:
            send(parcel)
        return replace(self.look, sent=len(self.parcels))


def test_a_task_for_every_package_when_its_token_is_due(world: World, broker: Broker) -> None:
    world.outgoing = {
        "main": Find(Look(waiting={"acme-eu": 3}), (Parcel(KEY, 0.0),)),
        "other": Find(away=Unavailable("away")),
    }
    assert run(find_shipments, {}, queue="amazon.shipments") == "1 packages sent, 3 deliveries wait"
    assert [world.outgoing[name].asked for name in ("main", "other")] == [[["acme-eu"]], [["second"]]]
    (sent,) = broker.take()
    assert (sent.queue, sent.task, sent.kwargs) == (
        "amazon.shipments", "amazon.confirm_shipment", package_kwargs(KEY),
    )  # fmt: skip
    assert sent.expires is not None


def test_a_token_of_later_is_waited_for_in_the_broker(world: World, broker: Broker) -> None:
    world.outgoing = {"main": Find(parcels=(Parcel(KEY, 6.5),))}
    run(find_shipments, {}, queue="amazon.shipments")
    (sent,) = broker.take()
    assert sent.wait is not None
    assert sent.wait == pytest.approx(6.5, abs=0.5)


def test_paused_accounts_and_those_that_do_not_want_it_are_left_out(world: World, broker: Broker) -> None:
    quiet = an_account(key="quiet", policy=Policy(confirm_shipments=False))
    world.accounts = {**world.accounts, "quiet": quiet, "third": an_account(key="third")}
    world.outgoing = {"main": Find()}
    world.pauses.pause("acme-eu", "revoked")
    assert run(find_shipments, {}, queue="amazon.shipments") == "0 packages sent, 0 deliveries wait"
    assert world.outgoing["main"].asked == [["third"]]
    assert broker.take() == []


def test_a_feeds_next_step_is_sent_once_in_a_while(world: World, broker: Broker) -> None:
    world.outgoing = {"main": Find(Look(feeding={"acme-eu"}))}
    for _ in range(3):
        run(find_shipments, {}, queue="amazon.shipments")
    assert [(sent.queue, sent.task, sent.kwargs) for sent in broker.take()] == [
        ("amazon.feeds", "amazon.feed_shipments", {"account": "acme-eu"})
    ]


def test_a_feeds_step_is_the_use_cases(world: World) -> None:
    world.feeds = {"main": lambda account: f"step of {account}"}
    assert run(feed_shipments, {"account": "acme-eu"}, queue="amazon.feeds") == "step of acme-eu"


# ------------------------------------------------------------ cancellations
class Cancellations:
    def __init__(self, due: set[str], away: RetryLater | None = None) -> None:
        self._due, self._away = due, away
        self.asked: list[Sequence[str]] = []

    def due(self, keys: Sequence[str]) -> set[str]:
        self.asked.append(keys)
        if self._away is not None:
            raise self._away
        return self._due

    def __call__(self, account: str) -> str:
        return f"step of {account}"


def test_cancellations_are_told_of_accounts_that_want_it(world: World, broker: Broker) -> None:
    wants = an_account(policy=Policy(notify_cancellations=True))
    world.accounts = {"acme-eu": wants, "second": an_account(key="second", database="other")}
    main, other = Cancellations({"acme-eu"}), Cancellations(set(), Unavailable("away"))
    world.cancellations = {"other": other, "main": main}
    assert run(find_cancellations, {}, queue="control") == "1 accounts"
    assert (main.asked, other.asked) == ([["acme-eu"]], [[]])
    assert [(sent.queue, sent.task, sent.kwargs) for sent in broker.take()] == [
        ("amazon.feeds", "amazon.notify_cancellations", {"account": "acme-eu"})
    ]
    assert run(notify_cancellations, {"account": "acme-eu"}, queue="amazon.feeds") == "step of acme-eu"
