"""What people read of a later change that a program must not make: the reason line by line, and the remedy."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from domain.odoo_facts import ExistingLine, ExistingOrder
from domain.order import OrderItem
from domain.parked import CHANGE_BLOCKED, CHANGED_AFTER_DELIVERY, MONEY_MISMATCH
from tests.builders import an_order, part
from tests.unit.mappers.stored import CUP, MUG, ORDER, D, as_stored, cancelled, refused, xid

BY_HAND = "Compare the sale order with Seller Central and change it by hand"
SETTLE = "make the lines of the sale order Amazon's and retry"


def why(*items: OrderItem, **changes: Any) -> str:
    """What is said of `items` when ORDER is locked in Odoo."""
    reason = refused(an_order(*items), as_stored(ORDER, locked=True, **changes)).reason
    assert reason.endswith("), but the sale order is locked")
    return reason.removeprefix("Amazon changed the order (").removesuffix("), but the sale order is locked")


def priced(item: OrderItem, *amounts: tuple[str, str]) -> OrderItem:
    parts = tuple(part(kind, text) for kind, text in amounts)
    return replace(item, breakdowns=parts, total=sum((one.amount for one in parts), D(0)))


@pytest.mark.parametrize(
    ("items", "words"),
    [
        ([replace(MUG, quantity=1), CUP], "product of 1: 2 pieces become 1"),
        ([priced(MUG, ("ITEM", "18.00")), CUP], "product of 1: 20.00 becomes 18.00 EUR"),
        ([MUG, priced(CUP, ("ITEM", "9.00"), ("SHIPPING", "5.00"))], "shipping of 2: 4.00 becomes 5.00 EUR"),
        (
            [MUG, priced(CUP, ("ITEM", "9.00"), ("SHIPPING", "4.00"), ("GIFT_WRAP", "3.50"))],
            "gift wrap of 2: 0 becomes 3.50 EUR",
        ),
        ([MUG, cancelled(CUP)], "product of 2: 1 pieces become 0; shipping of 2: 1 pieces become 0"),
        ([MUG, CUP, replace(CUP, item_id="3", quantity=4)],
         "product of 3: 0 pieces become 4; shipping of 3: 0 becomes 4.00 EUR"),
    ],
)  # fmt: skip
def test_each_difference_has_its_words(items: list[OrderItem], words: str) -> None:
    assert why(*items) == words


def test_a_rounding_line_that_comes_is_not_mentioned() -> None:
    assert why(replace(MUG, quantity=3), CUP) == "product of 1: 2 pieces become 3"


def test_a_total_alone() -> None:
    assert why(MUG, CUP, total=D("32.99")) == "the total: 32.99 becomes 33.00 EUR"


@pytest.mark.parametrize(("count", "end"), [(8, "become 0"), (9, "become 0 and 1 more")])
def test_eight_differences_are_named(count: int, end: str) -> None:
    items = [replace(MUG, item_id=str(number)) for number in range(count)]
    needs = refused(an_order(*map(cancelled, items)), as_stored(an_order(*items), locked=True))
    assert needs.reason.endswith(f"{end}), but the sale order is locked")
    assert needs.reason.count("pieces become 0") == 8


def with_line(line: ExistingLine | None = None, **first: Any) -> ExistingOrder:
    """ORDER in Odoo with `line` added, or with its first line changed."""
    existing = as_stored(ORDER)
    assert existing.content is not None
    lines = existing.content.lines
    lines = (*lines, line) if line else (replace(lines[0], **first), *lines[1:])
    return replace(existing, content=replace(existing.content, lines=lines))


def added(name: str) -> ExistingLine:
    return ExistingLine(odoo_id=7, xid=name, product=9, quantity=D(1), price_unit=D(5), total=D(5))


@pytest.mark.parametrize(
    ("existing", "code", "remedy"),
    [
        (
            as_stored(ORDER, deliveries=("WH/OUT/1",)),
            CHANGED_AFTER_DELIVERY,
            f"Take goods back with a return, or keep the sale; {SETTLE}, or dismiss this item.",
        ),
        (as_stored(ORDER, locked=True), CHANGE_BLOCKED, "Unlock it in Odoo, then retry."),
        (
            with_line(invoiced=D(1)),
            CHANGE_BLOCKED,
            f"Cancel a draft invoice and retry. {BY_HAND} where the invoice is posted (credit note), then retry.",
        ),
        (
            with_line(added("")),
            CHANGE_BLOCKED,
            f"{BY_HAND}, or take the added lines off; then retry.",
        ),
    ],
)
def test_each_refusal_has_its_remedy(existing: ExistingOrder, code: str, remedy: str) -> None:
    needs = refused(an_order(MUG, cancelled(CUP)), existing)
    assert (needs.code, needs.remedy) == (code, remedy)


@pytest.mark.parametrize(
    "name", ["__export__.sale_order_line_7_ab12cd34", xid("1", "product").replace("-eu_", "-eu2_")]
)
def test_a_line_with_an_external_id_that_is_none_of_ours_was_added_by_hand(name: str) -> None:
    """Odoo gives each record that a person exports an external id; two accounts' orders may be merged by hand."""
    needs = refused(an_order(MUG, cancelled(CUP)), with_line(added(name)))
    assert needs.reason.endswith("but the sale order has amounts that were added in Odoo")


def test_quantities_without_amounts_have_a_remedy() -> None:
    bare = (replace(item, breakdowns=(), total=None) for item in (replace(MUG, quantity=1), CUP))
    needs = refused(an_order(*bare, currency="", grand_total=None), as_stored(ORDER))
    assert (needs.code, needs.remedy) == (
        MONEY_MISMATCH,
        "Retry later: Amazon may give the amounts then. Otherwise change the sale order by hand, then retry.",
    )
