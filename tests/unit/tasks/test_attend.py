"""What people ask for in Odoo is done, within the quota; failed tasks are shown there and close when they succeed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from domain.errors import Unavailable
from state.journal import KEPT, Failure
from tasks.control import retry_parked
from tests.builders import NOW
from tests.unit.tasks.fakes import Broker, World, run

FAN_OUT = Failure(
    task="control.fan_out",
    about={},
    code="unexpected_error",
    reason="control.fan_out: unexpected KeyError",
    remedy="Report it.",
    task_id="id-1",
    since=NOW - timedelta(minutes=5),
    last=NOW,
    times=1,
)


def an_issue(order_id: str, account: str = "acme-eu", state: str = "retry", number: int = 1, **more: Any) -> Any:
    return {
        "id": number, "x_account": account or False, "x_order_ref": order_id, "x_marketplace": False,
        "x_code": "bad_order", "x_reason": "x", "x_remedy": "y", "x_state": state, "x_version": False,
        "x_since": False, "x_attempts": 1, "x_order_id": False,
    } | more  # fmt: skip


def tick(world: World) -> object:
    return run(retry_parked, {}, queue="control")


# ------------------------------------------------------------ orders
def test_parked_orders_marked_retry_are_sent_without_a_version(world: World, broker: Broker) -> None:
    world.odoo.found["x_amazon_issue"] = [
        an_issue("1"),
        an_issue("2"),
        an_issue("3", "unknown"),
        an_issue("4", "second"),
    ]
    world.second.found["x_amazon_issue"] = [an_issue("5", "second")]
    world.lanes.attempted("acme-eu", "2")
    assert tick(world) == "2 sent again"
    assert [(message.queue, message.kwargs) for message in broker.take()] == [
        ("odoo.upsert", {"account": "acme-eu", "order_id": "1"}),
        ("odoo.upsert", {"account": "second", "order_id": "5"}),
    ]
    assert tick(world) == "0 sent again"
    assert broker.take() == []
    assert (world.odoo.loaded, world.odoo.written) == ([], [])


def test_a_bulk_retry_takes_what_the_quota_has_and_leaves_some_to_the_day(world: World, broker: Broker) -> None:
    """A new bucket of getOrder holds half its burst of 30: ten orders, of which none is sent twice."""
    world.odoo.found["x_amazon_issue"] = [an_issue(str(number)) for number in range(1000)]
    assert tick(world) == "10 sent again"
    sent = [message.kwargs["order_id"] for message in broker.take()]
    assert sent == [str(number) for number in range(10)]
    assert tick(world) == "0 sent again"  # ten are under way and have not taken their tokens yet
    for order_id in sent[:4]:
        assert world.limiter.reserve("acme-eu", "getOrder").granted
        world.lanes.rested("acme-eu", order_id)
    world.odoo.found["x_amazon_issue"] = [an_issue(str(number)) for number in range(4, 1000)]
    assert tick(world) == "0 sent again"  # eleven tokens, five kept back, six under way
    assert broker.take() == []


def test_one_accounts_bulk_retry_does_not_keep_another_waiting(world: World, broker: Broker) -> None:
    several = [an_issue(str(number)) for number in range(50)]
    world.odoo.found["x_amazon_issue"] = several
    world.second.found["x_amazon_issue"] = [an_issue("s", "second")]
    assert tick(world) == "11 sent again"
    assert [message.kwargs["order_id"] for message in broker.take()][-1] == "s"


def test_a_throttled_account_is_not_tried(world: World, broker: Broker) -> None:
    world.limiter.throttled("acme-eu", "getOrder", 60.0)
    world.odoo.found["x_amazon_issue"] = [an_issue("1")]
    assert tick(world) == "0 sent again"
    assert broker.take() == []


# ------------------------------------------------------------ tasks
def test_a_failed_task_is_shown_in_every_database_it_concerns(world: World, broker: Broker) -> None:
    world.journal.failed(FAN_OUT)
    tick(world)
    (row,) = world.odoo.issues()
    assert row == {
        "id": "__amazon_sync__.issue__control-fan_out",
        "x_name": "control.fan_out: unexpected_error",
        "x_account": "",
        "x_order_ref": "control.fan_out",
        "x_marketplace": "",
        "x_code": "unexpected_error",
        "x_reason": "control.fan_out: unexpected KeyError",
        "x_remedy": "Report it.",
        "x_state": "open",
        "x_version": "",
        "x_since": "2026-05-01 11:55:00",
        "x_attempts": "1",
        "x_order_id/.id": "",
    }
    assert world.second.issues() == [row]


def test_a_failed_task_of_an_account_is_shown_in_its_database_alone(world: World, broker: Broker) -> None:
    about = {"account": "second", "group": "all"}
    world.journal.failed(_of("amazon.fetch_orders", about))
    tick(world)
    assert world.odoo.issues() == []
    assert [(row["x_account"], row["x_order_ref"]) for row in world.second.issues()] == [
        ("second", "amazon.fetch_orders:all")
    ]


def test_what_is_shown_already_is_not_written_again(world: World, broker: Broker) -> None:
    world.journal.failed(FAN_OUT)
    shown = an_issue("control.fan_out", "", "open", x_reason="control.fan_out: unexpected KeyError")
    world.odoo.found["x_amazon_issue"] = world.second.found["x_amazon_issue"] = [shown]
    tick(world)
    assert (world.odoo.loaded, world.odoo.written) == ([], [])


def test_another_reason_is_written_and_its_beginning_kept(world: World, broker: Broker) -> None:
    world.journal.failed(FAN_OUT)
    world.odoo.found["x_amazon_issue"] = [
        an_issue("control.fan_out", "", "dismissed", x_reason="other", x_since="2026-04-01 00:00:00")
    ]
    tick(world)
    assert [(row["x_state"], row["x_since"], row["x_reason"]) for row in world.odoo.issues()] == [
        ("open", "2026-04-01 00:00:00", "control.fan_out: unexpected KeyError")
    ]


def test_the_item_of_a_task_that_succeeded_is_closed(world: World, broker: Broker) -> None:
    world.journal.failed(FAN_OUT)
    world.journal.ended("control.fan_out", "success", {})
    world.odoo.found["x_amazon_issue"] = [
        an_issue("control.fan_out", "", "open", 5),
        an_issue("amazon.fetch_orders:all", "somebody-elses", "open", 6),
    ]
    tick(world)
    assert world.odoo.written == [("x_amazon_issue", (5,), {"x_state": "done"})]


def test_a_task_is_sent_again_on_request_and_its_item_stays_until_it_succeeds(world: World, broker: Broker) -> None:
    world.journal.failed(_of("amazon.fetch_orders", {"account": "acme-eu", "group": "all"}))
    world.odoo.found["x_amazon_issue"] = [an_issue("amazon.fetch_orders:all", number=7, x_reason="amazon.fetch_orders")]
    assert tick(world) == "1 sent again"
    assert [(message.queue, message.task, message.kwargs) for message in broker.take()] == [
        ("amazon.fetch", "amazon.fetch_orders", {"account": "acme-eu", "group": "all"})
    ]
    assert world.odoo.written == [("x_amazon_issue", (7,), {"x_state": "open"})]


def test_a_name_that_is_no_task_of_ours_sends_nothing(world: World, broker: Broker) -> None:
    world.odoo.found["x_amazon_issue"] = [an_issue("os.system", "", number=7)]
    tick(world)
    assert broker.take() == []


def test_an_order_whose_parking_failed_is_parked_then_forgotten_here(world: World, broker: Broker) -> None:
    world.journal.failed(_of("odoo.upsert_order", {"account": "acme-eu", "order_id": "302-1"}))
    tick(world)
    assert [(row["x_account"], row["x_order_ref"], row["x_code"]) for row in world.odoo.issues()] == [
        ("acme-eu", "302-1", "unexpected_error")
    ]
    assert world.journal.failures(NOW) == []


def test_an_order_that_its_task_parked_keeps_its_own_item(world: World, broker: Broker) -> None:
    world.journal.failed(_of("odoo.upsert_order", {"account": "acme-eu", "order_id": "302-1"}))
    world.odoo.found["x_amazon_issue"] = [an_issue("302-1", state="open")]
    tick(world)
    assert (world.odoo.loaded, world.odoo.written, world.journal.failures(NOW)) == ([], [], [])


def test_a_failure_waits_until_odoo_is_back(world: World, broker: Broker) -> None:
    world.journal.failed(_of("odoo.upsert_order", {"account": "acme-eu", "order_id": "302-1"}))
    world.odoo.away = Unavailable("Odoo does not answer")
    tick(world)
    assert len(world.journal.failures(NOW)) == 1
    world.odoo.away = None
    tick(world)
    assert len(world.odoo.issues()) == 1


def test_an_old_failure_is_forgotten(world: World, broker: Broker) -> None:
    world.journal.failed(FAN_OUT)
    assert world.journal.failures(NOW + KEPT + timedelta(seconds=1)) == []
    assert world.journal.failures(NOW) == []


# ------------------------------------------------------------ accounts that a person stopped
def test_an_account_stopped_in_odoo_is_left_alone_until_it_is_started_there(world: World, broker: Broker) -> None:
    world.odoo.found["x_amazon_account"] = [{"x_key": "acme-eu", "x_reason": "stocktaking"}]
    tick(world)
    assert (world.pauses.paused("acme-eu"), world.pauses.reason("acme-eu")) == (300.0, "stocktaking")
    assert world.pauses.paused("second") == 0.0
    for turn in world.schedule.take(60):  # its fetch task says so while the account is stopped
        world.schedule.done(turn.account, turn.group, 300.0)
    world.odoo.found["x_amazon_account"] = []
    tick(world)
    assert (world.pauses.paused("acme-eu"), world.pauses.reason("acme-eu")) == (0.0, "")
    assert (world.schedule.due_in("acme-eu", "all") or 0.0) < 0
    assert (world.schedule.due_in("second", "all") or 0.0) > 200


def test_a_pause_that_nobody_asked_for_is_not_ended_by_looking(world: World, broker: Broker) -> None:
    world.pauses.pause("acme-eu", "revoked")
    tick(world)
    assert world.pauses.reason("acme-eu") == "revoked"
    assert 29 < world.pauses.paused("acme-eu") <= 30


def test_a_database_without_accounts_is_left_alone(world: World, broker: Broker) -> None:
    world.accounts = {"acme-eu": world.accounts["acme-eu"]}
    world.journal.failed(FAN_OUT)
    tick(world)
    assert (len(world.odoo.issues()), world.second.issues()) == (1, [])


def _of(task: str, about: dict[str, str]) -> Failure:
    return Failure(
        task=task, about=about, code="unexpected_error", reason=task, remedy="y", task_id="id", since=NOW, last=NOW
    )
