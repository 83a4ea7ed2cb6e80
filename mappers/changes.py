"""A newer version of an order that is in Odoo: what differs from the sale order, and whether it may be carried over.

Odoo is compared with Amazon's newest version, not with the version before: what an earlier attempt left half done is
found again, and what is right already is left alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from domain.errors import NeedsHuman
from domain.money import ZERO, cent, round_to
from domain.odoo import CreateOrder, LineCommand, LineKind, UpdateOrder, UpdateStatus
from domain.odoo_facts import ExistingLine, ExistingOrder, OrderContent
from domain.order import Order, OrderItem
from domain.parked import CHANGE_BLOCKED, CHANGED_AFTER_DELIVERY, MONEY_MISMATCH
from mappers.names import item_xid
from mappers.partner_changes import changed_address, changed_contact

_TOLD = 8  # differences named in a reason; the rest is counted
_BY_HAND = "Compare the sale order with Seller Central and change it by hand"


@dataclass(frozen=True, slots=True)
class _Differences:
    """Lines of the sale order that are not as Amazon's newest version wants them; `words` says so line by line."""

    changed: tuple[LineCommand, ...] = ()
    added: tuple[LineCommand, ...] = ()
    emptied: tuple[ExistingLine, ...] = ()
    words: tuple[str, ...] = ()


def is_newer(order: Order, landed: datetime | None) -> bool:
    """Whether `order` is newer than the version that landed; Odoo keeps whole seconds."""
    return landed is not None and order.updated.replace(microsecond=0) > landed


def is_same(order: Order, landed: datetime | None) -> bool:
    """Whether `order` is the version that landed."""
    return landed is not None and order.updated.replace(microsecond=0) == landed


def without_cancelled(order: Order) -> Order:
    """Return `order` with nothing left of items that were cancelled and cost nothing (Amazon may leave a quantity)."""
    items = tuple(replace(item, quantity=0, gift_message="") if _is_cancelled(item) else item for item in order.items)
    return replace(order, items=items)


def later_change(order: Order, wanted: CreateOrder, existing: ExistingOrder) -> UpdateOrder | UpdateStatus:
    """Decide how a confirmed or draft sale order follows `order`; `wanted`: what creating it anew would give.

    Lines are changed as long as nothing was delivered; the address is followed until then and ignored afterwards.
    Raises NeedsHuman: changed_after_delivery; change_blocked (locked, invoiced, amounts added by hand);
    money_mismatch (new quantities, but Amazon gives no amounts).
    """
    content, mark = content_of(existing), mark_of(wanted, existing)
    lines = _differences(order, wanted, content)
    if lines.words:
        _allow(lines, wanted, content)
    gone = _delivered(content)
    contact = None if gone else changed_contact(wanted.account.key, order, wanted.contact, content.contact)
    address = None if gone else changed_address(order, wanted.address, content.address, parent=content.contact.xid)
    if not lines.words and contact is None and address is None:
        return mark
    return UpdateOrder(
        mark=mark,
        wanted=wanted,
        existing=existing,
        content=content,
        changed=lines.changed,
        added=lines.added,
        emptied=lines.emptied,
        resettle=bool(lines.words),
        contact=contact,
        address=address,
    )


def content_of(existing: ExistingOrder) -> OrderContent:
    """Return what the sale order consists of. Raises ValueError when that was not read."""
    if existing.content is None:
        raise ValueError("the sale order's content was not read")
    return existing.content


def mark_of(wanted: CreateOrder, existing: ExistingOrder) -> UpdateStatus:
    """Return the last write: that this version has landed."""
    return UpdateStatus(
        xid=wanted.xid,
        existing=existing,
        status=wanted.status,
        updated=wanted.updated,
        commitment_date=wanted.commitment_date,
        cancel_request=wanted.cancel_request,
    )


def _is_cancelled(item: OrderItem) -> bool:
    return bool(item.cancelled_by) and not item.total and not any(part.amount for part in item.breakdowns)


def _delivered(content: OrderContent) -> bool:
    return bool(content.deliveries) or any(line.delivered for line in content.lines)


def _differences(order: Order, wanted: CreateOrder, content: OrderContent) -> _Differences:
    """Compare line by line, and the total; rounding lines follow from the others and are no difference of their own."""
    if not order.currency and content.total and any(line.quantity for line in wanted.lines):
        _require_same_quantities(wanted, content)
        return _Differences()
    there = {line.xid: line for line in own_lines(wanted, content)}
    asked = {line.xid: line for line in wanted.lines if line.kind is not LineKind.NOTE}
    rounding = item_xid(wanted.account.key, wanted.order_id, LineKind.ROUNDING)
    changed = [line for xid, line in asked.items() if xid in there and differs(line, there[xid], wanted.currency)]
    added = [line for xid, line in asked.items() if xid not in there]
    emptied = [line for xid, line in there.items() if xid not in asked and line.quantity]
    words = [
        *(_told(line, there[line.xid], wanted) for line in changed if line.xid != rounding),
        *(_told(line, None, wanted) for line in added if line.xid != rounding),
        *(_gone(line, wanted) for line in emptied if line.xid != rounding),
    ]
    if not words and not _total_agrees(wanted, content):
        words.append(f"the total: {content.total} becomes {wanted.total} {wanted.currency}")
    if not words:
        return _Differences()
    return _Differences(tuple(changed), tuple(added), tuple(emptied), tuple(words))


