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
    """An unexpected error whose message is left out; its traceback is the error's own. `kind`: the error's type."""

    def __init__(self, kind: str) -> None:
        super().__init__(f"{kind} (its message is left out: it may hold personal data)")
        self.kind = kind

    def __reduce__(self) -> tuple[type[Defect], tuple[str]]:
        """Pools of processes pickle the errors of their tasks."""
        return Defect, (self.kind,)


def kind_of(error: BaseException) -> str:
    """Return the name of the type of `error`, also of one whose message was left out."""
    return error.kind if isinstance(error, Defect) else type(error).__name__


def without_message(error: Exception) -> Exception:
    """Return `error` if its message speaks of the program alone, else a Defect with its type and traceback."""
    kind = type(error)
    if kind.__module__.partition(".")[0] in _KNOWN or isinstance(error, _SPEAKS_OF_CODE) or not error.args:
        return error
    if isinstance(error, KeyError) and _NAME.fullmatch(str(error.args[0])):
        return error
    left_out = Defect(kind.__name__)
    return left_out.with_traceback(error.__traceback__)
