"""A sale order that an attempt for an older version began: what is changed before it is finished."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from domain.account import CollectedTax, Policy
from domain.odoo import CreateOrder, LineKind, UpdateOrder
from domain.odoo_facts import ExistingLine, ExistingOrder
from domain.order import Order
from domain.parked import CHANGED_AFTER_DELIVERY
from mappers.names import item_xid
from mappers.sale_order import plan
from tests.builders import ORDER_ID, an_account, an_address, an_item, facts, part
from tests.unit.mappers.stored import CUP, LATER, MUG, ORDER, D, as_stored, decide, quantities, refused, xid

DRAFTS = ("draft", "sent")
STATES = (*DRAFTS, "sale", "done")
SHIPPED_MUG = an_item(part("ITEM", "20.00"), part("SHIPPING", "1.00"), item_id="1", quantity=2)
ROUNDING = item_xid("acme-eu", ORDER_ID, LineKind.ROUNDING)


def begun(order: Order = ORDER, state: str = "draft", **changes: Any) -> ExistingOrder:
    return replace(as_stored(order, **changes), state=state, status="", updated=None)


def left(order: Order, there: ExistingOrder) -> UpdateOrder | None:
    """What is to be changed before the order is finished."""
    decision = decide(order, there)
    assert isinstance(decision, CreateOrder)
    assert decision.existing == there
    if decision.overtaken is not None:
        assert decision.overtaken.wanted == replace(decision, overtaken=None)
        assert decision.overtaken.mark.updated == LATER
    return decision.overtaken


def as_net(there: ExistingOrder) -> ExistingOrder:
    """The same before its amounts are settled, where a fifth of tax comes on top of prices."""
    assert there.content is not None
    lines = tuple(replace(line, total=line.total * D("1.2")) for line in there.content.lines)
    return replace(there, content=replace(there.content, lines=lines, total=there.content.total * D("1.2")))


def with_rounding(there: ExistingOrder) -> ExistingOrder:
    assert there.content is not None
    line = ExistingLine(
        odoo_id=900, xid=ROUNDING, product=None, quantity=D(1), price_unit=D("0.01"), total=D("0.01")
    )  # fmt: skip
    return replace(there, content=replace(there.content, lines=(*there.content.lines, line)))


@pytest.mark.parametrize("state", STATES)
def test_of_the_same_content_nothing_is_changed(state: str) -> None:
    assert left(ORDER, begun(state=state)) is None


@pytest.mark.parametrize("state", DRAFTS)
def test_amounts_that_are_not_settled_yet_or_by_a_rounding_line_are_no_change(state: str) -> None:
    assert left(ORDER, as_net(begun(state=state))) is None
    assert left(ORDER, with_rounding(begun(state=state))) is None


@pytest.mark.parametrize("state", STATES)
def test_a_newer_version_of_the_lines_takes_their_place(state: str) -> None:
    fewer = an_item(part("ITEM", "10.00"), item_id="1", quantity=1)
    discounted = an_item(part("ITEM", "9.00"), part("DISCOUNT", "-2.00"), item_id="2", sku="CUP")
    change = left(replace(ORDER, items=(fewer, discounted), grand_total=D("17.00")), with_rounding(begun(state=state)))
    assert change is not None
    assert quantities(change.changed) == [(xid("1", "product"), 1, D("10.00"))]
    assert quantities(change.added) == [(xid("2", "discount"), 1, D("-2.00"))]
    assert [line.xid for line in change.emptied] == [xid("2", "shipping"), ROUNDING]
    assert (change.contact, change.address) == (None, None)
    assert change.resettle is (state not in DRAFTS)  # a quotation is settled when it is finished


@pytest.mark.parametrize("state", DRAFTS)
@pytest.mark.parametrize(
    ("items", "changed", "added", "emptied"),
    [
        ((replace(MUG, quantity=4), CUP), ["1 product"], [], []),
        ((an_item(part("ITEM", "20.04"), item_id="1", quantity=2), CUP), ["1 product"], [], []),
        ((MUG, an_item(part("ITEM", "9.00"), item_id="2", sku="CUP")), [], [], ["2 shipping"]),
        ((SHIPPED_MUG, CUP), [], ["1 shipping"], []),
    ],
)  # fmt: skip
def test_each_difference_of_a_quotation_counts(
    state: str, items: tuple[Any, ...], changed: list[str], added: list[str], emptied: list[str]
) -> None:
    change = left(replace(ORDER, items=items, grand_total=None), begun(state=state))
    assert change is not None
    told = [[line.xid for line in lines] for lines in (change.changed, change.added, change.emptied)]
    assert told == [[xid(*name.split()) for name in names] for names in (changed, added, emptied)]


@pytest.mark.parametrize("state", STATES)
def test_a_newer_address_and_contact_take_their_place(state: str) -> None:
    moved = an_address(lines=("Neue Str. 1",))
    change = left(replace(ORDER, address=moved), begun(state=state))
    assert change is not None
    assert change.address is not None
    assert change.address.street == "Neue Str. 1"
    assert (change.changed, change.added, change.emptied) == ((), (), ())
    assert left(replace(ORDER, address=None), begun(state=state)) is None


def test_what_was_delivered_before_it_was_finished_needs_a_person() -> None:
    more = replace(ORDER, items=(replace(MUG, quantity=3), CUP), grand_total=None)
    assert refused(more, begun(state="sale", deliveries=("WH/OUT/1",))).code == CHANGED_AFTER_DELIVERY


def test_what_is_only_begun_does_not_say_how_collected_tax_is_treated() -> None:
    """The clearing line may be the one that is lacking yet."""
    item = an_item(part("ITEM", "20.00"), part("TAX", "4.00"), item_id="1", tax_collected_by_amazon=True)
    order = replace(ORDER, items=(item,), grand_total=None)
    account = an_account(policy=Policy(collected_tax=CollectedTax.CLEARING_LINE))
    decision = plan(account, replace(order, updated=LATER), facts(existing=begun(order)))
    assert isinstance(decision, CreateOrder)
    assert LineKind.COLLECTED_TAX in {line.kind for line in decision.lines}
