"""What tasks work with, built once per process by `worker.bootstrap`: connections never survive a fork."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from time import monotonic
from typing import Final

from clients.amazon.seller import Seller
from domain.account import Account
from domain.errors import SyncError
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
from sync.confirm_shipments import ConfirmShipments
from sync.database import Database
from sync.feed_shipments import FeedShipments
from sync.fetch_orders import Fetch
from sync.find_shipments import FindShipments
from sync.group_commit import GroupCommit
from sync.notify_cancellations import NotifyCancellations

# How often the settings are looked at, and how long a task may still work with the services of the old ones.
RENEW_SECONDS: Final = 5.0
RETIRED_SECONDS: Final = 600.0


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
    schedule: Schedule
    gate: Gate
    pauses: Pauses
    journal: Journal
    reconciliations: Reconciliations
    authorise: Callable[[str], None]
    close: Callable[[], None]
    clock: Callable[[], datetime]

    def database_of(self, account: str) -> Database:
        """Return the database of `account`."""
        return self.databases[self.accounts[account].database]


Renew = Callable[[], Callable[[], Services] | None]


class _Holder:
    """The services of this process; a forked child builds its own."""

    def __init__(self) -> None:
        self.factory: Callable[[], Services] | None = None
        self.renew: Renew | None = None
        self.built: tuple[int, Services] | None = None
        self.lock = Lock()
        self.looked = 0.0
        self.retired: list[tuple[float, Services]] = []


_holder = _Holder()


def use(factory: Callable[[], Services], renew: Renew | None = None) -> None:
    """Say how services are built; they are when a task first needs them.

    `renew` is asked now and then: it returns another factory when the settings have changed, else None.
    """
    _holder.factory = factory
    _holder.renew = renew
    _holder.built = None


def services() -> Services:
    """Return this process' services, of the newest settings. Raises RuntimeError when `use` was never called."""
    pid = os.getpid()
    built = _holder.built
    fresh = _holder.renew is None or monotonic() - _holder.looked < RENEW_SECONDS
    if built is not None and built[0] == pid and fresh:
        return built[1]
    with _holder.lock:
        if _holder.factory is None:
            raise RuntimeError("tasks.context.use() was not called: start the worker with 'celery -A worker'")
        _renew()
        if _holder.built is None or _holder.built[0] != pid:
            _holder.built = (pid, _holder.factory())
        return _holder.built[1]


def services_with(account: str) -> Services:
    """Return the services; if they do not know `account`, the settings are looked at again at once."""
    if account not in services().accounts:
        _holder.looked = -RENEW_SECONDS
    return services()


def _renew() -> None:
    """Let services be built anew if the settings have changed. The old ones go on with the tasks that have them."""
    now = monotonic()
    if _holder.renew is None or now - _holder.looked < RENEW_SECONDS:
        return
    _holder.looked = now
    for since, old in [*_holder.retired]:
        if now - since > RETIRED_SECONDS:
            _holder.retired.remove((since, old))
            old.close()
    factory = _holder.renew()
    if factory is not None:
        _holder.factory = factory
        if _holder.built is not None and _holder.built[0] == os.getpid():
            _holder.retired.append((now, _holder.built[1]))
        _holder.built = None
