"""Group commit: what arrives together goes together, and everybody gets their own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from itertools import chain
from threading import Barrier, Event, Lock, Thread
from time import monotonic, sleep
from typing import TypeVar

import pytest

from domain.errors import Conflict, OutcomeUnknown, RetryLater
from sync.group_commit import GroupCommit
from sync.pace import Range, fixed

Result = TypeVar("Result")
PATIENCE = 20.0  # seconds, far above what any test needs: a deadlock fails the test instead of the run


class Recorder:
    """An `act` that doubles numbers and remembers its batches; `wrong` numbers raise."""

    def __init__(self, wrong: Callable[[int], Exception | None] = lambda _: None) -> None:
        self.batches: list[list[int]] = []
        self.at_once = self.most_at_once = 0
        self._wrong = wrong
        self._lock = Lock()

    def __call__(self, items: Sequence[int]) -> list[int]:
        with self._lock:
            self.batches.append(list(items))
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            for item in items:
                error = self._wrong(item)
                if error is not None:
                    raise error
            return [item * 2 for item in items]
        finally:
            with self._lock:
                self.at_once -= 1


def start_one(call: Callable[[int], Result], number: int) -> Future[Result]:
    """Call in a thread of its own, which nobody waits for: a pool would wait for ever for one that is stuck."""
    future: Future[Result] = Future()

    def work() -> None:
        try:
            future.set_result(call(number))
        except BaseException as error:  # noqa: BLE001 - the caller judges it
            future.set_exception(error)

    Thread(target=work, daemon=True).start()
    return future


def together(commit: Callable[[int], int], numbers: Sequence[int]) -> dict[int, int | BaseException]:
    """Call `commit` for all numbers at the same moment; return each one's result or error."""
    barrier = Barrier(len(numbers))

    def call(number: int) -> int:
        barrier.wait(PATIENCE)
        return commit(number)

    futures = {number: start_one(call, number) for number in numbers}
    return {number: future.exception(PATIENCE) or future.result() for number, future in futures.items()}


def test_one_alone_waits_no_longer_than_the_linger() -> None:
    act = Recorder()
    started = monotonic()
    assert GroupCommit(act, linger=0.05)(4) == 8
    assert 0.04 < monotonic() - started < 2
    assert act.batches == [[4]]


def test_without_linger_one_alone_goes_at_once() -> None:
    act = Recorder()
    assert [GroupCommit(act, linger=0.0)(number) for number in (1, 2)] == [2, 4]
    assert act.batches == [[1], [2]]


def test_what_arrives_together_is_one_act_and_everybody_gets_their_own() -> None:
    act = Recorder()
    results = together(GroupCommit(act, pace=fixed(10, 2), linger=5.0), range(10))
    assert results == {number: number * 2 for number in range(10)}
    assert [sorted(batch) for batch in act.batches] == [list(range(10))]


def test_a_full_batch_does_not_linger() -> None:
    started = monotonic()
    together(GroupCommit(Recorder(), pace=fixed(4, 2), linger=PATIENCE), range(4))
    assert monotonic() - started < PATIENCE / 2


def test_no_batch_is_larger_than_the_size() -> None:
    act = Recorder()
    results = together(GroupCommit(act, pace=fixed(3, 2), linger=0.2), range(10))
    assert results == {number: number * 2 for number in range(10)}
    assert sorted(chain.from_iterable(act.batches)) == list(range(10))
    assert max(map(len, act.batches)) == 3


@pytest.mark.parametrize("lanes", [1, 2])
def test_no_more_batches_at_once_than_lanes(lanes: int) -> None:
    act = Recorder()
    together(GroupCommit(act, pace=fixed(2, lanes), linger=0.01), range(16))
    assert 1 <= act.most_at_once <= lanes


def test_what_arrives_while_a_batch_is_at_work_goes_with_the_next() -> None:
    working, go_on = Event(), Event()
    batches: list[list[int]] = []

    def act(items: Sequence[int]) -> list[int]:
        batches.append(sorted(items))
        if len(batches) == 1:
            working.set()
            go_on.wait(PATIENCE)
        return list(items)

    commit = GroupCommit(act, pace=fixed(3, 1), linger=0.0)
    first = start_one(commit, 0)
    assert working.wait(PATIENCE)
    others = [start_one(commit, number) for number in (1, 2, 3)]
    last = monotonic() + PATIENCE
    while len(commit._waiting) < 3:
        assert monotonic() < last
        sleep(0.001)
    go_on.set()
    assert [future.result(PATIENCE) for future in (first, *others)] == [0, 1, 2, 3]
    assert batches == [[0], [1, 2, 3]]


# ------------------------------------------------------------ failures
def test_one_items_defect_is_not_anothers() -> None:
    act = Recorder(lambda item: ValueError(f"{item} is wrong") if item == 3 else None)
    results = together(GroupCommit(act, pace=fixed(6, 2), linger=5.0), range(6))
    error = results.pop(3)
    assert (type(error), str(error)) == (ValueError, "3 is wrong")
    assert results == {number: number * 2 for number in (0, 1, 2, 4, 5)}
    assert sorted(act.batches[0]) == list(range(6))
    assert sorted(act.batches[1:]) == [[0], [1], [2], [3], [4], [5]]


