"""One page of a fetch group's search: read it, keep its documents, say which orders are to be imported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from clients.amazon.client import AmazonClient, Page
from clients.amazon.protocol import PageTokenRefused
from clients.amazon.seller import Seller
from clients.odoo.accounts import read_cursor
from domain.account import Account
from domain.errors import RetryLater, Throttled
from domain.order import OrderRef
from state.documents import Documents
from state.lanes import Lanes
from state.limiter import Limiter
from state.window import Window, group_of, is_backfill, is_live, is_reconcile, lanes_of
from sync.database import Database
from sync.reconcile import LOOK_SECONDS, Reconcile

# Amazon: lastUpdatedBefore must be at least two minutes before the request (searchOrders). Some for clock skew.
BEHIND_NOW = timedelta(minutes=2, seconds=15)
# Orders have been seen to show up late in searches: each search begins somewhat before the end of the last one.
OVERLAP = timedelta(minutes=10)
# A search that brings nothing new makes the time to the next one so much longer, up to the account's `idle_seconds`.
_SLOWER = 1.5
# So many searches are left to live polling by a backfill: the pages of a busy quarter of an hour.
LEFT_TO_LIVE = 4
# And so many more by a comparison: a backfill comes before it.
LEFT_TO_BACKFILLS = 4
OPERATION = "searchOrders"


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a page brought: the orders to import, how many it held in all, and in how many seconds the lane runs again.

    `unnamed`: entries of the page without an order id, which nobody can import. `window`: the search the page is of,
    None when nothing was due; `next_token`: the page after it, '' if it was the last.
    """

    refs: tuple[OrderRef, ...]
    seen: int
    wait: float
    unnamed: int = 0
    window: Window | None = None
    next_token: str = ""


