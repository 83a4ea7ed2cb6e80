"""Orders cancelled by hand in Odoo, told to Amazon by feed; one that came from Amazon is never sent back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from clients.odoo.cancellations import (
    CancelledOrder,
    CancelOutcome,
    accounts_with_cancellations,
    cancelled_orders,
    write_cancellations,
)
from domain.account import Account
from domain.errors import NeedsHuman, OutcomeUnknown, SyncError
from domain.order import Order, OrderRef, OrderStatus
from domain.shipment import Cancellation
from mappers.feeds import ACKNOWLEDGEMENT, CANCEL_REASONS, cancellation_feed
from state.locks import Locks
from sync.database import Database
from sync.feeds import Feeds, Verdict, moment_of, unnamed
from sync.read_order import OrderSource

# Each is looked up at Amazon first, within getOrder's quota.
_AT_ONCE: Final = 20
_REMEDY: Final = "Cancel it in Seller Central; empty the order's Amazon Cancellation in Odoo to tell Amazon once more."


@dataclass(frozen=True, slots=True)
class NotifyCancellations:
    """Cancellations of one database's accounts."""

    database: Database
    accounts: Mapping[str, Account]
    source: OrderSource
    feeds: Feeds
    locks: Locks
    clock: Callable[[], datetime]

    def due(self, keys: Sequence[str]) -> set[str]:
        """Return which of the accounts `keys` have something to tell, or to hear."""
        return accounts_with_cancellations(self.database.odoo, keys)

    def __call__(self, key: str) -> str:
        """Do the next step for one account: read what became of a feed, or send one. Returns it in words.

        Raises what the clients raise; a repeat goes on where this one ended.
        """
        with self.locks.several([f"cancellations:{key}"]) as got:
            if not got:
                return "another task has this account's cancellations"
            account = self.accounts[key]
            orders = cancelled_orders(self.database.odoo, [key])
            sent = [order for order in orders if order.key]
            return self._follow(account, sent) if sent else self._send(account, orders[:_AT_ONCE])

    # ------------------------------------------------------------ what became of a feed
    def _follow(self, account: Account, orders: Sequence[CancelledOrder]) -> str:
        ids = sorted({_feed(order) for order in orders})
        for feed in ids:
            mine = {_message(order): order for order in orders if _feed(order) == feed}
            created = moment_of(feed)
            if created is not None:
                found = self.feeds.lost(account, ACKNOWLEDGEMENT, created, ids)
                self._mark(mine, found)
                return f"feed {found} found again" if found else "the feed was never created"
            verdicts = self.feeds.verdicts(account, feed, list(mine))
            if verdicts is not None:
                outcomes = [self._judged(order, feed, verdicts[number]) for number, order in mine.items()]
                write_cancellations(self.database.odoo, outcomes)
        return f"{len(orders)} cancellations sent"

    def _judged(self, order: CancelledOrder, feed: str, verdict: Verdict) -> CancelOutcome:
        if verdict.accepted:
            return CancelOutcome(odoo_id=order.odoo_id, status="done", note=f"told to Amazon in feed {feed}")
        if verdict.unsure:  # looked up anew: if it had its effect, Amazon has the order as cancelled
            return CancelOutcome(odoo_id=order.odoo_id, status="")
        return _error(order, f"Amazon refuses it in feed {feed}: {verdict.words}")

    # ------------------------------------------------------------ a new feed
    def _send(self, account: Account, orders: Sequence[CancelledOrder]) -> str:
        told: dict[int, CancelledOrder] = {}
        cancellations = []
        decided = []
        for order in orders:
            one = self._decide(account, order)
            if isinstance(one, CancelOutcome):
                decided.append(one)
            else:
                cancellations.append(one)
                told[len(cancellations)] = order
        write_cancellations(self.database.odoo, decided)
        if not cancellations:
            return f"{len(decided)} need not be told"
        document = self.feeds.prepare(account, cancellation_feed(account.seller_id, cancellations))
        self._mark(told, unnamed(self.clock()))
        try:
            feed = self.feeds.create(account, ACKNOWLEDGEMENT, document)
        except OutcomeUnknown:
            raise
        except SyncError:  # Amazon said no: as if nothing had been done
            self._mark(told, None)
            raise
        self._mark(told, feed)
        return f"{len(cancellations)} cancellations in feed {feed}"

    def _decide(self, account: Account, order: CancelledOrder) -> Cancellation | CancelOutcome:
        """Ask Amazon for the order first: only what is still to be shipped can be cancelled.

        Raises what passes; what only a person can solve becomes an outcome.
        """
        reason = order.reason or account.policy.cancel_reason
        if reason not in CANCEL_REASONS:
            words = ", ".join(sorted(CANCEL_REASONS))
            return _error(order, f"{reason!r} is no reason that Amazon knows: one of {words}")
        ref = OrderRef(account=account.key, order_id=order.order_id)
        try:
            there = self.source.read(ref)
        except NeedsHuman as needs:
            return _error(order, needs.reason)
        self.source.forget(ref)
        return self._at_amazon(account, order, there, reason)

    def _at_amazon(
        self, account: Account, order: CancelledOrder, there: Order, reason: str
    ) -> Cancellation | CancelOutcome:
        if there.status is OrderStatus.CANCELLED:
            return CancelOutcome(odoo_id=order.odoo_id, status="done", note="cancelled at Amazon already")
        if there.status is not OrderStatus.UNSHIPPED:
            return _error(order, f"the order is {there.status} at Amazon")
        items = tuple(item.item_id for item in there.items if item.quantity > 0)
        return Cancellation(account=account.key, order_id=order.order_id, item_ids=items, reason=reason)

    def _mark(self, told: Mapping[int, CancelledOrder], feed: str | None) -> None:
        """Write that the orders are in `feed` by their numbers, or, with None, that they are in none."""
        write_cancellations(
            self.database.odoo,
            [
                CancelOutcome(
                    odoo_id=order.odoo_id,
                    status="pending" if feed else "",
                    key=f"{feed}#{number}" if feed else "",
                )
                for number, order in told.items()
            ],
        )


def _feed(order: CancelledOrder) -> str:
    return order.key.partition("#")[0]


def _message(order: CancelledOrder) -> int:
    return int(order.key.partition("#")[2])


def _error(order: CancelledOrder, reason: str) -> CancelOutcome:
    return CancelOutcome(odoo_id=order.odoo_id, status="error", note=f"{reason}. {_REMEDY}")
