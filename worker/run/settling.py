"""Whether everything has come over: each search read up to a moment, and no order waiting."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime

from redis.exceptions import RedisError

from sync.fetch_orders import BEHIND_NOW
from tasks.context import Services


def missing(there: Services, since: datetime) -> list[str]:
    """Say what has not come over of all that Amazon had at `since` (aware); nothing when all has."""
    try:
        return list(_missing(there, since))
    except RedisError as error:
        return [f"the broker cannot be reached ({type(error).__name__})"]


def nudge(there: Services, since: datetime) -> None:
    """Let groups whose last search began before `since` be searched at the next tick instead of at the next poll."""
    with suppress(RedisError):  # whoever waits asks again
        _nudge(there, since)


def waiting(there: Services) -> int:
    """How many orders of all accounts were read, but have not landed."""
    return sum(
        there.lanes.waiting(account.key, group) for account in there.accounts.values() for group in account.groups()
    )


def _nudge(there: Services, since: datetime) -> None:
    for account in there.accounts.values():
        for group in account.groups():
            if there.lanes.window(account.key, group) is None and not _read(there, account.key, group, since):
                there.schedule.hurry(account.key, group)


def read_until(there: Services, account: str) -> datetime | None:
    """Return up to when all groups of `account` were read, None when one was never read."""
    reached = [there.lanes.scanned(account, group) for group in there.accounts[account].groups()]
    known = [moment for moment in reached if moment is not None]
    return min(known) if len(known) == len(reached) else None


def _missing(there: Services, since: datetime) -> Iterator[str]:
    for account in there.accounts.values():
        paused = there.pauses.reason(account.key)
        for group in account.groups():
            name = account.key if group == "all" else f"{account.key} {group}"
            if not _read(there, account.key, group, since):
                yield f"{name}: not read up to {since:%H:%M:%S}" + (f", paused: {paused}" if paused else "")
            if number := there.lanes.waiting(account.key, group):
                yield f"{name}: {number} orders read, but not in Odoo yet"


def _read(there: Services, account: str, group: str, since: datetime) -> bool:
    """Whether a search that began at `since` or later was read to its end."""
    reached = there.lanes.scanned(account, group)
    return reached is not None and reached >= since - BEHIND_NOW
