"""`orders`: import single orders again, or everything since a date."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

import click

from worker.cli.output import known_account, settings

# Stricter than what is accepted of Amazon: a slip of the pen would be parked for somebody to dismiss.
_ORDER_ID: Final = re.compile(r"[0-9A-Z]{3}-\d{7}-\d{7}", re.ASCII)


def known_order(order_id: str) -> str:
    """Return `order_id` if it looks like one. Raises click.BadParameter otherwise."""
    if not _ORDER_ID.fullmatch(order_id):
        raise click.BadParameter(f"{order_id!r} is no Amazon order id (they look like 304-1234567-1234567)")
    return order_id


@click.group()
def orders() -> None:
    """Import orders again. Repeating is harmless: what is in Odoo stays as it is."""


@orders.command("import")
@click.argument("account")
@click.argument("order_ids", metavar="ORDER_ID...", nargs=-1, required=True)
def import_orders(*, account: str, order_ids: tuple[str, ...]) -> None:
    """Hand single orders of ACCOUNT to the workers, by Amazon's order ids."""
    known_account(settings(), account)
    for order_id in order_ids:
        known_order(order_id)
    from domain.order import OrderRef
    from tasks.base import order_kwargs
    from tasks.orders import upsert_order
    from worker.celery import app

    with app.producer_or_acquire():
        for order_id in order_ids:
            upsert_order.apply_async(kwargs=order_kwargs(OrderRef(account=account, order_id=order_id)))
    click.echo(f"{len(order_ids)} order(s) handed to the workers")


@orders.command("resync")
@click.option("--since", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]), required=True, help="In UTC.")
@click.option("--account", "keys", multiple=True, help="Only this account; may be repeated. Default: all.")
def resync(*, since: datetime, keys: tuple[str, ...]) -> None:
    """Search the orders updated since a date again, and look at each in Odoo.

    It goes on beside the search for new orders and takes what that leaves of Amazon's quota.
    """
    from sync.backfill import begin_backfill
    from worker.bootstrap import build_services

    given = settings()
    wanted = [known_account(given, key) for key in keys] or list(given.accounts)
    moment = since.replace(tzinfo=UTC)
    there = build_services(given)
    for key in wanted:
        account = there.accounts[key]
        try:
            windows = begin_backfill(account, moment, lanes=there.lanes, schedule=there.schedule, now=there.clock())
        except ValueError as error:
            raise click.BadParameter(f"--since {error}") from None
        for group, window in windows.items():
            name = key if group == "all" else f"{key} {group}"
            click.echo(f"{name}: orders updated since {window.lower:%Y-%m-%d %H:%M} UTC are searched again")
