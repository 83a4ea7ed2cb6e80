"""Where a delivery stands towards Amazon: what is still to be told of it, and what Odoo shows of it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.shipment import Delivery, DeliveryOutcome
from mappers.shipment import Package
from mappers.told import Mark, Told, read, write

PENDING = "pending"
DONE = "done"
ERROR = "error"
NOTHING = "nothing of this delivery is left to be told to Amazon"


@dataclass(frozen=True, slots=True)
class Change:
    """What became of a package just now; `text`: for people, '' when there is nothing to say."""

    told: Told
    text: str = ""


def unsettled(delivery: Delivery, made: Sequence[Package]) -> list[Package]:
    """Return the delivery's packages that Amazon is to be told of: never told, told otherwise, or not sure.

    One that was refused, or that lacks something, waits until it changes; one in a feed until the feed has ended.
    """
    told = read(delivery.key)
    return [package for package in own(delivery, made) if _open(told.get(package.ref), package)]


def claimed(delivery: Delivery, package: Package) -> bool:
    """Whether somebody was about to tell this package and has not said how it ended: Amazon may know it."""
    known = read(delivery.key).get(package.ref)
    return known is not None and known.mark is Mark.CLAIMED


def ever_told(delivery: Delivery, package: Package) -> bool:
    """Whether Amazon was told of this package, in this version or an older one."""
    known = read(delivery.key).get(package.ref)
    return known is not None and known.mark is Mark.TOLD


def outcome(
    account: str, delivery: Delivery, made: Sequence[Package], changes: Mapping[str, Change]
) -> DeliveryOutcome:
    """Return what to write of a delivery after `changes` (by package reference). Packages that are gone are dropped."""
    mine = own(delivery, made)
    told = read(delivery.key)
    before = delivery.reason.splitlines()
    after: dict[str, Told] = {}
    lines = []
    for package in mine:
        name = package.name or delivery.name
        known = changes[package.ref].told if package.ref in changes else told.get(package.ref)
        if known is None:
            continue
        after[package.ref] = known
        if package.ref in changes:
            text = changes[package.ref].text
        else:
            text = _said(before, name) if known.digest == package.digest else ""
        if text:
            lines.append(f"{name}: {' '.join(text.split())}")
    return DeliveryOutcome(
        delivery=delivery.odoo_id,
        account=account,
        status=_status(mine, after),
        reason="\n".join(lines) if mine else NOTHING,
        key=write(after),
    )


def own(delivery: Delivery, made: Sequence[Package]) -> list[Package]:
    """Return the packages of `delivery` among an order's."""
    return [package for package in made if package.delivery.odoo_id == delivery.odoo_id]


def _said(before: Sequence[str], name: str) -> str:
    """What the lines of a delivery's reason say of the package `name`, which may hold any character."""
    start = f"{name}: "
    return next((line.removeprefix(start) for line in before if line.startswith(start)), "")


def _open(known: Told | None, package: Package) -> bool:
    if known is None or known.mark is Mark.CLAIMED:
        return True
    return known.mark is not Mark.IN_FEED and known.digest != package.digest


def _status(mine: Sequence[Package], told: Mapping[str, Told]) -> str:
    marks = [
        known.mark if (known := told.get(package.ref)) and known.digest == package.digest else None for package in mine
    ]
    if any(mark in {None, Mark.CLAIMED, Mark.IN_FEED} for mark in marks):
        return PENDING
    return ERROR if Mark.REFUSED in marks else DONE
