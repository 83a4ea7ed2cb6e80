"""Defects that may be shown: an unexpected error's message can hold what it stumbled over, a name or an address.

Celery writes the error of a failed task into the log, into Flower's events and into its results.
"""

from __future__ import annotations

import re
from typing import Final

# The interpreter makes these messages, of names in the program and of types.
_SPEAKS_OF_CODE: Final = (
    AttributeError, TypeError, NameError, IndexError, ImportError, ArithmeticError, RecursionError, MemoryError,
    OSError,
)  # fmt: skip
# Packages whose messages speak of connections, and our own.
_KNOWN: Final = frozenset(
    {"clients", "domain", "mappers", "state", "sync", "tasks", "worker", "redis", "kombu", "celery", "billiard", "amqp"}
)
_NAME: Final = re.compile(r"[A-Za-z_]\w*")


class Defect(Exception):
    """An unexpected error whose message is left out; its traceback is the error's own."""


def without_message(error: Exception) -> Exception:
    """Return `error` if its message speaks of the program alone, else a Defect with its type and traceback."""
    kind = type(error)
    if kind.__module__.partition(".")[0] in _KNOWN or isinstance(error, _SPEAKS_OF_CODE) or not error.args:
        return error
    if isinstance(error, KeyError) and _NAME.fullmatch(str(error.args[0])):
        return error
    left_out = Defect(f"{kind.__name__} (its message is left out: it may hold personal data)")
    return left_out.with_traceback(error.__traceback__)
