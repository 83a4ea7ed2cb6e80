"""Services of the newest settings, without a restart."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import pytest

from tasks import context
from tasks.context import RENEW_SECONDS, RETIRED_SECONDS, Services


class Made:
    def __init__(self, name: str, closed: list[str]) -> None:
        self.name, self._closed = name, closed

    def close(self) -> None:
        self._closed.append(self.name)


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0
        self.closed: list[str] = []
        self.new: Callable[[], Services] | None = None
        self.looks = 0

    def __call__(self) -> float:
        return self.now

    def factory(self, name: str) -> Callable[[], Services]:
        return lambda: cast("Services", Made(name, self.closed))

    def renew(self) -> Callable[[], Services] | None:
        self.looks += 1
        found, self.new = self.new, None
        return found

    def name(self) -> str:
        return cast("Made", context.services()).name


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    monkeypatch.setattr(context, "_holder", context._Holder())
    made = Clock()
    monkeypatch.setattr(context, "monotonic", made)
    context.use(made.factory("first"), made.renew)
    return made


def test_services_are_built_once(clock: Clock) -> None:
    assert context.services() is context.services()
    assert clock.name() == "first"


def test_new_settings_make_new_services_at_the_next_look(clock: Clock) -> None:
    assert clock.name() == "first"
    clock.new = clock.factory("second")
    clock.now += RENEW_SECONDS - 0.1
    assert clock.name() == "first"
    clock.now += 0.2
    assert clock.name() == clock.name() == "second"
    assert clock.looks == 2


def test_settings_are_looked_at_now_and_then_only(clock: Clock) -> None:
    for _ in range(100):
        context.services()
    assert clock.looks == 1


def test_old_services_go_on_for_a_while_and_are_closed_then(clock: Clock) -> None:
    context.services()
    clock.new = clock.factory("second")
    clock.now += RENEW_SECONDS
    context.services()
    clock.now += RETIRED_SECONDS - 1
    context.services()
    assert clock.closed == []
    clock.now += RENEW_SECONDS
    context.services()
    assert clock.closed == ["first"]
    clock.now += RETIRED_SECONDS + RENEW_SECONDS
    context.services()
    assert clock.closed == ["first"]


def test_a_forked_child_builds_its_own(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    parent = context.services()
    monkeypatch.setattr("os.getpid", lambda: -1)
    assert context.services() is not parent


def test_without_a_start_it_says_how_to_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(context, "_holder", context._Holder())
    with pytest.raises(RuntimeError, match="celery -A worker"):
        context.services()
