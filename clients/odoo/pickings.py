"""Deliveries to customers of Amazon orders: which are to be told, all that is known of them, and what became of them.

A delivery is a done picking that ends at a customer's location; so a return is none, and a dropshipment is one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from clients.odoo.client import Odoo
from clients.odoo.facts import parse_moment
from clients.odoo.isolate import load_or_refuse
from clients.odoo.orders import QUIET
from clients.odoo.rows import moment
from domain.shipment import Delivery, DeliveryOutcome, MovedGoods, OrderedLine, ShippedOrder
from mappers.told import Mark

Row = Mapping[str, Any]

_DELIVERED: Final = (("state", "=", "done"), ("location_dest_id.usage", "=", "customer"))
_OUTCOME_COLUMNS: Final = (
    ".id", "x_amazon_account", "x_amazon_channel", "x_amazon_sync_status", "x_amazon_sync_reason", "x_amazon_sync_key",
)  # fmt: skip
_STATUS_FIELDS: Final = ("x_amazon_sync_status", "x_amazon_sync_reason", "x_amazon_sync_key")


@dataclass(frozen=True, slots=True)
class Found:
    """A delivery by its id, with its sale order's id and the time of its last change as Odoo writes it.

    `in_feed`, `begun`: some package of it is in a feed, is being told.
    """

    odoo_id: int
    sale_order: int
    version: str
    in_feed: bool = False
    begun: bool = False


def waiting_deliveries(odoo: Odoo, accounts: Sequence[str]) -> list[Found]:
    """Return deliveries of the accounts' FBM orders of which Amazon was not, or not surely, told; oldest first."""
    return _find(odoo, accounts, ("x_amazon_sync_status", "not in", ["done", "error"]))


def changed_deliveries(odoo: Odoo, accounts: Sequence[str], since: datetime) -> list[Found]:
    """Return deliveries that were told or refused and were written since then: something may have been corrected."""
    decided = ("x_amazon_sync_status", "in", ["done", "error"])
    return _find(odoo, accounts, decided, ("write_date", ">=", moment(since)))


def feed_deliveries(odoo: Odoo, account: str) -> list[Found]:
    """Return the account's deliveries of which a package is in a feed."""
    return _find(
        odoo, [account], ("x_amazon_sync_status", "=", "pending"), ("x_amazon_sync_key", "like", Mark.IN_FEED.value)
    )


def accounts_of(odoo: Odoo, sale_orders: Iterable[int]) -> dict[int, str]:
    """Return the account of each sale order."""
    domain = [("id", "in", sorted(set(sale_orders)))]
    return {row["id"]: row["x_amazon_account"] or "" for row in odoo.search_read("sale.order", domain, _ACCOUNT)}


def shipped_orders(odoo: Odoo, deliveries: Sequence[int]) -> dict[int, ShippedOrder]:
    """Return by delivery all that left for its order; a delivery that is gone, or none any more, is left out.

    Six calls for any number.
    """
    if not deliveries:
        return {}
    pickings = odoo.search_read(
        "stock.picking", [("sale_id.picking_ids", "in", list(deliveries)), *_DELIVERED], _picking_fields(odoo)
    )
    by_order: dict[int, list[Row]] = defaultdict(list)
    for picking in pickings:
        by_order[picking["sale_id"][0]].append(picking)
    orders = odoo.search_read("sale.order", [("id", "in", sorted(by_order))], _ORDER_FIELDS)
    lines = _lines(odoo, sorted(by_order))
    moves = _moves(odoo, [line["id"] for some in lines.values() for line in some])
    goods = _goods(odoo, [picking["id"] for picking in pickings])
    carriers = _carriers(odoo, pickings)
    built = {
        order["id"]: _shipped_order(
            order, by_order[order["id"]], lines=lines[order["id"]], moves=moves, goods=goods, carriers=carriers
        )
        for order in orders
    }
    wanted = set(deliveries)
    return {
        picking["id"]: built[picking["sale_id"][0]]
        for picking in pickings
        if picking["id"] in wanted and picking["sale_id"][0] in built
    }


