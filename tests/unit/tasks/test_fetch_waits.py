"""What keeps a lane from being read: a pause, too many orders that wait, errors. It is given back whatever happens."""

from __future__ import annotations

import pytest

from domain.errors import AccountBroken, RetryLater, Throttled, Unavailable
from domain.order import OrderRef
from state.gate import MOST_RESTING
from state.window import backfill_of
from tasks import context
from tasks.dispatch import send_orders, wake
from tasks.orders import CROWDED
from tests.builders import UPDATED
from tests.unit.tasks.fakes import Broker, World
from tests.unit.tasks.fetching import LANE, due_in, fetch, taken  # noqa: F401  # fixture


def test_a_paused_account_is_left_alone(world: World, broker: Broker) -> None:
    world.pauses.pause("acme-eu", "revoked")
    assert fetch(world) == "later: account paused: revoked"
    assert (world.fetch.pages, broker.take()) == (0, [])
    assert due_in(world, 31)


def test_an_account_resumed_while_a_task_had_its_lane_is_due_at_once(
    world: World, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def resumed(*_: object) -> None:
        assert world.pauses.start("acme-eu")
        wake(context.services(), "acme-eu")

    world.pauses.stop("acme-eu", "stocktaking")
    monkeypatch.setattr("tasks.orders.tell", resumed)
    assert fetch(world) == "later: account paused: stocktaking"
    assert world.fetch.pages == 0
    assert [message.kwargs for message in broker.take()] == [LANE]


def test_nothing_more_is_read_while_very_many_orders_wait(world: World, broker: Broker) -> None:
    world.gate.push("main", "acme-eu", [(f"{number:04}", UPDATED) for number in range(CROWDED)])
    assert fetch(world) == "later: 1000 orders wait for Odoo"
    assert (world.fetch.pages, broker.take()) == (0, [])
    assert due_in(world, 5)
    send_orders("main")
    fetch(world)
    assert world.fetch.pages == 1


def test_a_backfill_that_waits_keeps_no_new_order_waiting(world: World, broker: Broker) -> None:
    orders = [(f"{number:04}", UPDATED) for number in range(CROWDED)]
    world.gate.push("main", "acme-eu", orders, backfill=True)
    world.schedule.add("acme-eu", backfill_of("all"))
    assert fetch(world, backfill_of("all")) == "later: 1000 orders wait for Odoo"
    fetch(world)
    assert world.fetch.pages == 1


def test_an_account_that_works_again_is_shown_so_in_odoo(world: World, broker: Broker) -> None:
    world.pauses.pause("acme-eu", "revoked")
    world.store.delete("amz:pause:acme-eu:paused")  # its time is over
    fetch(world)
    fetch(world)
    assert [(model, row["x_state"], row["x_reason"]) for model, row in world.odoo.loaded] == [
        ("x_amazon_account", "active", "")
    ]
    assert world.pauses.paused("acme-eu") == 0.0


def test_the_orders_of_an_account_that_works_again_wait_no_longer(world: World, broker: Broker) -> None:
    world.pauses.pause("acme-eu", "revoked")
    world.store.delete("amz:pause:acme-eu:paused")  # its time is over
    for number in range(MOST_RESTING):
        world.gate.rest("main", OrderRef(account="acme-eu", order_id=str(number), updated=UPDATED), 600.0)
    world.gate.push("main", "acme-eu", [("next", UPDATED)])
    assert send_orders("main") == 0
    fetch(world)
    assert [message.kwargs["order_id"] for message in broker.take()] == ["next"]


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
    assert due_in(world, wait)


def test_a_broken_account_is_paused(world: World, broker: Broker) -> None:
    world.fetch.fetched = AccountBroken("revoked", "authorise")
    assert fetch(world) == "paused: revoked"
    assert world.pauses.reason("acme-eu") == "revoked"
    assert [row["x_state"] for _, row in world.odoo.loaded] == ["paused"]
    assert broker.take() == []
    assert due_in(world, 31)


def test_a_defect_fails_loudly_and_gives_the_lane_back(world: World, broker: Broker) -> None:
    world.fetch.fetched = ZeroDivisionError()
    with pytest.raises(ZeroDivisionError):
        fetch(world)
    assert broker.take() == []
    assert due_in(world, 180)


def test_nothing_is_fetched_that_could_not_land(world: World, broker: Broker) -> None:
    world.database.unknown = AccountBroken("There is no warehouse WH.", "Mend its name.")
    assert fetch(world) == "paused: There is no warehouse WH."
    assert world.fetch.pages == 0
    assert world.pauses.reason("acme-eu") == "There is no warehouse WH."
    assert broker.take() == []
    assert due_in(world, 31)
