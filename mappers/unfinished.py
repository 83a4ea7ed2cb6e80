"""A sale order that an earlier attempt began and did not finish, perhaps for an older version of Amazon's order."""

from __future__ import annotations

from domain.money import cent
from domain.odoo import CreateOrder, LineCommand, LineKind, UpdateOrder
from domain.odoo_facts import ExistingLine, ExistingOrder
from domain.order import Order
from mappers.changes import content_of, differs, later_change, mark_of, own_lines
from mappers.names import item_xid
from mappers.partner_changes import changed_address, changed_contact


def unfinished_change(order: Order, wanted: CreateOrder, existing: ExistingOrder) -> UpdateOrder | None:
    """What is left to change in a sale order that an attempt for an older version began and did not finish.

    None if it is as `order` has it: mostly the attempt was one for this version. A confirmed one is whole, and follows
    as one that landed. The amounts of a quotation are settled after this.

    Raises NeedsHuman as later_change() does.
    """
    if existing.state not in {"draft", "sent"}:
        change = later_change(order, wanted, existing)
        return change if isinstance(change, UpdateOrder) else None
    content = content_of(existing)
    there = {line.xid: line for line in own_lines(wanted, content)}
    asked = {line.xid: line for line in wanted.lines if line.kind is not LineKind.NOTE}
    rounding = item_xid(wanted.account.key, wanted.order_id, LineKind.ROUNDING)
    changed = [line for xid, line in asked.items() if xid in there and _is_another(line, there[xid], wanted.currency)]
    added = [line for xid, line in asked.items() if xid not in there]
    emptied = [line for xid, line in there.items() if xid not in asked and line.quantity]
    if not changed and not added and all(line.xid == rounding for line in emptied):
        emptied = []
    contact = changed_contact(wanted.account.key, order, wanted.contact, content.contact)
    address = changed_address(order, wanted.address, content.address, parent=content.contact.xid)
    if not changed and not added and not emptied and contact is None and address is None:
        return None
    return UpdateOrder(
        mark=mark_of(wanted, existing),
        wanted=wanted,
        existing=existing,
        content=content,
        changed=tuple(changed),
        added=tuple(added),
        emptied=tuple(emptied),
        contact=contact,
        address=address,
    )


def _is_another(line: LineCommand, there: ExistingLine, currency: str) -> bool:
    """Whether a quotation's line is another version's: neither the amount nor the price is this one's.

    Before the amounts are settled a line has Amazon's price, and afterwards Amazon's amount.
    """
    if line.quantity != there.quantity:
        return True
    return differs(line, there, currency) and abs(line.price_unit - there.price_unit) >= cent(currency)
