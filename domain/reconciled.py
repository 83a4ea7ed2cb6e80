"""What comparing an account's orders at Amazon with Odoo found: one finding per order, and rows by day and currency."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from domain.money import ZERO


class Found(StrEnum):
    """How an order stands; `GAPS` are imported again, `OPEN` is what is left for a person to look at."""

    AGREES = "agrees"
    NOT_DUE = "not due"
    PARKED = "parked"
    CANCELLED = "cancelled"
    WAITING = "waiting"
    MISSING = "missing"
    STALE = "stale"
    MENDED = "mended"
    DIFFERS = "differs"
    ONLY_IN_ODOO = "only in Odoo"


GAPS = frozenset({Found.MISSING, Found.STALE})
OPEN = frozenset({Found.MISSING, Found.STALE, Found.DIFFERS})
_UNTOLD = frozenset({Found.AGREES, Found.NOT_DUE, Found.PARKED, Found.CANCELLED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One order. `day`: of its purchase (UTC); `amazon`, `odoo`: what it comes to there, 0 where it is not.

    `updated`: the version compared; `text`: what is wrong, in words free of personal data.
    """

    order_id: str
    found: Found
    day: date
    currency: str
    updated: datetime
    amazon: Decimal = ZERO
    odoo: Decimal = ZERO
    text: str = ""

    def written(self) -> str:
        """Return the finding as a line of text, without its order id."""
        parts = (self.found, self.day, self.currency, self.updated.astimezone(UTC), self.amazon, self.odoo, self.text)
        return "|".join(part.isoformat() if isinstance(part, date) else str(part) for part in parts)

    @classmethod
    def read(cls, order_id: str, line: str) -> Finding:
        """Return the finding of `written`. Raises ValueError for anything else."""
        found, day, currency, updated, amazon, odoo, text = line.split("|", 6)
        return cls(
            order_id=order_id,
            found=Found(found),
            day=date.fromisoformat(day),
            currency=currency,
            updated=datetime.fromisoformat(updated),
            amazon=Decimal(amazon),
            odoo=Decimal(odoo),
            text=text,
        )


@dataclass(slots=True, kw_only=True)
class DayRow:
    """The due orders of one day and currency. `amazon` and `odoo` count orders, `at_amazon` and `in_odoo` are totals.

    `day`: None for orders bought before the days that are compared, and changed within them. `parked` and `cancelled`
    (by hand, in Odoo) are no gaps; `unbooked` is what both come to at Amazon. `mended`: gaps that are closed;
    `missing` and `differs` are open.
    """

    day: date | None
    currency: str
    amazon: int = 0
    odoo: int = 0
    parked: int = 0
    cancelled: int = 0
    mended: int = 0
    missing: int = 0
    differs: int = 0
    at_amazon: Decimal = ZERO
    in_odoo: Decimal = ZERO
    unbooked: Decimal = ZERO

    @property
    def difference(self) -> Decimal:
        """What Amazon has more than Odoo, beside what is parked or was cancelled by hand."""
        return self.at_amazon - self.in_odoo - self.unbooked


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """A finished comparison of a fetch group: orders that Amazon changed from `since` to `until` (aware UTC).

    `named`: (order id, finding, words) of all that did not simply agree.
    """

    since: datetime
    until: datetime
    ended: datetime
    rows: tuple[DayRow, ...] = ()
    named: tuple[tuple[str, str, str], ...] = field(default=())

    def count(self, *found: Found) -> int:
        """Return how many orders were found so."""
        return sum(word in found for _, word, _ in self.named)

    def written(self) -> str:
        """Return it as JSON."""
        return json.dumps(
            {
                "since": self.since.isoformat(),
                "until": self.until.isoformat(),
                "ended": self.ended.isoformat(),
                "rows": [_row(row) for row in self.rows],
                "named": [list(one) for one in self.named],
            }
        )

    @classmethod
    def read(cls, text: str) -> Reconciled:
        """Return what `written` wrote."""
        values = json.loads(text)
        moments = {name: datetime.fromisoformat(values[name]) for name in ("since", "until", "ended")}
        rows = tuple(_row_of(row) for row in values["rows"])
        return cls(**moments, rows=rows, named=tuple((one, found, words) for one, found, words in values["named"]))


def rows_of(findings: Iterable[Finding], first: date) -> tuple[DayRow, ...]:
    """Count `findings` by day and currency, earliest first; what was bought before the day `first` is one row."""
    rows: dict[tuple[date | None, str], DayRow] = {}
    for one in findings:
        if one.found in (Found.NOT_DUE, Found.ONLY_IN_ODOO):
            continue
        day = one.day if one.day >= first else None
        row = rows.setdefault((day, one.currency), DayRow(day=day, currency=one.currency))
        row.amazon += 1
        row.at_amazon += one.amazon
        row.odoo += one.found in (Found.AGREES, Found.MENDED, Found.STALE, Found.DIFFERS)
        row.in_odoo += one.odoo
        row.parked += one.found is Found.PARKED
        row.cancelled += one.found is Found.CANCELLED
        row.mended += one.found is Found.MENDED
        row.missing += one.found in (Found.MISSING, Found.STALE, Found.WAITING)
        row.differs += one.found is Found.DIFFERS
        if one.found in (Found.PARKED, Found.CANCELLED):
            row.unbooked += one.amazon - one.odoo
    return tuple(rows[key] for key in sorted(rows, key=lambda key: (key[0] or date.min, key[1])))


def told(findings: Iterable[Finding]) -> tuple[tuple[str, str, str], ...]:
    """Return the orders among `findings` that are worth a line each."""
    return tuple((one.order_id, str(one.found), one.text) for one in findings if one.found not in _UNTOLD)


_COUNTS: Final = ("amazon", "odoo", "parked", "cancelled", "mended", "missing", "differs")
_TOTALS: Final = ("at_amazon", "in_odoo", "unbooked")


def _row(row: DayRow) -> dict[str, Any]:
    values: dict[str, Any] = {name: getattr(row, name) for name in _COUNTS}
    values |= {name: str(getattr(row, name)) for name in _TOTALS}
    return {"day": row.day.isoformat() if row.day else None, "currency": row.currency, **values}


def _row_of(values: Mapping[str, Any]) -> DayRow:
    day = values["day"]
    named: dict[str, Any] = {name: values[name] for name in _COUNTS}
    named |= {name: Decimal(values[name]) for name in _TOTALS}
    return DayRow(day=date.fromisoformat(day) if day else None, currency=values["currency"], **named)
