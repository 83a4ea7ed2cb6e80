"""The fetch task: what it spawns, when its lane is due again, and that it always gives the lane back."""

from __future__ import annotations

from datetime import timedelta
from unittest.mock import Mock

import pytest
from kombu.exceptions import OperationalError

from domain.errors import AccountBroken, RetryLater, Throttled, Unavailable
from domain.order import OrderRef
from sync.fetch_orders import Fetched
from tasks.orders import fetch_orders, upsert_order
from tests.builders import NOW, UPDATED
from tests.unit.tasks.fakes import Broker, World, run

LANE = {"account": "acme-eu", "group": "all"}
SECOND = timedelta(seconds=1)


def fetch(world: World) -> object:
    world.lanes.lease("acme-eu", "all", 60)
    return run(fetch_orders, LANE, queue="amazon.fetch")


def free(world: World) -> bool:
    return world.lanes.lease("acme-eu", "all", 60)


def due_in(world: World, wait: timedelta) -> bool:
    """Whether the lane is due in `wait`, and not before."""
    before, at = NOW + wait - timedelta(milliseconds=50), NOW + wait
    return not world.lanes.due("acme-eu", "all", before) and world.lanes.due("acme-eu", "all", at)


def test_each_order_of_the_page_gets_a_message_of_ids(world: World, broker: Broker) -> None:
    refs = tuple(OrderRef(account="acme-eu", order_id=str(number), updated=UPDATED) for number in range(3))
    world.fetch.fetched = Fetched(refs, 5, NOW + 180 * SECOND)
    assert fetch(world) == "5 orders, 3 to import"
    sent = broker.take()
    assert [(message.queue, message.task, message.retries, message.wait) for message in sent] == [
        ("odoo.upsert", "odoo.upsert_order", 0, None)
    ] * 3
    assert [message.kwargs for message in sent] == [
        {"account": "acme-eu", "order_id": str(number), "updated": "2026-04-30T09:00:00+00:00"} for number in range(3)
    ]
    assert due_in(world, 180 * SECOND)
    assert free(world)


def test_the_search_moves_on_when_the_messages_are_sent_and_not_before(
    world: World, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    refs = (OrderRef(account="acme-eu", order_id="1", updated=UPDATED),)
    world.fetch.fetched = Fetched(refs, 1, NOW)
    with monkeypatch.context() as away:
        away.setattr(upsert_order, "apply_async", Mock(side_effect=OperationalError))
        with pytest.raises(OperationalError):
            fetch(world)
    assert (world.fetch.moved, broker.take()) == ([], [])
    fetch(world)
    assert world.fetch.moved == [("all", world.fetch.fetched)]
    assert len(broker.take()) == 1


def test_an_account_that_works_again_is_shown_so_in_odoo(world: World, broker: Broker) -> None:
    world.pauses.pause("acme-eu", "revoked")
    fetch(world)
    fetch(world)
    assert [(model, row["x_state"], row["x_reason"]) for model, row in world.odoo.loaded] == [
        ("x_amazon_account", "active", "")
    ]
    assert world.pauses.paused("acme-eu") == 0.0


@pytest.mark.parametrize(
    ("error", "wait"),
    [
        (Throttled("no token", after=42.0), 42.0),
        (Unavailable("Amazon is away"), 5.0),
        (RetryLater("begin anew", after=0.0), 0.1),
    ],
)
def test_a_fetch_that_must_wait_leaves_no_message(world: World, broker: Broker, error: RetryLater, wait: float) -> None:
    world.fetch.fetched = error
    assert fetch(world) == f"later: {error.reason}"
    assert broker.take() == []
    assert due_in(world, wait * SECOND)
    assert free(world)


def test_a_broken_account_is_paused(world: World, broker: Broker) -> None:
    world.fetch.fetched = AccountBroken("revoked", "authorise")
    assert fetch(world) == "paused: revoked"
    assert world.pauses.reason("acme-eu") == "revoked"
    assert [row["x_state"] for _, row in world.odoo.loaded] == ["paused"]
    assert broker.take() == []
    assert free(world)


def test_a_defect_fails_loudly_and_gives_the_lane_back(world: World, broker: Broker) -> None:
    world.fetch.fetched = ZeroDivisionError()
    with pytest.raises(ZeroDivisionError):
        fetch(world)
    assert broker.take() == []
    assert due_in(world, 180 * SECOND)
    assert free(world)


def test_nothing_is_fetched_that_could_not_land(world: World, broker: Broker) -> None:
    world.database.unknown = AccountBroken("There is no warehouse WH.", "Mend its name.")
    assert fetch(world) == "paused: There is no warehouse WH."
    assert world.fetch.pages == 0
    assert world.pauses.reason("acme-eu") == "There is no warehouse WH."
    assert broker.take() == []
    assert free(world)
