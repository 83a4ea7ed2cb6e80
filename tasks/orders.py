"""Tasks of the way Amazon -> Odoo: a page of orders, and one order."""

from __future__ import annotations

import logging
from typing import Any, Final

from celery import shared_task

from clients.odoo.accounts import write_account
from domain.account import Account
from domain.errors import AccountBroken, RetryLater, SyncError
from domain.outcome import Outcome
from state.window import group_of, is_live
from sync.fetch_orders import Fetched
from tasks.base import OrderTask, TickTask, order_ref, pause_account, tell, word
from tasks.context import Services, services_with
from tasks.dispatch import send_fetches, send_orders
from tasks.queues import FETCH_ORDERS, UPSERT_ORDER

log = logging.getLogger(__name__)

# Nothing is gained by reading on while so many orders of the account wait: their documents would only grow old.
CROWDED: Final = 1000
CROWDED_SECONDS: Final = 5.0
# Another host may have newer settings.
UNKNOWN_SECONDS: Final = 30.0


@shared_task(base=TickTask, name=FETCH_ORDERS, time_limit=300, soft_time_limit=240)
def fetch_orders(*, account: str, group: str) -> str:
    """Fetch the next page of an account's lane; its new or changed orders wait for their turn to be imported.

    The lane is given back with the time when it is due again: now, if there is another page and a token for it. Then
    the lanes that are due are sent, the longest due first, so that no account's pages keep another waiting.
    """
    group = word({"group": group}, "group")
    there = services_with(word({"account": account}, "account"))
    if account not in there.accounts or group_of(group) not in there.accounts[account].groups():
        there.schedule.done(account, group, UNKNOWN_SECONDS)  # somebody with newer settings knows it, or drops it
        return "no such account or group here"
    again: float | None = there.accounts[account].poll_seconds
    ended = False
    paused = there.pauses.paused(account)
    try:
        _left_alone(there, account, paused)
        fetched = _fetch(there, there.accounts[account], group)
        again = fetched.wait
        ended = is_live(group) and not fetched.next_token
        if not is_live(group) and not fetched.next_token and there.lanes.asked(account, group) is None:
            there.schedule.drop(account, group)
            if there.lanes.asked(account, group) is not None:  # somebody asked for more just then
                there.schedule.add(account, group)
            again = None
    except AccountBroken as broken:
        pause_account(account, broken)
        paused = there.pauses.paused(account)
        again = paused + 1.0
        return f"paused: {broken.reason}"
    except RetryLater as later:  # the lane is due again by itself: no message needs to wait for it
        again = 5.0 if later.after is None else max(later.after, 0.1)
        tell(later, f"fetch of {account} {group} again in {again:.0f} s")
        return f"later: {later.reason}"
    finally:
        if again is not None:
            there.schedule.done(account, group, again, spread=ended)
        if paused and not there.pauses.paused(account):  # somebody resumed it while this task had the lane
            there.schedule.hurry(account, group)
        send_fetches()
    return f"{fetched.seen} orders, {len(fetched.refs)} to import"


def _fetch(there: Services, account: Account, lane: str) -> Fetched:
    """Read a page, let its orders wait for their turn, and send those whose turn it is."""
    if there.gate.waiting(account.database, account.key, backfill=not is_live(lane)) >= CROWDED:
        raise RetryLater(f"{CROWDED} orders wait for Odoo", after=CROWDED_SECONDS, counted=False)
    database = there.database_of(account.key)
    database.account_facts(account)  # nothing is read that could not land
    fetched = there.fetch.page(account, there.sellers[account.key], lane, database, there.clock())
    if fetched.unnamed:
        log.error("Amazon sent %d orders of account %s without an order id", fetched.unnamed, account.key)
    orders = [(ref.order_id, ref.updated) for ref in fetched.refs]
    there.gate.push(account.database, account.key, orders, backfill=not is_live(lane))
    there.fetch.move_on(account, lane, fetched)
    works_again = there.pauses.works(account.key)
    if works_again:
        log.info("account %s works again", account.key)
        there.gate.wake(account.database, account.key)
    send_orders(account.database)
    if works_again:
        write_account(database.odoo, account)
    return fetched


def _left_alone(there: Services, account: str, paused: float) -> None:
    """Raise RetryLater when the account is `paused` for so many seconds."""
    if paused:
        raise RetryLater(f"account paused: {there.pauses.reason(account)}", after=paused + 1.0, counted=False)


@shared_task(base=OrderTask, name=UPSERT_ORDER)
def upsert_order(**kwargs: Any) -> str:
    """Bring one order into Odoo: partner, offers, order and lines, confirmation. kwargs: account, order_id, updated."""
    ref = order_ref(kwargs)
    there = services_with(ref.account)
    if ref.account not in there.accounts:
        raise RetryLater(f"there is no account {ref.account} here", after=UNKNOWN_SECONDS)
    send_orders(there.accounts[ref.account].database, started=ref)
    _left_alone(there, ref.account, there.pauses.paused(ref.account))
    end: Outcome | SyncError = there.importers[there.accounts[ref.account].database](ref)
    if isinstance(end, Outcome):
        log.info("order %s", end)
        return str(end)
    raise end
