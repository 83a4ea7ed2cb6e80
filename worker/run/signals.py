"""Ctrl-C and SIGTERM: the first stops in order, the second kills at once."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Final, Self

_OURS: Final = (signal.SIGINT, signal.SIGTERM)


class Stopped(KeyboardInterrupt):
    """Somebody wants an end; `number` is the signal. Like its parent it passes through `except Exception`."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class Signals:
    """A context in which SIGINT and SIGTERM raise Stopped in the main thread, once.

    The second signal calls `on_second` and ends this process at once.
    """

    def __init__(self) -> None:
        self.on_second: Callable[[], None] = lambda: None
        self._before: dict[int, signal.Handlers | Callable[[int, FrameType | None], object] | int | None] = {}
        self._held = 0
        self._pending: int | None = None
        self._seen = False

    def __enter__(self) -> Self:
        for number in _OURS:
            self._before[number] = signal.signal(number, self._arrived)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Put the first signal off to the end of the block: a process must not be started and then forgotten."""
        self._held += 1
        try:
            yield
        finally:
            self._held -= 1
            if not self._held and self._pending is not None:
                number, self._pending = self._pending, None
                raise Stopped(number)

    def _arrived(self, number: int, frame: FrameType | None) -> None:
        del frame
        if self._seen:
            self.on_second()
            os._exit(128 + number)
        self._seen = True
        if self._held:
            self._pending = number
        else:
            raise Stopped(number)
