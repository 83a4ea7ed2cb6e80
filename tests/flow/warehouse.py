"""The seller's people in Odoo: they pack, choose carriers, validate deliveries and take goods back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from clients.odoo.client import Odoo

_NO_QUESTIONS = {"skip_backorder": True, "skip_immediate": True, "skip_sms": True, "skip_expired": True}


class Warehouse:
    """One database's warehouse; orders are named by Amazon's ids."""

    def __init__(self, odoo: Odoo) -> None:
        self.odoo = odoo
        self._carriers: dict[str, int] = {}

    def carrier(self, name: str) -> int:
        """A shipping method of that name."""
        if name not in self._carriers:
            goods = {"name": f"Carriage {name}", "type": "service"}
            (product,) = self.odoo.call("product.product", "create", vals_list=[goods])
            method = {"name": name, "product_id": product, "delivery_type": "fixed"}
            self._carriers[name] = self.odoo.call("delivery.carrier", "create", vals_list=[method])[0]
        return self._carriers[name]

    def deliveries(self, order_id: str, *states: str) -> list[dict[str, Any]]:
        """The order's transfers, oldest first."""
        domain: list[Any] = [("sale_id.client_order_ref", "=", order_id)]
        domain += [("state", "in", list(states))] if states else []
        fields = [
            "name", "state", "backorder_id", "x_amazon_sync_status", "x_amazon_sync_reason", "x_amazon_sync_key",
            "x_amazon_account", "carrier_tracking_ref",
        ]  # fmt: skip
        return self.odoo.search_read("stock.picking", domain, fields, order="id")

    def open(self, order_id: str) -> int:
        """The order's one delivery that is still to be done."""
        (one,) = [row for row in self.deliveries(order_id) if row["state"] not in {"done", "cancel"}]
        return int(one["id"])

    def ship(
        self,
        order_id: str,
        *,
        carrier: str = "DHL",
        tracking: str = "",
        quantities: Mapping[str, float] | None = None,
        packages: Sequence[Sequence[str]] = (),
    ) -> int:
        """Validate the open delivery: all of it, or `quantities` by item; `packages`: items of each box."""
        picking = self.open(order_id)
        moves = self.moves(picking)
        for move in moves:
            self.do(move["id"], move["product_uom_qty"] if quantities is None else quantities.get(move["item"], 0))
        boxes = self.odoo.fields("stock.move.line")["result_package_id"].relation
        for items in packages:
            (box,) = self.odoo.call(boxes, "create", vals_list=[{"name": f"BOX-{items[0]}"}])
            for move in moves:
                if move["item"] in items:
                    for line in self.odoo.search_read("stock.move.line", [("move_id", "=", move["id"])], ["move_id"]):
                        self.write("stock.move.line", line["id"], result_package_id=box)
        self.validate(picking, carrier, tracking)
        return picking

    def do(self, move: int, quantity: float) -> None:
        """Say how much of a move is done."""
        done = self.odoo.first_field("stock.move", "quantity_done", "quantity")
        picked = {"picked": True} if quantity and "picked" in self.odoo.fields("stock.move") else {}
        self.write("stock.move", move, **{done: quantity}, **picked)

    def validate(self, picking: int, carrier: str = "DHL", tracking: str = "") -> None:
        """Validate a transfer with what is done of it; the rest goes into a backorder."""
        values = {"carrier_id": self.carrier(carrier) if carrier else False, "carrier_tracking_ref": tracking or False}
        self.write("stock.picking", picking, **values)
        assert self.odoo.call("stock.picking", "button_validate", ids=[picking], context=_NO_QUESTIONS) is True

    def product(self, reference: str, **values: Any) -> int:
        """A product of that internal reference: goods of which no stock is kept, unless `values` say otherwise."""
        given = {"name": f"Goods {reference}", "default_code": reference, "type": "consu", **values}
        (made,) = self.odoo.call("product.product", "create", vals_list=[given])
        return int(made)

    def kit(self, reference: str, parts: Mapping[str, int]) -> dict[str, int]:
        """A kit: product of that reference, sold as one and shipped as `parts`. Returns the parts' products."""
        products = {part: self.product(f"{reference}-{part}") for part in parts}
        kit = self.odoo.call("product.product", "read", ids=[self.product(reference)], fields=["product_tmpl_id"])
        lines = [(0, 0, {"product_id": products[part], "product_qty": number}) for part, number in parts.items()]
        bill = {
            "product_tmpl_id": kit[0]["product_tmpl_id"][0], "type": "phantom", "product_qty": 1,
            "bom_line_ids": lines,
        }  # fmt: skip
        self.odoo.call("mrp.bom", "create", vals_list=[bill])
        return products

    def scan(self, move: int, serials: Sequence[str]) -> None:
        """Pack a unit for each serial number, new ones."""
        (row,) = self.odoo.call(
            "stock.move", "read", ids=[move], fields=["picking_id", "product_id", "location_id", "location_dest_id"]
        )
        old = self.odoo.search_read("stock.move.line", [("move_id", "=", move)], ["move_id"])
        if old:
            self.odoo.call("stock.move.line", "unlink", ids=[line["id"] for line in old])
        fields = self.odoo.fields("stock.move.line")
        done = self.odoo.first_field("stock.move.line", "qty_done", "quantity")
        picked = {"picked": True} if "picked" in fields else {}
        product = row["product_id"][0]
        for serial in serials:
            lot = {"name": serial, "product_id": product, "company_id": 1}
            (lot_id,) = self.odoo.call(fields["lot_id"].relation, "create", vals_list=[lot])
            line = {
                "move_id": move, "lot_id": lot_id, done: 1, **picked,
                **{name: row[name][0] for name in ("picking_id", "product_id", "location_id", "location_dest_id")},
            }  # fmt: skip
            if not self.odoo.version >= (17, 0):
                (unit,) = self.odoo.call("product.product", "read", ids=[product], fields=["uom_id"])
                line["product_uom_id"] = unit["uom_id"][0]
            self.odoo.call("stock.move.line", "create", vals_list=[line])

    def boxes(self, picking: int) -> list[int]:
        """Ids of the packages of a transfer, in the order in which they were made."""
        lines = self.odoo.search_read("stock.move.line", [("picking_id", "=", picking)], ["result_package_id"])
        return sorted({line["result_package_id"][0] for line in lines if line["result_package_id"]})

    def moves(self, picking: int) -> list[dict[str, Any]]:
        """The transfer's moves, each with Amazon's `item`."""
        fields = ["sale_line_id", "product_uom_qty", "product_id"]
        rows = self.odoo.search_read("stock.move", [("picking_id", "=", picking)], fields, order="id")
        lines = [row["sale_line_id"][0] for row in rows]
        refs = {
            line["id"]: line["x_amazon_item_ref"]
            for line in self.odoo.search_read("sale.order.line", [("id", "in", lines)], ["x_amazon_item_ref"])
        }
        return [{**row, "item": refs[row["sale_line_id"][0]]} for row in rows]

    def write(self, model: str, record: int, **values: Any) -> None:
        """Change one record."""
        assert self.odoo.call(model, "write", ids=[record], vals=values) is True

    def resend(self, picking: int, *, back: bool) -> int:
        """Take all goods of a done transfer back (`back`), or send those that came back with one out again."""
        (warehouse,) = self.odoo.search_read(
            "stock.warehouse", [("company_id", "=", 1)], ["in_type_id", "out_type_id", "lot_stock_id"], limit=1
        )
        customers = self.odoo.ref("stock.stock_location_customers")
        places = [customers, warehouse["lot_stock_id"][0]]
        source, target = places if back else reversed(places)
        fields = ["product_id", "product_uom", "product_uom_qty", "sale_line_id"]
        moves = self.odoo.search_read("stock.move", [("picking_id", "=", picking), ("state", "=", "done")], fields)
        (old,) = self.odoo.call("stock.picking", "read", ids=[picking], fields=["partner_id", "origin"])
        kind = warehouse["in_type_id" if back else "out_type_id"][0]
        head = {"picking_type_id": kind, "location_id": source, "location_dest_id": target, "origin": old["origin"]}
        groups = {}
        if "group_id" in self.odoo.fields("stock.picking"):
            (had,) = self.odoo.call("stock.picking", "read", ids=[picking], fields=["group_id"])
            groups = {"group_id": had["group_id"] and had["group_id"][0]}
        (new,) = self.odoo.call("stock.picking", "create", vals_list=[head | groups])
        named = {"name": "again"} if "name" in self.odoo.fields("stock.move") else {}
        rows = [
            {
                "product_id": move["product_id"][0], "product_uom": move["product_uom"][0],
                "product_uom_qty": move["product_uom_qty"], "picking_id": new, "location_id": source,
                "location_dest_id": target, "sale_line_id": move["sale_line_id"][0],
                "origin_returned_move_id": move["id"], **named, **groups,
            }
            for move in moves
        ]  # fmt: skip
        made = self.odoo.call("stock.move", "create", vals_list=rows)
        self.odoo.call("stock.picking", "action_confirm", ids=[new])
        done = self.odoo.first_field("stock.move", "quantity_done", "quantity")
        picked = {"picked": True} if "picked" in self.odoo.fields("stock.move") else {}
        for move, row in zip(made, rows, strict=True):
            self.write("stock.move", move, **{done: row["product_uom_qty"]}, **picked)
        assert self.odoo.call("stock.picking", "button_validate", ids=[new], context=_NO_QUESTIONS) is True
        return int(new)

    def cancel(self, order_id: str, reason: str = "") -> None:
        """Cancel the sale order."""
        (order,) = self.odoo.search_read("sale.order", [("client_order_ref", "=", order_id)], ["state"])
        if reason:
            self.write("sale.order", order["id"], x_amazon_cancel_reason=reason)
        self.odoo.call("sale.order", "action_cancel", ids=[order["id"]], context={"disable_cancel_warning": True})

    def cancellation(self, order_id: str) -> tuple[str, str]:
        """What is written of telling Amazon of the cancellation: status and note."""
        fields = ["x_amazon_cancel_status", "x_amazon_cancel_note"]
        (order,) = self.odoo.search_read("sale.order", [("client_order_ref", "=", order_id)], fields)
        return order[fields[0]] or "", order[fields[1]] or ""
