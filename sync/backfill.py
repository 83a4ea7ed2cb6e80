"""Searching an account's past again, beside the search that keeps up with the present."""

from __future__ import annotations

from datetime import datetime

from domain.account import Account
from state.lanes import Lanes
from state.schedule import Schedule
from state.window import Window, backfill_of
from sync.fetch_orders import BEHIND_NOW


def begin_backfill(
    account: Account, since: datetime, *, lanes: Lanes, schedule: Schedule, now: datetime
) -> dict[str, Window]:
    """Let all orders updated since then (aware) be searched and looked at in Odoo; return the window of each group.

    Raises ValueError when there is nothing to search yet.
    """
    upper = (now - BEHIND_NOW).replace(microsecond=0)
    if since >= upper:
        raise ValueError("lies in the future, or within the last minutes")
    windows = {}
    for group in account.groups():
        windows[group] = lanes.ask(account.key, backfill_of(group), Window(lower=since, upper=upper))
        schedule.add(account.key, backfill_of(group))
    return windows


def backfill_left(account: Account, lanes: Lanes) -> bool:
    """Whether a backfill of the account is under way: not read to its end, or with orders that have not landed."""
    return any(
        lanes.asked(account.key, backfill_of(group)) is not None or lanes.waiting(account.key, backfill_of(group))
        for group in account.groups()
    )
