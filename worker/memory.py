"""The C library's memory: with a hundred threads, glibc's way to spread them over arenas keeps more and more of it."""

from __future__ import annotations

import ctypes
from typing import Final

# From malloc.h. Only what Python does without its lock could be done by several threads at once.
_M_ARENA_MAX: Final = -8
_ARENAS: Final = 2


def share_arenas() -> bool:
    """Let all threads of this process share two arenas; call it before they start.

    By default there are eight of them to a core, and each keeps what its busiest batch once needed. Returns False where
    the C library has no such setting; it has none of glibc's arenas either.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return False
    return bool(mallopt(_M_ARENA_MAX, _ARENAS))
