"""The breaker as a database's clients meet it, and what of their errors it counts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import cast

import fakeredis
import pytest
import redis

from clients.odoo.client import Connection, Odoo
from clients.odoo.errors import Call, OdooRefused
from clients.odoo.guarded import Guarded
from domain.errors import Conflict, DatabaseBroken, OutcomeUnknown, RetryLater, Unavailable
from state.breaker import Admission, Breaker
from sync import database
from sync.database import Database
from sync.watch import Watch
from tests.unit.clients_odoo.fakes import FakeTransport

READ = Call("res.partner", "search_read")


@dataclass
class FakeBreaker:
    """Says what it is told to; remembers what it was told."""

    admission: Admission = field(default_factory=Admission)
    asked: int = 0
    told: list[str] = field(default_factory=list)
    broken: bool = False

    def admit(self) -> Admission:
        if self.broken:
            raise redis.ConnectionError
        self.asked += 1
        return self.admission

    def failed(self) -> None:
        if self.broken:
            raise redis.ConnectionError
        self.told.append("failed")

    def works(self) -> None:
        self.told.append("works")


@dataclass
class Scene:
    """A watch, its breaker, its clock, and what a trial ends in."""

    breaker: FakeBreaker = field(default_factory=FakeBreaker)
    now: float = 100.0
    trials: int = 0
    trial_raises: Exception | None = None

    def watch(self) -> Watch:
        return Watch(cast("Breaker", self.breaker), self.trial, lambda: self.now)

    def trial(self) -> None:
        self.trials += 1
        if self.trial_raises:
            raise self.trial_raises


def test_redis_is_asked_twice_a_second_at_most() -> None:
    scene = Scene()
    watch = scene.watch()
    for _ in range(50):
        watch.check()
        scene.now += 0.02
    assert scene.breaker.asked == 2


def test_while_it_is_away_nobody_calls_and_nothing_is_counted() -> None:
    scene = Scene(FakeBreaker(Admission(wait=3.5)))
    watch = scene.watch()
    for _ in range(2):
        with pytest.raises(Unavailable) as raised:
            watch.check()
        assert (raised.value.after, raised.value.counted) == (3.5, False)
    assert (scene.trials, scene.breaker.told) == (0, [])


def test_a_trial_that_succeeds_lets_everybody_in() -> None:
    scene = Scene(FakeBreaker(Admission(trial=True)))
    scene.watch().check()
    assert (scene.trials, scene.breaker.told) == (1, ["works"])


def test_a_trial_that_fails_is_this_callers_error() -> None:
    scene = Scene(FakeBreaker(Admission(trial=True)), trial_raises=Unavailable("away", counted=False))
    with pytest.raises(Unavailable, match="away"):
        scene.watch().check()
    assert scene.breaker.told == ["failed"]


def test_a_refused_key_is_an_answer() -> None:
    broken = DatabaseBroken("Odoo refuses the key", remedy="Make a new one.")
    scene = Scene(FakeBreaker(Admission(trial=True)), trial_raises=broken)
    with pytest.raises(DatabaseBroken):
        scene.watch().check()
    assert scene.breaker.told == ["works"]


def test_after_a_failure_the_breaker_is_asked_again_at_once() -> None:
    scene = Scene()
    watch = scene.watch()
    watch.check()
    watch.failed()
    scene.breaker.admission = Admission(wait=1.0)
    with pytest.raises(Unavailable):
        watch.check()
    assert scene.breaker.told == ["failed"]


def test_without_redis_everybody_may_call() -> None:
    scene = Scene(FakeBreaker(Admission(wait=9.0), broken=True))
    watch = scene.watch()
    watch.check()
    watch.failed()
    assert scene.trials == 0


# ------------------------------------------------------------ calls behind it
@pytest.mark.parametrize(
    ("error", "told"),
    [
        (Unavailable("no connection", counted=False), ["failed"]),
        (OutcomeUnknown("the answer was lost"), ["failed"]),
        (Conflict("another was quicker"), []),
        (RetryLater("later"), []),
        (DatabaseBroken("refused", remedy="Mend."), []),
        (OdooRefused("odoo_refused", "no", "Mend."), []),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_counts_as_away(error: Exception, told: list[str]) -> None:
    scene = Scene()
    transport = Guarded(FakeTransport({str(READ): error}), scene.watch())
    with pytest.raises(type(error)):
        transport.call(READ, None, None, {})
    assert scene.breaker.told == told


def test_no_call_is_made_while_it_is_away() -> None:
    inner = FakeTransport({str(READ): [1]})
    scene = Scene(FakeBreaker(Admission(wait=2.0)))
    transport = Guarded(inner, scene.watch())
    with pytest.raises(Unavailable):
        transport.call(READ, None, None, {})
    assert inner.asked == []
    scene.breaker.admission = Admission()
    assert transport.call(READ, None, None, {}) == [1]
    assert transport.name == "fake"


# ------------------------------------------------------------ a database behind it
@pytest.fixture(name="store")
def a_store() -> Iterator[redis.Redis]:
    with fakeredis.FakeRedis(server=fakeredis.FakeServer()) as fake:
        yield fake


def test_one_attempt_to_connect_serves_all_until_it_is_time(
    store: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits: list[float] = []

    def refused(connection: Connection, _guard: object = None) -> Odoo:
        limits.append(connection.timeout)
        raise Unavailable("Odoo cannot be reached", counted=False)

    monkeypatch.setattr(database, "connect", refused)
    connection = Connection("http://odoo.test", "demo", "bot", "key")
    some = [Database("main", connection, lambda: datetime.now(UTC), Breaker(store, "main")) for _ in range(3)]
    for one in some * 2:
        with pytest.raises(Unavailable):
            _ = one.odoo
    assert limits == [120.0]
    store.delete("amz:odoo:{main}:open")
    for one in some:
        with pytest.raises(Unavailable):
            _ = one.odoo
    assert limits == [120.0, 8.0]  # a trial, with a short limit
