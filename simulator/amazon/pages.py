"""Pagination tokens: opaque, good for 24 hours and for the search they came from."""

from __future__ import annotations

import secrets
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta

from simulator.amazon.answers import ApiError, invalid_input
from simulator.amazon.search import Search

LIFETIME = timedelta(hours=24)
_LIMIT = 20_000


@dataclass(frozen=True, slots=True)
class Rest:
    """What a token stands for: a place in the result, whose ids were found when the first page was asked for.

    `before`: the upper bound of that moment; `start`: how many ids the pages so far held.
    """

    seller_id: str
    fingerprint: tuple[tuple[str, tuple[str, ...]], ...]
    before: datetime
    order_ids: tuple[str, ...]
    start: int
    ends: datetime


class Pages:
    """The tokens handed out, the oldest forgotten first. Thread-safe."""

    def __init__(self) -> None:
        self._rests: dict[str, Rest] = {}
        self._lock = threading.Lock()

    def keep(self, rest: Rest) -> str:
        """A token for the page that begins at `rest.start`."""
        token = secrets.token_urlsafe(32)
        with self._lock:
            if len(self._rests) >= _LIMIT:
                del self._rests[next(iter(self._rests))]
            self._rests[token] = rest
        return token

    def follow(self, token: str, search: Search, seller_id: str, *, now: datetime) -> Rest:
        """What `token` stands for; it may be used again. Raises ApiError 400: unknown, expired, another search."""
        rest = self._rests.get(token)
        if rest is None or rest.seller_id != seller_id or rest.ends <= now:
            raise page_token_refused()
        if rest.fingerprint != search.fingerprint:
            raise invalid_input("Invalid Input", "Parameters must not change between pages of one search.")
        return rest


def page_token_refused() -> ApiError:
    """400: the token is unknown, or its 24 hours are over."""
    return invalid_input("Invalid Input", "paginationToken is invalid or has expired.")
