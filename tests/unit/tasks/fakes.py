"""What tasks work with in these tests: a made-up Odoo, made-up use cases, and a broker in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import redis
from celery import Celery, Task

from clients.odoo.client import Loaded
from domain.account import Account
from domain.errors import AccountBroken, SyncError
from domain.odoo_facts import AccountFacts
from domain.order import OrderRef
from domain.outcome import Outcome
from state.gate import Gate
from state.journal import Journal
from state.lanes import Lanes
from state.limiter import Limiter
from state.outbox import Outbox
from state.pauses import Pauses
from state.reconciliations import Reconciliations
from state.schedule import Schedule
from state.window import Window
from sync.confirm_shipments import ConfirmShipments
from sync.database import Database
from sync.feed_shipments import FeedShipments
from sync.fetch_orders import Fetch, Fetched
from sync.find_shipments import FindShipments
from sync.group_commit import GroupCommit
from sync.notify_cancellations import NotifyCancellations
from tasks.context import Services
from tasks.orders import upsert_order
from tasks.queues import ALL
from tests.builders import NOW, UPDATED, account_facts, an_account

ORDER = {"account": "acme-eu", "order_id": "302-1", "updated": UPDATED.isoformat()}
REF = OrderRef(account="acme-eu", order_id="302-1", updated=UPDATED)


@dataclass
class FakeOdoo:
    """Keeps what is loaded into it or written; answers searches with `found`; is away while `away` is set."""

    away: SyncError | None = None
    found: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    loaded: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    written: list[tuple[str, tuple[int, ...], dict[str, Any]]] = field(default_factory=list)

    def load(self, model: str, columns: Sequence[str], rows: Sequence[Sequence[object]], **_: object) -> Loaded:
        self._there()
        self.loaded += [(model, dict(zip(columns, row, strict=True))) for row in rows]
        return Loaded(ids=tuple(range(1, len(rows) + 1)), messages=())

    def search_read(self, model: str, domain: Sequence[Any], *_: object, **__: object) -> list[dict[str, Any]]:
        self._there()
        return self.found.get(model, [])

    def call(self, model: str, method: str, *, ids: Sequence[int], vals: dict[str, Any]) -> bool:
        self._there()
        assert method == "write"
        self.written.append((model, tuple(ids), vals))
        return True

    def issues(self) -> list[dict[str, Any]]:
        return [row for model, row in self.loaded if model == "x_amazon_issue"]

    def _there(self) -> None:
        if self.away is not None:
            raise self.away


@dataclass
class FakeDatabase:
    """`unknown`: what is raised for an account whose settings name something that Odoo does not have."""

    odoo: FakeOdoo = field(default_factory=FakeOdoo)
    unknown: AccountBroken | None = None

    def account_facts(self, _account: Account) -> AccountFacts:
        if self.unknown is not None:
            raise self.unknown
        return account_facts()


class FakeFetch:
    """A fetch that brings `fetched`, or raises it."""

    def __init__(self) -> None:
        self.fetched: Fetched | Exception = Fetched((), 0, 180.0)
        self.pages = 0
        self.moved: list[tuple[str, Fetched]] = []

    def page(self, *_: object) -> Fetched:
        self.pages += 1
        if isinstance(self.fetched, Exception):
            raise self.fetched
        return self.fetched

    def move_on(self, _account: Account, group: str, fetched: Fetched) -> None:
        self.moved.append((group, fetched))


class World:
    """All fakes; `import_order` is the importer, to be replaced by a test."""

    def __init__(self, store: redis.Redis) -> None:
        self.database, self.other = FakeDatabase(), FakeDatabase()
        self.odoo, self.second = self.database.odoo, self.other.odoo
        self.fetch = FakeFetch()
        self.lanes = Lanes(store)
        self.limiter = Limiter(store)
        self.gate = Gate(store)
        self.store = store
        self.pauses = Pauses(store)
        self.journal = Journal(store)
        self.reconciliations = Reconciliations(store)
        self.outbox = Outbox(store)
        self.outgoing: dict[str, Any] = {}
        self.shipments: dict[str, Any] = {}
        self.feeds: dict[str, Any] = {}
        self.cancellations: dict[str, Any] = {}
        self.imported: list[OrderRef] = []
        self.end: Outcome | BaseException = RuntimeError("no end was given")
        self.accounts: Mapping[str, Account] = {
            "acme-eu": an_account(),
            "second": an_account(key="second", database="other"),
        }

    @property
    def schedule(self) -> Schedule:
        lanes = ((account.key, group) for account in self.accounts.values() for group in account.groups())
        return Schedule(self.store, lanes)

    def services(self) -> Services:
        return Services(
            accounts=self.accounts,
            sellers=cast("Any", dict.fromkeys(self.accounts, "seller")),
            databases=cast("Mapping[str, Database]", {"main": self.database, "other": self.other}),
            importers=cast("Mapping[str, GroupCommit[OrderRef, Outcome | SyncError]]", {"main": self.import_order}),
            fetch=cast("Fetch", self.fetch),
            outgoing=cast("Mapping[str, FindShipments]", self.outgoing),
            shipments=cast("Mapping[str, ConfirmShipments]", self.shipments),
            feeds=cast("Mapping[str, FeedShipments]", self.feeds),
            cancellations=cast("Mapping[str, NotifyCancellations]", self.cancellations),
            outbox=self.outbox,
            lanes=self.lanes,
            limiter=self.limiter,
            schedule=self.schedule,
            gate=self.gate,
            pauses=self.pauses,
            journal=self.journal,
            reconciliations=self.reconciliations,
            authorise=_unused,
            close=lambda: None,
            clock=lambda: NOW,
        )

    def import_order(self, ref: OrderRef) -> Outcome | SyncError:
        """Errors of the batch are raised, those of one order returned: both must come to the same."""
        self.imported.append(ref)
        if isinstance(self.end, Outcome | SyncError):
            return self.end
        raise self.end


def _unused(account: str) -> None:
    raise AssertionError(f"nobody asked Amazon about {account}")


@contextmanager
def counted(store: redis.Redis) -> Iterator[list[str]]:
    """The commands that this process sends to `store` meanwhile, by name."""
    names: list[str] = []
    execute: Any = store.execute_command

    def counting(*args: Any, **options: Any) -> Any:
        names.append(str(args[0]))
        return execute(*args, **options)

    door: Any = store  # all commands go through one method of it
    door.execute_command = counting
    try:
        yield names
    finally:
        door.execute_command = execute


@dataclass(frozen=True)
class Sent:
    """A message in the broker. `wait`: seconds until it is due, as of its sending (rounded to 0.1 s)."""

    queue: str
    task: str
    id: str
    kwargs: dict[str, Any]
    args: list[Any]
    retries: int
    wait: float | None
    expires: str | None


class Broker:
    """The messages of `app`, in its broker in memory."""

    def __init__(self, app: Celery) -> None:
        self._app = app

    def take(self) -> list[Sent]:
        """Return and remove all messages, queue by queue."""
        return [message for queue in ALL for message in self._of(queue)]

    def _of(self, queue: str) -> Iterator[Sent]:
        with self._app.connection_for_read() as connection, connection.SimpleQueue(queue) as simple:
            while (message := simple.queue.get(no_ack=True)) is not None:
                args, kwargs, _ = message.payload
                head: Mapping[str, Any] = message.headers
                due = datetime.fromisoformat(head["eta"]) - datetime.now(UTC) if head["eta"] else None
                yield Sent(
                    queue=queue,
                    task=head["task"],
                    id=head["id"],
                    kwargs=kwargs,
                    args=args,
                    retries=head["retries"],
                    wait=None if due is None else due / timedelta(seconds=1),
                    expires=head["expires"],
                )


@contextmanager
def delivered(task: Task[Any, Any], kwargs: Mapping[str, Any], *, retries: int = 0, queue: str = "") -> Iterator[None]:
    """As if a worker had taken a message from a queue: the task's request is that message's."""
    task.push_request(
        id="id-1",
        task=task.name,
        args=[],
        kwargs=dict(kwargs),
        retries=retries,
        delivery_info={"exchange": "", "routing_key": queue, "priority": None},
        called_directly=False,
    )
    try:
        yield
    finally:
        task.pop_request()


def run(task: Callable[..., Any], kwargs: Mapping[str, Any], *, retries: int = 0, queue: str = "odoo.upsert") -> Any:
    """Run `task` as the worker does."""
    with delivered(cast("Task[Any, Any]", task), kwargs, retries=retries, queue=queue):
        return task(**kwargs)


WINDOW = Window(lower=UPDATED - timedelta(hours=1), upper=UPDATED + timedelta(hours=1))


def ended(world: World, end: Outcome | BaseException, *, retries: int = 0, **kwargs: str) -> Any:
    """Run the order's task with an import that ends so; return its result or the exception it raised."""
    world.end = end
    try:
        return run(upsert_order, ORDER | kwargs, retries=retries)
    except Exception as error:  # noqa: BLE001 - the tests judge it
        return error


def waits_for(world: World) -> int:
    return world.lanes.waiting("acme-eu", "all")
