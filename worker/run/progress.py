"""How far each account is, looked at once a second for the live view: by a thread, as a server may be slow."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import cycle
from threading import Event, Thread
from typing import Final

from redis.exceptions import RedisError

from clients.odoo.issues import DISMISSED, DONE, MODEL
from clients.odoo.pickings import waiting_deliveries
from domain.account import Account
from domain.errors import SyncError
from tasks.context import Services
from worker.run.events import Events

_TICK: Final = 1.0


@dataclass(slots=True)
class Standing:
    """Numbers of one account, None where not known yet; `paused`: the reason if it is.

    `told`, `to_tell`: deliveries that Amazon knows, and that it is to know.
    """

    pages: int = 0
    read: int = 0
    waiting: int | None = None
    in_odoo: int | None = None
    parked: int | None = None
    told: int | None = None
    to_tell: int | None = None
    tokens: int | None = None
    paused: str = ""


class Progress(Thread):
    """Keeps `standings` (by account key) fresh until `end` is called. `trouble`: what cannot be reached, or ''."""

    def __init__(self, services: Services, events: Events) -> None:
        super().__init__(name="progress", daemon=True)
        self.standings = {key: Standing() for key in services.accounts}
        self.trouble = ""
        self._services = services
        self._events = events
        self._end = Event()

    @property
    def reason(self) -> str:
        """Why orders wait, as far as workers have told lately; '' if nothing does."""
        waits = any(standing.waiting for standing in self.standings.values())
        return self._events.reason if waits else ""

    def end(self) -> None:
        """Stop looking."""
        self._end.set()

    def run(self) -> None:
        """Look at the state of all accounts each second, and at one account's orders in Odoo."""
        turns = cycle(self._services.accounts.values())
        while not self._end.is_set():
            try:
                for account in self._services.accounts.values():
                    self._look(account)
                self._count(next(turns))
                self.trouble = ""
            except RedisError as error:
                self.trouble = f"broker: {type(error).__name__}"
            except SyncError as error:
                self.trouble = f"Odoo: {error}"
            self._end.wait(_TICK)

    def _look(self, account: Account) -> None:
        there = self._services
        now = self.standings[account.key]
        now.pages, now.read = self._events.pages[account.key], self._events.read[account.key]
        now.waiting = sum(there.lanes.waiting(account.key, group) for group in account.groups())
        now.tokens = there.fetch.limiter.left(account.key, "searchOrders")
        now.paused = there.pauses.reason(account.key) if there.pauses.paused(account.key) else ""

    def _count(self, account: Account) -> None:
        odoo = self._services.database_of(account.key).odoo
        now = self.standings[account.key]
        now.in_odoo = odoo.call("sale.order", "search_count", domain=[["x_amazon_account", "=", account.key]])
        told = [["x_amazon_account", "=", account.key], ["x_amazon_sync_status", "=", "done"]]
        now.told = odoo.call("stock.picking", "search_count", domain=told)
        now.to_tell = len(waiting_deliveries(odoo, [account.key])) if account.policy.confirm_shipments else 0
        still = [["x_account", "=", account.key], ["x_state", "not in", [DONE, DISMISSED]]]
        now.parked = odoo.call(MODEL, "search_count", domain=still)
