"""How each Odoo database stands, asked with a short patience and at most so often."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from time import monotonic
from typing import Final

from clients.odoo.overview import Overview, overview
from domain.errors import SyncError
from settings import Settings
from sync.database import Database
from worker.bootstrap import connection, utc_now

_PATIENCE: Final = 15.0
_FRESH: Final = timedelta(seconds=20)


@dataclass(frozen=True, slots=True, kw_only=True)
class OdooFacts:
    """A database: `problem` is '' when it answers; `seconds`: how long its answers took, logging in left out."""

    problem: str
    seconds: float
    found: Overview | None


class Databases:
    """The databases of the settings with connections of their own, for looking on."""

    def __init__(self, given: Settings) -> None:
        self._given = given
        self._asked: dict[str, tuple[datetime, OdooFacts]] = {}
        self.all: Mapping[str, Database] = {
            key: Database(key, replace(connection(given, key), timeout=_PATIENCE), utc_now) for key in given.odoo
        }

    def facts(self, key: str) -> OdooFacts:
        """Return how the database `key` stands, as of a moment ago; never raises for a database in trouble."""
        known = self._asked.get(key)
        if known is None or utc_now() - known[0] > _FRESH:
            known = (utc_now(), self._ask(key))
            self._asked[key] = known
        return known[1]

    def close(self) -> None:
        """Close the connections."""
        for database in self.all.values():
            database.forget()

    def _ask(self, key: str) -> OdooFacts:
        ours = [name for name, one in self._given.accounts.items() if one.odoo == key]
        database = self.all[key]
        began = monotonic()
        try:
            odoo = database.odoo
            began = monotonic()
            found = overview(odoo, ours)
        except SyncError as error:
            database.forget()
            return OdooFacts(problem=str(error), seconds=monotonic() - began, found=None)
        return OdooFacts(problem="", seconds=monotonic() - began, found=found)
