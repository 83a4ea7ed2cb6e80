"""Rows in memory with transactions: what fails is undone, one call at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from simulator.odoo.engine.schema import Model, read_schema

Row = dict[str, Any]
_NONE: frozenset[int] = frozenset()


class Store:
    """One database. Ids are given out once and never again, as PostgreSQL's sequences do even after a rollback."""

    def __init__(self, series: int, database: str) -> None:
        if series not in {14, 19}:
            raise ValueError("the simulated Odoo is a 14 or a 19")
        self.series = series
        self.database = database
        self.schema: dict[str, Model] = read_schema(series)
        self.lock = threading.RLock()
        self.writes = 0
        self._tables: dict[str, dict[int, Row]] = {}
        self._last: dict[str, int] = {}
        self._undo: list[Callable[[], None]] = []
        self._indexes: dict[str, dict[str, dict[Any, set[int]]]] = {}

    def copy(self, database: str) -> Store:
        """Another database that holds the same; rows are replaced and never changed, so that they may be shared."""
        other = Store(self.series, database)
        other.schema = {name: replace(model, fields={**model.fields}) for name, model in self.schema.items()}
        other._tables = {model: {**rows} for model, rows in self._tables.items()}
        other._last = {**self._last}
        return other

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything done inside, or nothing. Concurrent calls wait for each other."""
        with self.lock:
            self._undo.clear()
            try:
                yield
            except BaseException:
                self.rollback_to(0)
                raise
            self._undo.clear()

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo only what was done inside when it fails, and let the error pass."""
        mark = self.mark()
        try:
            yield
        except BaseException:
            self.rollback_to(mark)
            raise

    def mark(self) -> int:
        """A point to come back to."""
        return len(self._undo)

    def rollback_to(self, mark: int) -> None:
        """Undo what was done since `mark`, the last first."""
        while len(self._undo) > mark:
            self._undo.pop()()

    def on_rollback(self, undo: Callable[[], None]) -> None:
        """Remember how to take something back."""
        self.writes += 1
        self._undo.append(undo)

    def table(self, model: str) -> dict[int, Row]:
        """The rows of `model` by id."""
        return self._tables.setdefault(model, {})

    def next_id(self, model: str) -> int:
        """A fresh id."""
        self._last[model] = self._last.get(model, 0) + 1
        return self._last[model]

    def insert(self, model: str, row: Row) -> int:
        """Add a row; returns its id."""
        new = self.next_id(model)
        self._put(model, new, {**row, "id": new})
        self.on_rollback(lambda: self._drop(model, new))
        return new

    def update(self, model: str, record: int, changes: Row) -> None:
        """Change a row."""
        before = self.table(model)[record]
        self._drop(model, record)
        self._put(model, record, {**before, **changes})

        def undo() -> None:
            self._drop(model, record)
            self._put(model, record, before)

        self.on_rollback(undo)

    def delete(self, model: str, record: int) -> None:
        """Remove a row."""
        before = self.table(model)[record]
        self._drop(model, record)
        self.on_rollback(lambda: self._put(model, record, before))

    def find(self, model: str, field: str, value: Any) -> Collection[int]:
        """Ids of the rows with `value` in a stored field, by an index that is built when first asked for."""
        indexes = self._indexes.setdefault(model, {})
        index = indexes.get(field)
        if index is None:
            index = indexes[field] = {}
            for record, row in self.table(model).items():
                for entry in _entries(row.get(field)):
                    index.setdefault(entry, set()).add(record)
        return index.get(value, _NONE)

    def _put(self, model: str, record: int, row: Row) -> None:
        self.table(model)[record] = row
        for field, index in self._indexes.get(model, {}).items():
            for entry in _entries(row.get(field)):
                index.setdefault(entry, set()).add(record)

    def _drop(self, model: str, record: int) -> None:
        row = self.table(model).pop(record)
        for field, index in self._indexes.get(model, {}).items():
            for entry in _entries(row.get(field)):
                index[entry].discard(record)


def _entries(value: Any) -> tuple[Any, ...]:
    """What an index files a value under: each id of a many2many, the value itself otherwise."""
    return value if isinstance(value, tuple) else (value,)
