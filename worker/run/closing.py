"""The closing table: Amazon against Odoo, in numbers, money, parked orders and differences."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from domain.money import decimals
from sync.compare import Report, Row, Totals

_COLUMNS: Final = ("on Amazon", "due", "in Odoo", "parked", "cancelled", "wrong")
_DELIVERIES: Final = {
    "validated in Odoo": "validated", "told": "settled", "waiting": "waiting", "refused": "refused",
    "packages told": "packages", "at Amazon": "confirmed", "wrong": "wrong",
}  # fmt: skip
_CANCELLATIONS: Final = {
    "by hand in Odoo": "cancelled", "at Amazon": "notified", "waiting": "cancel_waiting", "refused": "cancel_refused",
}  # fmt: skip
_MOST_LINES: Final = 50


def print_reports(console: Console, reports: Sequence[Report]) -> None:
    """Print all tables, and the verdict."""
    console.print(_orders(reports))
    console.print()
    console.print(_money(reports))
    _told(console, reports)
    _parked(console, reports)
    _differences(console, reports)
    if agree(reports):
        console.print(Text("Amazon and Odoo agree.", style="bold green"))
    else:
        console.print(Text("Amazon and Odoo do not agree.", style="bold red"))


def agree(reports: Sequence[Report]) -> bool:
    """Whether both sides agree on every account; False without any account."""
    return bool(reports) and all(report.agrees for report in reports)


def _table(*columns: str, right: Iterable[str] = ()) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    for column in columns:
        table.add_column(column, no_wrap=True)
    for column in right:
        table.add_column(column, justify="right", no_wrap=True)
    return table


def _orders(reports: Sequence[Report]) -> Table:
    table = _table("account", "marketplace", right=_COLUMNS)
    whole = Row()
    for report in reports:
        for code, row in sorted(report.rows.items(), key=lambda one: (not one[0].isupper(), one[0])):
            table.add_row(report.account, code, *_cells(row))
            for name in Row.__slots__:
                setattr(whole, name, getattr(whole, name) + getattr(row, name))
    table.add_row("all", "", *_cells(whole), style="bold")
    return table


def _cells(row: Row) -> list[str | Text]:
    numbers: list[str | Text] = [str(number) for number in (row.amazon, row.due, row.odoo, row.parked, row.cancelled)]
    return [*numbers, Text(str(row.wrong), style="red" if row.wrong else "")]


def _money(reports: Sequence[Report]) -> Table:
    sums: dict[str, Totals] = defaultdict(Totals)
    for report in reports:
        for currency, totals in report.totals.items():
            sums[currency].amazon += totals.amazon
            sums[currency].odoo += totals.odoo
            sums[currency].parked += totals.parked
    table = _table("currency", right=("due on Amazon", "in Odoo", "parked", "difference"))
    for currency, totals in sorted(sums.items()):
        amounts = (totals.amazon, totals.odoo, totals.parked)
        difference = Text(_amount(totals.difference, currency), style="red" if totals.difference else "")
        table.add_row(currency, *(_amount(amount, currency) for amount in amounts), difference)
    return table


def _told(console: Console, reports: Sequence[Report]) -> None:
    """What Odoo told Amazon; nothing where nothing left and nothing was cancelled by hand."""
    if any(report.outgoing.validated for report in reports):
        console.print()
        console.print(_outgoing(reports, "deliveries", _DELIVERIES))
    if any(report.outgoing.cancelled for report in reports):
        console.print()
        console.print(_outgoing(reports, "cancelled orders", _CANCELLATIONS))
    found = [(report.account, one) for report in reports for one in report.outgoing.untold]
    if found:
        console.print()
        console.print(Text(f"Amazon was not told, {len(found)} in all:", style="bold"))
    for account, one in found[:_MOST_LINES]:
        console.print(Text(f"{account} {one.order_id}: {one.reason}"))
    _rest(console, len(found))


def _outgoing(reports: Sequence[Report], what: str, columns: Mapping[str, str]) -> Table:
    """A row per account and one for all; `columns`: heading -> number of `Outgoing`."""
    table = _table(what, right=columns)
    rows = {report.account: [int(getattr(report.outgoing, name)) for name in columns.values()] for report in reports}
    for account, numbers in rows.items():
        table.add_row(account, *(str(number) for number in numbers))
    table.add_row("all", *(str(sum(column)) for column in zip(*rows.values(), strict=True)), style="bold")
    return table


def _amount(amount: Decimal, currency: str) -> str:
    return f"{amount:,.{decimals(currency)}f}"


def _parked(console: Console, reports: Sequence[Report]) -> None:
    found = [(report.account, one) for report in reports for one in report.parked]
    if not found:
        return
    console.print()
    console.print(Text(f"Parked, {len(found)} in all:", style="bold"))
    for account, one in found[:_MOST_LINES]:
        console.print(Text(f"{account} {one.order_id} {one.code}: {one.reason}"))
        console.print(Text(f"    {one.remedy}", style="dim"))
    _rest(console, len(found))


def _differences(console: Console, reports: Sequence[Report]) -> None:
    found = [one for report in reports for one in report.differences]
    console.print()
    if not found:
        return
    console.print(Text(f"Differences, {len(found)} in all:", style="bold red"))
    for one in found[:_MOST_LINES]:
        console.print(Text(f"{one.account} {one.marketplace} {one.order_id}: {one.text}"))
    _rest(console, len(found))


def _rest(console: Console, number: int) -> None:
    if number > _MOST_LINES:
        console.print(Text(f"… and {number - _MOST_LINES} more", style="dim"))
