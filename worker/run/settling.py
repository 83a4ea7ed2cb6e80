"""Whether everything has come over: each search read up to a moment, no order waiting, and all of it told to Amazon."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta

from redis.exceptions import RedisError

from clients.odoo.cancellations import cancelled_orders
from clients.odoo.pickings import changed_deliveries, waiting_deliveries
from clients.odoo.shipped import shipped_orders
from domain.account import Account
from domain.errors import SyncError
from mappers.shipment import packages
from mappers.shipment_status import unsettled
from sync.fetch_orders import BEHIND_NOW
from tasks.context import Services

# How far back corrections are looked for.
_RECENT = timedelta(minutes=10)


def missing(there: Services, since: datetime) -> list[str]:
    """Say what has not come over of all that Amazon had at `since` (aware); nothing when all has."""
    try:
        return list(_missing(there, since))
    except RedisError as error:
        return [f"the broker cannot be reached ({type(error).__name__})"]


def untold(there: Services, *, cancellations: bool = True) -> list[str]:
    """Say what Amazon is still to be told of; nothing when it was told all, or what is left waits for a person.

    `cancellations`: of orders cancelled by hand too, not of deliveries alone.
    """
    try:
        return list(_untold(there, cancellations=cancellations))
    except SyncError as error:
        return [f"Odoo cannot be asked ({error})"]


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


def _untold(there: Services, *, cancellations: bool) -> Iterator[str]:
    for account in there.accounts.values():
        odoo = there.database_of(account.key).odoo
        if account.policy.confirm_shipments and (left := waiting_deliveries(odoo, [account.key])):
            yield f"{account.key}: {len(left)} deliveries that Amazon was not told of yet"
        elif account.policy.confirm_shipments and (number := _corrections(there, account)):
            yield f"{account.key}: {number} corrected deliveries that Amazon was not told of yet"
        told = cancellations and account.policy.notify_cancellations
        if told and (gone := cancelled_orders(odoo, [account.key])):
            yield f"{account.key}: {len(gone)} cancelled orders that Amazon was not told of yet"


def _corrections(there: Services, account: Account) -> int:
    """How many deliveries that were told are to be told otherwise by now."""
    odoo = there.database_of(account.key).odoo
    changed = [one.odoo_id for one in changed_deliveries(odoo, [account.key], there.clock() - _RECENT)]
    orders = shipped_orders(odoo, changed)
    found = (
        (next(one for one in order.deliveries if one.odoo_id == delivery), packages(account, order))
        for delivery, order in orders.items()
    )
    return sum(bool(delivery.key and unsettled(delivery, made)) for delivery, made in found)


def _read(there: Services, account: str, group: str, since: datetime) -> bool:
    """Whether a search that began at `since` or later was read to its end."""
    reached = there.lanes.scanned(account, group)
    return reached is not None and reached >= since - BEHIND_NOW
