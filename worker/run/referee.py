"""The closing comparison, account by account, within Amazon's quota and a limit of time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from time import monotonic
from typing import Final

from redis.exceptions import RedisError

from domain.account import Account
from domain.errors import AccountBroken, NeedsHuman, RetryLater
from sync.compare import Report
from sync.compare_sides import Comparison
from tasks.context import Services
from worker.run.settling import read_until

_AGAIN_SECONDS: Final = 2.0


class Unfinished(Exception):
    """The time was up, or something cannot be done at all; `missing` says what."""

    def __init__(self, missing: list[str]) -> None:
        super().__init__("; ".join(missing))
        self.missing = missing


def compare_all(
    there: Services, *, since: datetime | None, deadline: float, pause: Callable[[float], None]
) -> list[Report]:
    """Compare all accounts as far as they were read; `since`: only orders updated from then on (None: all).

    `deadline` is of the monotonic clock; `pause` lets seconds pass. Raises Unfinished.
    """
    return [_compare(there, account, since, deadline, pause) for account in there.accounts.values()]


def _compare(
    there: Services, account: Account, since: datetime | None, deadline: float, pause: Callable[[float], None]
) -> Report:
    until = read_until(there, account.key)
    lower = max(account.start, since) if since else account.start
    if until is None or until <= lower:
        raise Unfinished([f"{account.key}: not compared, as its orders were not read yet"])
    comparison = Comparison(
        account=account,
        seller=there.sellers[account.key],
        amazon=there.fetch.amazon,
        limiter=there.fetch.limiter,
        since=lower,
        until=until,
    )
    while True:
        try:
            if comparison.step(there.database_of(account.key).odoo):
                return comparison.report()
        except RetryLater as later:
            _wait(account.key, later.reason, later.after or _AGAIN_SECONDS, deadline, pause)
        except RedisError as error:
            _wait(account.key, type(error).__name__, _AGAIN_SECONDS, deadline, pause)
        except (AccountBroken, NeedsHuman) as broken:
            raise Unfinished([f"{account.key}: not compared: {broken.reason}. {broken.remedy}"]) from broken


def _wait(account: str, reason: str, seconds: float, deadline: float, pause: Callable[[float], None]) -> None:
    if monotonic() + seconds > deadline:
        raise Unfinished([f"{account}: not compared in time: {reason}"])
    pause(seconds)
