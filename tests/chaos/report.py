"""What a campaign saw, as a page: sizes, faults, recovery times, and every disagreement."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tests.chaos.campaign import Recovery
from tests.chaos.plan import BROKER, ODOO, WORKERS, Strike

GOAL_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What is known when a campaign has ended. `wrong`: in words, [] for a campaign without a finding."""

    title: str
    machine: str
    counts: Mapping[str, int]
    struck: Sequence[Strike]
    recoveries: Sequence[Recovery]
    seconds: Mapping[str, float]
    restarts: Mapping[str, int]
    failed: Counter[str]
    tracebacks: Counter[str]
    wrong: Sequence[str]

    @property
    def slow(self) -> list[str]:
        """Faults of broker, workers and Odoo from which recovery took longer than it may."""
        ours = {*BROKER, *WORKERS, *ODOO}
        return [
            f"{one.strike.kind}: {what} {'never' if seconds is None else f'{seconds:g} s'}"
            for one in self.recoveries
            if one.strike.kind in ours
            for what, seconds in (("order", one.order), ("package", one.package), ("rest", one.rest))
            if seconds is None or seconds > GOAL_SECONDS
        ]

    def page(self) -> str:
        """The report in Markdown."""
        lines = [f"# {self.title}", "", f"Measured on {self.machine}.", ""]
        lines += _table(("what", "number"), [(name, f"{number:,}") for name, number in self.counts.items()])
        kinds = Counter(one.kind for one in self.struck)
        lines += _table(("fault", "times"), [(kind, str(kinds[kind])) for kind in sorted(kinds)])
        if self.recoveries:
            lines += ["Seconds from the end of a fault alone to the first success:", ""]
            rows = [
                (one.strike.kind, f"{one.strike.seconds:g}", _text(one.order), _text(one.package), _text(one.rest))
                for one in sorted(self.recoveries, key=lambda one: one.strike.kind)
            ]
            heads = ("fault", "lasted", "fresh order in Odoo", "fresh package at Amazon", "all orders before in Odoo")
            lines += _table(heads, rows)
        lines += _table(("part", "seconds"), [(name, f"{value:.0f}") for name, value in self.seconds.items()])
        restarts = [(name, str(self.restarts[name])) for name in sorted(self.restarts)]
        lines += _table(("started again", "times"), restarts)
        lines += _table(("task that failed", "times"), [(f"`{one}`", str(n)) for one, n in self.failed.most_common()])
        errors = [(f"`{one}`", str(number)) for one, number in self.tracebacks.most_common()]
        lines += _table(("error in the logs", "times"), errors)
        lines += [f"{len(self.wrong)} disagreements, {len(self.slow)} recoveries beyond {GOAL_SECONDS:.0f} s.", ""]
        lines += [f"- {line}" for line in (*self.wrong, *self.slow)]
        return "\n".join(lines).rstrip() + "\n"


def _text(seconds: float | None) -> str:
    return "never" if seconds is None else f"{seconds:.1f}"


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    if not rows:
        return []
    lines = [f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}"]
    return [*lines, *(f"| {' | '.join(row)} |" for row in rows), ""]
