"""What keeps a worker's memory flat: with many threads and large texts glibc keeps more and more, unless told not to.

And Celery copies tracebacks; a hundred orders that are to be tried again while Odoo is away were 40 MiB of copies.
"""

from __future__ import annotations

import ctypes
import gc
from collections.abc import Iterator
from itertools import repeat
from types import CodeType
from typing import Final

from billiard import einfo

# What glibc reads only when a process starts, so that whoever starts one must say it: no store of freed blocks for each
# thread; sixty threads that read documents filled 9 MiB. Python has such stores itself.
VARIABLE: Final = "GLIBC_TUNABLES"
NO_STORES: Final = "glibc.malloc.tcache_count=0"

# 700 by default, which took an eighth of a worker's processor time.
_NEW_OBJECTS: Final = 20_000
# From malloc.h. Python allocates under its lock, so that one arena serves all threads as quickly as many.
_M_ARENA_MAX: Final = -8
_ARENAS: Final = 1
# Given, it stays what it is at first. Else it follows the largest block that was given back, up to 32 MiB.
_M_MMAP_THRESHOLD: Final = -3
_LARGE: Final = 128 * 1024


def collect_rarely() -> None:
    """Let Python look for cycles of garbage after so many new objects: a worker makes tens of thousands an order."""
    gc.set_threshold(_NEW_OBJECTS, *gc.get_threshold()[1:])


def share_memory() -> bool:
    """Let all threads of this process share one arena, and what is large go back to the system.

    To be called before they start. By default there are eight arenas to a core, and each keeps what its busiest batch
    once needed. Returns False where the C library has no such settings; it has none of glibc's arenas either.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return False
    return bool(mallopt(_M_ARENA_MAX, _ARENAS)) and bool(mallopt(_M_MMAP_THRESHOLD, _LARGE))


class _Nowhere:
    """The positions of a code object's instructions that nobody knows."""

    def __iter__(self) -> Iterator[tuple[None, None, None, None]]:
        return repeat((None, None, None, None))


class _Code(einfo._Code):  # noqa: SLF001 - it has no other name
    """Billiard's stand-in for the code of a frame, without a tuple for each of its instructions.

    They only say which part of a line failed. The text of a traceback is made from the real one.
    """

    def __init__(self, code: CodeType) -> None:
        super().__init__(code)
        self._co_positions = _Nowhere()


def slim_tracebacks() -> None:
    """Let copies of tracebacks know the lines of their frames and no more."""
    einfo.Traceback.Frame.Code = _Code
