"""Open deliveries of sale orders whose quantities go down: they must not send more than is sold.

Odoo 19 lowers them itself when an order line goes down, 14 does not. Lowered first, before the lines, they come out the
same everywhere: 19 then finds nothing left to do. A repeat finds them lowered already.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from clients.odoo.client import Odoo
from domain.errors import NeedsHuman
from domain.odoo import ExistingLine, UpdateOrder
from domain.parked import CHANGE_BLOCKED

_OPEN: Final = ("state", "not in", ["done", "cancel"])
_RESERVED: Final = ("assigned", "partially_available")
_FIELDS: Final = (
    "sale_line_id", "product_id", "product_uom_qty", "picking_id", "state", "location_id", "location_dest_id",
)  # fmt: skip


@dataclass(slots=True)
class Lowering:
    """What is to happen to one order's open moves: quantities by move id (0 cancels), deliveries to reserve again."""

    quantities: dict[int, Decimal] = field(default_factory=dict)
    pickings: set[int] = field(default_factory=set)


def plan_lowering(odoo: Odoo, updates: Sequence[UpdateOrder]) -> list[Lowering | NeedsHuman]:
    """Return what each of `updates` does to open deliveries; one call for all of them, and nothing is written.

    A delivery somebody has begun to pack, and a kit of which some stays, need a person.
    """
    lowered = [_lowered(update) for update in updates]
    lines = [line.odoo_id for one in lowered for line, _ in one]
    moves: dict[int, list[dict[str, Any]]] = defaultdict(list)
    if lines:
        started = odoo.first_field("stock.move", "picked", "quantity_done")
        domain = [("sale_line_id", "in", lines), _OPEN]
        for move in odoo.search_read("stock.move", domain, [*_FIELDS, started], order="id"):
            move["started"] = bool(move[started])
            moves[move["sale_line_id"][0]].append(move)
    return [_plan(one, moves) for one in lowered]


def lower(odoo: Odoo, lowerings: Sequence[Lowering], *, context: Mapping[str, object]) -> None:
    """Write new quantities to open moves, cancel those of 0, and reserve again what was reserved."""
    quantities = {move: quantity for one in lowerings for move, quantity in one.quantities.items()}
    by_quantity: dict[Decimal, list[int]] = defaultdict(list)
    for move, quantity in quantities.items():
        by_quantity[quantity].append(move)
    for quantity, ids in by_quantity.items():
        # Without a quantity there is nothing reserved any more, so the state is all that is left of cancelling.
        values = {"product_uom_qty": float(quantity)} | ({} if quantity else {"state": "cancel"})
        odoo.call("stock.move", "write", ids=ids, vals=values, context=context)
    pickings = sorted({picking for one in lowerings for picking in one.pickings})
    if pickings:
        odoo.call("stock.picking", "action_assign", ids=pickings, context=context)


def _lowered(update: UpdateOrder) -> list[tuple[ExistingLine, Decimal]]:
    there = {line.xid: line for line in update.content.lines}
    changed = [(there[line.xid], Decimal(line.quantity)) for line in update.changed]
    emptied = [(line, Decimal(0)) for line in update.emptied]
    return [(line, quantity) for line, quantity in (*changed, *emptied) if quantity < line.quantity]


def _plan(
    lowered: Sequence[tuple[ExistingLine, Decimal]], moves: Mapping[int, Sequence[Mapping[str, Any]]]
) -> Lowering | NeedsHuman:
    plan = Lowering()
    for line, quantity in lowered:
        mine = moves.get(line.odoo_id, [])
        if refusal := _refusal(line, quantity, mine):
            return refusal
        # A delivery in several steps has the same goods once for each step.
        steps: dict[tuple[int, int], list[Mapping[str, Any]]] = defaultdict(list)
        for move in mine:
            steps[move["location_id"][0], move["location_dest_id"][0]].append(move)
        for step in steps.values():
            _take(plan, step, quantity)
    return plan


def _take(plan: Lowering, step: Sequence[Mapping[str, Any]], quantity: Decimal) -> None:
    """Take from the youngest moves first what one step of a delivery has too much."""
    if not quantity:
        plan.quantities |= {move["id"]: Decimal(0) for move in step}
        return
    surplus = sum((_demand(move) for move in step), Decimal(0)) - quantity
    for move in reversed(step):
        if surplus <= 0:
            return
        taken = min(surplus, _demand(move))
        surplus -= taken
        plan.quantities[move["id"]] = _demand(move) - taken
        if taken < _demand(move) and move["state"] in _RESERVED and move["picking_id"]:
            plan.pickings.add(move["picking_id"][0])


def _refusal(line: ExistingLine, quantity: Decimal, moves: Sequence[Mapping[str, Any]]) -> NeedsHuman | None:
    begun = next((move for move in moves if move["started"]), None)
    if begun is not None:
        where = begun["picking_id"][1] if begun["picking_id"] else "a delivery"
        return NeedsHuman(
            CHANGE_BLOCKED,
            f"Amazon wants fewer pieces, but {where} is being packed",
            "Take the quantities done off the delivery in Odoo and retry, or validate it and follow what is said then.",
        )
    if quantity and any(move["product_id"][0] != line.product for move in moves):
        return NeedsHuman(
            CHANGE_BLOCKED,
            "Amazon wants fewer pieces of a kit, whose parts are in the delivery",
            "Change the sale order's line and the delivery in Odoo by hand, then retry.",
        )
    return None


def _demand(move: Mapping[str, Any]) -> Decimal:
    return Decimal(str(move["product_uom_qty"]))
