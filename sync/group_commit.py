"""Group commit: tasks of one process that arrive together go to Odoo together, and each gets its own result.

Odoo's cost is per call and per transaction, so a batch of orders costs little more than one order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from threading import Condition
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class GroupCommit(Generic[Item, Result]):
    """Collects the items of concurrent callers and hands them to `act`, at most `size` at once.

    The first caller of a batch waits up to `linger` seconds for others and then works for all; at most `lanes`
    batches run at a time. When `act` fails for a reason of its own (not a result) every item is tried alone, so that
    a defect met by one item does not become another's.
    """

    def __init__(
        self,
        act: Callable[[Sequence[Item]], Sequence[Result]],
        *,
        size: int = 25,
        linger: float = 0.05,
        lanes: int = 2,
        shared: tuple[type[Exception], ...] = (),
    ) -> None:
        self._act = act
        self._size = size
        self._linger = linger
        self._lanes = lanes
        self._shared = shared
        self._waiting: list[tuple[Item, Future[Result]]] = []
        self._running = 0
        self._change = Condition()

    def __call__(self, item: Item) -> Result:
        """Return the result for `item`; raises what `act` raised."""
        future: Future[Result] = Future()
        with self._change:
            self._waiting.append((item, future))
            self._change.notify_all()
        while not future.done():
            batch = self._take(future)
            if batch:
                self._work(batch)
        return future.result()

    def _take(self, mine: Future[Result]) -> list[tuple[Item, Future[Result]]]:
        """Wait until `mine` is done (then nothing is returned) or a batch may be worked on by this caller."""
        with self._change:
            self._change.wait_for(lambda: mine.done() or (self._running < self._lanes and bool(self._waiting)))
            if mine.done():
                return []
            self._running += 1
            self._change.wait_for(lambda: not 0 < len(self._waiting) < self._size, timeout=self._linger)
            batch, self._waiting = self._waiting[: self._size], self._waiting[self._size :]
            if not batch:  # another lane, which lingered too, took all
                self._running -= 1
            self._change.notify_all()
            return batch

    def _work(self, batch: Sequence[tuple[Item, Future[Result]]]) -> None:
        try:
            self._settle(batch)
        finally:
            with self._change:
                self._running -= 1
                self._change.notify_all()

    def _settle(self, batch: Sequence[tuple[Item, Future[Result]]]) -> None:
        try:
            results = self._results([item for item, _ in batch])
        except BaseException as error:  # noqa: BLE001 - it belongs to the callers that wait, each raises it
            if len(batch) == 1 or isinstance(error, self._shared) or not isinstance(error, Exception):
                for _, future in batch:
                    future.set_exception(error)
            else:
                for one in batch:
                    self._settle([one])
            return
        for (_, future), result in zip(batch, results, strict=True):
            future.set_result(result)

    def _results(self, items: Sequence[Item]) -> Sequence[Result]:
        """Return what `act` makes of `items`; a caller without a result would wait for ever."""
        results = self._act(items)
        if len(results) != len(items):
            raise RuntimeError(f"{len(items)} items were given, {len(results)} results came back")
        return results
