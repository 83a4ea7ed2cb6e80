"""Stock moves and their operations (move lines): quantities, reservation, states."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from typing_extensions import override

from simulator.odoo.business.product import on_hand
from simulator.odoo.engine.behaviour import Behaviour, Compute
from simulator.odoo.engine.env import Env
from simulator.odoo.engine.errors import user_error

_DONE_REFUSAL = (
    "You cannot cancel a stock move that has been set to 'Done'. "
    "Create a return in order to reverse the moves which took place."
)


def done_field(env: Env) -> str:
    """Quantity to be done, of a move: quantity_done became quantity."""
    return env.named("quantity_done", "quantity")


def line_done_field(env: Env) -> str:
    """The same of a move line: qty_done became quantity."""
    return env.named("qty_done", "quantity")


def lines_of(env: Env, move: int) -> tuple[int, ...]:
    """The operations of a move."""
    return env.find("stock.move.line", move_id=move)


def done_quantity(env: Env, move: int) -> float:
    """What the move is to do, or has done."""
    name = line_done_field(env)
    return sum((float(env.row("stock.move.line", one).get(name) or 0) for one in lines_of(env, move)), 0.0)


def reserved_quantity(env: Env, move: int) -> float:
    """What is reserved for the move (14 counts it apart from what is done)."""
    return sum((float(env.row("stock.move.line", one).get("product_uom_qty") or 0) for one in lines_of(env, move)), 0.0)


def storable(env: Env, product: int) -> bool:
    """Whether quantities of the product on hand are kept."""
    if env.series < 19:
        return bool(env.get("product.product", product, "type") == "product")
    return bool(env.get("product.product", product, "is_storable"))


def set_done(env: Env, move: int, quantity: float) -> None:
    """Make the operations of a move add up to `quantity`."""
    lines = lines_of(env, move)
    if not lines:
        if quantity:
            _add_line(env, move, done=quantity, reserved=0.0)
        return
    others = sum(float(env.row("stock.move.line", one).get(line_done_field(env)) or 0) for one in lines[1:])
    env.put("stock.move.line", lines[0], **{line_done_field(env): quantity - others})


def reserve(env: Env, move: int) -> None:
    """Reserve what is there for a waiting move; goods that are not storable are always there."""
    row = env.row("stock.move", move)
    if row["state"] in {"done", "cancel", "draft"}:
        return
    demand = float(row["product_uom_qty"])
    source = env.row("stock.location", row["location_id"])
    free = demand
    if storable(env, row["product_id"]) and source["usage"] == "internal":
        free = max(on_hand(env, row["product_id"], row["location_id"]), 0.0)
    taken = min(demand, free)
    if env.series < 19:
        _hold(env, move, taken)
    elif taken or done_quantity(env, move):
        set_done(env, move, taken)
    state = "assigned" if taken >= demand else "partially_available" if taken else "confirmed"
    env.put("stock.move", move, state=state)


def _hold(env: Env, move: int, quantity: float) -> None:
    lines = lines_of(env, move)
    if lines:
        env.put("stock.move.line", lines[0], product_uom_qty=quantity)
    elif quantity:
        _add_line(env, move, done=0.0, reserved=quantity)


def _add_line(env: Env, move: int, *, done: float, reserved: float) -> None:
    row = env.row("stock.move", move)
    shared = ("picking_id", "product_id", "location_id", "location_dest_id")
    values = {name: row.get(name, False) for name in shared} | {"move_id": move, "product_uom_id": row["product_uom"]}
    values |= {line_done_field(env): done, "date": env.now(), "company_id": row["company_id"]}
    if env.series < 19:
        values["product_uom_qty"] = reserved
    else:
        values["picked"] = bool(row.get("picked"))
    env.store.insert("stock.move.line", values)


def demand(env: Env, move: int, quantity: float) -> None:
    """Prepare a demand that is written by hand: what is reserved beyond it is released, and nothing is reserved."""
    row = env.row("stock.move", move)
    if row["state"] in {"done", "cancel", "draft"} or row.get("picked"):
        return
    held = reserved_quantity(env, move) if env.series < 19 else done_quantity(env, move)
    if held > quantity:
        for line in lines_of(env, move):
            if env.series < 19 and env.row("stock.move.line", line).get("qty_done"):
                env.put("stock.move.line", line, product_uom_qty=0.0)
            else:
                env.store.delete("stock.move.line", line)
        env.put("stock.move", move, state="confirmed")
    elif row["state"] == "assigned" and (env.series < 19 or held < quantity):
        env.put("stock.move", move, state="partially_available")


def cancel_moves(env: Env, moves: Sequence[int]) -> None:
    """Cancel moves; a done one refuses."""
    if any(env.row("stock.move", one)["state"] == "done" for one in moves):
        raise user_error(_DONE_REFUSAL)
    for one in moves:
        for line in lines_of(env, one):
            env.store.delete("stock.move.line", line)
        env.put("stock.move", one, state="cancel")


def transfer(env: Env, move: int) -> None:
    """Carry a move out: its quantity leaves the source and reaches the destination."""
    row = env.row("stock.move", move)
    quantity = done_quantity(env, move)
    if storable(env, row["product_id"]):
        _shift(env, row, row["location_id"], -quantity)
        _shift(env, row, row["location_dest_id"], quantity)
    env.put("stock.move", move, state="done", date=env.now())


def _shift(env: Env, row: Mapping[str, Any], location: int, quantity: float) -> None:
    found = env.find("stock.quant", product_id=row["product_id"], location_id=location)
    if found:
        now = float(env.row("stock.quant", found[0]).get("quantity") or 0)
        env.put("stock.quant", found[0], quantity=now + quantity)
        return
    values = {"product_id": row["product_id"], "location_id": location, "quantity": quantity}
    env.store.insert("stock.quant", {**values, "company_id": row["company_id"]})


class Move(Behaviour):
    """stock.move."""

    reads_first = True
    compute: Mapping[str, Compute] = {"move_line_ids": lines_of}

    @override
    def defaults(self, env: Env, vals: Mapping[str, Any]) -> dict[str, Any]:
        """A draft move now, in the product's unit."""
        product = vals.get("product_id")
        given = {"state": "draft", "date": env.now(), "company_id": env.company, "procure_method": "make_to_stock"}
        given |= {"product_uom": env.get("product.product", product, "uom_id") if product else False}
        return given | ({"name": env.name_of("product.product", product)} if env.series < 19 and product else {})

    @override
    def writing(self, env: Env, ids: Sequence[int], vals: dict[str, Any]) -> dict[str, Any]:
        """Quantities belong to the operations; a new demand may cost the reservation."""
        for move in ids if "product_uom_qty" in vals else ():
            demand(env, move, float(vals["product_uom_qty"] or 0))
        quantity = vals.pop(done_field(env), None)
        for move in ids if quantity is not None else ():
            set_done(env, move, float(quantity or 0))
            self._restate(env, move)
        return vals

    def _restate(self, env: Env, move: int) -> None:
        """In 19 the quantity is the reservation: what was set by hand makes a storable product's move ready."""
        row = env.row("stock.move", move)
        if env.series < 19 or row["state"] in {"done", "cancel", "draft"} or not storable(env, row["product_id"]):
            return
        quantity = done_quantity(env, move)
        partly = "partially_available" if quantity else "confirmed"
        env.put("stock.move", move, state="assigned" if quantity >= row["product_uom_qty"] else partly)

    @override
    def written(self, env: Env, ids: Sequence[int], vals: Mapping[str, Any]) -> None:
        """`picked` is passed on to the operations."""
        for move in ids:
            if "picked" in vals:
                for line in lines_of(env, move):
                    env.put("stock.move.line", line, picked=bool(vals["picked"]))


