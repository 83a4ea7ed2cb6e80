"""What the referee compares: Amazon's orders page by page, within the quota, and what Odoo holds of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, TypeVar

from clients.amazon.client import AmazonClient, RawOrder, read_document
from clients.amazon.seller import Seller
from clients.odoo.cancellations import cancelled_by_hand
from clients.odoo.client import Odoo
from clients.odoo.facts import parse_moment
from clients.odoo.issues import DONE, read_issues
from clients.odoo.pickings import delivered_since
from clients.odoo.rows import moment
from clients.odoo.shipped import shipped_orders
from domain.account import Account
from domain.errors import NeedsHuman, Throttled
from domain.money import decimals
from domain.shipment import ShippedOrder
from state.limiter import Limiter
from sync.compare import AmazonOrder, Difference, ParkedOrder, Report, SaleOrder, compare
from sync.compare_shipments import HandCancelled, compare_outgoing

Named = TypeVar("Named", int, str)

_AT_ONCE: Final = 500
_THROTTLED_SECONDS: Final = 5.0
_FIELDS: Final = (
    "client_order_ref", "state", "amount_total", "currency_id", "x_amazon_channel", "x_amazon_status",
    "x_amazon_last_update",
)  # fmt: skip


@dataclass(slots=True, kw_only=True)
class Comparison:
    """One account's comparison on its way: call `step` until it returns True, then `report`.

    Covers orders updated at Amazon from `since` to `until` (aware). `until` must lie where everything has landed, and
    at least two minutes back, or Amazon refuses it. A `step` that raised may be called again: nothing is lost by it.
    """

    account: Account
    seller: Seller
    amazon: AmazonClient
    limiter: Limiter
    since: datetime
    until: datetime
    orders: dict[str, AmazonOrder] = field(default_factory=dict)
    pages: int = 0
    _token: str | None = None
    _searched: bool = False
    _sides: tuple[list[SaleOrder], dict[str, ParkedOrder]] | None = None
    _unsure: list[str] = field(default_factory=list)
    _told: tuple[list[ShippedOrder], list[HandCancelled]] | None = None

    def step(self, odoo: Odoo) -> bool:
        """Read one thing more; returns whether all is read.

        Raises Throttled (with the bucket's waiting time) when Amazon's quota has no token now, and as both clients do.
        """
        if self._told is None:  # before Amazon's side, so that Amazon knows all that Odoo says it was told
            self._told = self._read_told(odoo)
        if not self._searched:
            self._search()
            return False
        if self._sides is None:
            self._sides = self._read_odoo(odoo)
            named = {one.order_id for some in (self._sides[0], *self._told) for one in some}
            self._unsure = sorted(named - set(self.orders))
            return not self._unsure
        if self._unsure:
            self._ask(odoo, self._unsure[0], self._sides[0])
            self._unsure.pop(0)
        return not self._unsure

    def report(self) -> Report:
        """Return the comparison. Raises RuntimeError before `step` has returned True."""
        if self._sides is None or self._told is None or self._unsure:
            raise RuntimeError("not everything is read yet: call step() until it returns True")
        sale_orders, parked = self._sides
        judged = [order for order in self.orders.values() if order.updated <= self.until]
        moved_on = set(self.orders) - {order.order_id for order in judged}
        report = compare(self.account, judged, [one for one in sale_orders if one.order_id not in moved_on], parked)
        there = {order_id: known.order for order_id, known in self.orders.items() if known.order is not None}
        report.outgoing = compare_outgoing(self.account, there, *self._told)
        report.differences += [Difference(self.account.key, *found) for found in report.outgoing.differences]
        return report

    def _search(self) -> None:
        self._reserve("searchOrders")
        with self._blocking("searchOrders"):
            page = self.amazon.search_orders(
                self.seller,
                marketplace_ids=[marketplace.id for marketplace in self.account.marketplaces],
                updated_after=self.since,
                updated_before=self.until,
                page_token=self._token,
            )
        self.orders.update((raw.order_id, amazon_order(raw)) for raw in page.orders)
        self.pages += 1
        self._token = page.next_token
        self._searched = page.next_token is None

    def _read_odoo(self, odoo: Odoo) -> tuple[list[SaleOrder], dict[str, ParkedOrder]]:
        """Sale orders of Amazon's orders, and those that Odoo says were updated within the window."""
        window = [
            ("x_amazon_last_update", ">=", moment(self.since)),
            ("x_amazon_last_update", "<=", moment(self.until)),
        ]
        key = self.account.key
        found = {
            one.odoo_id: one
            for some in (sale_orders(odoo, key, window), sale_orders_of(odoo, key, sorted(self.orders)))
            for one in some
        }
        issues = read_issues(odoo, [("x_account", "=", key), ("x_state", "!=", DONE)])
        parked = {one.order_id: ParkedOrder(one.order_id, one.code, one.reason, one.remedy) for one in issues}
        return list(found.values()), parked

    def _read_told(self, odoo: Odoo) -> tuple[list[ShippedOrder], list[HandCancelled]]:
        """What left, and what was cancelled by hand, within the window."""
        shipped: dict[int, ShippedOrder] = {}
        if self.account.policy.confirm_shipments:
            deliveries = delivered_since(odoo, self.account.key, self.since)
            for chunk in _chunks(deliveries):
                shipped |= {order.odoo_id: order for order in shipped_orders(odoo, list(chunk)).values()}
        cancelled = []
        if self.account.policy.notify_cancellations:
            cancelled = [
                HandCancelled(order_id=order_id, status=status, note=note)
                for order_id, status, note in cancelled_by_hand(odoo, self.account.key, self.since)
            ]
        return list(shipped.values()), cancelled

    def _ask(self, odoo: Odoo, order_id: str, known: list[SaleOrder]) -> None:
        """Look at an order that Odoo has but the search did not tell: it may have changed since.

        Or it was changed before the window, and its goods left within: its sale order is not `known` yet then.
        """
        self._reserve("getOrder")
        try:
            with self._blocking("getOrder"):
                raw = self.amazon.get_order(self.seller, order_id)
        except NeedsHuman:
            return
        if all(one.order_id != order_id for one in known):
            known += sale_orders_of(odoo, self.account.key, [order_id])
        self.orders[order_id] = amazon_order(raw)

    def _reserve(self, operation: str) -> None:
        reservation = self.limiter.reserve(self.account.key, operation)
        if not reservation.granted:
            raise Throttled(f"{operation}'s quota is used up", after=reservation.wait)

    @contextmanager
    def _blocking(self, operation: str) -> Iterator[None]:
        """Tell all others when Amazon says that the quota is used up."""
        try:
            yield
        except Throttled as throttled:
            self.limiter.throttled(self.account.key, operation, throttled.after or _THROTTLED_SECONDS)
            raise


def sale_orders(odoo: Odoo, account: str, domain: Sequence[tuple[str, str, Any]]) -> list[SaleOrder]:
    """Return the sale orders of `account` in an Odoo `domain`. Raises as the client does."""
    of_account = [("x_amazon_account", "=", account), *domain]
    return [_sale_order(one) for one in odoo.search_read("sale.order", of_account, _FIELDS, order="id")]


def sale_orders_of(odoo: Odoo, account: str, order_ids: Sequence[str]) -> list[SaleOrder]:
    """Return the sale orders of these orders of `account`, a call for every 500 of them."""
    return [
        one
        for chunk in _chunks(order_ids)
        for one in sale_orders(odoo, account, [("client_order_ref", "in", list(chunk))])
    ]


def amazon_order(raw: RawOrder) -> AmazonOrder:
    """Return an order of a page, without its content if that cannot be read."""
    try:
        order = read_document(raw.document)
    except NeedsHuman:
        order = None
    return AmazonOrder(order_id=raw.order_id, updated=raw.updated, marketplace_id=raw.marketplace_id, order=order)


def _sale_order(found: dict[str, Any]) -> SaleOrder:
    currency = str(found["currency_id"][1])
    return SaleOrder(
        odoo_id=found["id"],
        order_id=found["client_order_ref"] or "",
        state=found["state"],
        total=round(Decimal(str(found["amount_total"])), decimals(currency)),
        currency=currency,
        channel=found["x_amazon_channel"] or "",
        status=found["x_amazon_status"] or "",
        updated=parse_moment(found["x_amazon_last_update"]),
    )


def _chunks(given: Sequence[Named]) -> Iterator[Sequence[Named]]:
    for start in range(0, len(given), _AT_ONCE):
        yield given[start : start + _AT_ONCE]
