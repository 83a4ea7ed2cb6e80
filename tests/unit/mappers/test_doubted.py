"""A sale order that somebody wants to be Amazon's again although this version landed: the rules of a later change."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.errors import NeedsHuman
from domain.odoo import Plan, Unchanged, UpdateOrder, UpdateStatus
from domain.odoo_facts import ExistingLine, ExistingOrder
from domain.parked import CHANGE_BLOCKED, CHANGED_AFTER_DELIVERY
from mappers.sale_order import plan
from tests.builders import UPDATED, an_account, facts
from tests.unit.mappers.stored import ORDER, D, as_stored, quantities, xid


def dearer(existing: ExistingOrder, *, doubted: bool = True) -> ExistingOrder:
    """The first line costs five more than when it landed."""
    assert existing.content is not None
    first, *others = existing.content.lines
    first = replace(first, price_unit=first.price_unit + 5, total=first.total + 10)
    content = replace(existing.content, lines=(first, *others), total=existing.content.total + 10)
    return replace(existing, content=content, doubted=doubted)


def decide(existing: ExistingOrder) -> Plan:
    return plan(an_account(), ORDER, facts(existing=existing))


def test_only_a_doubted_order_is_compared_in_the_version_that_landed() -> None:
    assert decide(dearer(as_stored(ORDER), doubted=False)) == Unchanged()
    decision = decide(dearer(as_stored(ORDER)))
    assert isinstance(decision, UpdateOrder)
    assert quantities(decision.changed) == [(xid("1", "product"), 2, D("10.00"))]
    assert decision.resettle
    assert decision.mark.updated == UPDATED


def test_one_that_is_right_gets_its_status_alone() -> None:
    assert isinstance(decide(replace(as_stored(ORDER), doubted=True)), UpdateStatus)


def test_an_older_version_changes_nothing() -> None:
    existing = replace(dearer(as_stored(ORDER)), updated=UPDATED + timedelta(seconds=1))
    assert decide(existing) == Unchanged()


def test_a_program_must_not_change_what_has_left_is_locked_or_has_lines_of_a_person() -> None:
    by_hand = ExistingLine(odoo_id=9, xid="", product=None, quantity=D(1), price_unit=D(5), total=D(5))
    existing = dearer(as_stored(ORDER))
    assert existing.content is not None
    content = existing.content
    right = as_stored(ORDER).content
    assert right is not None
    for there, code, why in (
        (replace(content, deliveries=("WH/OUT/1",)), CHANGED_AFTER_DELIVERY, "WH/OUT/1 is delivered"),
        (replace(content, locked=True), CHANGE_BLOCKED, "the sale order is locked"),
        # Its own lines are right, yet its total is not Amazon's.
        (replace(right, lines=(*right.lines, by_hand), total=right.total + 5), CHANGE_BLOCKED, "added in Odoo"),
    ):
        with pytest.raises(NeedsHuman) as raised:
            decide(replace(existing, content=there))
        assert raised.value.code == code
        assert why in raised.value.reason
        assert raised.value.reason.startswith("the sale order is not as Amazon has it (")
