"""What people ask for in Odoo (try again, stop an account), and failed tasks shown among the parked items."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from celery import current_app

from clients.odoo.accounts import stopped_accounts
from clients.odoo.client import Odoo
from clients.odoo.issues import (
    DISMISSED,
    DONE,
    OPEN,
    RETRY,
    Issue,
    of_task,
    read_issues,
    set_state,
    task_ref,
    unfinished,
    write_issues,
)
from state.journal import Failure
from sync.database import Database
from tasks.context import services
from tasks.dispatch import wake
from tasks.queues import ROUTES

log = logging.getLogger(__name__)

# Of getOrder's burst this much is left to the day's own work, however much is to be tried again.
_KEPT_BACK: Final = 5
# To be tried again, or about a task (whose name has dots, as no order id has) and not closed.
_WANTED: Final = [
    "|",
    ("x_state", "=", RETRY),
    "&",
    ("x_order_ref", "like", "."),
    ("x_state", "in", (OPEN, DISMISSED)),
]


def attend(key: str, database: Database, failures: Sequence[Failure]) -> int:
    """Do for one database what is asked for there; return how many orders and tasks are sent. Raises RetryLater.

    Orders are sent only as fast as getOrder's quota allows, so a bulk retry neither floods the queue nor takes what
    the day's own work needs.
    """
    ours = [account.key for account in services().accounts.values() if account.database == key]
    if not ours:
        return 0
    _stops(database.odoo, ours)
    items = read_issues(database.odoo, _WANTED)
    # What is about no account concerns every database.
    about = {"", *ours}
    of_tasks = {
        (item.account, item.order_id): item for item in items if of_task(item.order_id) and item.account in about
    }
    sent = _orders([item for item in items if item.account in ours and not of_task(item.order_id)])
    sent += _tasks(database.odoo, list(of_tasks.values()))
    _show(database.odoo, [failure for failure in failures if failure.about.get("account", "") in about], of_tasks)
    return sent


def _stops(odoo: Odoo, accounts: Sequence[str]) -> None:
    """Odoo is the ledger of who is stopped; Redis only tells the tasks."""
    pauses = services().pauses
    wanted = stopped_accounts(odoo, accounts)
    for account in accounts:
        if account in wanted and not pauses.stopped(account):
            pauses.stop(account, wanted[account])
            log.info("account %s is stopped: %s", account, wanted[account])
        elif account not in wanted and pauses.start(account):
            wake(services(), account)
            log.info("account %s is started again", account)


def _orders(items: Sequence[Issue]) -> int:
    there = services()
    free: dict[str, int] = {}
    idle = []
    for item in items:
        if item.account not in free:
            free[item.account] = there.limiter.left(item.account, "getOrder") - _KEPT_BACK
        if there.lanes.idle(item.account, item.order_id):
            idle.append(item)
        else:
            free[item.account] -= 1  # under way, its token not yet taken
    sent = 0
    for item in idle:
        if free[item.account] > 0:
            free[item.account] -= 1
            there.lanes.attempted(item.account, item.order_id)
            sent += there.gate.push(there.accounts[item.account].database, item.account, [(item.order_id, None)])
    return sent


def _tasks(odoo: Odoo, items: Sequence[Issue]) -> int:
    """Send the tasks again whose items are set to retry; the items close when the tasks have succeeded."""
    again = [item for item in items if item.state == RETRY]
    for item in again:
        task, group = of_task(item.order_id) or ("", "")
        if task in ROUTES:
            about = {"account": item.account, "group": group}
            current_app.send_task(task, kwargs={name: value for name, value in about.items() if value})
    set_state(odoo, [item.odoo_id for item in again], OPEN)
    return len(again)


def _show(odoo: Odoo, failures: Sequence[Failure], known: Mapping[tuple[str, str], Issue]) -> None:
    """Write the failures that Odoo does not show yet, and close what has succeeded since."""
    there = services()
    failing = {_item(failure): failure for failure in failures}
    orders = [key for key in failing if not of_task(key[1])]
    parked = unfinished(odoo, orders)
    news = []
    for (account, ref), failure in failing.items():
        before = known.get((account, ref)) or parked.get((account, ref))
        issue = Issue(
            account=account,
            order_id=ref,
            code=failure.code,
            reason=failure.reason,
            remedy=failure.remedy,
            since=failure.since,
            attempts=failure.times,
        )
        if before is None or (of_task(ref) and before.reason != failure.reason):
            news.append(replace(issue, since=before.since) if before and before.since else issue)
        if not of_task(ref):
            there.journal.drop(failure)  # parked: from now on the order's own item says how it stands
    write_issues(odoo, news)
    set_state(odoo, [item.odoo_id for key, item in known.items() if key not in failing], DONE)


def _item(failure: Failure) -> tuple[str, str]:
    """Account and what stands in place of the order id."""
    account = failure.about.get("account", "")
    order_id = failure.about.get("order_id")
    return account, order_id or task_ref(failure.task, failure.about.get("group", ""))
