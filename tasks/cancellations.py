"""Tasks that tell Amazon of orders cancelled by hand in Odoo."""

from __future__ import annotations

from celery import shared_task

from domain.errors import RetryLater
from tasks.base import TickTask, tell, word
from tasks.context import services
from tasks.queues import FIND_CANCELLATIONS, NOTIFY_CANCELLATIONS
from tasks.shipments import NO_ACCOUNT, feed_later


@shared_task(base=TickTask, name=FIND_CANCELLATIONS, time_limit=60)
def find_cancellations() -> str:
    """Send a task for every account that wants it and has cancelled orders to tell of."""
    there = services()
    sent = 0
    for key, cancellations in there.cancellations.items():
        ours = [
            account.key
            for account in there.accounts.values()
            if account.database == key and account.policy.notify_cancellations and not there.pauses.paused(account.key)
        ]
        try:
            due = cancellations.due(ours)
        except RetryLater as away:  # one database that is away stops no other
            tell(away, f"{FIND_CANCELLATIONS} of database {key}")
            continue
        for account in sorted(due):
            feed_later(notify_cancellations, "cancel", account)
        sent += len(due)
    return f"{sent} accounts"


@shared_task(base=TickTask, name=NOTIFY_CANCELLATIONS, time_limit=300)
def notify_cancellations(*, account: str) -> str:
    """Do the next step of telling Amazon of an account's cancelled orders."""
    there = services()
    if word({"account": account}, "account") not in there.accounts:
        return NO_ACCOUNT
    return there.cancellations[there.accounts[account].database](account)
