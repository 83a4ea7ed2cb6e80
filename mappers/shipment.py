"""What left Odoo's warehouse for an order -> packages as Amazon is to know them. Pure."""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from domain.account import Account
from domain.marketplace import BY_CODE
from domain.shipment import Delivery, MovedGoods, OrderedLine, Shipment, ShippedItem, ShippedOrder
from mappers.carriers import Carrier, carrier
from mappers.transparency import transparency_codes

# References of packages and of deliveries without one share an order's numbers: ids of Odoo stay far below this.
_PACKAGES_FROM: Final = 10**9
_SEPARATORS: Final = re.compile(r"[,;\n]+")
_REMEDY_CARRIER: Final = "Choose the delivery's Carrier in Odoo; it is told to Amazon by itself then."
_REMEDY_TRACKING: Final = "Fill in the delivery's Tracking Reference in Odoo; it is told to Amazon by itself then."


@dataclass(frozen=True, slots=True)
class Missing:
    """Why a package cannot be told, in words, and what to do."""

    reason: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A package with what of Amazon's items is in it.

    `ref`: Amazon's packageReferenceId; `name` '' for a delivery without packages; `digest`: changes when something
    changes that Amazon is told; `note`: what people should know although all is well.
    """

    delivery: Delivery
    odoo_id: int
    ref: str
    name: str
    items: tuple[ShippedItem, ...]
    carrier: Carrier
    tracking: str
    digest: str
    missing: Missing | None = None
    note: str = ""


def packages(account: Account, order: ShippedOrder) -> tuple[Package, ...]:
    """Return the order's packages, the first that left first; those without anything of Amazon's items are left out.

    No item's pieces add up to more than was ordered: what is sent again after a return is not told again.
    """
    contents = _contents(order)
    counts = Counter(goods.delivery for goods, _ in contents)
    refs: Counter[int] = Counter()
    places: Counter[int] = Counter()
    made = []
    for first, items in contents:
        delivery = next(one for one in order.deliveries if one.odoo_id == first.delivery)
        ref = _PACKAGES_FROM + first.package if first.package else delivery.odoo_id
        refs[ref] += 1  # a box that comes back and is used again is another package
        ref += _PACKAGES_FROM * (refs[ref] - 1)
        place, count = places[delivery.odoo_id], counts[delivery.odoo_id]
        places[delivery.odoo_id] += 1
        if items:
            odd = any(
                goods.odd_unit and (goods.delivery, goods.package) == (first.delivery, first.package)
                for goods in order.goods
            )
            made.append(
                _package(account, delivery, first, ref=str(ref), items=items, place=place, count=count, odd=odd)
            )
    return tuple(made)


def shipment(account: Account, order: ShippedOrder, package: Package) -> Shipment:
    """Return what Amazon is told of a package of which nothing is missing."""
    return Shipment(
        account=account.key,
        order_id=order.order_id,
        marketplace_id=BY_CODE[order.marketplace].id,
        package_ref=package.ref,
        carrier_code=package.carrier.code,
        carrier_name=package.carrier.name,
        tracking=package.tracking,
        shipped=package.delivery.done,
        items=package.items,
    )


def _contents(order: ShippedOrder) -> list[tuple[MovedGoods, tuple[ShippedItem, ...]]]:
    """Each package (by its first goods) with the whole items in it, in the order in which they left."""
    when = {delivery.odoo_id: (delivery.done, delivery.odoo_id) for delivery in order.deliveries}
    goods = [one for one in order.goods if one.delivery in when and not one.again]
    moved: dict[tuple[int, int], list[MovedGoods]] = defaultdict(list)
    for one in sorted(goods, key=lambda one: (when[one.delivery], one.package)):
        moved[one.delivery, one.package].append(one)
    sent: dict[int, dict[int, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    told: Counter[int] = Counter()
    contents = []
    for some in moved.values():
        for one in some:
            sent[one.line][one.product] += one.quantity
        items: Counter[str] = Counter()
        for line in order.lines:
            whole = _whole(line, sent[line.odoo_id])
            if whole > told[line.odoo_id]:
                items[line.item_ref] += whole - told[line.odoo_id]
                told[line.odoo_id] = whole
        codes = transparency_codes(some, order.lines)
        contents.append(
            (
                some[0],
                tuple(
                    ShippedItem(item_id=ref, quantity=n, transparency_codes=codes.get(ref, ())[:n])
                    for ref, n in sorted(items.items())
                ),
            )
        )
    return contents


def _whole(line: OrderedLine, sent: Mapping[int, Decimal]) -> int:
    """How many pieces of the line have left whole: of a kit as many as its scarcest component allows."""
    if line.quantity <= 0:
        return 0
    needs = {product: demand / line.quantity for product, demand in line.demand.items() if demand > 0}
    if line.product in needs or not needs:
        needs = {line.product: Decimal(1)}
    return int(min(line.quantity, *(sent.get(product, Decimal(0)) / need for product, need in needs.items())))


def _package(
    account: Account,
    delivery: Delivery,
    first: MovedGoods,
    *,
    ref: str,
    items: tuple[ShippedItem, ...],
    place: int,
    count: int,
    odd: bool,
) -> Package:
    by = carrier(delivery.carrier_type, delivery.carrier, dict(account.carriers))
    numbers = [number for part in _SEPARATORS.split(delivery.tracking) if (number := part.strip())]
    tracking = numbers[place] if len(numbers) == count else numbers[0] if numbers else ""
    missing = _missing(delivery, numbers, count, odd=odd)
    codes = (code for item in items for code in item.transparency_codes)
    told = (by.code, by.name, tracking, *(f"{item.item_id}x{item.quantity}" for item in items), *codes)
    return Package(
        delivery=delivery,
        odoo_id=first.package,
        ref=ref,
        name=first.package_name,
        items=items,
        carrier=by,
        tracking=tracking,
        digest=_digest(told if missing is None else (*told, missing.reason)),
        missing=missing,
        note=f"Amazon takes one tracking number per package and was told {tracking}."
        if missing is None and count == 1 and len(numbers) > 1
        else "",
    )


def _missing(delivery: Delivery, numbers: Sequence[str], count: int, *, odd: bool) -> Missing | None:
    if odd:
        return Missing(
            "the delivery counts in another unit of measure than the order",
            "Let the delivery's operations use the order line's unit, or confirm the shipment in Seller Central.",
        )
    if not delivery.carrier:
        return Missing("the delivery has no carrier", _REMEDY_CARRIER)
    if not numbers:
        return Missing("the delivery has no tracking number", _REMEDY_TRACKING)
    if count > 1 and len(numbers) not in (1, count):
        return Missing(
            f"the delivery has {count} packages, but {len(numbers)} tracking numbers",
            "Give one tracking number for all packages, or one for each, separated by commas, in the packages' order.",
        )
    return None


def _digest(parts: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]
