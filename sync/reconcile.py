"""The nightly comparison of the last days with Odoo: gaps are imported again, what was changed there is named.

It reads page after page of Amazon's search as a backfill does, with what live searches and backfills leave of the
quota. Each page is compared with Odoo at once; when all are read and the gaps have landed, those are compared again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from clients.amazon.client import RawOrder
from clients.odoo.client import Odoo
from clients.odoo.issues import DONE, OPEN, RETRY, Issue, set_state, unfinished, write_issues
from clients.odoo.rows import moment
from domain.account import Account
from domain.order import OrderRef
from domain.parked import CHANGED_IN_ODOO
from domain.reconciled import GAPS, Finding, Found, Reconciled, rows_of, told
from state.lanes import Lanes
from state.reconciliations import Reconciliations
from state.schedule import Schedule
from state.window import Window, reconcile_of
from sync.compare import SaleOrder
from sync.compare_sides import amazon_order, sale_orders, sale_orders_of
from sync.findings import judge, judge_again

# Gaps that have not landed yet are looked at again after this.
LOOK_SECONDS: Final = 5.0
# Sale orders that the search did not tell are looked up one by one, which costs a call each: so many of them a night.
MOST_LOOKUPS: Final = 50
_REMEDY: Final = (
    "Compare the sale order with Seller Central. To make it Amazon's again retry this item; to keep it as it is in "
    "Odoo dismiss it."
)


@dataclass(frozen=True, slots=True)
class Reconcile:
    """What comparing needs."""

    lanes: Lanes
    notes: Reconciliations

    def gaps(
        self, account: Account, group: str, orders: Sequence[RawOrder], odoo: Odoo, now: datetime
    ) -> list[tuple[str, datetime]]:
        """Compare a page's orders with Odoo and note how they stand; return those to be imported again.

        An order whose import is under way is none of them: it is looked at in the end. Sale orders that are not worth
        what Amazon says are parked. Three calls, two more when something is parked or closed. Raises as the client.
        """
        given = {raw.order_id: amazon_order(raw) for raw in orders}
        there = _by_order(sale_orders_of(odoo, account.key, sorted(given)))
        parked = unfinished(odoo, [(account.key, order_id) for order_id in given])
        found: dict[str, Finding] = {}
        for order_id, order in given.items():
            one = judge(account, order, there[order_id], parked.get((account.key, order_id)))
            if one.found in GAPS and not self.lanes.idle(account.key, order_id):
                one = replace(one, found=Found.WAITING)
            found[order_id] = one
        news, agreed = _items(account, found, there, parked, now)
        write_issues(odoo, news)
        set_state(odoo, agreed, DONE)
        self.notes.note(account.key, group, found)
        return [(order_id, one.updated) for order_id, one in found.items() if one.found in GAPS]

    def close(self, account: Account, group: str, odoo: Odoo, now: datetime) -> tuple[list[OrderRef], float | None]:
        """All pages are read: look at the gaps again once they have landed, and keep how the comparison ended.

        Return the orders that are to be looked up at Amazon, since only Odoo has them, and in how many seconds to call
        again; None when the comparison has ended. When more was asked for meanwhile, it goes on with that.
        """
        lane = reconcile_of(group)
        notes = self.notes.notes(account.key, group)  # first: they are there for as long as the lane has work
        asked = self.lanes.asked(account.key, lane)
        if asked is None:
            return [], None
        if self.lanes.waiting(account.key, lane):
            return [], LOOK_SECONDS
        again = sorted(key for key, one in notes.items() if one.found in GAPS or one.found is Found.WAITING)
        there = _by_order(sale_orders_of(odoo, account.key, again))
        parked = unfinished(odoo, [(account.key, order_id) for order_id in again])
        judged = {key: judge_again(notes[key], there[key], parked.get((account.key, key))) for key in again}
        news, _ = _items(account, judged, there, parked, now)
        write_issues(odoo, news)
        notes |= judged
        only = self._only_in_odoo(account, group, asked, notes, odoo)
        findings = sorted([*notes.values(), *only], key=lambda one: (one.day, one.order_id))
        self.notes.finish(
            account.key,
            group,
            Reconciled(
                since=asked.lower,
                until=asked.upper,
                ended=now,
                rows=rows_of(findings, asked.lower.date()),
                named=told(findings),
            ),
        )
        # The notes go last: whoever repeats an end that was cut short needs them.
        if not self.lanes.end(account.key, lane, asked):
            return [], LOOK_SECONDS
        self.notes.clear(account.key, group)
        return [OrderRef(account=account.key, order_id=one.order_id) for one in only[:MOST_LOOKUPS]], None

    def _only_in_odoo(
        self, account: Account, group: str, asked: Window, seen: Mapping[str, Finding], odoo: Odoo
    ) -> list[Finding]:
        """Sale orders of the window that Amazon's search did not tell: it changed them meanwhile, or has no such."""
        codes = [marketplace.code for marketplace in account.groups()[group]]
        domain = [
            ("x_amazon_marketplace", "in", codes),
            ("x_amazon_last_update", ">=", moment(asked.lower)),
            ("x_amazon_last_update", "<=", moment(asked.upper)),
        ]
        return [
            Finding(
                order_id=one.order_id,
                found=Found.ONLY_IN_ODOO,
                day=one.updated.date(),
                currency=one.currency,
                updated=one.updated,
                odoo=one.total,
                text="in Odoo, but not among Amazon's: it is looked up there",
            )
            for one in sale_orders(odoo, account.key, domain)
            if one.order_id not in seen and one.updated is not None
        ]


