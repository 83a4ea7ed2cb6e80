"""The referee: whether Odoo holds what Amazon has, order by order and to the cent.

Amounts are reckoned here from Amazon's own totals, not by the mappers that made the sale orders, so that a mistake of
theirs shows. Pure; `sync.compare_sides` reads both sides.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from domain.account import Account, CollectedTax
from domain.money import ZERO
from domain.order import Breakdown, Order, OrderItem, OrderStatus
from mappers.rules import is_due, not_ours
from sync.compare_shipments import Outgoing

OTHER = "other"
_CONFIRMED = ("sale", "done")
_OF_ITEMS = frozenset({"ITEM", "SHIPPING", "GIFT_WRAP", "COD_FEE", "OTHER", "TAX", "DISCOUNT"})


@dataclass(frozen=True, slots=True, kw_only=True)
class AmazonOrder:
    """An order at Amazon; `order` is None when its data cannot be read."""

    order_id: str
    updated: datetime
    marketplace_id: str
    order: Order | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleOrder:
    """A sale order in Odoo; `status` and `updated` are Amazon's of the version that was written last."""

    odoo_id: int
    order_id: str
    state: str
    total: Decimal
    currency: str
    channel: str
    status: str
    updated: datetime | None


@dataclass(frozen=True, slots=True)
class ParkedOrder:
    """An order that waits for a person, as Odoo shows it."""

    order_id: str
    code: str
    reason: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Difference:
    """One disagreement: about which order, and in words free of personal data."""

    account: str
    marketplace: str
    order_id: str
    text: str


@dataclass(slots=True)
class Row:
    """Numbers of one marketplace: orders at Amazon, those due, due ones in Odoo, parked, cancelled in Odoo, wrong."""

    amazon: int = 0
    due: int = 0
    odoo: int = 0
    parked: int = 0
    cancelled: int = 0
    wrong: int = 0


@dataclass(slots=True)
class Totals:
    """Money of the due orders of one currency; `amazon` = `odoo` + `parked` when both sides agree."""

    amazon: Decimal = ZERO
    odoo: Decimal = ZERO
    parked: Decimal = ZERO

    @property
    def difference(self) -> Decimal:
        """What Amazon has more than Odoo and the parked orders together."""
        return self.amazon - self.odoo - self.parked


@dataclass(slots=True, kw_only=True)
class Report:
    """The comparison of one account: rows by marketplace code (`OTHER`: orders that are none of ours).

    `outgoing`: what was told to Amazon; what is wrong there is among the `differences` too.
    """

    account: str
    rows: dict[str, Row] = field(default_factory=lambda: defaultdict(Row))
    totals: dict[str, Totals] = field(default_factory=lambda: defaultdict(Totals))
    parked: list[ParkedOrder] = field(default_factory=list)
    outgoing: Outgoing = field(default_factory=Outgoing)
    differences: list[Difference] = field(default_factory=list)

    @property
    def agrees(self) -> bool:
        """Whether nothing is wrong."""
        return not self.differences and not any(total.difference for total in self.totals.values())


def compare(
    account: Account,
    amazon: Sequence[AmazonOrder],
    odoo: Sequence[SaleOrder],
    parked: Mapping[str, ParkedOrder],
) -> Report:
    """Compare an account's orders at Amazon with its sale orders and parked items (by order id) in Odoo.

    Of `odoo`, every sale order must belong to one of `amazon`'s orders: the reader leaves out what lies outside.
    """
    report = Report(account=account.key)
    sale_orders: dict[str, list[SaleOrder]] = defaultdict(list)
    for sale_order in odoo:
        sale_orders[sale_order.order_id].append(sale_order)
    for given in amazon:
        _judge(report, account, given, sale_orders.pop(given.order_id, []), parked.get(given.order_id))
    for order_id in sorted(sale_orders):
        report.rows[OTHER].wrong += 1
        report.differences.append(Difference(account.key, OTHER, order_id, "in Odoo, but Amazon has no such order"))
    report.parked = [parked[order_id] for order_id in sorted(parked)]
    return report


def expected_total(order: Order, collected: CollectedTax = CollectedTax.LEAVE_OUT) -> Decimal | None:
    """What the sale order must come to: items' proceeds and what concerns the whole order.

    Less tax Amazon remits, unless `collected` gives it lines of its own.

    None when Amazon's own figures contradict each other; such an order has to be parked.
    """
    gross = [_proceeds(item) for item in order.items]
    of_items = _OF_ITEMS | {part.kind for item in order.items for part in item.breakdowns}
    extras = sum((part.amount for part in order.order_breakdowns if part.kind not in of_items), ZERO)
    total = sum(gross, ZERO) + extras
    if order.grand_total is not None and total != order.grand_total:
        return None
    if collected is CollectedTax.CLEARING_LINE:
        return total
    remitted = (
        part.amount
        for item in order.items
        if item.tax_collected_by_amazon
        for part in item.breakdowns
        if part.kind == "TAX"
    )
    return total - sum(remitted, ZERO)


