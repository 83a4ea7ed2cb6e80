"""What is sent when: fetch tasks of lanes that are due, and orders in fair turns. Nothing else sends these two."""

from __future__ import annotations

import logging
from typing import Any, Final

from celery import current_app
from kombu.exceptions import OperationalError

from domain.order import OrderRef
from tasks.base import order_kwargs
from tasks.context import Services, services
from tasks.queues import FETCH_ORDERS, UPSERT, UPSERT_ORDER

log = logging.getLogger(__name__)

# A fetch task that was killed gives its lane free after this: longer than most pages take; two at once are harmless.
LEASE_SECONDS: Final = 25.0
# A message that is in no queue, and whose task has not started so long after it was sent, was lost.
LOST_SECONDS: Final = 60.0


def send_fetches() -> int:
    """Send a fetch task for each lane that is due, as far as there is room; return how many.

    With the broker away the lanes that were taken are due again when their time is over.
    """
    turns = services().schedule.take(LEASE_SECONDS)
    try:
        for turn in turns:  # who takes a message later finds the lane taken by another: it expires
            message = {"account": turn.account, "group": turn.group}
            current_app.tasks[FETCH_ORDERS].apply_async(kwargs=message, expires=LEASE_SECONDS)
    except OperationalError as error:
        log.warning("the broker takes no fetches: %s", type(error).__name__, extra={"once": "no fetches sent"})
        return 0
    return len(turns)


def send_orders(database: str, started: OrderRef | None = None) -> int:
    """Send the orders of `database` whose turn it is; return how many. `started`: the order whose task begins.

    With the broker away nothing is lost: what was not sent gets its turn again.
    """
    there = services()
    refs = there.gate.pull(database, started)
    try:
        for ref in refs:
            current_app.tasks[UPSERT_ORDER].apply_async(kwargs=order_kwargs(ref))
    except OperationalError as error:
        log.warning("the broker takes no orders: %s", type(error).__name__, extra={"once": "no orders sent"})
        return 0
    there.gate.sent(database, refs)
    return len(refs)


def send_lost(database: str) -> int:
    """Let orders wait for their turn again whose messages were lost on their way to a worker; return how many.

    A connection that dies while a worker takes a message through it takes the message along. As long as any message
    waits in the queue nothing can be said: it may be one of those. One that waits in a worker without a free thread
    comes twice, which changes nothing.
    """
    gate = services().gate
    if not gate.overdue(database, LOST_SECONDS):
        return 0
    with current_app.connection_for_read() as broker:
        try:
            declared: Any = current_app.amqp.queues[UPSERT](broker.channel()).queue_declare()
            waiting = declared.message_count
        except broker.connection_errors as error:
            log.info("the broker does not tell how many orders wait: %s", type(error).__name__)
            return 0
    return 0 if waiting else gate.put_back(database, LOST_SECONDS)


def wake(there: Services, account: str) -> None:
    """An account works again: its lanes are due at once, and its orders get their turn."""
    own = there.accounts[account]
    for group in own.groups():
        there.schedule.hurry(account, group)
    there.gate.wake(own.database, account)
