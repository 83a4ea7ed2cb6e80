"""What a server says the time is: HTTP's Date header, which every answer has, refusals too."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

import httpx

from domain.errors import Unavailable

_SECONDS: Final = 10.0


def ahead(url: str, clock: Callable[[], datetime], transport: httpx.BaseTransport | None = None) -> float | None:
    """Return by how many seconds our clock is ahead of the server at `url`, good to a second; None: it tells no time.

    Raises Unavailable when it does not answer. `transport` replaces the network in tests.
    """
    failure: Unavailable
    try:
        with httpx.Client(timeout=_SECONDS, transport=transport) as http:
            sent = clock()
            told = http.head(url).headers.get("date")
            received = clock()
    except httpx.TransportError as error:
        failure = Unavailable(f"no answer ({type(error).__name__})")
    else:
        return None if told is None else _ahead(told, sent + (received - sent) / 2)
    raise failure


def _ahead(told: str, ours: datetime) -> float | None:
    try:
        theirs = parsedate_to_datetime(told).astimezone(UTC)
    except ValueError:
        return None
    # The header cuts off the fraction: on average it is half a second behind.
    return (ours - theirs).total_seconds() - 0.5
