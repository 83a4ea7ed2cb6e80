"""An independent referee: reads Amazon's raw JSON and Odoo's records, shares no code with the product.

It knows the promises only: which orders are due, what they must total, and what a sale order must look like.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal
from typing import Any

from clients.odoo.client import Odoo

CODES = {
    "A1PA6795UKMFR9": "DE", "A13V1IB3VIYZZH": "FR", "A1F83G8C2ARO7P": "GB", "APJ6JRA9NG5V4": "IT",
    "A1RKKUPIHCS9HS": "ES", "A1805IZSGTT6HS": "NL", "A1C3SOZRARQ6R3": "PL", "A2NODRKZP88ZB9": "SE",
    "ATVPDKIKX0DER": "US", "A2EUQ1WTGCTBG2": "CA", "A1AM78C64UM0Y8": "MX", "A1VC38T7YXB528": "JP",
    "A39IBJ37TRP1C6": "AU", "A19VAU5U5O7RUS": "SG",
}  # fmt: skip
SANE = "2000"
DUE = {"AMAZON": {"SHIPPED"}, "MERCHANT": {"UNSHIPPED", "PARTIALLY_SHIPPED", "SHIPPED"}}
NO_GOODS = ("Amazon Shipping", "Amazon Gift Wrap", "Amazon Discount", "Amazon Rounding", "Amazon Collected Tax")
ORDER_FIELDS = [
    "client_order_ref", "state", "amount_total", "currency_id", "date_order", "commitment_date", "partner_id",
    "partner_shipping_id", "warehouse_id", "team_id", "x_amazon_account", "x_amazon_channel", "x_amazon_marketplace",
    "x_amazon_status", "x_amazon_last_update",
]  # fmt: skip


def is_due(raw: Mapping[str, Any], marketplaces: Iterable[str]) -> bool:
    """Whether the promises want a sale order for a raw order."""
    channel = raw["salesChannel"]
    ours = channel["channelName"] == "AMAZON" and CODES.get(channel.get("marketplaceId", ""), "?") in marketplaces
    fulfilment = raw["fulfillment"]
    return ours and fulfilment["fulfillmentStatus"] in DUE[fulfilment["fulfilledBy"]]


def collected_by_amazon(item: Mapping[str, Any], marketplace_id: str = "") -> bool:
    """Whether Amazon collects and remits the item's tax; where nothing at all is said, it does in the US."""
    tax = item.get("tax") or {}
    entries = tax.get("taxCollections", [])
    said = {entry.get("model", "") for entry in entries} - {""}
    said |= {entry.get("reportingScheme", "") for entry in tax.get("taxCalculationBreakdowns", [])} - {""}
    shipping = (item.get("fulfillment") or {}).get("shipping") or {}
    said |= {"IOSS"} if (shipping.get("internationalShipping") or {}).get("iossNumber") else set()
    said |= {entry["responsibleParty"] for entry in entries if not entry.get("model") and entry.get("responsibleParty")}
    if not said:
        return CODES.get(marketplace_id) == "US"
    known = {"MARKETPLACE_FACILITATOR", "LowValueGoods", "IOSS", "UOSS"}
    return bool(said & known) or any(word.startswith("Amazon") for word in said)


def expected_total(raw: Mapping[str, Any]) -> tuple[Decimal, str]:
    """Return what the buyer pays the seller, and the currency."""
    total, currency = Decimal(0), ""
    for item in raw["orderItems"]:
        proceeds = item.get("proceeds") or {}
        if not proceeds:
            continue
        currency = proceeds["proceedsTotal"]["currencyCode"]
        total += Decimal(proceeds["proceedsTotal"]["amount"])
        if collected_by_amazon(item, raw["salesChannel"].get("marketplaceId", "")):
            total -= sum(
                (Decimal(b["subtotal"]["amount"]) for b in proceeds["breakdowns"] if b["type"] == "TAX"), Decimal(0)
            )
    for part in raw.get("proceeds", {}).get("breakdowns", []):
        if part["type"] == "DELIVERY_TIP":
            total += Decimal(part["subtotal"]["amount"])
    return total, currency


def judge(
    odoo: Odoo,
    truth: Mapping[str, list[dict[str, Any]]],
    marketplaces: Mapping[str, tuple[str, ...]],
    *,
    delivered: Collection[str] = (),
) -> list[str]:
    """Return every difference between Amazon's orders (by account) and Odoo's sale orders; [] when all is right.

    `delivered`: order ids of the seller's own deliveries that somebody validated in Odoo.
    """
    accounts = sorted(truth)
    orders = odoo.search_read("sale.order", [("x_amazon_account", "in", accounts)], ORDER_FIELDS)
    found: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for order in orders:
        found[order["x_amazon_account"], order["client_order_ref"]].append(order)
    lines = _lines(odoo, [order["id"] for order in orders])
    pickings = _pickings(odoo, [order["id"] for order in orders])
    sent = _sent(odoo, lines)
    wrong = []
    for account, raws in truth.items():
        for raw in raws:
            there = found.pop((account, raw["orderId"]), [])
            if is_due(raw, marketplaces[account]):
                wrong += _judge_due(raw, there, lines, pickings, sent, delivered=raw["orderId"] in delivered)
            elif raw["fulfillment"]["fulfillmentStatus"] == "CANCELLED":
                wrong += [
                    f"{raw['orderId']}: cancelled at Amazon, {o['state']} in Odoo"
                    for o in there
                    if o["state"] != "cancel"
                ]
            elif there:
                wrong.append(f"{raw['orderId']}: not due, but {len(there)} in Odoo")
    return wrong + [f"{key}: unknown to Amazon" for key in found]


