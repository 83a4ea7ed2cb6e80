"""Small tasks that keep the rest going: who is due, which cursor may move, what is to be tried again."""

from __future__ import annotations

import logging
from datetime import timedelta

from celery import shared_task

from clients.odoo.accounts import read_cursor, write_cursor
from domain.errors import RetryLater
from domain.order import OrderRef
from tasks.base import TickTask, order_kwargs, tell
from tasks.context import services
from tasks.orders import fetch_orders, upsert_order
from tasks.parked import attend
from tasks.queues import ADVANCE_CURSOR, FAN_OUT, RETRY_PARKED

log = logging.getLogger(__name__)

# A fetch task that was killed gives its lane free after this: longer than a page takes; two at once are harmless.
_LEASE_SECONDS = 45.0
# An empty search moves the cursor too, but is not worth a write to Odoo every time.
_IDLE_CURSOR = timedelta(minutes=15)


@shared_task(base=TickTask, name=FAN_OUT, time_limit=60)
def fan_out() -> str:
    """Send a fetch task for every group that is due, and look after what fell through."""
    there = services()
    now = there.clock()
    fetches = rescued = 0
    for account in there.accounts.values():
        for group in account.groups():
            if there.lanes.complete(account.key, group) is not None:
                advance_cursor.apply_async(kwargs={"account": account.key, "group": group})
            for order_id, updated in there.lanes.stranded(account.key, group):
                there.lanes.attempted(account.key, order_id)
                ref = OrderRef(account=account.key, order_id=order_id, updated=updated)
                upsert_order.apply_async(kwargs=order_kwargs(ref))
                rescued += 1
            due = not there.pauses.paused(account.key) and there.lanes.due(account.key, group, now)
            if due and there.lanes.lease(account.key, group, _LEASE_SECONDS):
                fetch_orders.apply_async(kwargs={"account": account.key, "group": group})
                fetches += 1
    return f"{fetches} fetches" + (f", {rescued} orders sent again" if rescued else "")


@shared_task(base=TickTask, name=ADVANCE_CURSOR, time_limit=300)
def advance_cursor(*, account: str, group: str) -> str:
    """Move a group's cursor in Odoo up to where everything has landed."""
    there = services()
    reached = there.lanes.complete(account, group)
    if reached is None:
        return "nothing complete"
    odoo = there.database_of(account).odoo
    before = read_cursor(odoo, account, group)
    if before is None or reached - before >= _IDLE_CURSOR or there.lanes.busy(account, group, reached):
        write_cursor(odoo, account, group, reached)
    there.lanes.forget_until(account, group, reached)
    return f"until {reached:%Y-%m-%d %H:%M:%S}"


@shared_task(base=TickTask, name=RETRY_PARKED, time_limit=300)
def retry_parked() -> str:
    """See to what people asked for in Odoo or on the command line, and show there which tasks failed."""
    there = services()
    failures = there.journal.failures(there.clock())
    sent = 0
    for key, database in there.databases.items():
        try:
            sent += attend(key, database, failures)
        except RetryLater as away:  # one database that is away stops no other
            tell(away, f"{RETRY_PARKED} of database {key}")
    return f"{sent} sent again"
