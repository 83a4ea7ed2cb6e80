"""A campaign: orders land, change and are shipped while faults strike; then each fault alone, with its recovery."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from redis.exceptions import RedisError

from domain.errors import RetryLater
from sync.fetch_orders import BEHIND_NOW
from tasks.context import Services
from tests.chaos.checks import Checks
from tests.chaos.faults import Faults
from tests.chaos.fleet import ChaosFleet
from tests.chaos.load import Key, Load, moment
from tests.chaos.plan import Strike

_TICK: Final = 0.2
_WORK_SECONDS: Final = 3.0
_LOOK_SECONDS: Final = 15.0
_RECOVERY_SECONDS: Final = 90.0
_AGREE_SECONDS: Final = 30.0
_SHIPPED_AT_ONCE: Final = 40
# Amazon cancels six of a hundred waiting orders at each step: after some hundred steps nothing would be left to ship.
_STEPS: Final = 12


@dataclass(frozen=True, slots=True)
class Size:
    """How much: orders in all, those of them that are there at the start, deliveries to be validated."""

    orders: int
    at_start: float
    shipments: int


@dataclass(frozen=True, slots=True)
class Recovery:
    """Seconds from a fault's end until a fresh order was in Odoo, a fresh package at Amazon, and all before had landed.

    None: not within a minute and a half.
    """

    strike: Strike
    order: float | None
    package: float | None
    rest: float | None


@dataclass(slots=True)
class Campaign:
    """One campaign on a running fleet. `say`: told what happens, a line each."""

    fleet: ChaosFleet
    there: Services
    load: Load
    faults: Faults
    checks: Checks
    size: Size
    say: Callable[[str], None]
    wrong: list[str] = field(default_factory=list)
    recoveries: list[Recovery] = field(default_factory=list)
    struck: list[Strike] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    _looked: float = 0.0

    # ------------------------------------------------------------ parts of a campaign
    def land(self, strikes: Sequence[Strike]) -> None:
        """Orders come in and change while `strikes` happen."""
        began = moment()
        rounds = max(1, int(max((one.end for one in strikes), default=0) / _WORK_SECONDS))
        missing = self.size.orders - round(self.size.orders * self.size.at_start)
        each = -(-missing // (rounds * len(self.fleet.sellers))) if missing > 0 else 0

        rounds_done = itertools.count(1)

        def work() -> None:
            new = min(each, (missing - self.load.created) // len(self.fleet.sellers))
            at = next(rounds_done)
            steps = at * _STEPS // rounds - (at - 1) * _STEPS // rounds if rounds > _STEPS else 1
            self.load.advance(steps=steps, new_orders=max(0, new))

        self.play(strikes, work)
        left = (missing - self.load.created) // len(self.fleet.sellers)
        if left > 0:
            self.load.advance(new_orders=left)
        self.settle("orders landed")
        self.seconds["landing"] = moment() - began

    def ship(self, strikes: Sequence[Strike]) -> None:
        """Deliveries are validated, and some orders come in, while `strikes` happen."""
        began = moment()
        rounds = max(1, int(max((one.end for one in strikes), default=0) / _WORK_SECONDS))
        each = max(1, -(-self.size.shipments // rounds))

        def work() -> None:
            self.load.ship(min(each, self.size.shipments - len(self.load.shipped)))

        self.play(strikes, work)
        # Odoo may need a while to be back, and orders to be ready.
        last = moment() + _RECOVERY_SECONDS
        while (left := self.size.shipments - len(self.load.shipped)) > 0 and moment() < last:
            if self.load.ship(min(_SHIPPED_AT_ONCE, left)):
                last = moment() + _RECOVERY_SECONDS
            else:
                time.sleep(_TICK)
        self.load.finish()
        if len(self.load.shipped) < self.size.shipments:
            self.wrong.append(f"{len(self.load.shipped)} deliveries validated, not {self.size.shipments}")
        self.settle("packages told")
        self.seconds["shipping"] = moment() - began

    def recover(self, strikes: Sequence[Strike]) -> None:
        """Each fault alone: how long until everything flows again."""
        for place, strike in enumerate(strikes):
            before = [self.load.place(place + number) for number in range(len(self.fleet.sellers))]
            self.begin(strike)
            time.sleep(strike.seconds)
            self.end(strike)
            self.faults.all_over()
            self.recoveries.append(self._recovery(strike, place, before))
            self.settle(f"settled after {strike.kind}", check=False)

    def _recovery(self, strike: Strike, place: int, before: list[Key]) -> Recovery:
        ended = moment()
        fresh = [self.load.place(place)]
        shipped = {*self.load.shipped}
        found: dict[str, float] = {}

        def package_told() -> bool:
            if not {*self.load.shipped} - shipped:
                self.load.ship(1)
            new = {*self.load.shipped} - shipped
            return bool(new) and new <= {*self.load.told()}

        looks: dict[str, Callable[[], bool]] = {
            "order": lambda: self.load.landed(fresh),
            "package": package_told,
            "rest": lambda: self.load.landed(before),
        }
        while len(found) < len(looks) and moment() - ended < _RECOVERY_SECONDS:
            for name, look in looks.items():
                if name not in found and look():
                    found[name] = round(moment() - ended, 1)
            time.sleep(_TICK)
        made = Recovery(strike, found.get("order"), found.get("package"), found.get("rest"))
        self.say(f"{strike.kind}: order {made.order}, package {made.package}, rest {made.rest}")
        return made

    # ------------------------------------------------------------ faults
    def play(self, strikes: Sequence[Strike], work: Callable[[], None]) -> None:
        """Let `strikes` happen, each in its time, and `work` be done all the while."""
        began, worked = moment(), 0.0
        coming = sorted(strikes, key=lambda one: one.begin)
        running: list[Strike] = []
        while coming or running:
            now = moment() - began
            for strike in [one for one in running if one.end <= now]:
                running.remove(strike)
                self.end(strike)
            while coming and coming[0].begin <= now:
                running.append(coming.pop(0))
                self.begin(running[-1])
            if now - worked > _WORK_SECONDS:
                worked = now
                work()
                self.look()
            time.sleep(_TICK)
        self.faults.all_over()

    def begin(self, strike: Strike) -> None:
        """A fault begins."""
        self.struck.append(strike)
        self.say(f"begin {strike.kind} for {strike.seconds:g} s")
        self.faults.begin(strike)

    def end(self, strike: Strike) -> None:
        """A fault is over."""
        self.faults.end(strike)
        if strike.seconds:
            self.say(f"end {strike.kind}")

    # ------------------------------------------------------------ looking
    def look(self) -> None:
        """Now and then: no cursor may have passed an order that has not landed."""
        if moment() - self._looked > _LOOK_SECONDS:
            self._looked = moment()
            with suppress(RetryLater):
                self.wrong += self.checks.cursors_ahead()

    def settle(self, what: str, *, timeout: float = 3600.0, check: bool = True) -> None:
        """Wait until all that Amazon has was read and has landed, and all that left is told; nobody helps."""
        since = datetime.now(UTC) - BEHIND_NOW
        began = told = moment()
        while not self._settled(since):
            assert moment() - began < timeout, f"not within {timeout:.0f} s: {what}; {self.checks.left()}"
            self.look()
            if moment() - told > _LOOK_SECONDS:
                told = moment()
                self.say(f"waiting until {what}: {'; '.join(self.checks.left()) or 'for the next search'}")
            time.sleep(1)
        wrong = self.checks.both_sides(self.load) if check else []
        quiet = moment()
        while wrong and moment() - quiet < _AGREE_SECONDS:
            time.sleep(2)
            wrong = self.checks.both_sides(self.load)
        for line in wrong[:20]:
            self.say(f"disagreement: {line}")
        self.wrong += [f"{what}: {line}" for line in wrong]
        self.say(f"{what}: {moment() - began:.0f} s, {len(wrong)} disagreements")

    def _settled(self, since: datetime) -> bool:
        lanes = self.there.lanes
        with suppress(RedisError):
            ends = [lanes.scanned(spec.key, "all") for spec in self.fleet.sellers]
            return all(end is not None and end > since for end in ends) and not self.checks.left()
        return False
