"""Tasks of the way Amazon -> Odoo: a page of orders, and one order."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from celery import shared_task

from clients.odoo.accounts import write_account
from domain.errors import AccountBroken, RetryLater, SyncError
from domain.outcome import Outcome
from tasks.base import OrderTask, SyncTask, order_kwargs, order_ref, pause_account, tell
from tasks.context import services
from tasks.queues import FETCH_ORDERS, UPSERT_ORDER

log = logging.getLogger(__name__)


@shared_task(base=SyncTask, name=FETCH_ORDERS, time_limit=300, soft_time_limit=240)
def fetch_orders(*, account: str, group: str) -> str:
    """Fetch the next page of an account's group and spawn a task for each order that is new or changed."""
    there = services()
    now = there.clock()
    again = now + timedelta(seconds=there.accounts[account].poll_seconds)
    try:
        there.database_of(account).account_facts(there.accounts[account])  # nothing is read that could not land
        fetched = there.fetch.page(
            there.accounts[account], there.sellers[account], group, there.database_of(account), now
        )
        again = fetched.again
        if fetched.unnamed:
            log.error("Amazon sent %d orders of account %s without an order id", fetched.unnamed, account)
        for ref in fetched.refs:
            upsert_order.apply_async(kwargs=order_kwargs(ref))
        there.fetch.move_on(there.accounts[account], group, fetched)
        if there.pauses.works(account):
            log.info("account %s works again", account)
            write_account(there.database_of(account).odoo, there.accounts[account])
    except AccountBroken as broken:
        pause_account(account, broken)
        return f"paused: {broken.reason}"
    except RetryLater as later:  # the lane is due again by itself: no message needs to wait for it
        again = now + timedelta(seconds=5.0 if later.after is None else max(later.after, 0.1))
        tell(later, f"fetch of {account} {group} again in {(again - now).total_seconds():.0f} s")
        return f"later: {later.reason}"
    finally:
        there.lanes.set_due(account, group, again)
        there.lanes.release(account, group)
    return f"{fetched.seen} orders, {len(fetched.refs)} to import"


@shared_task(base=OrderTask, name=UPSERT_ORDER)
def upsert_order(**kwargs: Any) -> str:
    """Bring one order into Odoo: partner, offers, order and lines, confirmation. kwargs: account, order_id, updated."""
    ref = order_ref(kwargs)
    there = services()
    paused = there.pauses.paused(ref.account)
    if paused:
        raise RetryLater(f"account paused: {there.pauses.reason(ref.account)}", after=paused + 1.0, counted=False)
    end: Outcome | SyncError = there.importers[there.accounts[ref.account].database](ref)
    if isinstance(end, Outcome):
        log.info("order %s", end)
        return str(end)
    raise end
