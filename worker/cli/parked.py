"""`parked`: what could not be done, why, and trying it again."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from worker.cli.output import json_option, known_account, settings, show

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clients.odoo.issues import Issue
    from settings import Settings
    from sync.database import Database


@click.group()
def parked() -> None:
    """Look at orders that need a person, and try them again."""


@parked.command("list")
@click.option("--account", help="Only this account's.")
@click.option("--code", help="Only with this code.")
@click.option("--all", "closed", is_flag=True, help="Those that are done or dismissed too.")
@json_option
def list_parked(*, account: str | None, code: str | None, closed: bool, as_json: bool) -> None:
    """List parked orders, oldest first."""
    rows = [_row(issue) for _, issue in _issues(settings(), account, code, closed=closed)]
    show(rows, ("account", "order", "code", "reason", "state", "since"), as_json=as_json, empty="nothing is parked")


@parked.command("show")
@click.argument("account")
@click.argument("order_id")
@json_option
def show_parked(*, account: str, order_id: str, as_json: bool) -> None:
    """Show one parked order with its remedy."""
    given = settings()
    known_account(given, account)
    found = [issue for _, issue in _issues(given, account, None, closed=True) if issue.order_id == order_id]
    if not found:
        click.echo(f"error: {account} has no parked order {order_id}: see 'parked list --all'", err=True)
        sys.exit(1)
    if as_json:
        click.echo(json.dumps(asdict(found[0]), default=str, indent=2))
        return
    for name, value in _row(found[0]).items():
        click.echo(f"{name:>9}  {value}")


@parked.command("retry")
@click.argument("account", required=False)
@click.argument("order_ids", metavar="[ORDER_ID]...", nargs=-1)
@click.option("--code", help="Only with this code.")
@click.option("--dry-run", is_flag=True, help="Say what would be tried again.")
def retry_parked(*, account: str | None, order_ids: tuple[str, ...], code: str | None, dry_run: bool) -> None:
    """Try parked orders again: one, an account's, those of a code, or all. Workers pick them up within seconds."""
    from clients.odoo.issues import RETRY, set_state

    given = settings()
    chosen: list[tuple[Database, Issue]] = [
        pair for pair in _issues(given, account, code, closed=False) if not order_ids or pair[1].order_id in order_ids
    ]
    missing = set(order_ids) - {issue.order_id for _, issue in chosen}
    if missing:
        click.echo(f"error: not parked: {', '.join(sorted(missing))}: see 'parked list'", err=True)
        sys.exit(1)
    if not dry_run:
        for database in {database.key: database for database, _ in chosen}.values():
            set_state(database.odoo, [issue.odoo_id for owner, issue in chosen if owner is database], RETRY)
    click.echo(f"{len(chosen)} parked order(s) {'would be' if dry_run else 'will be'} tried again")


def _issues(
    given: Settings, account: str | None, code: str | None, *, closed: bool
) -> Iterator[tuple[Database, Issue]]:
    from clients.odoo.issues import OPEN, RETRY, read_issues
    from domain.parked import CODES
    from sync.database import Database
    from worker.bootstrap import connection, utc_now

    if account is not None:
        known_account(given, account)
    if code is not None and code not in CODES:
        raise click.BadParameter(f"there is no code {code!r}: one of {', '.join(sorted(CODES))}")
    domain: list[Any] = [] if closed else [("x_state", "in", [OPEN, RETRY])]
    domain += [("x_account", "=", account)] if account else [("x_account", "in", sorted(given.accounts))]
    domain += [("x_code", "=", code)] if code else []
    for key in given.odoo:
        if account is None or given.accounts[account].odoo == key:
            database = Database(key, connection(given, key), utc_now)
            for issue in read_issues(database.odoo, domain):
                yield database, issue


def _row(issue: Issue) -> dict[str, object]:
    return {
        "account": issue.account,
        "order": issue.order_id,
        "code": issue.code,
        "reason": issue.reason,
        "remedy": issue.remedy,
        "state": issue.state,
        "since": issue.since,
        "attempts": issue.attempts,
    }
