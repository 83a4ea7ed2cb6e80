"""Sale orders as they are in Odoo after an order landed, and decisions about newer versions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from domain.errors import NeedsHuman
from domain.odoo import CreateOrder, LineCommand, LineKind, Plan, UpdateOrder, UpdateStatus
from domain.odoo_facts import ExistingLine, ExistingOrder, OrderContent
from domain.order import Order, OrderItem
from mappers.names import item_xid
from mappers.sale_order import plan
from tests.builders import ORDER_ID, SHIP_BY, UPDATED, an_account, an_existing, an_item, an_order, facts, part

D = Decimal
LATER = UPDATED + timedelta(minutes=5)
MUG = an_item(part("ITEM", "20.00"), item_id="1", quantity=2)
CUP = an_item(part("ITEM", "9.00"), part("SHIPPING", "4.00"), item_id="2", sku="CUP")
ORDER = an_order(MUG, CUP)


def xid(item: str, kind: str) -> str:
    return item_xid("acme-eu", item, kind)


def as_stored(order: Order, **changes: Any) -> ExistingOrder:
    """What Odoo holds after `order` landed: each line as the mapper wanted it, taxes included in the price."""
    wanted = plan(an_account(), order, facts())
    assert isinstance(wanted, CreateOrder)
    lines = tuple(
        ExistingLine(
            odoo_id=number,
            xid=line.xid,
            product=line.product,
            quantity=D(line.quantity),
            price_unit=line.price_unit,
            total=line.price_unit * line.quantity,
        )
        for number, line in enumerate(wanted.lines, start=101)
        if line.kind is not LineKind.NOTE
    )
    content = OrderContent(
        total=wanted.total, lines=lines, contact=wanted.contact, address=replace(wanted.address, parent="")
    )
    return an_existing(content=replace(content, **changes))


def decide(order: Order, existing: ExistingOrder) -> Plan:
    return plan(an_account(), replace(order, updated=LATER), facts(existing=existing))


def update(order: Order, existing: ExistingOrder) -> UpdateOrder:
    decision = decide(order, existing)
    assert isinstance(decision, UpdateOrder)
    return decision


def refused(order: Order, existing: ExistingOrder) -> NeedsHuman:
    with pytest.raises(NeedsHuman) as raised:
        decide(order, existing)
    return raised.value


def quantities(lines: Sequence[LineCommand]) -> list[tuple[str, int, Decimal]]:
    return [(line.xid, line.quantity, line.price_unit) for line in lines]


def mark(existing: ExistingOrder) -> UpdateStatus:
    return UpdateStatus(
        xid="__amazon_sync__.order_acme-eu_" + ORDER_ID,
        existing=existing,
        status="UNSHIPPED",
        updated=LATER,
        commitment_date=SHIP_BY,
    )


def cancelled(item: OrderItem, **changes: Any) -> OrderItem:
    gone = replace(item, breakdowns=(), total=D(0), quantity=0, cancelled_by="MERCHANT")
    return replace(gone, **changes)
