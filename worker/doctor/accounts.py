"""The seller accounts: authorisation, pauses, lag, what is left of the quotas."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from redis.exceptions import RedisError

from domain.errors import AccountBroken, SyncError
from worker.doctor.finding import Finding, duration
from worker.facts.lanes import standings
from worker.facts.odoo import Databases

if TYPE_CHECKING:
    from tasks.context import Services

_LAG: Final = timedelta(minutes=30)
_OPERATIONS: Final = ("searchOrders", "getOrder", "confirmShipment")


def accounts(there: Services, databases: Databases) -> Iterator[Finding]:
    """Look at every account."""
    cursors: dict[tuple[str, str], datetime] = {}
    for key in databases.all:
        found = databases.facts(key).found
        cursors.update(found.cursors if found else {})
    for key in there.accounts:
        try:
            yield _authorised(there, key)
            yield _state(there, key)
            yield from _lag(there, key, cursors)
            yield _quotas(there, key)
        except RedisError:
            yield Finding(area=f"account {key}", what="state", found="not known: Redis is away", ok=False)


def _authorised(there: Services, key: str) -> Finding:
    area, what = f"account {key}", "Login with Amazon"
    try:
        there.authorise(key)
    except AccountBroken as broken:
        return Finding(area=area, what=what, found=broken.reason, ok=False, remedy=broken.remedy)
    except SyncError as error:
        remedy = "Is Amazon reachable from here? The fleet tries again by itself."
        return Finding(area=area, what=what, found=str(error), ok=False, remedy=remedy)
    return Finding(area=area, what=what, found="gives a token")


def _state(there: Services, key: str) -> Finding:
    reason, area = there.pauses.reason(key), f"account {key}"
    if not reason:
        return Finding(area=area, what="state", found="active")
    if there.pauses.stopped(key):
        remedy = f"Start it when it may work: python -m worker accounts resume {key}"
        return Finding(area=area, what="state", found=f"stopped: {reason}", ok=False, remedy=remedy)
    remedy = "See docs/runbook/account-paused.md; it is tried again by itself."
    return Finding(area=area, what="state", found=f"paused: {reason}", ok=False, remedy=remedy)


def _lag(there: Services, key: str, cursors: dict[tuple[str, str], datetime]) -> Iterator[Finding]:
    account, now = there.accounts[key], there.clock()
    limit = max(_LAG, timedelta(seconds=3 * account.poll_seconds))
    for standing in standings(there.lanes, {key: account}, cursors):
        what = "lag" if standing.group == "all" else f"lag of {standing.group}"
        lag = standing.lag(now)
        if lag is None:
            remedy = "Start fetch workers and beat, and look at their log."
            yield Finding(area=f"account {key}", what=what, found="nothing was read yet", ok=False, remedy=remedy)
            continue
        good = lag <= limit
        found = f"{duration(lag.total_seconds())}, {standing.waiting} orders waiting"
        remedy = "" if good else "Do workers run, is the account paused, is Odoo slow? See the other lines."
        yield Finding(area=f"account {key}", what=what, found=found, ok=good, remedy=remedy)


def _quotas(there: Services, key: str) -> Finding:
    left = {name: (there.limiter.left(key, name), there.limiter.burst(name)) for name in _OPERATIONS}
    found = ", ".join(f"{name} {calls} of {burst}" for name, (calls, burst) in left.items())
    return Finding(area=f"account {key}", what="calls left", found=found)
