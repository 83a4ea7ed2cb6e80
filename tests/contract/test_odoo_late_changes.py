"""Amazon cancels or changes what has left already: the salesperson is told, once for each version, on every Odoo."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import fakeredis
import pytest
from typing_extensions import override

from clients.odoo.client import Connection
from clients.odoo.issues import DONE, RETRY, Issue, set_state, unfinished, write_issues
from clients.odoo.late_changes import tell_late_changes
from domain.errors import AccountBroken, NeedsHuman, RetryLater
from domain.order import Order, OrderRef
from domain.outcome import Outcome, OutcomeKind
from domain.parked import CANCEL_BLOCKED, CHANGE_BLOCKED, CHANGED_AFTER_DELIVERY, CHANGED_IN_ODOO
from state.lanes import Lanes
from state.locks import Locks
from sync.database import Database
from sync.import_orders import OrderImport
from sync.read_order import OrderSource
from tests.contract.odoo_desk import Desk, a_desk, a_target, newer
from tests.contract.odoo_targets import Target
from tests.contract.test_odoo_cancel import cancelled, deliver, lock
from tests.contract.test_odoo_cancel_requests import activities, seller
from tests.contract.test_odoo_changes import CUP, MUGS, landed, without
from tests.odoo.conftest import BOT
from tests.servers import secret
from worker.bootstrap import utc_now

__all__ = ["a_desk", "a_target"]


class Given(OrderSource):
    """A source that has one order at hand."""

    def __init__(self) -> None:
        self.order: Order | None = None

    @override
    def read_all(self, refs: Sequence[OrderRef]) -> list[Order | NeedsHuman | RetryLater | AccountBroken]:
        assert self.order is not None
        return [self.order for _ in refs]

    @override
    def forget(self, *refs: OrderRef) -> None:
        pass


@dataclass(frozen=True)
class Shop:
    """A desk whose orders have a salesperson, and the import of one order after the other."""

    desk: Desk
    salesperson: int
    database: Database

    def bring(self, order: Order) -> Outcome:
        """What becomes of this version of `order`."""
        source, store, account = Given(), fakeredis.FakeRedis(), self.desk.account
        source.order = order
        importer = OrderImport(
            self.database, {account.key: account}, source, lanes=Lanes(store), locks=Locks(store), clock=utc_now
        )
        (outcome,) = importer([OrderRef(account=account.key, order_id=order.order_id, updated=order.updated)])
        assert isinstance(outcome, Outcome)
        return outcome

    def parked(self, order: Order) -> Issue:
        """The item of `order`."""
        key = (self.desk.account.key, order.order_id)
        return unfinished(self.desk.odoo, [key])[key]

    def retried(self, order: Order) -> Outcome:
        """What becomes of it after a person said Retry."""
        set_state(self.desk.odoo, [self.parked(order).odoo_id], RETRY)
        return self.bring(order)


@pytest.fixture(name="shop")
def a_shop(desk: Desk, target: Target) -> Iterator[Shop]:
    salesperson, login = seller(desk)
    database = Database(
        "main", Connection(target.url, target.database, BOT.login, secret(target.url, BOT.login, BOT.password)), utc_now
    )
    yield Shop(replace(desk, account=replace(desk.account, salesperson=login)), salesperson, database)
    database.forget()


def fewer(order: Order) -> Order:
    """The version in which the second item is cancelled."""
    return newer(order, order.items[0], without(order.items[1]))


@pytest.mark.parametrize(
    ("change", "code", "summary", "said"),
    [
        (cancelled, CANCEL_BLOCKED, "Amazon cancelled this order", "Amazon cancelled the order, but"),
        (fewer, CHANGED_AFTER_DELIVERY, "Amazon changed this order after it left", "2: 1 pieces become 0"),
    ],
    ids=["cancelled", "changed"],
)
def test_after_a_delivery_the_salesperson_is_told_once_for_each_version(
    shop: Shop, change: Callable[[Order], Order], code: str, summary: str, said: str
) -> None:
    order, sale_order = landed(shop.desk, MUGS, CUP)
    deliver(shop.desk, sale_order)
    then = change(order)
    assert shop.bring(then) == Outcome(OutcomeKind.PARKED, code)
    (told,) = activities(shop.desk, sale_order)
    assert (told["summary"], told["user_id"][0]) == (summary, shop.salesperson)
    assert said in told["note"]
    assert f"{shop.parked(order).remedy} The item is in Amazon &gt; Needs attention." in told["note"]

    assert shop.bring(then) == shop.retried(then) == Outcome(OutcomeKind.PARKED, code)
    assert len(activities(shop.desk, sale_order)) == 1
    close(shop, sale_order)
    assert shop.retried(then) == Outcome(OutcomeKind.PARKED, code)
    assert activities(shop.desk, sale_order) == []
    assert shop.bring(newer(then)) == Outcome(OutcomeKind.PARKED, code)
    assert [one["summary"] for one in activities(shop.desk, sale_order)] == [summary]


def close(shop: Shop, sale_order: int) -> None:
    """A person marks all activities as done."""
    domain = [("res_model", "=", "sale.order"), ("res_id", "=", sale_order)]
    found = [one["id"] for one in shop.desk.admin.search_read("mail.activity", domain, ["summary"])]
    shop.desk.admin.call("mail.activity", "action_feedback", ids=found)


def test_what_is_mended_takes_its_activity_back_and_nobody_elses(shop: Shop) -> None:
    order, sale_order = landed(shop.desk, MUGS, CUP)
    lock(shop.desk, sale_order)
    (model,) = shop.desk.admin.search_read("ir.model", [("model", "=", "sale.order")], ["model"])
    own = {"res_model_id": model["id"], "res_id": sale_order, "summary": "Call them", "user_id": 2}
    shop.desk.admin.call("mail.activity", "create", vals_list=[own])
    then = cancelled(order)
    assert shop.bring(then) == Outcome(OutcomeKind.PARKED, CANCEL_BLOCKED)
    summaries = {one["summary"] for one in activities(shop.desk, sale_order)}
    assert summaries == {"Amazon cancelled this order", "Call them"}
    shop.desk.admin.call("sale.order", "action_unlock", ids=[sale_order])
    item = shop.parked(order).odoo_id
    assert shop.retried(then) == Outcome(OutcomeKind.CANCELLED)
    assert [one["summary"] for one in activities(shop.desk, sale_order)] == ["Call them"]
    (row,) = shop.desk.odoo.search_read("x_amazon_issue", [("id", "=", item)], ["x_state"])
    assert row["x_state"] == DONE


def test_a_change_that_comes_in_time_is_the_operators_business_alone(shop: Shop) -> None:
    order, sale_order = landed(shop.desk, MUGS, CUP)
    lock(shop.desk, sale_order)
    assert shop.bring(fewer(order)) == Outcome(OutcomeKind.PARKED, CHANGE_BLOCKED)
    assert activities(shop.desk, sale_order) == []


def test_told_twice_it_is_one_activity_and_one_that_odoo_refuses_stops_no_other(shop: Shop) -> None:
    """As after an error between the activity and the parked item; and for a sale order that is deleted meanwhile."""
    order, sale_order = landed(shop.desk, MUGS)
    issue = Issue(
        account=shop.desk.account.key, order_id=order.order_id, code=CANCEL_BLOCKED, reason="A <b>", remedy="B.",
        version=order.updated, sale_order=sale_order,
    )  # fmt: skip
    deleted: list[tuple[Any, None]] = [(replace(issue, order_id="0-0-0", sale_order=2**31 - 2), None)]
    for _ in range(2):
        tell_late_changes(shop.desk.odoo, [*deleted, (issue, None)])
    (told,) = activities(shop.desk, sale_order)
    assert "A &lt;b&gt;. B. The item is in Amazon &gt; Needs attention." in told["note"]


def dearer(shop: Shop, order: Order, sale_order: int) -> None:
    """A person changes a price, and the comparison parks the order."""
    odoo = shop.desk.odoo
    line = odoo.search_read("sale.order.line", [("order_id", "=", sale_order)], ["price_unit"], limit=1)[0]
    odoo.call("sale.order.line", "write", ids=[line["id"]], vals={"price_unit": line["price_unit"] + 5})
    item = Issue(
        account=shop.desk.account.key, order_id=order.order_id, code=CHANGED_IN_ODOO, reason="r", remedy="m",
        version=order.updated, sale_order=sale_order,
    )  # fmt: skip
    write_issues(odoo, [item])


def test_what_blocked_the_way_back_is_gone_and_a_retry_makes_the_sale_order_amazons(shop: Shop) -> None:
    order, sale_order = landed(shop.desk, MUGS, CUP)
    before = total(shop.desk, sale_order)
    dearer(shop, order, sale_order)
    lock(shop.desk, sale_order)
    assert shop.retried(order) == Outcome(OutcomeKind.PARKED, CHANGE_BLOCKED)
    shop.desk.admin.call("sale.order", "action_unlock", ids=[sale_order])
    assert total(shop.desk, sale_order) != before
    assert shop.retried(order) == Outcome(OutcomeKind.UPDATED)
    assert total(shop.desk, sale_order) == before
    assert unfinished(shop.desk.odoo, [(shop.desk.account.key, order.order_id)]) == {}


def test_nobody_is_told_of_a_change_of_amazons_that_was_made_in_odoo(shop: Shop) -> None:
    order, sale_order = landed(shop.desk, MUGS, CUP)
    dearer(shop, order, sale_order)
    deliver(shop.desk, sale_order)
    assert shop.retried(order) == Outcome(OutcomeKind.PARKED, CHANGED_AFTER_DELIVERY)
    assert activities(shop.desk, sale_order) == []
    assert shop.retried(order) == Outcome(OutcomeKind.PARKED, CHANGED_AFTER_DELIVERY)
    assert activities(shop.desk, sale_order) == []


def total(desk: Desk, sale_order: int) -> float:
    (row,) = desk.odoo.search_read("sale.order", [("id", "=", sale_order)], ["amount_total"])
    return float(row["amount_total"])
