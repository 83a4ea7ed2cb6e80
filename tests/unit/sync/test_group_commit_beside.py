"""Group commit, what callers feel of each other: batches at once, nobody waits for long, and errors that are shared."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from threading import Event
from time import monotonic, sleep
from traceback import extract_tb

import pytest

from domain.errors import RetryLater
from sync import group_commit
from sync.group_commit import GroupCommit
from sync.pace import fixed
from tests.unit.sync.test_group_commit import PATIENCE, Recorder, start_one, together


class Held:
    """An `act` whose first batch works until it may end."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.may_end = Event()

    def __call__(self, items: Sequence[int]) -> list[int]:
        self.batches.append(sorted(items))
        if len(self.batches) == 1:
            assert self.may_end.wait(PATIENCE)
        return list(items)


def until(condition: Callable[[], bool]) -> None:
    last = monotonic() + PATIENCE
    while not condition():
        assert monotonic() < last
        sleep(0.001)


def one_at_work(size: int = 6) -> tuple[Held, GroupCommit[int, int], Future[int]]:
    """A batch of one item that is at work, where `size` may be in a batch and two batches at once."""
    act = Held()
    commit = GroupCommit(act, pace=fixed(size, 2), linger=0.0)
    first = start_one(commit, 0)
    until(lambda: act.batches == [[0]])
    return act, commit, first


def test_a_batch_beside_another_has_at_least_half_of_the_items_it_may_have() -> None:
    act, commit, first = one_at_work()
    two = [start_one(commit, number) for number in (1, 2)]
    until(lambda: len(commit._waiting) == 2)
    sleep(0.2)
    assert act.batches == [[0]]
    third = start_one(commit, 3)
    assert [future.result(PATIENCE) for future in (*two, third)] == [1, 2, 3]
    assert act.batches == [[0], [1, 2, 3]]
    act.may_end.set()
    assert first.result(PATIENCE) == 0


def test_a_batch_beside_another_waits_for_those_that_keep_coming(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(group_commit, "_LOOK", 3.0)
    act, commit, first = one_at_work(size=12)
    others = []
    for number in range(1, 13):
        others.append(start_one(commit, number))
        sleep(0.05)
    assert [future.result(PATIENCE) for future in others] == list(range(1, 13))
    assert act.batches == [[0], list(range(1, 13))]
    act.may_end.set()
    assert first.result(PATIENCE) == 0


def test_a_batch_beside_another_does_not_wait_for_ever_for_those_that_keep_coming(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(group_commit, "_LOOK", 0.1)
    monkeypatch.setattr(group_commit, "_LOOKS", 3)
    act, commit, first = one_at_work(size=100)
    others = [start_one(commit, number) for number in range(1, 51)]
    while len(act.batches) == 1 and len(others) < 100:
        others.append(start_one(commit, len(others) + 1))
        sleep(0.06)
    assert 50 <= len(act.batches[1]) < 100
    act.may_end.set()
    assert first.result(PATIENCE) == 0
    assert [future.result(PATIENCE) for future in others] == list(range(1, len(others) + 1))


def test_few_go_with_the_next_batch_when_the_one_at_work_ends() -> None:
    act, commit, first = one_at_work()
    two = [start_one(commit, number) for number in (1, 2)]
    until(lambda: len(commit._waiting) == 2)
    act.may_end.set()
    assert [future.result(PATIENCE) for future in (first, *two)] == [0, 1, 2]
    assert act.batches == [[0], [1, 2]]


def test_nobody_waits_for_others_beyond_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(group_commit, "_PATIENCE", 0.3)
    act, commit, first = one_at_work()
    began = monotonic()
    assert start_one(commit, 1).result(PATIENCE) == 1
    assert 0.3 <= monotonic() - began < 5
    assert act.batches == [[0], [1]]
    act.may_end.set()
    assert first.result(PATIENCE) == 0


def test_an_error_of_forty_callers_says_where_it_came_from_and_not_forty_times_who_waited() -> None:
    error = RetryLater("Odoo is away", after=60)
    commit = GroupCommit(Recorder(lambda _: error), pace=fixed(40, 1), linger=5.0, shared=(RetryLater,))
    results = together(commit, range(40))
    assert set(results.values()) == {error}
    frames = extract_tb(error.__traceback__)
    assert "__call__" in {frame.name for frame in frames if frame.filename.endswith("test_group_commit.py")}
    assert len(frames) < 20