def _judge_due(
    raw: Mapping[str, Any],
    there: list[dict[str, Any]],
    lines: Mapping[int, list[dict[str, Any]]],
    pickings: Mapping[int, list[dict[str, Any]]],
    sent: Mapping[str, int],
    *,
    delivered: bool,
) -> list[str]:
    name = raw["orderId"]
    if len(there) != 1:
        return [f"{name}: {len(there)} sale orders"]
    order = there[0]
    total, currency = expected_total(raw)
    fba = raw["fulfillment"]["fulfilledBy"] == "AMAZON"
    goods = Counter(
        {item["orderItemId"]: item["quantityOrdered"] for item in raw["orderItems"] if item["quantityOrdered"]}
    )
    booked: Counter[str] = Counter()
    for line in lines[order["id"]]:
        if line["product_id"] and line["x_amazon_item_ref"] and not line["product_id"][1].endswith(NO_GOODS):
            booked[line["x_amazon_item_ref"]] += int(line["product_uom_qty"])
    sane = raw["createdTime"] >= SANE
    checks = {
        "state": ("sale" if order["state"] == "done" else order["state"], "sale"),  # 14 calls a locked one done
        "total": (Decimal(str(order["amount_total"])).quantize(Decimal("0.01")), total.quantize(Decimal("0.01"))),
        "currency": (order["currency_id"][1], currency),
        "date": (order["date_order"] if sane else order["date_order"][:4] >= SANE, _text(raw["createdTime"]) or True),
        "ship by": ((order["commitment_date"] or "")[:19], _ship_by(raw)),
        "version": (order["x_amazon_last_update"], raw["lastUpdatedTime"][:19].replace("T", " ")),
        "channel": (order["x_amazon_channel"], "fba" if fba else "fbm"),
        "marketplace": (order["x_amazon_marketplace"], CODES[raw["salesChannel"]["marketplaceId"]]),
        "status": (order["x_amazon_status"], raw["fulfillment"]["fulfillmentStatus"]),
        "goods": (booked, goods),
        "goods sent or to be sent": (Counter({one: sent.get(one, 0) for one in {*goods, *booked}}), goods),
        "team": (order["team_id"] and order["team_id"][1], "Amazon"),
        "contact and delivery address": (order["partner_id"] != order["partner_shipping_id"], True),
        "pickings": (
            {(picking["state"] == "done", "Amazon" in picking["location_id"][1]) for picking in pickings[order["id"]]},
            {(fba or delivered, fba)} if goods else set(),
        ),
    }
    return [f"{name}: {what} is {is_!r}, not {must!r}" for what, (is_, must) in checks.items() if is_ != must]


def _ship_by(raw: Mapping[str, Any]) -> str:
    window = raw["fulfillment"].get("shipByWindow", {})
    return _text(str(window.get("latestDateTime", "")))


def _text(moment: str) -> str:
    """Odoo's text of a moment; '' for one of a year that nobody believes (removal orders come with 1995)."""
    return moment[:19].replace("T", " ") if moment >= SANE else ""


def _lines(odoo: Odoo, ids: list[int]) -> dict[int, list[dict[str, Any]]]:
    fields = ["order_id", "product_id", "product_uom_qty", "x_amazon_item_ref"]
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for line in odoo.search_read("sale.order.line", [("order_id", "in", ids)], fields):
        found[line["order_id"][0]].append(line)
    return found


def _sent(odoo: Odoo, lines: Mapping[int, list[dict[str, Any]]]) -> dict[str, int]:
    """Pieces in deliveries that are done or open, by Amazon's item."""
    refs = {line["id"]: line["x_amazon_item_ref"] for some in lines.values() for line in some}
    domain = [("sale_line_id", "in", sorted(refs)), ("state", "!=", "cancel")]
    sent: dict[str, int] = defaultdict(int)
    for move in odoo.search_read("stock.move", domain, ["sale_line_id", "product_uom_qty"]):
        sent[refs[move["sale_line_id"][0]]] += int(move["product_uom_qty"])
    return sent


def _pickings(odoo: Odoo, ids: list[int]) -> dict[int, list[dict[str, Any]]]:
    domain = [("sale_id", "in", ids), ("state", "!=", "cancel")]
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for picking in odoo.search_read("stock.picking", domain, ["sale_id", "state", "location_id"]):
        found[picking["sale_id"][0]].append(picking)
    return found


def snapshot(odoo: Odoo, accounts: Collection[str] | None = None) -> dict[str, tuple[int, Any]]:
    """Return count and last write of everything the connector writes, but for cursors and accounts.

    With `accounts` (keys) only what is theirs counts, on a server that others write to at the same time.
    """
    state = {}
    for model, domain in _written(odoo, accounts).items():
        last = odoo.search_read(model, domain, ["write_date"], limit=1, order="write_date desc")
        count = odoo.call(model, "search_count", domain=domain)
        state[model] = (count, last[0]["write_date"] if last else None)
    return state


def _written(odoo: Odoo, accounts: Collection[str] | None) -> dict[str, list[tuple[str, str, Any]]]:
    fields = {
        "sale.order": "x_amazon_account", "sale.order.line": "order_id.x_amazon_account", "res.partner": "",
        "stock.picking": "x_amazon_account", "x_amazon_offer": "x_account", "x_amazon_issue": "x_account",
    }  # fmt: skip
    if accounts is None:
        return {model: [] for model in fields}
    keys = sorted(accounts)
    domains: dict[str, list[tuple[str, str, Any]]] = {name: [(field, "in", keys)] for name, field in fields.items()}
    orders = odoo.search_read("sale.order", domains["sale.order"], ["partner_id", "partner_shipping_id"])
    people = {order[name][0] for order in orders for name in ("partner_id", "partner_shipping_id")}
    return domains | {"res.partner": [("id", "in", sorted(people))]}