def read_status(odoo: Odoo, deliveries: Sequence[int]) -> dict[int, tuple[str, str, str]]:
    """Return what is written of deliveries now: status, reason, key."""
    rows = odoo.search_read("stock.picking", [("id", "in", list(deliveries))], _STATUS_FIELDS) if deliveries else []
    status, reason, key = _STATUS_FIELDS
    return {row["id"]: (row[status] or "", row[reason] or "", row[key] or "") for row in rows}


def write_outcomes(odoo: Odoo, outcomes: Sequence[DeliveryOutcome]) -> None:
    """Write what became of deliveries, all in one call. Raises OdooRefused with nothing written."""
    rows = [[str(one.delivery), one.account, "fbm", one.status, one.reason, one.key] for one in outcomes]
    load_or_refuse(odoo, "stock.picking", _OUTCOME_COLUMNS, rows, update=True, context=QUIET)


def post_note(odoo: Odoo, delivery: int, text: str) -> None:
    """Leave a note in a delivery's chatter, for people inside the company. 14 reads it as HTML, later ones do not."""
    odoo.call("stock.picking", "message_post", ids=[delivery], body=text.translate(_NO_HTML))


_ACCOUNT: Final = ("x_amazon_account",)
_ORDER_FIELDS: Final = ("x_amazon_account", "client_order_ref", "x_amazon_marketplace", "x_amazon_status")
_NO_HTML: Final = str.maketrans({"<": "(", ">": ")", "&": "+"})


def _find(odoo: Odoo, accounts: Sequence[str], *more: tuple[str, str, object]) -> list[Found]:
    domain = [
        *_DELIVERED,
        ("sale_id.x_amazon_channel", "=", "fbm"),
        ("sale_id.x_amazon_account", "in", list(accounts)),
        *more,
    ]
    fields = ["sale_id", "write_date", "x_amazon_sync_key"]
    return [
        Found(row["id"], row["sale_id"][0], row["write_date"], Mark.IN_FEED in key, Mark.CLAIMED in key)
        for row in odoo.search_read("stock.picking", domain, fields, order="date_done, id")
        for key in [row["x_amazon_sync_key"] or ""]
    ]


def _picking_fields(odoo: Odoo) -> list[str]:
    """Carrier and tracking number are fields of Odoo's delivery app, which may not be installed."""
    known = odoo.fields("stock.picking")
    optional = [name for name in ("carrier_id", "carrier_tracking_ref") if name in known]
    return ["name", "sale_id", "date_done", *_STATUS_FIELDS, *optional]


def _lines(odoo: Odoo, orders: Sequence[int]) -> Mapping[int, list[Row]]:
    unit = odoo.first_field("sale.order.line", "product_uom_id", "product_uom")
    fields = ["order_id", "x_amazon_item_ref", "product_id", "product_uom_qty", unit]
    # Shipping costs and the like carry the item's reference too; only goods have moves.
    domain = [("order_id", "in", list(orders)), ("x_amazon_item_ref", "!=", False), ("product_id", "!=", False)]
    found: dict[int, list[Row]] = defaultdict(list)
    for row in odoo.search_read("sale.order.line", domain, fields, order="id"):
        found[row["order_id"][0]].append({**row, "unit": row[unit]})
    return found


def _moves(odoo: Odoo, lines: Sequence[int]) -> dict[int, Row]:
    """Moves to customers by id."""
    domain = [
        ("sale_line_id", "in", list(lines)),
        ("state", "!=", "cancel"),
        ("location_dest_id.usage", "=", "customer"),
    ]
    fields = ["sale_line_id", "product_id", "product_uom_qty", "product_uom", "origin_returned_move_id"]
    return {row["id"]: row for row in odoo.search_read("stock.move", domain, fields)} if lines else {}