def begin_reconciliation(
    account: Account, days: int, *, lanes: Lanes, notes: Reconciliations, schedule: Schedule, now: datetime
) -> dict[str, Window]:
    """Let the orders that changed since so many days ago (from midnight UTC) be compared; return each group's window.

    It reaches up to where live searches have read: what is newer is theirs. With a comparison under way both are made
    one. Groups of which nothing can be compared yet are left out.
    """
    since = (now - timedelta(days=days)).replace(hour=0, minute=0, second=0, microsecond=0)
    windows = {}
    for group in account.groups():
        lane = reconcile_of(group)
        upper = lanes.scanned(account.key, group)
        lower = max(since, account.start)
        if upper is None or upper <= lower:
            continue
        if lanes.asked(account.key, lane) is None:
            notes.clear(account.key, group)
        windows[group] = lanes.ask(account.key, lane, Window(lower=lower, upper=upper))
        schedule.add(account.key, lane)
    return windows


def begin_night(account: Account, *, lanes: Lanes, notes: Reconciliations, schedule: Schedule, now: datetime) -> bool:
    """Begin the account's nightly comparison if its hour has come and none was begun since; return whether it was.

    An account of which that is not known (it is new, or Redis was wiped) waits for its next hour.
    """
    if reconciling(account, lanes):
        _revive(account, lanes, schedule)
        return False
    night = last_night(account, now)
    before = notes.begun(account.key)
    if before is None:
        notes.begin(account.key, night)
        return False
    if before >= night or not account.reconcile_days:
        return False
    days = account.reconcile_days
    begun = bool(begin_reconciliation(account, days, lanes=lanes, notes=notes, schedule=schedule, now=now))
    if begun:
        notes.begin(account.key, night)
    return begun


def reconciling(account: Account, lanes: Lanes) -> bool:
    """Whether a comparison of the account is under way."""
    return any(lanes.asked(account.key, reconcile_of(group)) is not None for group in account.groups())


def _revive(account: Account, lanes: Lanes, schedule: Schedule) -> None:
    """Let comparisons that are under way be due, if nobody knows of it: who asked for them was killed before that."""
    for group in account.groups():
        if lanes.asked(account.key, reconcile_of(group)) is not None:
            schedule.add(account.key, reconcile_of(group))


def last_night(account: Account, now: datetime) -> datetime:
    """Return when the account's latest comparison was to begin: its hour, today or yesterday (UTC)."""
    hour = now.replace(hour=account.reconcile_hour, minute=0, second=0, microsecond=0)
    return hour if hour <= now else hour - timedelta(days=1)


def _items(
    account: Account,
    found: Mapping[str, Finding],
    there: Mapping[str, Sequence[SaleOrder]],
    parked: Mapping[tuple[str, str], Issue],
    now: datetime,
) -> tuple[list[Issue], list[int]]:
    """Items to write of what differs, unless that is known or being tried; ids of those whose orders agree again."""
    news, agreed = [], []
    for order_id, one in found.items():
        known = parked.get((account.key, order_id))
        if one.found is Found.DIFFERS:
            issue = _issue(account, one, there[order_id], known, now)
            if known is None or not (known.same_finding(issue) or known.state == RETRY):
                news.append(issue)
        elif one.found is Found.AGREES and known is not None and (known.code, known.state) == (CHANGED_IN_ODOO, OPEN):
            agreed.append(known.odoo_id)
    return news, agreed


def _issue(account: Account, one: Finding, there: Sequence[SaleOrder], known: Issue | None, now: datetime) -> Issue:
    return Issue(
        account=account.key,
        order_id=one.order_id,
        code=CHANGED_IN_ODOO,
        reason=one.text,
        remedy=_REMEDY,
        marketplace=known.marketplace if known else "",
        version=one.updated.replace(microsecond=0),
        since=known.since if known and known.since else now,
        attempts=known.attempts + 1 if known else 1,
        sale_order=there[0].odoo_id if there else None,
    )


def _by_order(found: Sequence[SaleOrder]) -> dict[str, list[SaleOrder]]:
    orders: dict[str, list[SaleOrder]] = defaultdict(list)
    for one in found:
        orders[one.order_id].append(one)
    return orders
