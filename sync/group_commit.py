"""Group commit: tasks of one process that arrive together go to Odoo together, and each gets its own result.

Odoo's cost is per call and per transaction, so a batch of orders costs little more than one order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from threading import Condition, Event
from time import monotonic
from types import TracebackType
from typing import Generic, TypeVar

from domain.errors import Conflict, OutcomeUnknown
from sync.pace import Pace, Range

Item = TypeVar("Item")
Result = TypeVar("Result")

# A batch that lost a race is done again with fewer others beside it; after that its tasks wait and try again.
_RACES = 2
# A batch beside another one is worth its calls with half of a full one's items; but nobody waits longer than this (s).
_PATIENCE = 5.0
# Its leader looks this often (s) whether more have come, and begins when none have, or at the last look.
_LOOK = 0.2
_LOOKS = 10


@dataclass(slots=True, eq=False)
class _Entry(Generic[Item, Result]):
    """A caller: `wake` is set when its result is there, or when it is to lead a batch."""

    item: Item
    since: float
    future: Future[Result] = field(default_factory=Future)
    wake: Event = field(default_factory=Event)
    leads: bool = False
    races: int = 0
    origin: TracebackType | None = None

    def fail(self, error: BaseException) -> None:
        """Let the caller raise `error`, which it may share with others."""
        self.origin = error.__traceback__
        self.future.set_exception(error)
        self.wake.set()

    def outcome(self) -> Result:
        """The result, once it is there; raises what it failed with."""
        error = self.future.exception()
        if error is None:
            return self.future.result()
        # Raising adds to an error's traceback: that of fifty callers who share it would be as many times as long.
        raise error.with_traceback(self.origin)


class GroupCommit(Generic[Item, Result]):
    """Collects the items of concurrent callers and hands them to `act`, as many at once as `pace` says.

    One of the callers leads: it waits up to `linger` seconds for others and then works for all. When `act` fails for a
    reason of its own (not a result, none of `shared`) every item is tried alone, so that a defect met by one item does
    not become another's. `clock` tells seconds.
    """

    def __init__(
        self,
        act: Callable[[Sequence[Item]], Sequence[Result]],
        *,
        pace: Range = Range(),  # noqa: B008  # a frozen value
        linger: float = 0.05,
        shared: tuple[type[Exception], ...] = (),
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._act = act
        self._linger = linger
        self._shared = shared
        self._clock = clock
        self._waiting: list[_Entry[Item, Result]] = []
        self._running = 0
        self._lingering = False
        self._full = Condition()
        self.pace = Pace(pace)

    def __call__(self, item: Item) -> Result:
        """Return the result for `item`; raises what `act` raised."""
        entry: _Entry[Item, Result] = _Entry(item, self._clock())
        with self._full:
            self._waiting.append(entry)
            if len(self._waiting) >= self.pace.size:
                self._full.notify()
            self._appoint()
        while not entry.future.done():
            if not entry.wake.wait(_PATIENCE):
                with self._full:
                    self._appoint()
            entry.wake.clear()
            if entry.leads:
                self._lead()
                with self._full:
                    entry.leads = False
                    self._appoint()
        return entry.outcome()

    def _appoint(self) -> None:
        """If a lane is free, let the first who waits lead; one at a time, as it takes along all who come meanwhile.

        The others sleep until their result is there: waking a hundred threads to let one act costs more than the act.
        """
        if self._lingering or self._running >= self.pace.lanes:
            return
        first = next((entry for entry in self._waiting if not entry.leads), None)
        if first is not None and (self._running == 0 or self._are_worth_a_batch()):
            self._running += 1
            self._lingering = first.leads = True
            first.wake.set()

    def _are_worth_a_batch(self) -> bool:
        """Whether those who wait should have one beside those at work.

        Each batch costs Odoo the same calls: of a few items each, more at once would keep it busier and do less.
        """
        many = 2 * len(self._waiting) >= self.pace.size
        return many or self._clock() - self._waiting[0].since >= _PATIENCE

    def _lead(self) -> None:
        with self._full:
            self._gather()
            size = self.pace.size
            batch, self._waiting = self._waiting[:size], self._waiting[size:]
            self._lingering = False
            self._appoint()
        began = self._clock()
        try:
            self._settle(batch)
        finally:
            with self._full:
                self._running -= 1
                if all(entry.future.done() and entry.future.exception() is None for entry in batch):
                    self.pace.finished(len(batch), began, self._clock())
                self._appoint()

    def _gather(self) -> None:
        """Wait for others until the batch is full: shortly where Odoo is idle, else as long as they keep coming.

        Those whose batch has just ended come back with their next items one after the other, within a second or two.
        """
        if self._is_full(self._linger):
            return
        for _ in range(_LOOKS):
            there = len(self._waiting)
            if self._running == 1 or self._is_full(_LOOK) or len(self._waiting) == there:
                return

    def _is_full(self, patience: float) -> bool:
        return self._full.wait_for(lambda: len(self._waiting) >= self.pace.size, timeout=patience)

    def _settle(self, batch: Sequence[_Entry[Item, Result]]) -> None:
        try:
            results = self._results([entry.item for entry in batch])
        except Conflict as lost:
            self._again(batch, lost)
        except BaseException as error:  # noqa: BLE001 - it belongs to the callers that wait, each raises it
            if isinstance(error, OutcomeUnknown):
                with self._full:
                    self.pace.troubled(self._clock(), slow=True)
            if len(batch) == 1 or isinstance(error, self._shared) or not isinstance(error, Exception):
                for entry in batch:
                    entry.fail(error)
            else:
                for entry in batch:
                    self._settle([entry])
        else:
            for entry, result in zip(batch, results, strict=True):
                entry.future.set_result(result)
                entry.wake.set()

    def _again(self, batch: Sequence[_Entry[Item, Result]], lost: Conflict) -> None:
        """Put what lost a race back to the front; what has lost too often is told so."""
        with self._full:
            self.pace.troubled(self._clock(), slow=False)
            for entry in batch:
                entry.races += 1
                if entry.races > _RACES:
                    entry.fail(lost)
            self._waiting[:0] = [entry for entry in batch if not entry.future.done()]

    def _results(self, items: Sequence[Item]) -> Sequence[Result]:
        """Return what `act` makes of `items`; a caller without a result would wait for ever."""
        results = self._act(items)
        if len(results) != len(items):
            raise RuntimeError(f"{len(items)} items were given, {len(results)} results came back")
        return results
