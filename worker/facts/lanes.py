"""How far each fetch group has come."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.account import Account
from state.lanes import Lanes


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A fetch group. `read`: up to when its orders were read; `landed`: up to when all are in Odoo or parked."""

    account: str
    group: str
    waiting: int
    read: datetime | None
    landed: datetime | None

    def lag(self, now: datetime) -> timedelta | None:
        """Return how far Odoo is behind Amazon; None before the first search."""
        return None if self.landed is None else max(timedelta(0), now - self.landed)


def standings(
    lanes: Lanes, accounts: Mapping[str, Account], cursors: Mapping[tuple[str, str], datetime]
) -> Iterator[Standing]:
    """Yield the groups of all accounts.

    Odoo's cursor is written only now and then while nothing comes: when no order waits, what was read has landed.
    """
    for account in accounts.values():
        for group in account.groups():
            waiting, read = lanes.waiting(account.key, group), lanes.scanned(account.key, group)
            cursor = cursors.get((account.key, group))
            known = [moment for moment in (cursor, read if not waiting else None) if moment is not None]
            yield Standing(
                account=account.key, group=group, waiting=waiting, read=read, landed=max(known, default=None)
            )
