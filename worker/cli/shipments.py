"""`shipments`: deliveries of FBM orders that Amazon does not know of yet, why, and telling it again."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import click

from worker.cli.output import ACCOUNT, database, json_option, known_account, settings, show

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from clients.odoo.shipment_list import Listed
    from settings import Settings
    from sync.database import Database

_COLUMNS = ("account", "order", "delivery", "carrier", "tracking", "state", "reason", "left")


@click.group()
def shipments() -> None:
    """Look at what was told to Amazon of own deliveries, and tell it again."""


@shipments.command("list")
@click.option("--account", metavar="ACCOUNT", type=ACCOUNT, help="Only this account's.")
@click.option("--state", type=click.Choice(["new", "pending", "error", "done"]), help="Only these; default: not done.")
@click.option(
    "--limit", type=click.IntRange(1, 10000), default=200, show_default=True, help="At most so many a database."
)
@json_option
def list_shipments(*, account: str | None, state: str | None, limit: int, as_json: bool) -> None:
    """List deliveries of FBM orders, oldest first."""
    rows = [_row(one) for _, one in _listed(settings(), account, state, (), limit=limit)]
    show(rows, _COLUMNS, as_json=as_json, empty="nothing is waiting")


@shipments.command("show")
@click.argument("account", type=ACCOUNT)
@click.argument("order_id")
@json_option
def show_shipments(*, account: str, order_id: str, as_json: bool) -> None:
    """Show all deliveries of one order."""
    given = settings()
    known_account(given, account)
    rows = [_row(one) for _, one in _listed(given, account, "any", (order_id,))]
    if not rows:
        click.echo(f"error: {account} has no delivery of an FBM order {order_id} that has left", err=True)
        sys.exit(1)
    if as_json:
        click.echo(json.dumps(rows, default=str, indent=2))
        return
    for row in rows:
        for name, value in row.items():
            click.echo(f"{name:>9}  {value}")
        click.echo()


@shipments.command("retry")
@click.argument("account", required=False, type=ACCOUNT)
@click.argument("order_ids", metavar="[ORDER_ID]...", nargs=-1)
@click.option("--dry-run", is_flag=True, help="Say what would be told again.")
def retry_shipments(*, account: str | None, order_ids: tuple[str, ...], dry_run: bool) -> None:
    """Tell Amazon again what it refused: one order, an account's, or all. Workers pick them up within seconds."""
    from clients.odoo.shipment_list import forget_told

    chosen = list(_listed(settings(), account, "error", order_ids))
    missing = set(order_ids) - {one.order_id for _, one in chosen}
    if missing:
        click.echo(f"error: not refused: {', '.join(sorted(missing))}: see 'shipments list'", err=True)
        sys.exit(1)
    if not dry_run:
        for there in {owner.key: owner for owner, _ in chosen}.values():
            forget_told(there.odoo, [one.delivery for owner, one in chosen if owner is there])
    click.echo(f"{len(chosen)} delivery(s) {'would be' if dry_run else 'will be'} told again")


def _listed(
    given: Settings, account: str | None, state: str | None, order_ids: Sequence[str], *, limit: int = 0
) -> Iterator[tuple[Database, Listed]]:
    from clients.odoo.shipment_list import list_deliveries

    if account is not None:
        known_account(given, account)
    for key in given.odoo:
        ours = [name for name, one in given.accounts.items() if one.odoo == key and account in (None, name)]
        if ours:
            owner = database(given, key)
            for one in list_deliveries(owner.odoo, ours, state or "open", order_ids, limit=limit):
                yield owner, one


def _row(one: Listed) -> dict[str, Any]:
    return {
        "account": one.account,
        "order": one.order_id,
        "delivery": one.name,
        "carrier": one.carrier,
        "tracking": one.tracking,
        "state": one.state,
        "reason": one.reason,
        "left": one.done,
    }
