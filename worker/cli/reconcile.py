"""`orders reconcile`: compare the last days of Amazon and Odoo, account by account and day by day."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

import click

from worker.cli.output import ACCOUNT, fail, json_option, known_account, opened, settings, show, working

if TYPE_CHECKING:
    from domain.reconciled import DayRow, Reconciled
    from tasks.context import Services

_COLUMNS = (
    "account", "day", "currency", "due", "in Odoo", "parked", "cancelled", "mended", "missing", "differ", "at Amazon",
    "total in Odoo", "difference",
)  # fmt: skip
_NOTHING: Final = "no order was due in these days"
_PAUSE_SECONDS: Final = 2.0
# What the command waits for may take hours with a busy account; longer than a night nobody waits.
_PATIENCE_SECONDS: Final = 12 * 3600.0


@click.command("reconcile")
@click.option(
    "--account", "keys", multiple=True, type=ACCOUNT, help="Only this account; may be repeated. Default: all."
)
@click.option("--days", type=click.IntRange(1, 30), help="So many days back. Default: as every night.")
@click.option("--last", is_flag=True, help="Show how the last comparison ended; begin none.")
@click.option("--no-wait", is_flag=True, help="Begin it and do not wait for its end.")
@json_option
def reconcile(*, keys: tuple[str, ...], days: int | None, last: bool, no_wait: bool, as_json: bool) -> None:
    """Compare orders and totals of the last days in Amazon and Odoo, and import what is missing again.

    The workers do it, as every night, with what their other searches leave of Amazon's quota: a page of 100 orders in
    about three minutes where that is used up. Orders whose total was changed in Odoo are parked. Status 1 if an
    order is still missing or differs.
    """
    given = settings()
    wanted = [known_account(given, key) for key in keys] or list(given.accounts)
    there = opened(given)
    if not last:
        _begin(there, wanted, days, quiet=as_json)
        if no_wait:
            return
        with working("comparing"):
            _wait(there, wanted)
    ended = [(key, one) for key in wanted for one in _last(there, key)]
    without = [key for key in wanted if key not in {name for name, _ in ended}]
    if as_json:
        show([_account(key, one) for key, one in ended], (), as_json=True, empty="")
    else:
        show([row for key, one in ended for row in _days(key, one)], _COLUMNS, as_json=False, empty=_NOTHING)
        _tell(ended)
    if without:
        fail(f"{', '.join(without)}: not compared within the last month")
    if any(_open(one) for _, one in ended):
        sys.exit(1)


def _begin(there: Services, wanted: list[str], days: int | None, *, quiet: bool) -> None:
    from sync.reconcile import begin_reconciliation

    for key in wanted:
        account = there.accounts[key]
        windows = begin_reconciliation(
            account,
            days or account.reconcile_days or 3,
            lanes=there.lanes,
            notes=there.reconciliations,
            schedule=there.schedule,
            now=there.clock(),
        )
        if not windows:
            fail(f"{key}: its orders were not read yet: are workers running, and is the account active?")
        for window in windows.values():
            text = f"{key}: orders changed from {window.lower:%Y-%m-%d %H:%M} to {window.upper:%Y-%m-%d %H:%M} UTC"
            if not quiet:
                click.echo(text)


def _wait(there: Services, wanted: list[str]) -> None:
    from threading import Event

    from sync.reconcile import reconciling

    end, pause = monotonic() + _PATIENCE_SECONDS, Event()
    while left := [key for key in wanted if reconciling(there.accounts[key], there.lanes)]:
        if monotonic() > end:
            fail(f"not finished in time: {', '.join(left)}; see --last later")
        pause.wait(_PAUSE_SECONDS)


def _last(there: Services, key: str) -> Iterator[Reconciled]:
    for group in there.accounts[key].groups():
        found = there.reconciliations.last(key, group)
        if found is not None:
            yield found


def _account(key: str, one: Reconciled) -> Mapping[str, Any]:
    """How the comparison of one fetch group ended."""
    return {
        "account": key,
        "since": one.since,
        "until": one.until,
        "ended": one.ended,
        "days": [_row(row) for row in one.rows],
        "orders": [{"order": order_id, "found": found, "text": text} for order_id, found, text in one.named],
    }


def _days(key: str, one: Reconciled) -> Iterator[Mapping[str, Any]]:
    return ({"account": key, **_row(row)} for row in one.rows)


def _row(row: DayRow) -> Mapping[str, Any]:
    return {
        "day": "before" if row.day is None else row.day.isoformat(),
        "currency": row.currency,
        "due": row.amazon,
        "in Odoo": row.odoo,
        "parked": row.parked,
        "cancelled": row.cancelled,
        "mended": row.mended,
        "missing": row.missing,
        "differ": row.differs,
        "at Amazon": row.at_amazon,
        "total in Odoo": row.in_odoo,
        "difference": row.difference,
    }


def _tell(ended: list[tuple[str, Reconciled]]) -> None:
    """Name each order that did not simply agree."""
    for key, one in ended:
        for order_id, found, text in one.named:
            click.echo(f"{key} {order_id} {found}" + (f": {text}" if text else ""))


def _open(one: Reconciled) -> bool:
    from domain.reconciled import OPEN

    return one.count(*OPEN) > 0
