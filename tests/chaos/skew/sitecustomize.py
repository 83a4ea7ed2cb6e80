"""A host whose clock is wrong by SKEWED_SECONDS: Python's calendar time in this process, not its monotonic clock.

Found by Python before anything else is imported, when this folder is on PYTHONPATH. What C code reads by itself (TLS,
file times) stays right.
"""

from __future__ import annotations

import datetime as dt
import os
import time
from typing import Any

_SECONDS = float(os.environ.get("SKEWED_SECONDS", "0"))
_real_time = time.time
_real_datetime = dt.datetime


class _Meta(type):
    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, _real_datetime)

    def __subclasscheck__(cls, other: type) -> bool:
        return issubclass(other, _real_datetime)


class _Skewed(dt.datetime, metaclass=_Meta):
    @classmethod
    def now(cls, tz: dt.tzinfo | None = None) -> Any:
        return cls.fromtimestamp(time.time(), tz)

    @classmethod
    def utcnow(cls) -> Any:
        return cls.fromtimestamp(time.time(), dt.UTC).replace(tzinfo=None)


if _SECONDS:
    time.time = lambda: _real_time() + _SECONDS
    dt.datetime = _Skewed  # type: ignore[misc]  # for all who import it after this
