"""Small tasks that keep the rest going: who is due, which cursor may move, what is to be tried again."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from celery import shared_task

from clients.odoo.accounts import read_cursor, write_cursor
from domain.errors import RetryLater
from state.window import is_live
from sync.reconcile import begin_night
from tasks.base import TickTask, tell, word
from tasks.context import Services, services
from tasks.dispatch import send_fetches, send_lost, send_orders
from tasks.parked import attend
from tasks.queues import ADVANCE_CURSOR, FAN_OUT, RECONCILE, RETRY_PARKED

log = logging.getLogger(__name__)

# An empty search moves the cursor too, but is not worth a write to Odoo every time.
_IDLE_CURSOR = timedelta(minutes=15)
# So many lanes at each tick, for what is done to one lane after the other.
_MOST_LANES = 100
# Nobody serves the queue, or Odoo is away: later ticks and searches say the same again.
_CURSOR_EXPIRES = 60.0


@shared_task(base=TickTask, name=FAN_OUT, time_limit=60)
def fan_out() -> str:
    """Send a fetch task for every lane that is due and orders whose turn it is, and look after what fell through."""
    there = services()
    fetches = send_fetches()
    for account, group in there.lanes.moved(_MOST_LANES):
        if there.lanes.complete(account, group) is not None:
            advance_cursor.apply_async(kwargs={"account": account, "group": group}, expires=_CURSOR_EXPIRES)
    rescued = sum(_rescue(there, *lane) for lane in there.lanes.to_look_at(there.clock(), _MOST_LANES))
    for database in there.databases:
        rescued += send_lost(database)
        send_orders(database)
    return f"{fetches} fetches" + (f", {rescued} orders sent again" if rescued else "")


def _rescue(there: Services, account: str, group: str) -> int:
    """Let orders wait for their turn again whose messages were lost; return how many."""
    lost = there.lanes.stranded(account, group)
    if account not in there.accounts:
        return 0
    there.lanes.attempted(account, *(order_id for order_id, _ in lost))
    return there.gate.push(there.accounts[account].database, account, lost, backfill=not is_live(group))


@shared_task(base=TickTask, name=ADVANCE_CURSOR, time_limit=300)
def advance_cursor(*, account: str, group: str) -> str:
    """Move a lane's cursor in Odoo up to where everything has landed. What searches the past has none."""
    there = services()
    reached = there.lanes.complete(word({"account": account}, "account"), word({"group": group}, "group"))
    if reached is None or account not in there.accounts:
        return "nothing complete"
    if is_live(group):
        try:
            _write_cursor(there, account, group, reached)
        except RetryLater:
            there.lanes.move_again(account, group)
            raise
    there.lanes.forget_until(account, group, reached)
    return f"until {reached:%Y-%m-%d %H:%M:%S}"


def _write_cursor(there: Services, account: str, group: str, reached: datetime) -> None:
    odoo = there.database_of(account).odoo
    before = there.lanes.cursor(account, group) or read_cursor(odoo, account, group)
    if before is None or reached - before >= _IDLE_CURSOR or there.lanes.busy(account, group, reached):
        write_cursor(odoo, account, group, reached)
        before = reached
    there.lanes.set_cursor(account, group, before)


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
            continue
        send_orders(key)
    return f"{sent} sent again"


@shared_task(base=TickTask, name=RECONCILE, time_limit=60)
def reconcile() -> str:
    """Begin the comparison with Odoo of each account whose hour has come."""
    there = services()
    now = there.clock()
    begun = [
        account.key
        for account in there.accounts.values()
        if begin_night(account, lanes=there.lanes, notes=there.reconciliations, schedule=there.schedule, now=now)
    ]
    return ", ".join(begun) + " begun" if begun else "no account's hour"
