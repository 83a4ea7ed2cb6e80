"""The demonstration's warehouse: people who pack, validate, forget tracking numbers and cancel an order by hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final

from clients.odoo.client import Odoo

# What an account's quota at Amazon takes within seconds.
_DELIVERIES: Final = 12
_CARRIERS: Final = ("DHL Paket", "UPS Standard", "Rider & Sons")
_NO_QUESTIONS: Final = {"skip_backorder": True, "skip_sms": True}
_OPEN: Final = [
    ("sale_id.x_amazon_channel", "=", "fbm"),
    ("sale_id.x_amazon_status", "=", "UNSHIPPED"),
    ("state", "not in", ["done", "cancel"]),
    ("location_dest_id.usage", "=", "customer"),
]


@dataclass(slots=True)
class Warehouse:
    """The warehouse of one database, Odoo 17 or later. `odoo`: connected as somebody who may do all this.

    `late`: deliveries whose tracking number nobody has filled in yet; `wrong`: those with a mistyped one.
    """

    odoo: Odoo
    validated: int = 0
    cancelled: int = 0
    late: list[int] = field(default_factory=list)
    wrong: list[int] = field(default_factory=list)
    _numbers: count[int] = field(default_factory=lambda: count(1))
    _carriers: list[int] = field(default_factory=list)

    def work(self, accounts: Iterable[str], deliveries: int = _DELIVERIES) -> None:
        """Validate up to `deliveries` open deliveries of each account, and cancel an order of each by hand, once.

        Two deliveries go in parts, one in boxes, one without its tracking number, one with a wrong one; the first
        account's last one is never given any.
        """
        cancels = not self.cancelled
        for place, account in enumerate(accounts):
            domain = [("sale_id.x_amazon_account", "=", account), *_OPEN]
            rows = self.odoo.search_read("stock.picking", domain, ["sale_id"], order="id")
            if cancels and rows:
                self._cancel(rows.pop(0)["sale_id"][0])
            moves = self._moves([row["id"] for row in rows[:deliveries]])
            large = [picking for picking, some in moves.items() if len(some) > 1]
            for picking in large[:2]:
                self._validate(picking, moves[picking][:1])
            for picking in large[2:3]:
                self._box(moves[picking])
            rest = [picking for picking in moves if picking not in large[:2]]
            for picking in rest[:-3]:
                self._validate(picking, moves[picking])
            for picking in rest[-3:]:
                self._validate(picking, moves[picking], tracking=False)
            for picking in rest[-3:-2]:
                self._number(picking)
                self.wrong.append(picking)
            self.late += rest[-2:-1] if place == 0 else rest[-2:]

    def finish(self, accounts: Iterable[str]) -> None:
        """Ship the backorders, fill in what was late, and correct what was wrong."""
        for picking in (*self.late, *self.wrong):
            self._number(picking)
        self.late.clear()
        self.wrong.clear()
        domain = [
            ("sale_id.x_amazon_account", "in", list(accounts)),
            ("backorder_id", "!=", False),
            ("state", "not in", ["done", "cancel"]),
        ]
        left = [row["id"] for row in self.odoo.search_read("stock.picking", domain, ["name"], order="id")]
        for picking, moves in self._moves(left).items():
            self._validate(picking, moves)

    def _moves(self, pickings: Sequence[int]) -> dict[int, list[Mapping[str, Any]]]:
        fields = ["picking_id", "product_uom_qty"]
        rows = self.odoo.search_read("stock.move", [("picking_id", "in", list(pickings))], fields, order="id")
        moves: dict[int, list[Mapping[str, Any]]] = {picking: [] for picking in pickings}
        for row in rows:
            moves[row["picking_id"][0]].append(row)
        return {picking: some for picking, some in moves.items() if some}

    def _validate(self, picking: int, moves: Sequence[Mapping[str, Any]], *, tracking: bool = True) -> None:
        for move in moves:
            self._write("stock.move", move["id"], quantity=move["product_uom_qty"], picked=True)
        self._write("stock.picking", picking, carrier_id=self._carrier(picking))
        if tracking:
            self._number(picking)
        self.odoo.call("stock.picking", "button_validate", ids=[picking], context=_NO_QUESTIONS)
        self.validated += 1

    def _box(self, moves: Sequence[Mapping[str, Any]]) -> None:
        """Put each move's goods into a box of its own; one tracking number is for all of them."""
        boxes = self.odoo.fields("stock.move.line")["result_package_id"].relation
        for move in moves:
            self._write("stock.move", move["id"], quantity=move["product_uom_qty"], picked=True)
            (box,) = self.odoo.call(boxes, "create", vals_list=[{"name": f"BOX{next(self._numbers):05d}"}])
            for line in self.odoo.search_read("stock.move.line", [("move_id", "=", move["id"])], ["move_id"]):
                self._write("stock.move.line", line["id"], result_package_id=box)

    def _number(self, picking: int) -> None:
        self._write("stock.picking", picking, carrier_tracking_ref=f"TRACK{next(self._numbers):08d}")

    def _carrier(self, picking: int) -> int:
        if not self._carriers:
            for name in _CARRIERS:
                goods = {"name": name, "type": "service"}
                (product,) = self.odoo.call("product.product", "create", vals_list=[goods])
                method = {"name": name, "product_id": product, "delivery_type": "fixed"}
                self._carriers += self.odoo.call("delivery.carrier", "create", vals_list=[method])
        return self._carriers[picking % len(self._carriers)]

    def _cancel(self, order: int) -> None:
        self.odoo.call("sale.order", "action_cancel", ids=[order], context={"disable_cancel_warning": True})
        self.cancelled += 1

    def _write(self, model: str, record: int, **values: Any) -> None:
        self.odoo.call(model, "write", ids=[record], vals=values)
