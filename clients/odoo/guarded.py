"""A transport that leaves a database alone while it is away, instead of waiting for the time limit of each call."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from clients.odoo.errors import Call
from domain.errors import OutcomeUnknown, Unavailable

Answer = TypeVar("Answer")


class Guard(Protocol):
    """What is known of the database."""

    def check(self) -> None:
        """Raise Unavailable while the database is to be left alone."""

    def failed(self) -> None:
        """It did not answer."""


class Transport(Protocol):
    """What is guarded; see `clients.odoo.client.Transport`."""

    name: str

    def call(
        self, call: Call, ids: Sequence[int] | None, context: Mapping[str, Any] | None, named: Mapping[str, Any]
    ) -> Any:
        """Odoo's result; raises what `clients.odoo.errors` makes of a fault."""


class Guarded:
    """`inner` behind `guard`. A refusal is an answer; a lost or impossible connection is none."""

    def __init__(self, inner: Transport, guard: Guard) -> None:
        self.name = inner.name
        self._inner = inner
        self._guard = guard

    def call(
        self, call: Call, ids: Sequence[int] | None, context: Mapping[str, Any] | None, named: Mapping[str, Any]
    ) -> Any:
        """Odoo's result. Raises Unavailable without a call while the database is away, else as `inner` does."""
        self._guard.check()
        return watched(self._guard, lambda: self._inner.call(call, ids, context, named))


def watched(guard: Guard, work: Callable[[], Answer]) -> Answer:
    """What `work` returns; the guard is told when it finds the database away."""
    try:
        return work()
    except (Unavailable, OutcomeUnknown):
        guard.failed()
        raise