class MoveOf14(Move):
    """stock.move with reservation and doing kept apart."""

    compute: Mapping[str, Compute] = {
        **Move.compute,
        "quantity_done": done_quantity,
        "reserved_availability": reserved_quantity,
    }


class MoveOf19(Move):
    """stock.move whose quantity is both."""

    compute: Mapping[str, Compute] = {**Move.compute, "quantity": done_quantity}


class MoveLine(Behaviour):
    """stock.move.line; one made by RPC fills in what its move knows."""

    @override
    def defaults(self, env: Env, vals: Mapping[str, Any]) -> dict[str, Any]:
        """The move's product, unit and locations."""
        given: dict[str, Any] = {"date": env.now(), "company_id": env.company}
        if vals.get("move_id"):
            row = env.row("stock.move", vals["move_id"])
            shared = ("picking_id", "product_id", "location_id", "location_dest_id", "company_id")
            given |= {name: row.get(name, False) for name in shared} | {"product_uom_id": row["product_uom"]}
        return given


class Quant(Behaviour):
    """stock.quant; a counted quantity is applied at once."""

    def _count(self, env: Env, ids: Sequence[int], vals: Mapping[str, Any]) -> None:
        if "inventory_quantity" in vals:
            for one in ids:
                env.put("stock.quant", one, quantity=float(vals["inventory_quantity"] or 0))

    @override
    def created(self, env: Env, record: int, vals: Mapping[str, Any]) -> None:
        """Take the counted quantity."""
        self._count(env, [record], vals)

    @override
    def written(self, env: Env, ids: Sequence[int], vals: Mapping[str, Any]) -> None:
        """Take the counted quantity."""
        self._count(env, ids, vals)
