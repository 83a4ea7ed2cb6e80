"""Orders whose amounts are hard on an ERP, and the taxes they meet: for tests on every Odoo."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from uuid import uuid4

from domain.odoo_facts import DefaultProducts
from domain.order import Breakdown, Order, OrderItem
from tests.builders import an_item, part
from tests.contract.odoo_desk import Desk

# Taxes of goods, and of shipping, gift wrap, discounts and the like: (type, amount, included in the price).
Tax = tuple[str, float, bool]
Taxes = tuple[Tax, ...]


def on_top(*percents: float) -> Taxes:
    return tuple(("percent", percent, False) for percent in percents)


def within(*percents: float) -> Taxes:
    return tuple(("percent", percent, True) for percent in percents)


PERCENT: dict[str, tuple[Taxes, Taxes]] = {
    "no tax": ((), ()),
    "included 7": (within(7), within(7)),
    "included 19": (within(19), within(19)),
    "included 21": (within(21), within(21)),
    "on top 5": (on_top(5), on_top(5)),
    "on top 8.25": (on_top(8.25), on_top(8.25)),
    "on top 19": (on_top(19), on_top(19)),
    "on top 21": (on_top(21), on_top(21)),
    "on top 25": (on_top(25), on_top(25)),
    "two on top, 5 and 9.975": (on_top(5, 9.975), on_top(5, 9.975)),
    "goods included 19, charges on top 7": (within(19), on_top(7)),
    "goods on top 21, charges none": (on_top(21), ()),
}  # fmt: skip


@dataclass(frozen=True)
class Till:
    """A desk whose goods (`sku`) and charges bear the taxes of one setup."""

    desk: Desk
    sku: str

    def orders(self) -> dict[str, Order]:
        """One awkward order of each kind, by name."""
        return {name: self.order(*items, **more) for name, (items, more) in AWKWARD.items()}

    def order(self, *items: OrderItem, **more: Any) -> Order:
        return self.desk.order(*(replace(item, sku=self.sku) for item in items), **more)


def a_till(desk: Desk, goods: Taxes, charges: Taxes, **policy: Any) -> Till:
    """Make products with those taxes, and a desk that sells them; its orders stay quotations unless told otherwise."""
    sku = uuid4().hex[:10]
    made = {spec: make_tax(desk, *spec) for spec in (*goods, *charges)}
    ours = {"type": "consu", "default_code": sku, "taxes_id": [[6, 0, [made[spec] for spec in goods]]]}
    theirs = {"type": "service", "taxes_id": [[6, 0, [made[spec] for spec in charges]]]}
    values = [{"name": f"Goods {sku}", **ours}, {"name": f"Charges {sku}", **theirs}]
    _, charge = desk.admin.call("product.product", "create", vals_list=values)
    defaults: DefaultProducts = replace(desk.known.defaults, shipping=charge, gift_wrap=charge, discount=charge)
    account = replace(desk.account, policy=replace(desk.account.policy, **{"confirm": False, **policy}))
    return Till(replace(desk, known=replace(desk.known, defaults=defaults), account=account), sku)


def make_tax(desk: Desk, kind: str, amount: float, included: bool) -> int:
    """A sales tax of the administrator's company. A group is two halves of a percentage."""
    members: dict[str, Any] = {}
    if kind == "group":
        members = {"children_tax_ids": [[6, 0, [make_tax(desk, "percent", amount / 2, included) for _ in range(2)]]]}
    inclusion: dict[str, Any] = {"price_include": included}
    if not desk.old:
        inclusion = {"price_include_override": "tax_included" if included else "tax_excluded"}
    values = {"name": f"{kind} {amount} {uuid4().hex[:6]}", "amount_type": kind, "type_tax_use": "sale"}
    (tax,) = desk.admin.call("account.tax", "create", vals_list=[{**values, "amount": amount, **inclusion, **members}])
    return int(tax)


def rounding_of(desk: Desk, sale_order: int) -> Decimal:
    """The amount of the order's rounding line, 0 without one."""
    return roundings_of(desk, [sale_order])[sale_order]


def roundings_of(desk: Desk, sale_orders: list[int]) -> dict[int, Decimal]:
    domain = [("order_id", "in", sale_orders), ("product_id", "=", desk.known.defaults.rounding)]
    found = dict.fromkeys(sale_orders, Decimal(0))
    for line in desk.odoo.search_read("sale.order.line", domain, ["order_id", "price_total"]):
        found[line["order_id"][0]] += Decimal(str(line["price_total"]))
    return found


def _item(*parts: Breakdown, quantity: int = 1, **changes: Any) -> OrderItem:
    return an_item(*parts, quantity=quantity, **changes)


AWKWARD: dict[str, tuple[tuple[OrderItem, ...], dict[str, Any]]] = {
    "three for ten": ((_item(part("ITEM", "10.00"), quantity=3),), {}),
    "seven, and shipping": ((_item(part("ITEM", "99.99"), part("SHIPPING", "4.99"), quantity=7),), {}),
    "both discounts": (
        (
            _item(
                part("ITEM", "19.99"), part("SHIPPING", "4.99"),
                part("DISCOUNT", "-7.49", ITEM="-2.50", SHIPPING="-4.99"),
            ),
        ),
        {},
    ),
    "gift wrap and discount": (
        (_item(part("ITEM", "24.95"), part("GIFT_WRAP", "3.49"), part("DISCOUNT", "-1.23"), quantity=2),), {},
    ),
    "cash on delivery": ((_item(part("ITEM", "17.77"), part("COD_FEE", "2.01")),), {}),
    "delivery tip": ((_item(part("ITEM", "31.13")),), {"order_breakdowns": (part("DELIVERY_TIP", "2.50"),)}),
    "free of charge": ((_item(part("ITEM", "0.00"), quantity=2),), {}),
    "all of it discounted": ((_item(part("ITEM", "19.99"), part("DISCOUNT", "-19.99")),), {}),
    "a cent": ((_item(part("ITEM", "0.01")),), {}),
    "twelve dear ones": ((_item(part("ITEM", "14814.83"), quantity=12),), {}),
    "tax without details": ((_item(part("ITEM", "20.00"), part("TAX", "3.33")),), {}),
    "Amazon's tax": (
        (_item(part("ITEM", "20.00"), part("TAX", "1.65", ITEM="1.65"), tax_collected_by_amazon=True),), {},
    ),
    "twenty lines": (
        tuple(_item(part("ITEM", f"{place}.{place * 7 % 100:02}"), quantity=place % 4 + 1) for place in range(1, 21)),
        {},
    ),
    "yen": ((_item(part("ITEM", "1000"), part("COD_FEE", "330"), quantity=3),), {"currency": "JPY"}),
}  # fmt: skip
