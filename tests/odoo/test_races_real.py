"""Two workers at once on one order, one offer, one package, where only a real Odoo can judge (one buyer: people)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import partial
from threading import Barrier, Event, Lock
from typing import Any, TypeVar, cast
from uuid import uuid4

import fakeredis
import pytest

from clients.amazon.shipments import Confirmed
from clients.odoo.changes import change_orders
from clients.odoo.client import Odoo
from clients.odoo.facts import account_facts, order_facts, reference
from domain.account import Account
from domain.errors import OutcomeUnknown, RetryLater
from domain.odoo import UpdateOrder
from domain.order import Order, OrderRef, OrderStatus
from domain.shipment import KnownPackage, PackageKey, Shipment
from mappers.sale_order import plan
from mappers.told import Mark, read
from state.limiter import QUOTAS, Limiter
from state.locks import Locks
from state.outbox import Outbox
from sync.confirm_shipments import ConfirmShipments
from sync.find_shipments import AHEAD, OPERATION
from tests.builders import NOW, an_account, an_item, an_order, part
from tests.contract.odoo_desk import newer
from tests.flow.warehouse import Warehouse
from tests.odoo.conftest import Server
from tests.odoo.test_people_real import MOST_TRIES, Worker
from tests.servers import lost_races, server_log

pytestmark = pytest.mark.odoo

ROUNDS = 4
Made = TypeVar("Made")


@pytest.fixture
def workers(odoo_server: Server, admin: Odoo) -> Iterator[tuple[Worker, Worker]]:
    bots = [odoo_server.bot() for _ in range(2)]
    yield Worker(bots[0], reference(bots[0])), Worker(bots[1], reference(bots[1]))
    for bot in bots:
        bot.close()


@pytest.fixture
def account() -> Account:
    return an_account(key=f"race-{uuid4().hex[:6]}")


def an_own_order(**changes: Any) -> Order:
    number = uuid4().hex[:10]
    items = changes.pop("items", None) or (an_item(part("ITEM", "30.00"), quantity=3), an_item(sku="CUP"))
    own = tuple(replace(item, item_id=f"{number}{place}") for place, item in enumerate(items))
    return an_order(*own, order_id=f"302-{number}", **changes)


def at_once(*jobs: Callable[[Callable[[], object]], Made]) -> list[Made]:
    """Do these in threads that wait for each other when they are ready."""
    ready = Barrier(len(jobs))
    with ThreadPoolExecutor(len(jobs)) as threads:
        return [job.result(timeout=120) for job in [threads.submit(one, ready.wait) for one in jobs]]


def test_one_order_on_two_workers_is_one_whole_sale_order(
    workers: tuple[Worker, Worker], admin: Odoo, account: Account
) -> None:
    log = server_log(admin.version[0])
    lost, before = 0, log.stat().st_size
    for _ in range(ROUNDS):
        order = an_own_order()
        planned = [worker.plan(account, order) for worker in workers]
        one, two = workers
        done = at_once(partial(one.create, planned[0]), partial(two.create, planned[1]))
        lost += sum(times for _, times in done)
        assert len({sale_order for sale_order, _ in done}) == 1
        fields = ["state", "amount_total", "order_line", "picking_ids", "x_amazon_last_update"]
        domain = [("client_order_ref", "=", order.order_id), ("x_amazon_account", "=", account.key)]
        (row,) = admin.search_read("sale.order", domain, fields)
        assert (row["id"], row["state"], f"{row['amount_total']:.2f}") == (done[0][0], "sale", "50.00")
        assert _goods(admin, row["order_line"]) == 2
        assert len(row["picking_ids"]) == 1
        assert row["x_amazon_last_update"] == f"{order.updated:%Y-%m-%d %H:%M:%S}"
        moves = admin.search_read("stock.move", [("picking_id", "in", row["picking_ids"])], ["product_uom_qty"])
        assert sorted(move["product_uom_qty"] for move in moves) == [1, 3]
    assert lost + lost_races(log, before) > 0, "nothing was put to the test"


def test_one_change_of_an_order_on_two_workers_is_made_once(
    workers: tuple[Worker, Worker], admin: Odoo, account: Account
) -> None:
    one, two = workers
    for _ in range(ROUNDS):
        order = an_own_order()
        sale_order, _ = one.create(one.plan(account, order))
        mugs, cup = order.items
        fewer = replace(mugs, quantity=1, breakdowns=(part("ITEM", "10.00"),), total=Decimal("10.00"))
        more = replace(cup, item_id=f"{cup.item_id}9", sku="JUG")
        changed = newer(order, fewer, cup, more)
        updates = [_update(worker, account, changed) for worker in workers]
        done = at_once(partial(_change, one, updates[0]), partial(_change, two, updates[1]))
        assert done == [sale_order, sale_order]
        (row,) = admin.call("sale.order", "read", ids=[sale_order], fields=["amount_total", "order_line"])
        assert f"{row['amount_total']:.2f}" == "50.00"
        assert _goods(admin, row["order_line"]) == 3
        domain = [("sale_line_id.order_id", "=", sale_order), ("state", "!=", "cancel")]
        moves = admin.search_read("stock.move", domain, ["product_uom_qty"])
        assert sorted(move["product_uom_qty"] for move in moves) == [1, 1, 1]


def _goods(admin: Odoo, lines: Sequence[int]) -> int:
    """How many lines there are but for the rounding line, which 14 with its taxes on top of prices may need."""
    rows = admin.call("sale.order.line", "read", ids=list(lines), fields=["name"])
    return len([row for row in rows if row["name"] != "Rounding"])


def _update(worker: Worker, account: Account, order: Order) -> UpdateOrder:
    about = {account.key: account_facts(worker.odoo, account, worker.known)}
    (facts,) = order_facts(worker.odoo, [(account, order)], about, worker.known)
    decision = plan(account, order, facts)
    assert isinstance(decision, UpdateOrder)
    return decision


def _change(worker: Worker, update: UpdateOrder, ready: Callable[[], object]) -> int:
    """Apply it as a task does: after a lost race it is decided anew from what is there then."""
    ready()
    for _ in range(MOST_TRIES):
        try:
            (done,) = change_orders(worker.odoo, [update], worker.known.defaults.rounding)
        except (RetryLater, OutcomeUnknown):
            continue
        assert isinstance(done, int), done
        return done
    raise AssertionError(f"lost {MOST_TRIES} times")


def test_one_new_offer_in_two_orders_on_two_workers_is_one_offer(
    workers: tuple[Worker, Worker], admin: Odoo, account: Account
) -> None:
    one, two = workers
    for _ in range(ROUNDS):
        sku = f"SKU-{uuid4().hex[:8]}"
        orders = [an_own_order(items=(an_item(sku=sku),)) for _ in workers]
        planned = [worker.plan(account, order) for worker, order in zip(workers, orders, strict=True)]
        assert [len(decision.offers) for decision in planned] == [1, 1]
        done = at_once(partial(one.create, planned[0]), partial(two.create, planned[1]))
        assert len({sale_order for sale_order, _ in done}) == 2
        domain = [("x_account", "=", account.key), ("x_sku", "=", sku)]
        (offer,) = admin.search_read("x_amazon_offer", domain, ["x_product_id"])
        lines = admin.search_read(
            "sale.order.line", [("order_id", "in", [sale_order for sale_order, _ in done])], ["product_id"]
        )
        assert {line["product_id"][0] for line in lines} == {offer["x_product_id"][0]}


@dataclass
class AmazonOfOnePackage:
    """Knows a package from when it is told; what is told of it twice is kept twice."""

    order: Order
    told: list[Shipment] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)

    def confirm_shipment(self, _seller: object, shipment: Shipment) -> Confirmed:
        with self.lock:
            self.told.append(shipment)
        return Confirmed.NOW

    def read(self, _ref: OrderRef) -> Order:
        packages = tuple(
            KnownPackage(
                package_ref=one.package_ref,
                carrier=one.carrier_code,
                tracking=one.tracking,
                items=tuple((item.item_id, item.quantity) for item in one.items),
            )
            for one in self.told
        )
        return replace(self.order, packages=packages, status=OrderStatus.SHIPPED if packages else self.order.status)

    def forget(self, *_refs: OrderRef) -> None:
        """It keeps no documents."""


@dataclass(frozen=True)
class OneDatabase:
    """What ConfirmShipments needs of a database."""

    odoo: Odoo


def test_one_package_on_two_workers_is_told_once(workers: tuple[Worker, Worker], admin: Odoo, account: Account) -> None:
    seats = Warehouse(admin)
    for _ in range(ROUNDS):
        order = an_own_order()
        workers[0].create(workers[0].plan(account, order))
        delivery = seats.ship(order.order_id, tracking=f"TRACK{uuid4().hex[:8]}")
        key = PackageKey(account=account.key, order_id=order.order_id, delivery=delivery, package=0)
        amazon = AmazonOfOnePackage(order)
        with fakeredis.FakeRedis(server=fakeredis.FakeServer()) as store:
            store.set("amz:limit:born", "1")
            tasks = [_confirming(store, worker.odoo, account, amazon) for worker in workers]
            ends = at_once(*[_tell(task, key) for task in tasks])
        assert len(amazon.told) == 1, ends
        (row,) = seats.deliveries(order.order_id)
        assert row["x_amazon_sync_status"] == "done"
        (mark,) = [told.mark for told in read(row["x_amazon_sync_key"]).values()]
        assert mark is Mark.TOLD


def _confirming(store: Any, odoo: Odoo, account: Account, amazon: AmazonOfOnePackage) -> ConfirmShipments:
    both = cast("Any", amazon)
    return ConfirmShipments(
        cast("Any", OneDatabase(odoo)),
        {account.key: account},
        {account.key: cast("Any", None)},
        both,
        both,
        limiter=Limiter(store, {**QUOTAS, AHEAD: QUOTAS[OPERATION]}),
        outbox=Outbox(store),
        locks=Locks(store),
        clock=lambda: NOW,
    )


def _tell(task: ConfirmShipments, key: PackageKey) -> Callable[[Callable[[], object]], Sequence[str]]:
    def act(ready: Callable[[], object]) -> Sequence[str]:
        ready()
        said: list[str] = []
        for _ in range(MOST_TRIES):
            try:
                return [*said, task(key)]
            except RetryLater as later:
                said.append(later.reason)
                Event().wait(0.1)
        return said

    return act
