"""Whether an Odoo database answers, as all processes know it: one finds out, the others need not wait for it."""

from __future__ import annotations

from dataclasses import dataclass

import redis

_FIRST_SECONDS = 1.0
_LONGEST_SECONDS = 16.0
_DOUBLINGS = 4
# Longer than a trial takes: if its process dies, another may try.
_TRIAL_SECONDS = 20.0
_REMEMBERED_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class Admission:
    """`wait`: seconds for which the database is to be left alone, 0 for none; `trial`: this caller is to try it."""

    wait: float = 0.0
    trial: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """`left_alone`: nobody calls but a trial; `outages`: how often that has begun since Redis was last emptied."""

    left_alone: bool
    outages: int


class Breaker:
    """The breaker of one database.

    Closed: everybody may call. After a failure it is open for a second, and twice as long after each failed trial, up
    to 16. Then one caller at a time is let through to try.
    """

    def __init__(self, store: redis.Redis, database: str) -> None:
        self._store = store
        self._open, self._failures, self._trial, self._outages = (
            f"amz:odoo:{{{database}}}:{part}" for part in ("open", "failures", "trial", "outages")
        )

    def admit(self) -> Admission:
        """Say whether this caller may go on."""
        pipeline = self._store.pipeline(transaction=False)
        pipeline.pttl(self._open)
        pipeline.exists(self._failures)
        left, failing = pipeline.execute()
        if left > 0:
            return Admission(wait=left / 1000)
        if not failing:
            return Admission()
        if self._store.set(self._trial, "1", nx=True, px=int(_TRIAL_SECONDS * 1000)):
            return Admission(trial=True)
        return Admission(wait=_FIRST_SECONDS)

    def failed(self) -> None:
        """The database did not answer. What fails while it is left alone already prolongs nothing."""
        if self._store.exists(self._open):
            return
        pipeline = self._store.pipeline(transaction=True)
        pipeline.incr(self._failures)
        pipeline.expire(self._failures, _REMEMBERED_SECONDS)
        pipeline.delete(self._trial)
        failures = int(pipeline.execute()[0])
        if failures == 1:
            self._store.incr(self._outages)
        seconds = min(_LONGEST_SECONDS, _FIRST_SECONDS * 2 ** min(failures - 1, _DOUBLINGS))
        self._store.set(self._open, "1", px=int(seconds * 1000), nx=True)

    def works(self) -> None:
        """A trial succeeded: everybody may call again."""
        self._store.delete(self._open, self._failures, self._trial)

    def standing(self) -> Standing:
        """Say how it stands, to somebody who looks on: nothing is let through or counted by it."""
        failing, outages = self._store.mget(self._failures, self._outages)
        return Standing(left_alone=failing is not None, outages=int(outages or 0))
