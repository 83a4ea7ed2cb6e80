"""A newer version of an order that is in Odoo: which lines differ, and what becomes of them."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from domain.odoo import CreateOrder, Plan, UpdateOrder, UpdateStatus
from domain.odoo_facts import ExistingLine
from domain.order import OrderStatus
from mappers.changes import later_change, without_cancelled
from mappers.sale_order import plan
from tests.builders import ORDER_ID, an_account, an_existing, an_order, facts, part
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
    update,
    xid,
)


# ------------------------------------------------------------ nothing differs
def test_the_same_lines_move_the_status_on() -> None:
    existing = as_stored(ORDER)
    assert decide(ORDER, existing) == mark(existing)


@pytest.mark.parametrize("changes", [{"deliveries": ("WH/OUT/1",)}, {"locked": True}], ids=["delivered", "locked"])
def test_where_nothing_differs_nothing_stands_in_the_way(changes: dict[str, Any]) -> None:
    existing = as_stored(ORDER, **changes)
    assert decide(ORDER, existing) == mark(existing)


def test_a_content_that_was_not_read_is_our_mistake() -> None:
    wanted = plan(an_account(), ORDER, facts())
    assert isinstance(wanted, CreateOrder)
    with pytest.raises(ValueError, match=r"^the sale order's content was not read$"):
        later_change(ORDER, wanted, an_existing())


@pytest.mark.parametrize(("off", "kind"), [("0.03", UpdateStatus), ("0.04", UpdateOrder)])
def test_a_line_may_miss_its_gross_by_rounding_while_the_total_agrees(off: str, kind: type[Plan]) -> None:
    """Two pieces: a cent each at most, and half a cent for base and for tax."""
    existing = as_stored(ORDER)
    assert existing.content is not None
    mug, *others = existing.content.lines
    moved = replace(mug, total=mug.total + D(off))
    content = replace(existing.content, lines=(moved, *others))
    assert isinstance(decide(ORDER, replace(existing, content=content)), kind)


@pytest.mark.parametrize(("off", "kind"), [("3", UpdateStatus), ("4", UpdateOrder)])
def test_yen_have_no_cents(off: str, kind: type[Plan]) -> None:
    order = an_order(replace(MUG, breakdowns=(part("ITEM", "2000"),), total=D(2000)), currency="JPY")
    existing = as_stored(order, total=D("2000.4"))
    assert existing.content is not None
    (mug,) = existing.content.lines
    moved = replace(existing.content, lines=(replace(mug, total=mug.total + D(off)),))
    assert isinstance(decide(order, replace(existing, content=moved)), kind)


def test_a_rounding_line_odoo_needed_is_no_difference() -> None:
    existing = as_stored(ORDER)
    assert existing.content is not None
    rounding = ExistingLine(
        odoo_id=900, xid=xid(ORDER_ID, "rounding"), product=5, quantity=D(1), price_unit=D("-0.01"), total=D("-0.01")
    )
    content = replace(existing.content, lines=(*existing.content.lines, rounding))
    existing = replace(existing, content=content)
    assert decide(ORDER, existing) == mark(existing)


def test_a_total_that_is_a_cent_off_is_settled_again() -> None:
    existing = as_stored(ORDER, total=D("32.99"))
    decision = update(ORDER, existing)
    assert (decision.changed, decision.added, decision.emptied, decision.resettle) == ((), (), (), True)
    assert decision.wanted.total == D("33.00")
    assert decision.content is existing.content


# ------------------------------------------------------------ lines
def test_a_cancelled_item_is_emptied_with_all_its_lines() -> None:
    existing = as_stored(ORDER)
    decision = update(an_order(MUG, cancelled(CUP)), existing)
    assert [(line.xid, line.odoo_id) for line in decision.emptied] == [
        (xid("2", "product"), 102),
        (xid("2", "shipping"), 103),
    ]
    assert (decision.changed, decision.added, decision.wanted.total) == ((), (), D("20.00"))
    assert (decision.mark, decision.existing, decision.resettle) == (mark(existing), existing, True)
    assert (decision.contact, decision.address) == (None, None)


def test_what_was_emptied_before_is_no_difference() -> None:
    order = an_order(MUG, cancelled(CUP))
    existing = as_stored(ORDER)
    assert existing.content is not None
    lines = tuple(
        replace(line, quantity=D(0), total=D(0)) if "item_acme-eu_2_" in line.xid else line
        for line in existing.content.lines
    )
    existing = replace(existing, content=replace(existing.content, lines=lines, total=D("20.00")))
    assert decide(order, existing) == mark(existing)


@pytest.mark.parametrize("total", [D(0), None])
def test_a_quantity_left_on_a_cancelled_item_does_not_count(total: Decimal | None) -> None:
    order = an_order(MUG, cancelled(CUP, quantity=1, total=total, gift_message="Hello"))
    assert [(item.quantity, item.gift_message) for item in without_cancelled(order).items] == [(2, ""), (0, "")]
    assert [line.xid for line in update(order, as_stored(ORDER)).emptied] == [xid("2", "product"), xid("2", "shipping")]
    created = plan(an_account(), order, facts())
    assert isinstance(created, CreateOrder)
    assert [line.xid for line in created.lines] == [xid("1", "product")]


def test_a_cancelled_item_that_is_paid_for_counts() -> None:
    order = an_order(replace(MUG, cancelled_by="BUYER"))
    assert without_cancelled(order) == order


def test_a_lowered_quantity() -> None:
    order = an_order(replace(MUG, quantity=1, breakdowns=(part("ITEM", "10.00"),), total=D("10.00")), CUP)
    decision = update(order, as_stored(ORDER))
    assert quantities(decision.changed) == [(xid("1", "product"), 1, D("10.00"))]
    assert (decision.added, decision.emptied, decision.wanted.total) == ((), (), D("23.00"))


def test_a_new_price_of_the_same_quantity() -> None:
    order = an_order(replace(MUG, breakdowns=(part("ITEM", "18.00"),), total=D("18.00")), CUP)
    assert quantities(update(order, as_stored(ORDER)).changed) == [(xid("1", "product"), 2, D("9.00"))]


def test_a_discount_comes_and_goes() -> None:
    cheaper = an_order(MUG, replace(CUP, breakdowns=(*CUP.breakdowns, part("DISCOUNT", "-3.00")), total=D("10.00")))
    decision = update(cheaper, as_stored(ORDER))
    assert quantities(decision.added) == [(xid("2", "discount"), 1, D("-3.00"))]
    assert (decision.changed, decision.emptied, decision.wanted.total) == ((), (), D("30.00"))
    assert [line.xid for line in update(ORDER, as_stored(cheaper)).emptied] == [xid("2", "discount")]


def test_rounding_lines_follow_the_others() -> None:
    three = replace(MUG, quantity=3)
    assert [line.price_unit for line in as_stored(an_order(three)).content.lines] == [D("6.67"), D("-0.01")]  # type: ignore[union-attr]  # as_stored() gives a content
    gone = update(an_order(MUG), as_stored(an_order(three)))
    assert [line.xid for line in gone.emptied] == [xid(ORDER_ID, "rounding")]
    come = update(an_order(three), as_stored(an_order(MUG)))
    assert quantities(come.added) == [(xid(ORDER_ID, "rounding"), 1, D("-0.01"))]


@pytest.mark.parametrize("state", ["draft", "sent", "sale"])
def test_quotations_and_orders_alike(state: str) -> None:
    existing = replace(as_stored(ORDER), state=state)
    assert len(update(an_order(MUG, cancelled(CUP)), existing).emptied) == 2


def test_every_item_cancelled_leaves_nothing() -> None:
    decision = update(an_order(cancelled(MUG), cancelled(CUP)), as_stored(ORDER))
    assert len(decision.emptied) == 3
    assert (repr(decision.wanted.total), decision.wanted.lines) == ("Decimal('0')", ())


@pytest.mark.parametrize("status", [OrderStatus.UNSHIPPED, OrderStatus.PARTIALLY_SHIPPED, OrderStatus.SHIPPED])
def test_what_was_cancelled_in_odoo_gets_the_status_only(status: OrderStatus) -> None:
    existing = an_existing(state="cancel")
    decision = decide(an_order(cancelled(MUG), CUP, status=status), existing)
    assert decision == replace(mark(existing), status=status.upper())
