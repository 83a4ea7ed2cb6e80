"""What comparing with Odoo has found so far, and how the last comparison of each fetch group ended.

All of this may vanish: the next night compares again.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Final

import redis

from domain.reconciled import Finding, Reconciled
from state.window import moment_of, readable, text_of

_NOTES_SECONDS: Final = 7 * 86400
_LAST_SECONDS: Final = 30 * 86400


class Reconciliations:
    """The notes of all accounts. An order noted twice counts once, so a page may be read again."""

    def __init__(self, store: redis.Redis) -> None:
        self._store = store

    def begun(self, account: str) -> datetime | None:
        """Return for which night the account's comparison was begun last, None if that is not known."""
        stored = self._store.get(_key(account, "begun"))
        return readable(moment_of, stored)

    def begin(self, account: str, night: datetime) -> None:
        """Remember for which night (aware) the account's comparison was begun."""
        self._store.set(_key(account, "begun"), night.astimezone(UTC).isoformat(), ex=_LAST_SECONDS)

    def note(self, account: str, group: str, findings: Mapping[str, Finding]) -> None:
        """Note findings by order id; what was noted of an order before is replaced."""
        if findings:
            key = _key(account, f"{group}:notes")
            lines = {order_id: finding.written() for order_id, finding in findings.items()}
            pipeline = self._store.pipeline(transaction=True)
            pipeline.hset(key, mapping=lines)  # type: ignore[arg-type]  # a dict of texts is one of redis-py's cells
            pipeline.expire(key, _NOTES_SECONDS)
            pipeline.execute()

    def notes(self, account: str, group: str) -> dict[str, Finding]:
        """Return what was noted, by order id."""
        stored = self._store.hgetall(_key(account, f"{group}:notes"))
        found = {}
        for order_id, line in stored.items():
            finding = readable(partial(_finding, order_id), line)
            if finding is not None:
                found[finding.order_id] = finding
        return found

    def clear(self, account: str, group: str) -> None:
        """Forget the notes: a comparison has ended, or begins."""
        self._store.delete(_key(account, f"{group}:notes"))

    def finish(self, account: str, group: str, ended: Reconciled) -> None:
        """A comparison has ended: keep how."""
        self._store.set(_key(account, f"{group}:last"), ended.written(), ex=_LAST_SECONDS)

    def last(self, account: str, group: str) -> Reconciled | None:
        """Return how the last comparison ended, None if none did within a month."""
        stored = self._store.get(_key(account, f"{group}:last"))
        return readable(lambda text: Reconciled.read(text_of(text)), stored)


def _key(account: str, part: str) -> str:
    return f"amz:reconcile:{account}:{part}"


def _finding(order_id: object, line: object) -> Finding:
    return Finding.read(text_of(order_id), text_of(line))
