"""The referee of the way Odoo -> Amazon: whether Amazon holds what left the warehouse, and no order that is cancelled.

Pieces and numbers are reckoned here from Odoo's deliveries, order by order, not by the mappers that told of them, so
that a mistake of theirs shows. Pure; `sync.compare_sides` reads both sides.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from domain.account import Account
from domain.order import Order, OrderStatus
from domain.shipment import Delivery, KnownPackage, OrderedLine, ShippedOrder
from mappers.told import Mark, read

_DONE, _ERROR = "done", "error"
_NUMBERS = re.compile(r"[,;\n]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class HandCancelled:
    """A sale order that somebody cancelled in Odoo, and what is written of telling Amazon."""

    order_id: str
    status: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Untold:
    """A delivery or a cancellation that waits for a person, as Odoo shows it."""

    order_id: str
    reason: str


@dataclass(slots=True, kw_only=True)
class Outgoing:
    """Numbers of one account.

    Deliveries in Odoo: `validated`, of these `settled` (nothing is left to be told), `waiting`, `refused` (by Amazon,
    or something is missing); `packages` that they were told as, `confirmed` of them at Amazon. Orders cancelled by
    hand: `cancelled`, of these `notified` (cancelled at Amazon too), `cancel_waiting`, `cancel_refused`. `wrong`:
    orders, each with its words in `differences`.
    """

    validated: int = 0
    settled: int = 0
    waiting: int = 0
    refused: int = 0
    packages: int = 0
    confirmed: int = 0
    cancelled: int = 0
    notified: int = 0
    cancel_waiting: int = 0
    cancel_refused: int = 0
    wrong: int = 0
    untold: list[Untold] = field(default_factory=list)
    differences: list[tuple[str, str, str]] = field(default_factory=list)


def compare_outgoing(
    account: Account, there: Mapping[str, Order], shipped: Iterable[ShippedOrder], cancelled: Iterable[HandCancelled]
) -> Outgoing:
    """Compare what left Odoo's warehouses, and what was cancelled in Odoo, with Amazon's orders (by id), read after it.

    `differences`: marketplace, order id, what is wrong. An account that tells nothing has nothing to compare.
    """
    numbers = Outgoing()
    if account.policy.confirm_shipments:
        for order in shipped:
            _count(numbers, order)
            _note(numbers, order.marketplace, order.order_id, _wrong(numbers, order, there.get(order.order_id)))
    if account.policy.notify_cancellations:
        for one in cancelled:
            _cancelled(numbers, one, there.get(one.order_id))
    return numbers


def _note(numbers: Outgoing, marketplace: str, order_id: str, wrong: Iterable[str]) -> None:
    if text := "; ".join(wrong):
        numbers.wrong += 1
        numbers.differences.append((marketplace, order_id, text))


def _count(numbers: Outgoing, order: ShippedOrder) -> None:
    for delivery in order.deliveries:
        numbers.validated += 1
        if delivery.status == _DONE:
            numbers.settled += 1
        elif delivery.status == _ERROR:
            numbers.refused += 1
            numbers.untold.append(Untold(order.order_id, " ".join(delivery.reason.split())))
        else:
            numbers.waiting += 1


def _wrong(numbers: Outgoing, order: ShippedOrder, there: Order | None) -> Iterator[str]:
    """Say what is wrong about one order."""
    told = {
        ref: delivery
        for delivery in order.deliveries
        for ref, known in read(delivery.key).items()
        if known.mark is Mark.TOLD
    }
    numbers.packages += len(told)
    if told and there is None:
        yield "Amazon was told of a package, but has no such order"
    if there is None:
        return
    known = {package.package_ref: package for package in there.packages}
    before = [ref for ref in told if ref not in known and _known_before(told[ref], there)]
    numbers.packages -= len(before)
    numbers.confirmed += sum(ref in known for ref in told)
    for ref, delivery in told.items():
        if ref in known:
            yield from _package(delivery, known[ref])
        elif ref not in before:
            yield f"{delivery.name} was told as package {ref}, which Amazon does not have"
    yield from _pieces(order, [known[ref] for ref in told if ref in known], certain=not before)


def _known_before(delivery: Delivery, there: Order) -> bool:
    """Whether Amazon had the order as shipped when it was to be told: Odoo says so with the delivery."""
    return there.status is OrderStatus.SHIPPED and bool(delivery.reason)


def _package(delivery: Delivery, package: KnownPackage) -> Iterator[str]:
    numbers = {number.strip() for number in _NUMBERS.split(delivery.tracking)}
    if delivery.status == _DONE and package.tracking not in numbers:
        yield f"{delivery.name} says {delivery.tracking}, Amazon's package {package.package_ref} {package.tracking}"


def _pieces(order: ShippedOrder, packages: Sequence[KnownPackage], *, certain: bool) -> Iterator[str]:
    """Pieces in packages at Amazon against those that left, item by item; never more, and as many once all is told."""
    there: Counter[str] = Counter()
    for package in packages:
        there.update(dict(package.items))
    left: Counter[str] = Counter()
    for line in order.lines:
        left[line.item_ref] += _left(order, line)
    all_told = certain and all(delivery.status == _DONE for delivery in order.deliveries)
    for item in sorted({*there, *left}):
        if there[item] > left[item] or (all_told and there[item] != left[item]):
            yield f"item {item}: {left[item]} pieces left, {there[item]} in packages at Amazon"


def _left(order: ShippedOrder, line: OrderedLine) -> int:
    """Whole pieces of the line that left for the first time, no more than ordered; a kit by its scarcest component."""
    sent: dict[int, Decimal] = {}
    for goods in order.goods:
        if goods.line == line.odoo_id and not goods.again:
            sent[goods.product] = sent.get(goods.product, Decimal(0)) + goods.quantity
    kit = {product: demand for product, demand in line.demand.items() if demand > 0}
    if line.quantity <= 0:
        return 0
    if line.product in kit or not kit:
        return int(min(line.quantity, sent.get(line.product, Decimal(0))))
    whole = (sent.get(product, Decimal(0)) * line.quantity / demand for product, demand in kit.items())
    return int(min(line.quantity, *whole))


def _cancelled(numbers: Outgoing, one: HandCancelled, there: Order | None) -> None:
    numbers.cancelled += 1
    gone = there is not None and there.status is OrderStatus.CANCELLED
    numbers.notified += gone
    if one.status == _ERROR:
        numbers.cancel_refused += not gone
        numbers.untold.append(Untold(one.order_id, one.note))
    elif one.status != _DONE:
        numbers.cancel_waiting += not gone
    elif not gone:
        status = there.status if there else "not there"
        _note(numbers, "", one.order_id, [f"Amazon was told that it is cancelled, but it is {status} at Amazon"])