def own_lines(wanted: CreateOrder, content: OrderContent) -> list[ExistingLine]:
    """The lines that this program made; others were added by a person."""
    prefix = item_xid(wanted.account.key, "", "")[:-1]
    return [line for line in content.lines if line.xid.startswith(prefix)]


def _added_by_hand(wanted: CreateOrder, content: OrderContent) -> Decimal:
    own = {line.odoo_id for line in own_lines(wanted, content)}
    return sum((abs(line.total) for line in content.lines if line.odoo_id not in own), ZERO)


def differs(line: LineCommand, there: ExistingLine, currency: str) -> bool:
    """Whether a line differs by more than rounding explains.

    That is half a cent a piece where prices are net, at most doubled by the tax on it, and half a cent for the line's
    base and tax each. What is below shows in the order's total, which is compared to the cent.
    """
    tolerance = cent(currency) * (line.quantity + 1)
    return line.quantity != there.quantity or abs(line.gross - there.total) > tolerance


def _total_agrees(wanted: CreateOrder, content: OrderContent) -> bool:
    """To the cent; with amounts a person added the rest can only be known as far as its lines are, which agree.

    Whoever wants a doubted order to be Amazon's again is told of such amounts.
    """
    if _added_by_hand(wanted, content) and not _is_doubted(wanted):
        return True
    return round_to(content.total, cent(wanted.currency)) == wanted.total


def _is_doubted(wanted: CreateOrder) -> bool:
    return wanted.existing is not None and wanted.existing.doubted


def _require_same_quantities(wanted: CreateOrder, content: OrderContent) -> None:
    """Amazon gave no amounts at all: those in Odoo stand, as long as the goods are the same."""
    goods = {line.xid: Decimal(line.quantity) for line in wanted.lines if line.kind is LineKind.PRODUCT}
    suffix = f"_{LineKind.PRODUCT}"
    there = {
        line.xid: line.quantity for line in own_lines(wanted, content) if line.xid.endswith(suffix) and line.quantity
    }
    if goods != there:
        raise NeedsHuman(
            MONEY_MISMATCH,
            "Amazon's newest version has other quantities than the sale order, but no amounts",
            "Retry later: Amazon may give the amounts then. Otherwise change the sale order by hand, then retry.",
        )


def _allow(lines: _Differences, wanted: CreateOrder, content: OrderContent) -> None:
    """Raise NeedsHuman where the sale order must not be changed by a program."""
    more = f" and {len(lines.words) - _TOLD} more" if len(lines.words) > _TOLD else ""
    who = "the sale order is not as Amazon has it" if _is_doubted(wanted) else "Amazon changed the order"
    what = f"{who} ({'; '.join(lines.words[:_TOLD])}{more})"
    if _delivered(content):
        left = ", ".join(content.deliveries) or "a part of it"
        raise NeedsHuman(
            CHANGED_AFTER_DELIVERY,
            f"{what}, but {left} is delivered",
            "Take goods back with a return, or keep the sale; make the lines of the sale order Amazon's and retry, "
            "or dismiss this item.",
        )
    if content.locked:
        raise NeedsHuman(CHANGE_BLOCKED, f"{what}, but the sale order is locked", "Unlock it in Odoo, then retry.")
    if any(line.invoiced for line in content.lines):
        raise NeedsHuman(
            CHANGE_BLOCKED,
            f"{what}, but the sale order is invoiced, or has a draft invoice",
            f"Cancel a draft invoice and retry. {_BY_HAND} where the invoice is posted (credit note), then retry.",
        )
    if _added_by_hand(wanted, content):
        raise NeedsHuman(
            CHANGE_BLOCKED,
            f"{what}, but the sale order has amounts that were added in Odoo",
            f"{_BY_HAND}, or take the added lines off; then retry.",
        )


def _told(line: LineCommand, there: ExistingLine | None, wanted: CreateOrder) -> str:
    quantity = there.quantity if there else ZERO
    if line.kind is LineKind.PRODUCT and quantity != line.quantity:
        return f"{_label(line.xid, wanted)}: {_number(quantity)} pieces become {line.quantity}"
    return f"{_label(line.xid, wanted)}: {there.total if there else ZERO} becomes {line.gross} {wanted.currency}"


def _number(quantity: Decimal) -> str:
    return f"{quantity.normalize():f}"


def _gone(line: ExistingLine, wanted: CreateOrder) -> str:
    return f"{_label(line.xid, wanted)}: {_number(line.quantity)} pieces become 0"


def _label(xid: str, wanted: CreateOrder) -> str:
    """'product of 11111111111111': the kind of line and Amazon's item (or order) id, from the external id."""
    item, _, kind = xid.removeprefix(item_xid(wanted.account.key, "", "")[:-1]).partition("_")
    return f"{kind.replace('_', ' ')} of {item}"
