"""Errors named after what the worker must do next, not after who raised them.

Foreign errors (HTTP, Odoo, Amazon, Redis) become one of these at the edge, in `clients/` and `state/`.
Anything else that reaches `tasks/base.py` is a defect of this program and fails loudly.
Skipping something is a return value, never an error.
"""

from __future__ import annotations


class SyncError(Exception):
    """Root of all errors this program raises on purpose."""


class RetryLater(SyncError):
    """The same call may succeed later.

    `after`: seconds to wait, or None for the retry pattern of `tasks/base.py`.
    `counted`: whether the attempt counts; False for throttling, busy locks and an outage, which are nobody's fault
    and must never use up the attempts of an order.
    """

    def __init__(self, reason: str, *, after: float | None = None, counted: bool = True) -> None:
        super().__init__(reason)
        self.reason = reason
        self.after = after
        self.counted = counted

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), self.reason, {"after": self.after, "counted": self.counted}))


class Throttled(RetryLater):
    """No quota token now; `after` is the bucket's own waiting time in seconds."""

    def __init__(self, reason: str, *, after: float, counted: bool = False) -> None:
        super().__init__(reason, after=after, counted=counted)


class Unavailable(RetryLater):
    """A server is down, restarting or overloaded; the request had no effect or was a pure read."""


class Conflict(RetryLater):
    """Another transaction on the same records was quicker; nothing of ours was written."""


class OutcomeUnknown(RetryLater):
    """A write was sent and its answer was lost: the next attempt must look before it writes."""


class TokenExpired(RetryLater):
    """Amazon refused an access token that a new one replaces; the attempt does not count."""

    def __init__(self, reason: str, *, after: float | None = 0.0, counted: bool = False) -> None:
        super().__init__(reason, after=after, counted=counted)


class DatabaseBroken(RetryLater):
    """An Odoo database refuses us (wrong key, wrong name, missing setup): nothing of it can go on until mended.

    Not counted: the orders wait and go on by themselves once the cause is gone. `remedy` says what to do.
    """

    def __init__(self, reason: str, *, remedy: str, after: float | None = 15.0, counted: bool = False) -> None:
        super().__init__(reason, after=after, counted=counted)
        self.remedy = remedy

    def __reduce__(self) -> tuple[object, ...]:
        named = {"remedy": self.remedy, "after": self.after, "counted": self.counted}
        return (_rebuild, (type(self), self.reason, named))


class NeedsHuman(SyncError):
    """Retrying cannot help: the item is parked with a code, the reason in words, and a remedy.

    `code`: a word of `domain.parked.CODES`; `reason`: what was found, free of personal data; `remedy`: what to do.
    `record`: id of the sale order it is about, where there is one, so that the parked item can link to it.
    """

    def __init__(self, code: str, reason: str, remedy: str) -> None:
        super().__init__(f"{code}: {reason}")
        self.record: int | None = None
        self.code = code
        self.reason = reason
        self.remedy = remedy

    def __reduce__(self) -> tuple[object, ...]:
        return (type(self), (self.code, self.reason, self.remedy))


class ForeignMessage(SyncError):
    """A message that no part of this program sends: nothing is done, and its task fails with what is wrong."""


class AccountBroken(SyncError):
    """A seller account cannot be used (revoked token, missing role): it is paused, the others go on."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.remedy = remedy

    def __reduce__(self) -> tuple[object, ...]:
        return (type(self), (self.reason, self.remedy))


def _rebuild(kind: type[RetryLater], reason: str, named: dict[str, object]) -> RetryLater:
    """Unpickle helper: Celery's prefork pool carries errors between processes."""
    return kind(reason, **named)  # type: ignore[arg-type]  # the named values are those __reduce__ wrote
