"""Transfers: states, validation with its wizards and backorders, cancelling."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from typing_extensions import override

from simulator.odoo.business.partner import messages
from simulator.odoo.business.sequences import next_name
from simulator.odoo.business.stock import (
    cancel_moves,
    done_quantity,
    lines_of,
    reserve,
    reserved_quantity,
    transfer,
)
from simulator.odoo.engine.behaviour import Behaviour, Compute, Lookup, Method
from simulator.odoo.engine.env import Env
from simulator.odoo.engine.errors import user_error

_NOTHING_14 = (
    "You cannot validate a transfer if no quantities are reserved nor done. "
    "To force the transfer, switch in edit mode and encode the done quantities."
)
_NOTHING_19 = (
    "Transfer trouble alert! Validating a zero quantity transfer? You're not moving invisible goods around are you?\n"
    "Set some quantities and let's get moving!"
)
_OPEN = ("assigned", "partially_available", "waiting", "confirmed", "draft")


def moves_of(env: Env, picking: int) -> tuple[int, ...]:
    """The moves of a transfer."""
    return env.find("stock.move", picking_id=picking)


def state_of(env: Env, picking: int) -> str:
    """A transfer is as far as its moves: ready as soon as one of them is."""
    states = [env.row("stock.move", one)["state"] for one in moves_of(env, picking)]
    if not states:
        return "draft"
    left = [state for state in states if state != "cancel"]
    if not left:
        return "cancel"
    todo = [state for state in left if state != "done"]
    if not todo:
        return "done"
    best = min(todo, key=_OPEN.index)
    return "assigned" if best == "partially_available" else str(best)


def sale_of(env: Env, picking: int) -> int | bool:
    """The sale order a transfer is for, False for none."""
    lines = [env.row("stock.move", one).get("sale_line_id") for one in moves_of(env, picking)]
    return next((int(env.row("sale.order.line", line)["order_id"]) for line in lines if line), False)


def _of_sales(env: Env, orders: Collection[int]) -> set[int]:
    lines = [line for order in orders for line in env.find("sale.order.line", order_id=order)]
    moves = [move for line in lines for move in env.find("stock.move", sale_line_id=line)]
    return {picking for move in moves if (picking := env.row("stock.move", move).get("picking_id"))}


def validate(env: Env, model: str, ids: Sequence[int]) -> Any:
    """button_validate: True, or the wizard that asks what to do."""
    env.may(model, "write")
    inner = env.sudo()
    for picking in ids:
        inner.row(model, picking)
        if inner.series >= 19 and state_of(inner, picking) == "done":
            continue
        answer = _validate_one(inner, picking)
        if answer is not None:
            return answer
    return True


def _validate_one(env: Env, picking: int) -> dict[str, Any] | None:
    todo = [one for one in moves_of(env, picking) if env.row("stock.move", one)["state"] not in {"done", "cancel"}]
    quantities = {one: done_quantity(env, one) for one in todo}
    if env.series >= 19:
        picked = [one for one in todo if env.row("stock.move", one).get("picked")]
        quantities = {one: number if not picked or one in picked else 0.0 for one, number in quantities.items()}
    if not any(quantities.values()):
        if env.series < 19 and any(reserved_quantity(env, one) for one in todo):
            return _wizard(picking, "Immediate Transfer?", "stock.immediate.transfer")
        raise user_error(env.named(_NOTHING_14, _NOTHING_19))
    _require_lots(env, [one for one, number in quantities.items() if number])
    short = any(number < env.row("stock.move", one)["product_uom_qty"] for one, number in quantities.items())
    if short and not env.context.get("skip_backorder"):
        return _wizard(picking, "Create Backorder?", "stock.backorder.confirmation")
    no_backorder = picking in (env.context.get("picking_ids_not_to_backorder") or ())
    _carry_out(env, picking, quantities, backorder=not no_backorder)
    return None


def _wizard(picking: int, title: str, model: str) -> dict[str, Any]:
    context = {"button_validate_picking_ids": [picking], "default_show_transfers": False}
    return {
        "name": title,
        "type": "ir.actions.act_window",
        "view_mode": "form",
        "res_model": model,
        "target": "new",
        "context": {**context, "default_pick_ids": [[4, picking]]},
    }


def _require_lots(env: Env, moves: Sequence[int]) -> None:
    for move in moves:
        product = env.row("stock.move", move)["product_id"]
        if env.get("product.product", product, "tracking") in {"none", False}:
            continue
        rows = [env.row("stock.move.line", one) for one in lines_of(env, move)]
        if any(not row.get("lot_id") and not row.get("lot_name") for row in rows):
            name = env.get("product.product", product, "name")
            raise user_error(f"You need to supply a Lot/Serial number for products {name}.")


def _carry_out(env: Env, picking: int, quantities: Mapping[int, float], *, backorder: bool) -> None:
    rest: dict[int, float] = {}
    for move, quantity in quantities.items():
        demand = float(env.row("stock.move", move)["product_uom_qty"])
        if quantity < demand:
            rest[move] = demand - quantity
        elif quantity > demand and env.series < 19:
            env.put("stock.move", move, product_uom_qty=quantity)
    left = _backorder(env, picking, rest, quantities) if rest and backorder else ()
    for move, quantity in quantities.items():
        if quantity:
            transfer(env, move)
        elif move not in left:
            cancel_moves(env, [move])
    env.put("stock.picking", picking, date_done=env.now())


def _backorder(env: Env, picking: int, rest: Mapping[int, float], quantities: Mapping[int, float]) -> tuple[int, ...]:
    """What was not done goes on in a transfer of its own; returns the moves that went there whole."""
    copied = {name: value for name, value in env.row("stock.picking", picking).items() if name not in {"id", "name"}}
    copied |= {"backorder_id": picking, "date_done": False, "carrier_tracking_ref": False}
    (new,) = env.create("stock.picking", copied | {"name": False})
    moved = []
    for move, number in rest.items():
        if quantities[move]:
            row = {name: value for name, value in env.row("stock.move", move).items() if name != "id"}
            other = env.store.insert(
                "stock.move", {**row, "product_uom_qty": number, "picking_id": new, "picked": False}
            )
            env.put("stock.move", move, product_uom_qty=quantities[move])
            _release(env, move, quantities[move])
        else:
            for line in lines_of(env, move):
                env.store.delete("stock.move.line", line)
            env.put("stock.move", move, picking_id=new)
            moved.append(move)
            other = move
        env.put("stock.move", other, state="confirmed", reference=env.row("stock.picking", new)["name"])
        reserve(env, other)
    return tuple(moved)


def _release(env: Env, move: int, quantity: float) -> None:
    if env.series < 19:
        for line in lines_of(env, move)[:1]:
            env.put("stock.move.line", line, product_uom_qty=quantity)


def assign(env: Env, model: str, ids: Sequence[int]) -> bool:
    """action_assign: reserve again."""
    env.may(model, "write")
    inner = env.sudo()
    for picking in ids:
        for move in moves_of(inner, picking):
            reserve(inner, move)
    return True


def confirm(env: Env, model: str, ids: Sequence[int]) -> bool:
    """action_confirm: draft moves wait for goods."""
    env.may(model, "write")
    inner = env.sudo()
    for picking in ids:
        for move in moves_of(inner, picking):
            if inner.row("stock.move", move)["state"] == "draft":
                inner.put("stock.move", move, state="confirmed")
                reserve(inner, move)
    return True


def cancel(env: Env, model: str, ids: Sequence[int]) -> bool:
    """action_cancel."""
    env.may(model, "write")
    inner = env.sudo()
    for picking in ids:
        inner.row(model, picking)
        cancel_moves(inner, moves_of(inner, picking))
    return True


class Picking(Behaviour):
    """stock.picking."""

    reads_first = True
    compute: Mapping[str, Compute] = {
        "state": state_of,
        "sale_id": sale_of,
        "message_ids": messages("stock.picking"),
        "move_lines": moves_of,
        "move_ids": moves_of,
        "move_ids_without_package": moves_of,
        "move_line_ids": lambda env, record: env.find("stock.move.line", picking_id=record),
    }
    lookups: Mapping[str, Lookup] = {"sale_id": _of_sales}
    on_records: Mapping[str, Method] = {
        "button_validate": validate,
        "action_assign": assign,
        "action_confirm": confirm,
        "action_cancel": cancel,
    }

    @override
    def defaults(self, env: Env, vals: Mapping[str, Any]) -> dict[str, Any]:
        """Of the operation type's company, now."""
        given = {"move_type": "direct", "priority": "0", "is_locked": True, "scheduled_date": env.now()}
        kind = vals.get("picking_type_id")
        company = env.row("stock.picking.type", kind)["company_id"] if kind else env.company
        return {**given, "company_id": company, "user_id": False}

    @override
    def creating(self, env: Env, vals: dict[str, Any]) -> dict[str, Any]:
        """Numbered by its operation type."""
        if not vals.get("name") and vals.get("picking_type_id"):
            vals["name"] = next_name(env, env.row("stock.picking.type", vals["picking_type_id"])["sequence_id"])
        return vals

    @override
    def unlinking(self, env: Env, ids: Sequence[int]) -> None:
        """A done transfer stays."""
        for picking in ids:
            moves = moves_of(env, picking)
            cancel_moves(env, moves)
            for move in moves:
                env.store.delete("stock.move", move)
