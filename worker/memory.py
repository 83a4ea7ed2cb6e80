"""The C library's memory: with a hundred threads and large texts glibc keeps more and more, unless told otherwise."""

from __future__ import annotations

import ctypes
from typing import Final

# From malloc.h. Python allocates under its lock, so that one arena serves all threads as quickly as many.
_M_ARENA_MAX: Final = -8
_ARENAS: Final = 1
# Given, it stays what it is at first. Else it follows the largest block that was given back, up to 32 MiB.
_M_MMAP_THRESHOLD: Final = -3
_LARGE: Final = 128 * 1024


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