def _goods(odoo: Odoo, pickings: Sequence[int]) -> Mapping[int, list[Row]]:
    done = odoo.first_field("stock.move.line", "qty_done", "quantity")
    fields = ["picking_id", "move_id", "product_id", "result_package_id", "product_uom_id", done]
    found: dict[int, list[Row]] = defaultdict(list)
    domain = [("picking_id", "in", list(pickings))]
    for row in odoo.search_read("stock.move.line", domain, fields, order="id"):
        found[row["picking_id"][0]].append({**row, "done": row[done]})
    return found


def _carriers(odoo: Odoo, pickings: Iterable[Row]) -> Mapping[int, Row]:
    ids = sorted({picking["carrier_id"][0] for picking in pickings if picking.get("carrier_id")})
    if not ids:
        return {}
    rows = odoo.search_read(
        "delivery.carrier", [("id", "in", ids)], ["name", "delivery_type"], context={"active_test": False}
    )
    return {row["id"]: row for row in rows}


def _shipped_order(
    order: Row,
    pickings: Sequence[Row],
    *,
    lines: Sequence[Row],
    moves: Mapping[int, Row],
    goods: Mapping[int, list[Row]],
    carriers: Mapping[int, Row],
) -> ShippedOrder:
    by_id = {line["id"]: line for line in lines}
    demand: dict[int, dict[int, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for move in moves.values():
        if not move["origin_returned_move_id"]:
            demand[move["sale_line_id"][0]][move["product_id"][0]] += _number(move["product_uom_qty"])
    return ShippedOrder(
        odoo_id=order["id"],
        account=order["x_amazon_account"],
        order_id=order["client_order_ref"] or "",
        marketplace=order["x_amazon_marketplace"] or "",
        status=order["x_amazon_status"] or "",
        deliveries=tuple(_delivery(picking, carriers) for picking in pickings),
        lines=tuple(
            OrderedLine(
                odoo_id=line["id"],
                item_ref=line["x_amazon_item_ref"],
                product=line["product_id"][0],
                quantity=_number(line["product_uom_qty"]),
                demand=dict(demand[line["id"]]),
            )
            for line in lines
            if line["id"] in demand
        ),
        goods=tuple(
            _moved(row, moves[row["move_id"][0]], by_id)
            for picking in pickings
            for row in goods[picking["id"]]
            if row["move_id"] and row["move_id"][0] in moves and row["done"] > 0
        ),
    )


def _moved(row: Row, move: Row, lines: Mapping[int, Row]) -> MovedGoods:
    line = lines[move["sale_line_id"][0]]
    package = row["result_package_id"]
    # A kit's components are counted in units of their own.
    itself = move["product_id"][0] == line["product_id"][0]
    units = {row["product_uom_id"][0], move["product_uom"][0], *([line["unit"][0]] if itself else [])}
    return MovedGoods(
        delivery=row["picking_id"][0],
        line=line["id"],
        product=row["product_id"][0],
        quantity=_number(row["done"]),
        package=package[0] if package else 0,
        package_name=package[1] if package else "",
        again=bool(move["origin_returned_move_id"]),
        odd_unit=len(units) > 1,
    )


def _delivery(picking: Row, carriers: Mapping[int, Row]) -> Delivery:
    given = picking.get("carrier_id")
    by = carriers.get(given[0]) if given else None
    done = parse_moment(picking["date_done"])
    if done is None:
        raise ValueError("a done picking has a date")
    return Delivery(
        odoo_id=picking["id"],
        name=picking["name"],
        done=done,
        carrier=by["name"] if by else "",
        carrier_type=(by["delivery_type"] or "") if by else "",
        tracking=picking.get("carrier_tracking_ref") or "",
        status=picking["x_amazon_sync_status"] or "",
        reason=picking["x_amazon_sync_reason"] or "",
        key=picking["x_amazon_sync_key"] or "",
    )


def _number(value: float) -> Decimal:
    """Odoo's quantities are binary floats: what is written of them is meant."""
    return Decimal(repr(value))
