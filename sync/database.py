"""One Odoo database as the use cases use it: connected when first needed, with what hardly changes kept for a while."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Lock

from clients.odoo.client import Connection, Odoo, connect
from clients.odoo.facts import Reference, account_facts, reference
from clients.odoo.guarded import watched
from domain.account import Account
from domain.errors import AccountBroken
from domain.odoo_facts import AccountFacts
from state.breaker import Breaker
from sync.watch import Watch

# Some forty calls, and two thousand states of countries: with many workers, once a minute was a load of its own.
_KEPT = timedelta(minutes=10)
# Short: somebody who mends a name or a price list in Odoo and retries must not meet the old knowledge.
_FRESH = timedelta(minutes=1)
# A server that is well logs somebody in within this; its ordinary calls may lawfully take a minute.
_TRIAL_SECONDS = 8.0


class Database:
    """A database by its key in the settings. Thread-safe.

    It is left alone while `breaker` says that it is away; without one (a person waits) every call is tried.
    """

    def __init__(
        self, key: str, connection: Connection, clock: Callable[[], datetime], breaker: Breaker | None = None
    ) -> None:
        self.key = key
        self._watch = Watch(breaker, self._try) if breaker else None
        self._connection = connection
        self._clock = clock
        self._lock = Lock()
        self._odoo: Odoo | None = None
        self._reference: tuple[datetime, Reference] | None = None
        self._accounts: dict[Account, AccountFacts] = {}

    @property
    def odoo(self) -> Odoo:
        """The connected client. Raises Unavailable or DatabaseBroken when there is no way in."""
        with self._lock:
            known = self._odoo
        if known is not None:
            return known
        new = self._connect()  # not under the lock: nobody is to wait for another's attempt
        with self._lock:
            if self._odoo is None:
                self._odoo = new
            else:
                new.close()
            return self._odoo

    def _connect(self) -> Odoo:
        watch = self._watch
        if watch is None:
            return connect(self._connection)
        watch.check()
        return watched(watch, lambda: connect(self._connection, watch))

    def _try(self) -> None:
        """Connect and log in as if for the first time: that needs the server, its database and our key."""
        connect(replace(self._connection, timeout=_TRIAL_SECONDS)).close()

    def reference(self) -> Reference:
        """Return countries, products, warehouses and the like, as known for ten minutes. Raises as the client does."""
        with self._lock:
            known = self._reference
        if known is None or self._clock() - known[0] > _KEPT:
            known = (self._clock(), reference(self.odoo))
            with self._lock:
                self._reference = known
                self._accounts.clear()
        return known[1]

    def account_facts(self, account: Account) -> AccountFacts:
        """Return what the account's settings mean here. Raises AccountBroken for a name Odoo does not know."""
        there = self.reference()
        with self._lock:
            known = self._accounts.get(account)
        if known is None:
            try:
                known = account_facts(self.odoo, account, there)
            except AccountBroken:
                if not self.doubt():
                    raise
                there = self.reference()
                known = account_facts(self.odoo, account, there)
            with self._lock:
                # Not if somebody has read it anew meanwhile: these would be old for ten minutes more.
                if self._reference is not None and self._reference[1] is there:
                    self._accounts[account] = known
        return known

    def doubt(self) -> bool:
        """Something is missing, or may have been mended: have what is older than a minute read anew; say if any is."""
        with self._lock:
            old = self._reference is not None and self._clock() - self._reference[0] > _FRESH
            if old:
                self._reference = None
                self._accounts.clear()
        return old

    def renew(self) -> None:
        """Read reference and accounts anew the next time; the connection stays."""
        with self._lock:
            self._reference = None
            self._accounts.clear()

    def forget(self) -> None:
        """Drop connection and knowledge: the database refused us, or its setup changed."""
        with self._lock:
            if self._odoo is not None:
                self._odoo.close()
            self._odoo, self._reference = None, None
            self._accounts.clear()
