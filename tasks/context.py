"""What tasks work with, built once per process by `worker.bootstrap`: connections never survive a fork."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from threading import Lock

from clients.amazon.seller import Seller
from domain.account import Account
from domain.errors import SyncError
from domain.order import OrderRef
from domain.outcome import Outcome
from state.journal import Journal
from state.lanes import Lanes
from state.limiter import Limiter
from state.outbox import Outbox
from state.pauses import Pauses
from sync.confirm_shipments import ConfirmShipments
from sync.database import Database
from sync.feed_shipments import FeedShipments
from sync.fetch_orders import Fetch
from sync.find_shipments import FindShipments
from sync.group_commit import GroupCommit
from sync.notify_cancellations import NotifyCancellations


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The process' one set of clients and use cases.

    `importers`, `databases` and all that is told to Amazon (`outgoing` to `cancellations`) go by the database's key;
    `authorise` asks Amazon for a new token for an account, and raises AccountBroken if it refuses; `close` gives all
    connections back.
    """

    accounts: Mapping[str, Account]
    sellers: Mapping[str, Seller]
    databases: Mapping[str, Database]
    importers: Mapping[str, GroupCommit[OrderRef, Outcome | SyncError]]
    fetch: Fetch
    outgoing: Mapping[str, FindShipments]
    shipments: Mapping[str, ConfirmShipments]
    feeds: Mapping[str, FeedShipments]
    cancellations: Mapping[str, NotifyCancellations]
    outbox: Outbox
    lanes: Lanes
    limiter: Limiter
    pauses: Pauses
    journal: Journal
    authorise: Callable[[str], None]
    close: Callable[[], None]
    clock: Callable[[], datetime]

    def database_of(self, account: str) -> Database:
        """Return the database of `account`."""
        return self.databases[self.accounts[account].database]


class _Holder:
    """The services of this process; a forked child builds its own."""

    def __init__(self) -> None:
        self.factory: Callable[[], Services] | None = None
        self.built: tuple[int, Services] | None = None
        self.lock = Lock()


_holder = _Holder()


def use(factory: Callable[[], Services]) -> None:
    """Say how services are built; they are when a task first needs them."""
    _holder.factory = factory
    _holder.built = None


def services() -> Services:
    """Return this process' services. Raises RuntimeError when `use` was never called."""
    pid = os.getpid()
    built = _holder.built
    if built is not None and built[0] == pid:
        return built[1]
    with _holder.lock:
        if _holder.built is None or _holder.built[0] != pid:
            if _holder.factory is None:
                raise RuntimeError("tasks.context.use() was not called: start the worker with 'celery -A worker'")
            _holder.built = (pid, _holder.factory())
        return _holder.built[1]
