"""Names of records that a bundle of this process may be creating: of two bundles that want one name, one comes later.

The database would settle it, but dearly: the second waits for the first's end, has to begin anew, and Odoo lets some
seconds pass before each attempt. Between processes it is left at that.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from threading import Condition
from typing import Final

# Longer than a bundle of Odoo's on a bad day; then the database is to settle it.
_PATIENCE: Final = 60.0
# Some megabyte of names that are known to be there, so that nobody waits for them: a buyer who orders every minute.
_KEPT: Final = 10_000


class Claims:
    """Who creates what at present, by external id. Thread-safe."""

    def __init__(self, patience: float = _PATIENCE, kept: int = _KEPT) -> None:
        self._patience = patience
        self._kept = kept
        self._held: set[str] = set()
        self._there: dict[str, None] = {}
        self._freed = Condition()

    @contextmanager
    def on(self, wanted: Sequence[Collection[str]]) -> Iterator[list[int]]:
        """Hold the names of those of `wanted` that nobody else holds any name of; give their places.

        Waits while there is none such, but no longer than `patience` seconds: then it is all of them. Names that are
        known to be there are held by nobody.
        """
        with self._freed:
            self._freed.wait_for(lambda: self._free(wanted), self._patience)
            free = self._free(wanted) or list(range(len(wanted)))
            mine = self._absent(chain.from_iterable(wanted[place] for place in free)) - self._held
            self._held |= mine
        try:
            yield free
        finally:
            with self._freed:
                self._held -= mine
                self._freed.notify_all()

    def know(self, names: Collection[str]) -> None:
        """These are there. One that somebody deletes in Odoo is created again all the same, but without a claim."""
        with self._freed:
            self._there |= dict.fromkeys(names)
            for name in list(self._there)[: max(0, len(self._there) - self._kept)]:
                del self._there[name]

    def _free(self, wanted: Sequence[Collection[str]]) -> list[int]:
        return [place for place, names in enumerate(wanted) if self._held.isdisjoint(self._absent(names))]

    def _absent(self, names: Iterable[str]) -> set[str]:
        return {name for name in names if name not in self._there}
