"""Where simulated buyers live: the table of places.toml, typed."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Town:
    """A town with its state (name and code, "" where the country uses none) and a postal code."""

    city: str
    state: str
    state_code: str
    postal_code: str


@dataclass(frozen=True, slots=True)
class Country:
    """How people and places look like in one country; `abroad`: codes of neighbours it delivers to as well."""

    code: str
    dial: str
    given: tuple[str, ...]
    family: tuple[str, ...]
    streets: tuple[str, ...]
    towns: tuple[Town, ...]
    house_number_first: bool
    family_first: bool
    abroad: tuple[str, ...]


def _read(code: str, row: dict[str, Any]) -> Country:
    return Country(
        code=code,
        dial=row["dial"],
        given=tuple(row["given"]),
        family=tuple(row["family"]),
        streets=tuple(row["streets"]),
        towns=tuple(Town(*parts) for parts in row["towns"]),
        house_number_first=row.get("house_number_first", False),
        family_first=row.get("family_first", False),
        abroad=tuple(row.get("abroad", ())),
    )


_TABLE = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))

COUNTRIES = {code: _read(code, row) for code, row in _TABLE.items()}
