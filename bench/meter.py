"""Processor time, memory and Redis commands of groups of processes while something runs."""

from __future__ import annotations

import contextlib
from collections import defaultdict
from collections.abc import Mapping
from threading import Event, Thread
from time import monotonic
from types import TracebackType
from typing import Self

import psutil
import redis

# Looking costs the machine it measures some milliseconds each time; what a process uses after the last look before its
# end is not seen.
_PAUSE = 1.0


class CpuMeter:
    """CPU seconds by group, over a `with` block.

    `groups`: the id of a process, whose children count too, or a text that the command lines of its processes hold.
    `pause`: seconds between two looks at them; long is good enough for processes that go on.
    """

    def __init__(self, groups: Mapping[str, int | str], *, pause: float = _PAUSE) -> None:
        self._groups = groups
        self._pause = pause
        self.elapsed = 0.0
        self._first: dict[tuple[str, int], float] = {}
        self._last: dict[tuple[str, int], float] = {}
        self._began = 0.0
        self._end = Event()
        self._thread = Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._sample(begin=True)
        self._began = monotonic()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.elapsed = monotonic() - self._began
        self._end.set()
        self._thread.join()
        self._sample()

    def seconds(self) -> dict[str, float]:
        """CPU seconds used so far, by group."""
        used: dict[str, float] = defaultdict(float)
        for key, last in self._last.items():
            used[key[0]] += last - self._first[key]
        return dict(used)

    def _watch(self) -> None:
        while not self._end.wait(self._pause):
            self._sample()

    def _sample(self, *, begin: bool = False) -> None:
        for group, process in members(self._groups):
            with contextlib.suppress(psutil.Error):
                times = process.cpu_times()
                key, used = (group, process.pid), times.user + times.system
                self._first.setdefault(key, used if begin else 0.0)
                self._last[key] = used


def members(groups: Mapping[str, int | str]) -> list[tuple[str, psutil.Process]]:
    """The processes of each group; those of PostgreSQL belong to where their server's command line does."""
    found: list[tuple[str, psutil.Process]] = []
    for group, head in groups.items():
        with contextlib.suppress(psutil.Error):
            if isinstance(head, int):
                process = psutil.Process(head)
                found += [(group, one) for one in (process, *process.children(recursive=True))]
            else:
                found += [(group, one) for one in psutil.process_iter() if head in _command(one)]
    return found


def _command(process: psutil.Process) -> str:
    with contextlib.suppress(psutil.Error):
        line = " ".join(process.cmdline())
        parent = process.parent() if line.startswith("postgres:") else None
        return " ".join(parent.cmdline()) if parent else line
    return ""


def megabytes(groups: Mapping[str, int | str]) -> dict[str, list[float]]:
    """Resident memory of each process, in MiB, by group."""
    sizes: dict[str, list[float]] = defaultdict(list)
    for group, process in members(groups):
        with contextlib.suppress(psutil.Error):
            sizes[group].append(process.memory_info().rss / 2**20)
    return {group: sorted(some) for group, some in sizes.items()}


def commands(store: redis.Redis) -> int:
    """How many commands this Redis has executed."""
    stats = store.info("stats")
    return int(stats["total_commands_processed"])