def test_a_shared_error_is_everybodys_and_nothing_is_tried_again() -> None:
    act = Recorder(lambda item: ConnectionError("Odoo is away") if item == 3 else None)
    commit = GroupCommit(act, pace=fixed(6, 2), linger=5.0, shared=(ConnectionError,))
    results = together(commit, range(6))
    assert {str(error) for error in results.values()} == {"Odoo is away"}
    assert {type(error) for error in results.values()} == {ConnectionError}
    assert [len(batch) for batch in act.batches] == [6]


def test_when_the_process_is_to_end_nobody_is_left_waiting() -> None:
    def act(items: Sequence[int]) -> list[int]:
        raise SystemExit(len(items))

    results = together(GroupCommit(act, pace=fixed(3, 2), linger=5.0), range(3))
    assert [repr(error) for error in results.values()] == ["SystemExit(3)"] * 3


@pytest.mark.parametrize("results", [[], [1], [1, 2, 3, 4]])
def test_too_few_or_too_many_results_leave_nobody_waiting(results: list[int]) -> None:
    commit: GroupCommit[int, int] = GroupCommit(
        lambda items: results if len(items) == 3 else [7], pace=fixed(3, 2), linger=5.0
    )
    assert together(commit, range(3)) == {0: 7, 1: 7, 2: 7}


def test_a_lone_caller_without_a_result_is_told_so() -> None:
    commit: GroupCommit[int, int] = GroupCommit(lambda _: [], linger=0.0)
    with pytest.raises(RuntimeError, match=r"^1 items were given, 0 results came back$"):
        commit(1)


def test_it_works_on_after_a_failure() -> None:
    act = Recorder(lambda item: ValueError("no") if item == 0 else None)
    commit = GroupCommit(act, pace=fixed(25, 1), linger=0.0)
    with pytest.raises(ValueError, match="no"):
        commit(0)
    assert commit(1) == 2


def test_sixty_four_threads_come_to_an_end() -> None:
    act = Recorder(lambda item: ValueError(str(item)) if item % 10 == 0 else None)
    commit = GroupCommit(act, pace=fixed(7, 2), linger=0.002)

    def call(number: int) -> int | str:
        try:
            return commit(number)
        except ValueError as error:
            return str(error)

    def many(worker: int) -> dict[int, int | str]:
        return {number: call(number) for number in range(worker * 20, worker * 20 + 20)}

    futures = [start_one(many, worker) for worker in range(64)]
    results = dict(chain.from_iterable(future.result(PATIENCE).items() for future in futures))
    assert results == {number: number * 2 if number % 10 else str(number) for number in range(1280)}
    assert set(chain.from_iterable(act.batches)) == set(range(1280))
    assert max(map(len, act.batches)) <= 7
    assert act.most_at_once <= 2
    assert (commit._waiting, commit._running) == ([], 0)


# ------------------------------------------------------------ races and slowness
def test_what_lost_a_race_is_done_again_with_fewer_beside_it() -> None:
    left = [Conflict("another was quicker")]
    act = Recorder(lambda item: left.pop() if item == 3 and left else None)
    commit = GroupCommit(act, pace=Range(lanes=2, size=6), linger=5.0, shared=(RetryLater,))
    assert together(commit, range(6)) == {number: number * 2 for number in range(6)}
    assert [sorted(batch) for batch in act.batches] == [list(range(6))] * 2
    assert commit.pace.lanes == 1


def test_what_loses_every_race_is_told_so_in_the_end() -> None:
    act = Recorder(lambda _: Conflict("another was quicker"))
    commit = GroupCommit(act, pace=Range(size=3), linger=5.0, shared=(RetryLater,))
    results = together(commit, range(3))
    assert {type(error) for error in results.values()} == {Conflict}
    assert [len(batch) for batch in act.batches] == [3, 3, 3]
    assert (commit._waiting, commit._running) == ([], 0)


def test_an_answer_that_did_not_come_makes_smaller_batches() -> None:
    act = Recorder(lambda _: OutcomeUnknown("the answer was lost"))
    commit = GroupCommit(act, pace=Range(lanes=2, size=10), linger=0.0, shared=(RetryLater,))
    with pytest.raises(OutcomeUnknown):
        commit(1)
    assert (commit.pace.size, commit.pace.lanes) == (5, 1)


def test_a_failed_batch_says_nothing_about_odoos_speed() -> None:
    ticks = iter(range(0, 1000, 5))
    act = Recorder(lambda _: RetryLater("Odoo is away"))
    commit = GroupCommit(act, pace=Range(size=1), linger=0.0, shared=(RetryLater,), clock=lambda: float(next(ticks)))
    for number in range(4):
        with pytest.raises(RetryLater):
            commit(number)
    assert (commit.pace.size, commit.pace.lanes) == (1, 1)
    assert commit.pace._batches == 0


def test_batches_that_take_long_get_smaller_by_the_clock() -> None:
    now = [0.0]

    def act(items: Sequence[int]) -> list[int]:
        now[0] += 90
        return [item * 2 for item in items]

    commit = GroupCommit(act, pace=Range(size=24, most_size=24), linger=5.0, clock=lambda: now[0])
    assert together(commit, range(24)) == {number: number * 2 for number in range(24)}
    assert commit.pace.size == 12
