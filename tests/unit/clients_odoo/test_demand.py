"""Which open moves go down, by how much, and what needs a person; real warehouses are in tests/odoo."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from clients.odoo.demand import Lowering, lower, plan_lowering
from domain.errors import NeedsHuman
from domain.odoo import UpdateOrder
from domain.parked import CHANGE_BLOCKED
from tests.builders import an_item, an_order, part
from tests.unit.clients_odoo.fakes import FakeTransport, fake_odoo
from tests.unit.mappers.stored import as_stored, update

D = Decimal
FIVE = an_item(part("ITEM", "50.00"), item_id="1", quantity=5)
LINE = 101


def to(quantity: int) -> UpdateOrder:
    """Five pieces, of which `quantity` stay."""
    item = replace(FIVE, quantity=quantity, breakdowns=(part("ITEM", f"{quantity}0.00"),), total=D(quantity * 10))
    return update(an_order(item), as_stored(an_order(FIVE)))


def a_move(number: int, quantity: float, **changes: Any) -> dict[str, Any]:
    return {
        "id": number, "sale_line_id": [LINE, "line"], "product_id": [1, "Amazon Sale"], "product_uom_qty": quantity,
        "picking_id": [number * 10, f"OUT/{number}"], "state": "assigned", "location_id": [8, "Stock"],
        "location_dest_id": [5, "Customers"], "move_orig_ids": [], "move_dest_ids": [], "picked": False,
    } | changes  # fmt: skip


def planned(change: UpdateOrder, *moves: dict[str, Any]) -> tuple[Lowering | NeedsHuman, FakeTransport]:
    def found(_ids: Any, named: dict[str, Any]) -> list[dict[str, Any]]:
        (field, _, wanted), _ = named["domain"]
        return [one for one in moves if (one["id"] if field == "id" else (one[field] or [0])[0]) in wanted]

    fields = {"picked": {"type": "boolean"}}
    odoo, transport = fake_odoo({"stock.move.search_read": found, "stock.move.fields_get": fields})
    (plan,) = plan_lowering(odoo, [change])
    return plan, transport


@pytest.mark.parametrize(
    ("left", "quantities", "again"),
    [(4, {2: 1}, {20}), (3, {2: 0}, set()), (1, {2: 0, 1: 1}, {10}), (0, {1: 0, 2: 0}, set())],
)
def test_the_youngest_moves_go_down_first(left: int, quantities: dict[int, int], again: set[int]) -> None:
    plan, _ = planned(to(left), a_move(1, 3.0), a_move(2, 2.0))
    assert plan == Lowering({move: D(quantity) for move, quantity in quantities.items()}, again)


def test_what_was_not_reserved_is_not_reserved_afterwards() -> None:
    plan, _ = planned(to(2), a_move(1, 5.0, state="confirmed"))
    assert plan == Lowering({1: D(2)}, set())


def test_what_is_down_already_is_only_reserved() -> None:
    plan, _ = planned(to(2), a_move(1, 2.0, state="confirmed"))
    assert plan == Lowering({}, {10})


def test_more_pieces_and_other_amounts_touch_no_delivery() -> None:
    plan, transport = planned(to(7), a_move(1, 5.0))
    assert (plan, transport.asked) == (Lowering(), [])


def test_what_feeds_a_move_goes_down_with_it_even_if_it_feeds_others() -> None:
    ship = a_move(1, 5.0, move_orig_ids=[3])
    other = a_move(2, 4.0, sale_line_id=[999, "other"], move_orig_ids=[3])
    pick = a_move(3, 9.0, sale_line_id=False, move_dest_ids=[1, 2], location_dest_id=[6, "Output"])
    plan, _ = planned(to(1), ship, other, pick)
    assert plan == Lowering({1: D(1), 3: D(5)}, {10, 30})


@pytest.mark.parametrize("begun", [1, 3])
def test_a_delivery_being_packed_needs_a_person(begun: int) -> None:
    moves = [a_move(1, 5.0, move_orig_ids=[3]), a_move(3, 5.0, sale_line_id=False, move_dest_ids=[1])]
    plan, _ = planned(to(1), *({**move, "picked": move["id"] == begun} for move in moves))
    assert isinstance(plan, NeedsHuman)
    assert (plan.code, plan.reason) == (CHANGE_BLOCKED, f"Amazon wants fewer pieces, but OUT/{begun} is being packed")


def test_a_kit_needs_a_person_unless_all_of_it_goes() -> None:
    parts = a_move(1, 10.0, product_id=[77, "Screw"]), a_move(2, 5.0, product_id=[78, "Nut"])
    plan, _ = planned(to(2), *parts)
    assert isinstance(plan, NeedsHuman)
    assert (plan.code, "kit" in plan.reason) == (CHANGE_BLOCKED, True)
    assert planned(to(0), *parts)[0] == Lowering({1: D(0), 2: D(0)}, set())


def test_writes_what_feeds_first_and_reserves_last() -> None:
    odoo, transport = fake_odoo({"stock.move.write": True, "stock.picking.action_assign": True})
    lower(odoo, [Lowering({1: D(0), 2: D(1), 3: D(5)}, {10, 30}), Lowering({4: D(0)}, set())], context={})
    assert [(method, ids, named) for method, ids, named, _ in transport.asked] == [
        ("stock.move.write", [3], {"vals": {"product_uom_qty": 5.0}}),
        ("stock.move.write", [2], {"vals": {"product_uom_qty": 1.0}}),
        ("stock.move.write", [1, 4], {"vals": {"product_uom_qty": 0.0, "state": "cancel"}}),
        ("stock.picking.action_assign", [10, 30], {}),
    ]
