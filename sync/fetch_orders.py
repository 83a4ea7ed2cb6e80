"""One page of a fetch group's search: read it, keep its documents, say which orders are to be imported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
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
from state.window import Window
from sync.database import Database

# Amazon: lastUpdatedBefore must be at least two minutes before the request (searchOrders). Some for clock skew.
BEHIND_NOW = timedelta(minutes=2, seconds=15)
# Orders have been seen to show up late in searches: each search begins somewhat before the end of the last one.
OVERLAP = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a page brought: the orders to import, how many it held in all, and when the lane is to run again.

    `unnamed`: entries of the page without an order id, which nobody can import. `window`: the search the page is of,
    None when nothing was due; `next_token`: the page after it, '' if it was the last.
    """

    refs: tuple[OrderRef, ...]
    seen: int
    again: datetime
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

    def page(self, account: Account, seller: Seller, group: str, database: Database, now: datetime) -> Fetched:
        """Fetch the next page of the group's search in progress, or the first one of a new search.

        Raises Throttled with the bucket's own waiting time, AccountBroken, Unavailable. Nothing is lost by a repeat:
        the search moves on (`move_on`) only after the messages of the page's orders are sent.
        """
        window = self.lanes.window(account.key, group) or self._next_window(account, group, database, now)
        if window is None:
            return Fetched((), 0, now + timedelta(seconds=account.poll_seconds))
        page = self._search(account, seller, group, window)
        orders = [(raw.order_id, raw.updated) for raw in page.orders]
        fresh = dict(self.lanes.fresh(account.key, orders))
        self.documents.put(
            account.key,
            {raw.order_id: raw.document for raw in page.orders if fresh.get(raw.order_id) == raw.updated},
        )
        if not self.lanes.expect(account.key, group, window, fresh.items()):
            raise RetryLater("the search was begun anew meanwhile", after=1.0, counted=False)
        return Fetched(
            refs=tuple(OrderRef(account=account.key, order_id=key, updated=updated) for key, updated in fresh.items()),
            seen=len(orders),
            again=now if page.next_token else now + timedelta(seconds=account.poll_seconds),
            unnamed=page.unnamed,
            window=window,
            next_token=page.next_token or "",
        )

    def move_on(self, account: Account, group: str, fetched: Fetched) -> None:
        """The messages of a page's orders are sent: go on to the next page, or end the search."""
        if fetched.window is not None:
            self.lanes.move_on(account.key, group, fetched.window, fetched.next_token)

    def _next_window(self, account: Account, group: str, database: Database, now: datetime) -> Window | None:
        """The search after the last one: from where that ended (else Odoo's cursor) to a little before now."""
        since = self.lanes.scanned(account.key, group) or read_cursor(database.odoo, account.key, group)
        upper = (now - BEHIND_NOW).replace(microsecond=0)
        lower = since - OVERLAP if since else account.start
        if (since and upper <= since) or upper <= lower:
            return None
        window = Window(lower=lower, upper=upper)
        self.lanes.set_window(account.key, group, window)
        return window

    def _search(self, account: Account, seller: Seller, group: str, window: Window) -> Page:
        reservation = self.limiter.reserve(account.key, "searchOrders")
        if not reservation.granted:
            raise Throttled("searchOrders' quota is used up", after=reservation.wait)
        try:
            page = self.amazon.search_orders(
                seller,
                marketplace_ids=_ids(account, group),
                updated_after=window.lower,
                updated_before=window.upper,
                page_token=window.page_token or None,
            )
        except Throttled as throttled:
            self.limiter.throttled(account.key, "searchOrders", throttled.after or account.poll_seconds)
            raise
        except PageTokenRefused as refused:
            self.lanes.restart(account.key, group)  # tokens expire: begin again at the cursor, with nothing lost
            raise RetryLater(
                "the page token was refused, the search begins anew", after=1.0, counted=False
            ) from refused
        self.limiter.learn(account.key, "searchOrders", page.rate)
        return page


def _ids(account: Account, group: str) -> Sequence[str]:
    return [marketplace.id for marketplace in account.groups()[group]]
