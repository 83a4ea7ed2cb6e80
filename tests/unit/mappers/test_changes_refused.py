"""Later changes of which a person must decide: delivered, locked, invoiced, edited, or without amounts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from domain.odoo_facts import ExistingLine, ExistingOrder
from domain.order import Order, OrderItem
from domain.parked import CHANGE_BLOCKED, CHANGED_AFTER_DELIVERY, MONEY_MISMATCH
from tests.builders import an_order
from tests.unit.mappers.stored import (
    CUP,
    MUG,
    ORDER,
    D,
    as_stored,
    cancelled,
    decide,
    mark,
    quantities,
    refused,
    update,
    xid,
)


# ------------------------------------------------------------ a person decides
def test_after_a_delivery_a_person_decides() -> None:
    existing = as_stored(ORDER, deliveries=("WH/OUT/1", "WH/OUT/2"))
    needs = refused(an_order(replace(MUG, quantity=1), cancelled(CUP)), existing)
    assert (needs.code, needs.reason) == (
        CHANGED_AFTER_DELIVERY,
        (
            "Amazon changed the order (product of 1: 2 pieces become 1; product of 2: 1 pieces become 0; "
            "shipping of 2: 1 pieces become 0), but WH/OUT/1, WH/OUT/2 is delivered"
        ),
    )


def with_line(existing: ExistingOrder, place: int, **changes: Any) -> ExistingOrder:
    assert existing.content is not None
    lines = list(existing.content.lines)
    lines[place] = replace(lines[place], **changes)
    return replace(existing, content=replace(existing.content, lines=tuple(lines)))


@pytest.mark.parametrize(
    ("existing", "code", "why"),
    [
        (with_line(as_stored(ORDER), 0, delivered=D(1)), CHANGED_AFTER_DELIVERY, "a part of it is delivered"),
        (as_stored(ORDER, locked=True), CHANGE_BLOCKED, "the sale order is locked"),
        (
            with_line(as_stored(ORDER), 2, invoiced=D(1)),
            CHANGE_BLOCKED,
            "the sale order is invoiced, or has a draft invoice",
        ),
    ],
)
def test_a_sale_order_that_must_not_change(existing: ExistingOrder, code: str, why: str) -> None:
    needs = refused(an_order(MUG, cancelled(CUP)), existing)
    assert needs.code == code
    assert needs.reason == (
        "Amazon changed the order (product of 2: 1 pieces become 0; shipping of 2: 1 pieces become 0), but " + why
    )


def by_hand(total: str) -> ExistingOrder:
    existing = as_stored(ORDER)
    assert existing.content is not None
    line = ExistingLine(odoo_id=7, xid="", product=9, quantity=D(1), price_unit=D(total), total=D(total))
    content = replace(existing.content, lines=(*existing.content.lines, line), total=existing.content.total + D(total))
    return replace(existing, content=content)


def test_amounts_added_by_hand_stop_a_change_and_nothing_else() -> None:
    assert decide(ORDER, by_hand("5.00")) == mark(by_hand("5.00"))
    needs = refused(an_order(MUG, cancelled(CUP)), by_hand("5.00"))
    assert (needs.code, needs.reason.endswith("but the sale order has amounts that were added in Odoo")) == (
        CHANGE_BLOCKED,
        True,
    )
    assert len(update(an_order(MUG, cancelled(CUP)), by_hand("0.00")).emptied) == 2


def test_a_long_list_is_cut() -> None:
    items = [replace(MUG, item_id=str(number)) for number in range(11)]
    needs = refused(an_order(*(cancelled(item) for item in items)), as_stored(an_order(*items), locked=True))
    assert needs.reason.count("become") == 8
    assert "become 0 and 3 more), but" in needs.reason


# ------------------------------------------------------------ no amounts
def without_amounts(*items: OrderItem) -> Order:
    bare = tuple(replace(item, breakdowns=(), total=None) for item in items)
    return an_order(*bare, currency="", grand_total=None)


def test_no_amounts_at_all_never_overwrite_those_in_odoo() -> None:
    existing = as_stored(ORDER)
    assert decide(without_amounts(MUG, CUP), existing) == mark(existing)


def test_new_quantities_without_amounts_need_a_person() -> None:
    needs = refused(without_amounts(replace(MUG, quantity=1), CUP), as_stored(ORDER))
    assert (needs.code, needs.reason) == (
        MONEY_MISMATCH,
        "Amazon's newest version has other quantities than the sale order, but no amounts",
    )


def test_all_cancelled_without_amounts() -> None:
    gone = without_amounts(*(replace(item, cancelled_by="BUYER") for item in (MUG, CUP)))
    assert len(update(gone, as_stored(ORDER)).emptied) == 3


def test_a_free_order_whose_quantity_changes() -> None:
    free = without_amounts(replace(MUG, quantity=3))
    decision = update(without_amounts(MUG), as_stored(free))
    assert (quantities(decision.changed), decision.wanted.total) == ([(xid("1", "product"), 2, D(0))], D(0))