@dataclass(frozen=True, slots=True)
class Fetch:
    """What fetching needs."""

    amazon: AmazonClient
    documents: Documents
    lanes: Lanes
    limiter: Limiter
    reconcile: Reconcile

    def page(self, account: Account, seller: Seller, lane: str, database: Database, now: datetime) -> Fetched:
        """Fetch the next page of the lane's search in progress, or the first one of a new search.

        Raises Throttled with the bucket's own waiting time, AccountBroken, Unavailable. Nothing is lost by a repeat:
        the search moves on (`move_on`) only after the page's orders wait for their turn.
        """
        window = self.lanes.window(account.key, lane) or self._next_window(account, lane, database, now)
        if window is None:
            return self._without_window(account, lane, database, now)
        page = self._search(account, seller, lane, window)
        fresh = dict(self._wanted(account, lane, page, database, now))
        self.documents.put(
            account.key,
            {raw.order_id: raw.document for raw in page.orders if fresh.get(raw.order_id) == raw.updated},
        )
        if not self.lanes.expect(account.key, lane, window, fresh.items()):
            raise RetryLater("the search was begun anew meanwhile", after=1.0, counted=False)
        more, busy = bool(page.next_token), bool(fresh or window.page_token)
        return Fetched(
            refs=tuple(OrderRef(account=account.key, order_id=key, updated=updated) for key, updated in fresh.items()),
            seen=len(page.orders),
            wait=self._token_in(account, lane) if more else self._at_end(account, lane, busy=busy),
            unnamed=page.unnamed,
            window=window,
            next_token=page.next_token or "",
        )

    def move_on(self, account: Account, lane: str, fetched: Fetched) -> None:
        """A page's orders wait for their turn: go on to the next page, or end the search."""
        if fetched.window is None:
            return
        moved = self.lanes.move_on(account.key, lane, fetched.window, fetched.next_token)
        if moved and is_backfill(lane) and not fetched.next_token:
            self.lanes.end(account.key, lane, replace(fetched.window, page_token=""))

    def _wanted(
        self, account: Account, lane: str, page: Page, database: Database, now: datetime
    ) -> Sequence[tuple[str, datetime]]:
        """Which of a page's orders are to be imported, each with its version."""
        orders = [(raw.order_id, raw.updated) for raw in page.orders]
        if is_reconcile(lane):
            return self.reconcile.gaps(account, group_of(lane), page.orders, database.odoo, now)
        # A backfill is asked for to look at orders again, so it looks at those that have landed too.
        return orders if is_backfill(lane) else self.lanes.fresh(account.key, orders)

    def _without_window(self, account: Account, lane: str, database: Database, now: datetime) -> Fetched:
        """There is nothing to search; a comparison whose pages are all read goes on to its end."""
        if not is_reconcile(lane):
            return Fetched((), 0, account.poll_seconds)
        refs, wait = self.reconcile.close(account, group_of(lane), database.odoo, now)
        return Fetched(tuple(refs), 0, account.poll_seconds if wait is None else wait)

    def _next_window(self, account: Account, lane: str, database: Database, now: datetime) -> Window | None:
        """The search after the last one: from where that ended (else Odoo's cursor) to a little before now."""
        if is_live(lane):
            window = self._since_last(account, lane, database, now)
        else:
            window = self.lanes.asked(account.key, lane)
            if is_reconcile(lane) and window and self.lanes.scanned(account.key, lane) == window.upper:
                return None
        if window is not None:
            self.lanes.set_window(account.key, lane, window)
        return window

    def _since_last(self, account: Account, group: str, database: Database, now: datetime) -> Window | None:
        since = self.lanes.scanned(account.key, group) or read_cursor(database.odoo, account.key, group)
        upper = (now - BEHIND_NOW).replace(microsecond=0)
        lower = since - OVERLAP if since else account.start
        if (since and upper <= since) or upper <= lower:
            return None
        return Window(lower=lower, upper=upper)

    def _search(self, account: Account, seller: Seller, lane: str, window: Window) -> Page:
        reservation = self.limiter.reserve(account.key, OPERATION, keep=_keep(lane))
        if not reservation.granted:
            raise Throttled("searchOrders' quota is used up", after=reservation.wait)
        try:
            page = self.amazon.search_orders(
                seller,
                marketplace_ids=_ids(account, group_of(lane)),
                updated_after=window.lower,
                updated_before=window.upper,
                page_token=window.page_token or None,
            )
        except Throttled as throttled:
            self.limiter.throttled(account.key, OPERATION, throttled.after or 0.0)
            throttled.after = self.limiter.wait(account.key, OPERATION, keep=_keep(lane))
            raise
        except PageTokenRefused as refused:
            self.lanes.restart(account.key, lane)  # tokens expire: begin again at the cursor, with nothing lost
            raise RetryLater(
                "the page token was refused, the search begins anew", after=1.0, counted=False
            ) from refused
        self.limiter.learn(account.key, OPERATION, page.rate)
        return page

    def _token_in(self, account: Account, lane: str) -> float:
        """Seconds until the next page may be asked for: most often none."""
        return self.limiter.wait(account.key, OPERATION, keep=_keep(lane))

    def _at_end(self, account: Account, lane: str, *, busy: bool) -> float:
        """Seconds after the last page: to the next search, or to the end of a comparison."""
        return LOOK_SECONDS if is_reconcile(lane) else self._interval(account, lane, busy=busy)

    def _interval(self, account: Account, lane: str, *, busy: bool) -> float:
        """Seconds to the next search: what the account wants and its quota carries; longer while nothing new comes.

        While the past is searched too the longest time, so that something is left over for that.
        """
        groups = account.groups()
        shortest = max(account.poll_seconds, len(groups) / self.limiter.rate(account.key, OPERATION))
        longest = max(shortest, account.idle_seconds)
        before = self.lanes.interval(account.key, lane)
        past = (one for one in lanes_of(group_of(lane)) if not is_live(one))
        if any(self.lanes.asked(account.key, one) is not None for one in past):
            return longest
        seconds = next_interval(before, busy=busy, shortest=shortest, longest=longest)
        self.lanes.set_interval(account.key, lane, seconds)
        return seconds


def next_interval(before: float | None, *, busy: bool, shortest: float, longest: float) -> float:
    """Return the seconds to the next search after one that found something new (`busy`) or did not."""
    if busy or before is None:
        return shortest
    return min(longest, max(shortest, before * _SLOWER))


def _keep(lane: str) -> int:
    if is_reconcile(lane):
        return LEFT_TO_LIVE + LEFT_TO_BACKFILLS
    return LEFT_TO_LIVE if is_backfill(lane) else 0


def _ids(account: Account, group: str) -> Sequence[str]:
    return [marketplace.id for marketplace in account.groups()[group]]
