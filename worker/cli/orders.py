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
@click.argument("account")
@click.option("--since", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]), required=True, help="In UTC.")
def resync(*, account: str, since: datetime) -> None:
    """Search ACCOUNT's orders updated since a date again, and look at each in Odoo."""
    from worker.bootstrap import build_services

    given = settings()
    known_account(given, account)
    moment = since.replace(tzinfo=UTC)
    there = build_services(given)
    if moment >= there.clock():
        raise click.BadParameter("--since lies in the future")
    for group in there.accounts[account].groups():
        there.lanes.rewind(account, group, moment)
    click.echo(f"the next search of {account} begins at {moment:%Y-%m-%d %H:%M} UTC")
