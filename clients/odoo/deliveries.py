"""Validating deliveries by RPC: what Amazon has shipped leaves our books, whatever stock Odoo thinks is there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from clients.odoo.client import Odoo
from clients.odoo.errors import OdooRefused
from clients.odoo.order_work import QUIET
from domain.errors import NeedsHuman
from domain.parked import DELIVERY_BLOCKED

# Each of the last ones answers a question Odoo would otherwise ask in a window, instead of validating.
NO_QUESTIONS: Final = {
    **QUIET, "skip_backorder": True, "skip_immediate": True, "skip_sms": True, "skip_expired": True,
}  # fmt: skip
OPEN: Final = ["state", "not in", ["done", "cancel"]]


def deliver_all(odoo: Odoo, picking_ids: Sequence[int]) -> dict[int, NeedsHuman | None]:
    """Validate the pickings with the full demanded quantities; None for each that is done, or was before.

    All go in one batch; if Odoo refuses it, one by one, so that only the culprit fails. Repeatable after any error.
    Raises what `Odoo.call` raises, but for refusals: those come back.
    """
    pickings = {picking["id"]: picking for picking in _read_pickings(odoo, picking_ids)}
    outcomes: dict[int, NeedsHuman | None] = {}
    for picking_id in picking_ids:
        if picking_id not in pickings:
            outcomes[picking_id] = _blocked("the delivery is gone", "Retry: it is looked up anew.")
        elif pickings[picking_id]["state"] == "done":
            outcomes[picking_id] = None
        elif pickings[picking_id]["state"] == "cancel":
            outcomes[picking_id] = _blocked(
                f"delivery {pickings[picking_id]['name']} was cancelled in Odoo",
                "Make the delivery of the order in Odoo by hand, or dismiss.",
            )
    waiting = [picking_id for picking_id in dict.fromkeys(picking_ids) if picking_id not in outcomes]
    moves = _open_moves(odoo, waiting)
    outcomes |= {picking_id: _lots(pickings[picking_id]) for picking_id in tracked(moves)}
    ready = [picking_id for picking_id in waiting if picking_id not in outcomes]
    return outcomes | _deliver(odoo, {picking_id: pickings[picking_id] for picking_id in ready}, moves)


def _deliver(
    odoo: Odoo, pickings: Mapping[int, Mapping[str, Any]], moves: Sequence[Mapping[str, Any]]
) -> dict[int, NeedsHuman | None]:
    if not pickings:
        return {}
    mine = [move for move in moves if move["picking_id"] in pickings]
    try:
        for ids, values in lacking(odoo, mine):
            odoo.call("stock.move", "write", ids=ids, vals=values, context=QUIET)
        odoo.call("stock.picking", "button_validate", ids=list(pickings), context=NO_QUESTIONS)
    except OdooRefused as refused:
        if len(pickings) == 1:
            (picking_id,) = pickings
            return {picking_id: _blocked(f"delivery {pickings[picking_id]['name']}: {refused.reason}", refused.remedy)}
        outcomes: dict[int, NeedsHuman | None] = {}
        for picking_id, picking in pickings.items():
            outcomes |= _deliver(odoo, {picking_id: picking}, mine)
        return outcomes
    # A question we do not know comes back as a window to open, with nothing validated: only the state tells.
    return {picking["id"]: _unless_done(picking) for picking in _read_pickings(odoo, list(pickings))}


def _read_pickings(odoo: Odoo, ids: Sequence[int]) -> list[dict[str, Any]]:
    if not ids:
        return []
    return odoo.search_read("stock.picking", [["id", "in", list(ids)]], ["name", "state"])


def _open_moves(odoo: Odoo, picking_ids: Sequence[int]) -> list[dict[str, Any]]:
    if not picking_ids:
        return []
    return plain(odoo.search_read("stock.move", [["picking_id", "in", list(picking_ids)], OPEN], move_fields(odoo)))


def plain(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return `rows` with many2ones as ids, where Odoo gave their names along and where it did not."""
    return [{name: one[0] if isinstance(one, list) else one for name, one in row.items()} for row in rows]


def move_fields(odoo: Odoo) -> list[str]:
    """Return the fields of moves that tracked() and lacking() need."""
    return ["picking_id", "product_uom_qty", "has_tracking", *_done_fields(odoo)]


def _done_fields(odoo: Odoo) -> list[str]:
    """The move's done quantity and, since 17, where that is the reserved one too, whether it is picked."""
    there = odoo.fields("stock.move")
    return [odoo.first_field("stock.move", "quantity_done", "quantity"), *(["picked"] if "picked" in there else [])]


def tracked(moves: Sequence[Mapping[str, Any]]) -> set[int]:
    """Return the pickings that have products with lots or serial numbers; in `moves` a many2one is an id."""
    return {move["picking_id"] for move in moves if move["has_tracking"] not in (False, "none")}


def lacking(odoo: Odoo, moves: Sequence[Mapping[str, Any]]) -> list[tuple[list[int], dict[str, Any]]]:
    """Return what to write so that the demanded quantity is done: ids of moves and values, a pair per quantity."""
    done, *picked = _done_fields(odoo)
    by_quantity: dict[float, list[int]] = {}
    for move in _unready(moves, done):
        by_quantity.setdefault(move["product_uom_qty"], []).append(move["id"])
    return [(ids, {done: quantity, **dict.fromkeys(picked, True)}) for quantity, ids in by_quantity.items()]


def _unready(moves: Sequence[Mapping[str, Any]], done: str) -> list[Mapping[str, Any]]:
    """Moves of pickings that Odoo would not validate in full as they are.

    All reserved and none picked, or all picked, is in full: consumables and what is in stock need no write.
    """
    by_picking: dict[int, list[Mapping[str, Any]]] = {}
    for move in moves:
        by_picking.setdefault(move["picking_id"], []).append(move)
    return [
        move
        for some in by_picking.values()
        if len({one.get("picked") for one in some}) > 1 or any(one[done] != one["product_uom_qty"] for one in some)
        for move in some
    ]


def _unless_done(picking: Mapping[str, Any]) -> NeedsHuman | None:
    if picking["state"] == "done":
        return None
    return _blocked(
        f"delivery {picking['name']} is still {picking['state']}: Odoo asks something",
        "Open the delivery in Odoo and validate it by hand; then retry.",
    )


def _lots(picking: Mapping[str, Any]) -> NeedsHuman:
    return _blocked(
        f"delivery {picking['name']} has products with lots or serial numbers",
        "Open the delivery in Odoo, enter lots or serial numbers, validate it; then retry.",
    )


def _blocked(reason: str, remedy: str) -> NeedsHuman:
    return NeedsHuman(DELIVERY_BLOCKED, reason, remedy)
