"""A search in progress, and the names under which lanes keep what they know in Redis."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

Read = TypeVar("Read")


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A search in progress: orders updated from `lower` to `upper`; `page_token` is the next page's, '' the first's."""

    lower: datetime
    upper: datetime
    page_token: str = ""

    def written(self) -> str:
        """Return the window as Redis keeps it: the same text for the same window, whatever its time zones were."""
        lower, upper = self.lower.astimezone(UTC).isoformat(), self.upper.astimezone(UTC).isoformat()
        return json.dumps({"lower": lower, "upper": upper, "page_token": self.page_token})

    @classmethod
    def read(cls, stored: object) -> Window:
        """Return the window that `stored` says."""
        values = json.loads(text_of(stored))
        return cls(lower=moment_of(values["lower"]), upper=moment_of(values["upper"]), page_token=values["page_token"])


_BACKFILL = "+backfill"
_RECONCILE = "+reconcile"


def backfill_of(group: str) -> str:
    """Return the lane that searches the past of `group`, beside the one that keeps up with the present."""
    return group + _BACKFILL


def reconcile_of(group: str) -> str:
    """Return the lane that compares the last days of `group` with Odoo."""
    return group + _RECONCILE


def lanes_of(group: str) -> tuple[str, str, str]:
    """Return all lanes that `group` may have."""
    return group, backfill_of(group), reconcile_of(group)


def is_backfill(lane: str) -> bool:
    """Whether `lane` is a backfill."""
    return lane.endswith(_BACKFILL)


def is_reconcile(lane: str) -> bool:
    """Whether `lane` compares with Odoo."""
    return lane.endswith(_RECONCILE)


def is_live(lane: str) -> bool:
    """Whether `lane` keeps up with the present: it has a cursor in Odoo, and what it finds comes first."""
    return not is_backfill(lane) and not is_reconcile(lane)


def group_of(lane: str) -> str:
    """Return the fetch group whose marketplaces `lane` searches."""
    return lane.removesuffix(_BACKFILL).removesuffix(_RECONCILE)


def lane_name(account: str, lane: str) -> str:
    """Return how a lane is named where all of them are listed."""
    return f"{account} {lane}"


def lane_of(name: object) -> tuple[str, str]:
    """Return account and lane of what `lane_name` made."""
    account, _, lane = text_of(name).partition(" ")
    return account, lane


def lane_key(account: str, group: str, part: str) -> str:
    """Where `part` of a lane is kept."""
    return f"amz:lane:{account}:{group}:{part}"


def waiting_key(account: str, group: str, upper: datetime) -> str:
    """Where the orders are kept that the window up to `upper` waits for."""
    return lane_key(account, group, f"waiting:{upper.isoformat()}")


def landed_key(account: str, order_id: str) -> str:
    """Where the version of an order is kept that landed lately."""
    return f"amz:landed:{account}:{order_id}"


def attempt_key(account: str, order_id: str) -> str:
    """Where it is kept that a task has the order."""
    return f"amz:attempt:{account}:{order_id}"


def readable(read: Callable[[object], Read], stored: object) -> Read | None:
    """Return what `read` makes of what is stored; None where nothing is, or what cannot be read.

    Others may write into Redis too, and what is in there may vanish anyway: it is as if it had.
    """
    if stored is None:
        return None
    try:
        return read(stored)
    except (ValueError, TypeError, KeyError, AttributeError, ArithmeticError, RecursionError):
        return None


def moment_of(stored: object) -> datetime:
    """Return the aware moment, UTC, that Redis keeps as text."""
    return datetime.fromisoformat(text_of(stored)).astimezone(UTC)


def text_of(stored: object) -> str:
    """Return the text that Redis keeps."""
    return stored.decode() if isinstance(stored, bytes) else str(stored)