def _proceeds(item: OrderItem) -> Decimal:
    return item.total if item.total is not None else sum((_reduction(part) for part in item.breakdowns), ZERO)


def _reduction(part: Breakdown) -> Decimal:
    return -abs(part.amount) if part.kind == "DISCOUNT" else part.amount


def _judge(
    report: Report, account: Account, given: AmazonOrder, there: Sequence[SaleOrder], parked: ParkedOrder | None
) -> None:
    """Count one of Amazon's orders and note what is wrong about it."""
    own = account.marketplace(given.marketplace_id)
    order = given.order
    foreign = own is None or (order is not None and bool(not_ours(account, order)))
    code = OTHER if foreign or own is None else own.code
    row = report.rows[code]
    row.amazon += 1
    if foreign:
        wrong = "in Odoo, although it is no order of this account's marketplaces" if there else ""
    elif order is None:
        wrong = "" if parked else "Amazon's data cannot be read, and it is not parked"
        row.parked += bool(parked)
    elif is_due(order):
        row.due += 1
        wrong = _due(report, account, order, there=there, parked=parked)
        row.parked += parked is not None
        row.odoo += parked is None and len(there) == 1 and there[0].state != "cancel"
    else:
        wrong = _not_due(row, order, there, parked)
    if wrong:
        row.wrong += 1
        report.differences.append(Difference(account.key, code, given.order_id, wrong))


def _due(
    report: Report, account: Account, order: Order, *, there: Sequence[SaleOrder], parked: ParkedOrder | None
) -> str:
    """Judge an order that must be in Odoo; returns what is wrong, or ''."""
    total = expected_total(order, account.policy.collected_tax)
    sums = report.totals[order.currency or _currency(account, order)]
    sums.amazon += total or ZERO
    if parked is not None:
        sums.parked += total or ZERO
        return "" if len(there) <= 1 else f"{len(there)} sale orders instead of one"
    if len(there) != 1:
        sums.odoo += sum((one.total for one in there), ZERO)
        return f"{len(there)} sale orders instead of one" if there else "missing in Odoo, and not parked"
    found = there[0]
    if found.state == "cancel":
        return "cancelled in Odoo, but not at Amazon"
    sums_there = report.totals[found.currency]
    sums_there.odoo += found.total
    if found.updated is not None and found.updated > order.updated:  # it moved on while the two sides were read
        sums.amazon += found.total - (total or ZERO)
        return ""
    return _details(account, order, found, total)


def _details(account: Account, order: Order, found: SaleOrder, total: Decimal | None) -> str:
    currency = order.currency or _currency(account, order)
    checks = (
        (total is None, "Amazon's own amounts do not add up, and it is not parked"),
        (found.currency != currency, f"in {found.currency}, at Amazon in {currency}"),
        (total != found.total, f"{found.total} {found.currency} in Odoo, {total} {currency} at Amazon"),
        (account.policy.confirm and found.state not in _CONFIRMED, f"its state is {found.state}: not confirmed"),
        (found.channel != order.channel, f"{found.channel or 'no channel'} in Odoo, {order.channel} at Amazon"),
        (found.updated is None, "its import was not finished"),
        (found.status != order.status.upper(), f"{found.status} in Odoo, {order.status.upper()} at Amazon"),
    )
    return "; ".join(text for is_wrong, text in checks if is_wrong)


def _not_due(row: Row, order: Order, there: Sequence[SaleOrder], parked: ParkedOrder | None) -> str:
    """Judge an order that need not be in Odoo; it may be there only if it was due once."""
    row.parked += bool(parked)
    if parked is not None or not there:
        return ""
    if len(there) > 1:
        return f"{len(there)} sale orders instead of one"
    found = there[0]
    if order.status is OrderStatus.CANCELLED:
        row.cancelled += found.state == "cancel"
        return "" if found.state == "cancel" else f"cancelled at Amazon, {found.state} in Odoo"
    early = found.status == order.status.upper() and order.status is not OrderStatus.UNFULFILLABLE
    return f"in Odoo, although the order is {order.status} at Amazon" if early else ""


def _currency(account: Account, order: Order) -> str:
    marketplace = account.marketplace(order.marketplace_id)
    return marketplace.currency if marketplace else ""
