"""Reading the JSON body of an operation by its model: one refusal names everything that is wrong with the fields."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from simulator.amazon.answers import invalid_input


@dataclass(slots=True)
class Notes:
    """What reading found, by the fields' full names."""

    missing: list[str] = field(default_factory=list)
    mistyped: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)

    def judge(self) -> None:
        """Raise ApiError 400 where a needed field is missing or a field has a wrong type; the words are Amazon's."""
        for what, names in (("invalid type", self.mistyped), ("missing or empty value", self.missing)):
            if names:
                raise invalid_input(
                    "The input you have submitted is not valid. "
                    f"Please check the fields with {what} [{', '.join(sorted(names))}]."
                )


class Fields:
    """The fields of one JSON object; what is wrong is noted, and a harmless value stands in for it."""

    def __init__(self, data: Mapping[str, Any], notes: Notes, path: str = "") -> None:
        self._data = data
        self._notes = notes
        self._path = path
        self._asked: set[str] = set()

    def text(self, name: str, *, needed: bool = True) -> str:
        """A string; "" where there is none. Blank is as good as absent."""
        value = self._take(name, str, "", needed=needed)
        return str(value).strip()

    def whole(self, name: str) -> int:
        """A needed whole number, 0 where there is none."""
        return int(self._take(name, int, 0, needed=True))

    def part(self, name: str) -> Fields:
        """A needed object."""
        return Fields(self._take(name, dict, {}, needed=True), self._notes, f"{self._path}{name}.")

    def parts(self, name: str) -> list[Fields]:
        """A needed list of objects, with at least one."""
        values = self._take(name, list, [], needed=True)
        self._each(name, values, dict)
        return [
            Fields(value, self._notes, f"{self._path}{name}.{place}.")
            for place, value in enumerate(values)
            if isinstance(value, dict)
        ]

    def texts(self, name: str, *, needed: bool) -> tuple[str, ...]:
        """A list of strings, () where there is none."""
        values = self._take(name, list, [], needed=needed)
        self._each(name, values, str)
        return tuple(str(value) for value in values)

    def text_map(self, name: str) -> None:
        """An object that need not be there and whose values are strings; this world has no use for it."""
        self._each(name, list(self._take(name, dict, {}, needed=False).values()), str)

    def end(self) -> None:
        """Note what the object holds beyond what was asked for."""
        self._notes.unknown += [f"{self._path}{name}" for name in self._data if name not in self._asked]

    def _take(self, name: str, kind: type, instead: Any, *, needed: bool) -> Any:
        self._asked.add(name)
        value = self._data.get(name)
        if value is not None and (not isinstance(value, kind) or (kind is int and isinstance(value, bool))):
            self._notes.mistyped.append(f"{self._path}{name}")
            return instead
        empty = value is None or (kind is not int and not (value.strip() if isinstance(value, str) else value))
        if empty and needed:
            self._notes.missing.append(f"{self._path}{name}")
        return instead if value is None else value

    def _each(self, name: str, values: list[Any], kind: type) -> None:
        if not all(isinstance(value, kind) for value in values):
            self._notes.mistyped.append(f"{self._path}{name}")


def read_fields(body: bytes) -> tuple[Fields, Notes]:
    """The fields of a request's body. Raises ApiError 400 for what is no JSON object."""
    try:
        data = json.loads(body)
    except ValueError as error:
        raise invalid_input("Invalid Input", "The request's body is not valid JSON.") from error
    if not isinstance(data, dict):
        raise invalid_input("Invalid Input", "The request's body must be a JSON object.")
    notes = Notes()
    return Fields(data, notes), notes
