"""Which packages a task has in hand, with the token it may use: an economy, so that none is sent twice at once.

All of this may vanish: what was told is written with the deliveries in Odoo, and a package of which it is not sure is
looked up at Amazon first.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import redis

from state.window import moment_of, readable, text_of

_DAY = 86400
_SEEN_SECONDS = 7200


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """What the sender of a task knew. `token_at`: when a token of the quota is ours; `look`: ask Amazon first."""

    token_at: datetime
    look: bool


class Outbox:
    """Packages in hand, by a name that says account, delivery and package."""

    def __init__(self, store: redis.Redis) -> None:
        self._store = store

    def take(self, name: str, errand: Errand, seconds: float) -> bool:
        """Put a package into one task's hands for `seconds`; False when one has it."""
        value = json.dumps({"token_at": errand.token_at.timestamp(), "look": errand.look})
        taken = bool(self._store.set(_hand(name), value, nx=True, px=int(seconds * 1000)))
        if taken and not errand.look:
            self._store.set(_untold(name), "1", ex=_DAY)
        return taken

    def errand(self, name: str) -> Errand | None:
        """Return what the sender knew; None when that is lost or used up."""
        raw = self._store.get(_hand(name))
        return readable(_errand, raw) if raw else None

    def begin(self, name: str) -> None:
        """From now on Amazon may know the package: the errand is used up."""
        self._store.delete(_untold(name))
        self._store.set(_hand(name), "", xx=True, keepttl=True)

    def untold(self, name: str) -> bool:
        """Whether it is certain that nobody began to tell the package since it was taken first."""
        return bool(self._store.exists(_untold(name)))

    def keep(self, name: str, seconds: float) -> None:
        """The package is not to be taken by anybody for `seconds`."""
        self._store.set(_hand(name), "", px=max(1, int(seconds * 1000)))

    def free(self, names: Sequence[str]) -> list[str]:
        """Return those of `names` that nobody has in hand."""
        held = self._store.mget([_hand(name) for name in names]) if names else []
        return [name for name, value in zip(names, held, strict=True) if value is None]

    def failed(self, name: str) -> int:
        """Count a failed attempt; return how many there were."""
        tries = int(self._store.incr(_tries(name)))
        self._store.expire(_tries(name), _DAY)
        return tries

    def settled(self, *names: str) -> None:
        """Nobody has these in hand any more."""
        self._store.delete(*(key for name in names for key in (_hand(name), _tries(name), _untold(name))))

    def since(self, database: str) -> datetime | None:
        """Return up to which change of deliveries was looked at."""
        raw = self._store.get(f"amz:out:since:{database}")
        return readable(moment_of, raw)

    def set_since(self, database: str, until: datetime) -> None:
        """Remember up to which change of deliveries was looked at."""
        self._store.set(f"amz:out:since:{database}", until.isoformat(), ex=7 * _DAY)

    def unseen(self, database: str, versions: Mapping[int, str]) -> list[int]:
        """Return the deliveries whose version (time of their last change) was not looked at."""
        if not versions:
            return []
        known = self._store.mget([_seen(database, delivery) for delivery in versions])
        return [
            delivery
            for (delivery, version), before in zip(versions.items(), known, strict=True)
            if before != version.encode()
        ]

    def saw(self, database: str, versions: Iterable[tuple[int, str]]) -> None:
        """Remember that these versions of deliveries were looked at."""
        pipeline = self._store.pipeline(transaction=False)
        for delivery, version in versions:
            pipeline.set(_seen(database, delivery), version, ex=_SEEN_SECONDS)
        pipeline.execute()


def _errand(raw: object) -> Errand:
    told = json.loads(text_of(raw))
    return Errand(token_at=datetime.fromtimestamp(told["token_at"], UTC), look=bool(told["look"]))


def _hand(name: str) -> str:
    return f"amz:out:hand:{name}"


def _untold(name: str) -> str:
    return f"amz:out:untold:{name}"


def _tries(name: str) -> str:
    return f"amz:out:tries:{name}"


def _seen(database: str, delivery: int) -> str:
    return f"amz:out:seen:{database}:{delivery}"
