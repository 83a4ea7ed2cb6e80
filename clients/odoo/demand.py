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
from domain.odoo import UpdateOrder
from domain.odoo_facts import ExistingLine
from domain.parked import CHANGE_BLOCKED

_OPEN: Final = ("state", "not in", ["done", "cancel"])
_RESERVED: Final = ("assigned", "partially_available")
_FIELDS: Final = (
    "sale_line_id", "product_id", "product_uom_qty", "picking_id", "state", "location_id", "location_dest_id",
    "move_orig_ids", "move_dest_ids",
)  # fmt: skip

Move = Mapping[str, Any]


@dataclass(slots=True)
class Lowering:
    """What is to happen to one order's open moves: quantities by move id (0 cancels), deliveries to reserve again."""

    quantities: dict[int, Decimal] = field(default_factory=dict)
    pickings: set[int] = field(default_factory=set)


def plan_lowering(odoo: Odoo, updates: Sequence[UpdateOrder]) -> list[Lowering | NeedsHuman]:
    """Return what each of `updates` does to open deliveries; one call for all of them, two more for each further step.

    Nothing is written. A delivery somebody has begun to pack, and a kit of which some stays, need a person.
    """
    lowered = [_lowered(update) for update in updates]
    lines = {line.odoo_id: place for place, one in enumerate(lowered) for line, _ in one}
    if not lines:
        return [Lowering() for _ in updates]
    moves = _read(odoo, ("sale_line_id", "in", sorted(lines)))
    of_line: dict[int, list[Move]] = defaultdict(list)
    for move in moves:
        of_line[move["sale_line_id"][0]].append(move)
    plans = [_plan(one, of_line) for one in lowered]
    _follow(odoo, plans, moves, {move["id"]: lines[move["sale_line_id"][0]] for move in moves})
    return plans


def lower(odoo: Odoo, lowerings: Sequence[Lowering], *, context: Mapping[str, object]) -> None:
    """Write new quantities to open moves, cancel those of 0, and reserve again what was reserved."""
    quantities = {move: quantity for one in lowerings for move, quantity in one.quantities.items()}
    by_quantity: dict[Decimal, list[int]] = defaultdict(list)
    for move, quantity in quantities.items():
        by_quantity[quantity].append(move)
    # What feeds other moves was planned after them and goes first: by those a repeat finds what is left to do.
    for quantity, ids in reversed(by_quantity.items()):
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


def _read(odoo: Odoo, which: tuple[str, str, list[int]]) -> list[Move]:
    """Open moves, the oldest first; `started`: whether somebody entered what is done."""
    started = odoo.first_field("stock.move", "picked", "quantity_done")
    found = odoo.search_read("stock.move", [which, _OPEN], [*_FIELDS, started], order="id")
    return [{**move, "started": bool(move[started])} for move in found]


def _plan(
    lowered: Sequence[tuple[ExistingLine, Decimal]], moves: Mapping[int, Sequence[Move]]
) -> Lowering | NeedsHuman:
    plan = Lowering()
    for line, quantity in lowered:
        mine = moves.get(line.odoo_id, [])
        if quantity and any(move["product_id"][0] != line.product for move in mine):
            return NeedsHuman(
                CHANGE_BLOCKED,
                "Amazon wants fewer pieces of a kit, whose parts are in the delivery",
                "Change the sale order's line and the delivery in Odoo by hand, then retry.",
            )
        for step in _steps(mine).values():
            if refusal := _begun(step):
                return refusal
            _take(plan, step, quantity)
    return plan


def _follow(odoo: Odoo, plans: list[Lowering | NeedsHuman], moves: Sequence[Move], owner: dict[int, int]) -> None:
    """Lower what feeds lowered moves, such as picking before shipping, to what all it feeds still wants.

    Those moves know no order line in 14, and one may feed several lines. `owner`: place in `plans` by move.
    """
    while ids := sorted({origin for move in moves for origin in move["move_orig_ids"]} - set(owner)):
        moves = _read(odoo, ("id", "in", ids))
        fed_ids = sorted({fed for move in moves for fed in move["move_dest_ids"]})
        demand = {move["id"]: _demand(move) for move in _read(odoo, ("id", "in", fed_ids))}
        of_plan: dict[int, list[Move]] = defaultdict(list)
        for move in moves:
            owner[move["id"]] = next(owner[fed] for fed in move["move_dest_ids"] if fed in owner)
            of_plan[owner[move["id"]]].append(move)
        for place, mine in of_plan.items():
            for step in _steps(mine).values():
                plan = plans[place]
                if isinstance(plan, NeedsHuman):
                    continue
                fed = {one for move in step for one in move["move_dest_ids"] if one in demand}
                wanted = sum((plan.quantities.get(one, demand[one]) for one in fed), Decimal(0))
                plans[place] = _begun(step) or plan
                _take(plan, step, wanted)


def _steps(moves: Sequence[Move]) -> dict[tuple[int, ...], list[Move]]:
    """Moves by what they carry from where to where: a delivery in several steps has the same goods once for each."""
    steps: dict[tuple[int, ...], list[Move]] = defaultdict(list)
    for move in moves:
        steps[tuple(move[name][0] for name in ("product_id", "location_id", "location_dest_id"))].append(move)
    return steps


def _take(plan: Lowering, step: Sequence[Move], quantity: Decimal) -> None:
    """Take from the youngest moves first what one step of a delivery has too much."""
    if not quantity:
        plan.quantities |= {move["id"]: Decimal(0) for move in step}
        return
    surplus = sum((_demand(move) for move in step), Decimal(0)) - quantity
    if not surplus:
        # Lowered before the line was: an attempt that broke off may have left the goods without reservation.
        plan.pickings |= {move["picking_id"][0] for move in step if move["picking_id"]}
    for move in reversed(step):
        if surplus <= 0:
            return
        taken = min(surplus, _demand(move))
        surplus -= taken
        plan.quantities[move["id"]] = _demand(move) - taken
        if taken < _demand(move) and move["state"] in _RESERVED and move["picking_id"]:
            plan.pickings.add(move["picking_id"][0])


def _begun(moves: Sequence[Move]) -> NeedsHuman | None:
    begun = next((move for move in moves if move["started"]), None)
    if begun is None:
        return None
    where = begun["picking_id"][1] if begun["picking_id"] else "a delivery"
    return NeedsHuman(
        CHANGE_BLOCKED,
        f"Amazon wants fewer pieces, but {where} is being packed",
        "Take the quantities done off the delivery in Odoo and retry, or validate it and follow what is said then.",
    )


def _demand(move: Move) -> Decimal:
    return Decimal(str(move["product_uom_qty"]))
