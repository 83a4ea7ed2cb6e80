"""Sale order lines: what they take over from the product, their amounts, and what a confirmed order allows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from typing_extensions import override

from simulator.odoo.business.fiscal import fiscal_position, map_taxes
from simulator.odoo.business.procurement import is_goods, launch
from simulator.odoo.business.taxes import Amounts, Line, Tax, line_amounts, line_of
from simulator.odoo.engine.behaviour import Behaviour, Compute
from simulator.odoo.engine.env import Env
from simulator.odoo.engine.errors import OdooFault, access_error, constraint, user_error

_PROTECTED = {
    "product_id": "Product",
    "name": "Description",
    "price_unit": "Unit Price",
    "product_uom": "Unit of Measure",
    "product_uom_id": "Unit",
    "product_uom_qty": "Quantity",
    "tax_id": "Taxes",
    "tax_ids": "Taxes",
}
_NO_REMOVAL_14 = (
    "You can not remove an order line once the sales order is confirmed.\nYou should rather set the quantity to 0."
)
_NO_REMOVAL_19 = (
    "Once a sales order is confirmed, you can't remove one of its lines (we need to track if something gets invoiced "
    "or delivered).\n                Set the quantity to 0 instead."
)


def tax_field(env: Env) -> str:
    """tax_id became tax_ids; both hold several."""
    return env.named("tax_id", "tax_ids")


def rounding_unit(env: Env, order: int) -> Decimal:
    """The smallest amount of the order's currency."""
    currency = env.get("sale.order", order, "currency_id")
    return Decimal(repr(float(env.row("res.currency", currency)["rounding"]))).normalize()


def globally(env: Env, order: int) -> bool:
    """Whether the company rounds taxes once per order."""
    company = env.row("res.company", env.row("sale.order", order)["company_id"])
    return bool(company["tax_calculation_rounding_method"] == "round_globally")


def taxed(env: Env, line: int) -> Line:
    """The line as the tax computation takes it."""
    row = env.row("sale.order.line", line)
    rows = [env.row("account.tax", tax) for tax in row.get(tax_field(env)) or ()]
    taxes = [
        Tax(tax["id"], Decimal(repr(float(tax["amount"]))), bool(env.get("account.tax", tax["id"], "price_include")))
        for tax in sorted(rows, key=lambda tax: (tax.get("sequence") or 0, tax["id"]))
    ]
    price, quantity, discount = (float(row.get(name) or 0) for name in ("price_unit", "product_uom_qty", "discount"))
    return line_of(price, quantity, discount, taxes)


def _amounts(env: Env, line: int) -> Amounts:
    order = env.row("sale.order.line", line)["order_id"]
    return line_amounts(taxed(env, line), rounding_unit(env, order), globally=globally(env, order))


def _tax(env: Env, shown: Amounts) -> float:
    """19 subtracts the floats, and shows what that leaves in the last digits."""
    return float(shown.tax) if env.series < 19 else float(shown.total) - float(shown.untaxed)


def delivered(env: Env, line: int) -> float:
    """Goods that left for the customer less what came back; services as entered."""
    row = env.row("sale.order.line", line)
    if not is_goods(env, row):
        return float(row.get("qty_delivered") or 0)
    total = 0.0
    for move in env.find("stock.move", sale_line_id=line):
        one = env.row("stock.move", move)
        if one["state"] == "done":
            usage = env.row("stock.location", one["location_dest_id"])["usage"]
            quantity = env.get("stock.move", move, env.named("quantity_done", "quantity"))
            total += float(quantity) if usage == "customer" else -float(quantity)
    return total


def _to_invoice(env: Env, line: int) -> float:
    row = env.row("sale.order.line", line)
    if env.row("sale.order", row["order_id"])["state"] not in {"sale", "done"} or row.get("display_type"):
        return 0.0
    policy = env.get("product.product", row["product_id"], "invoice_policy") if row.get("product_id") else "order"
    return delivered(env, line) if policy == "delivery" else float(row.get("product_uom_qty") or 0)


def _invoice_status(env: Env, line: int) -> str:
    return "to invoice" if _to_invoice(env, line) else "no"


def _method(env: Env, line: int) -> str:
    return "stock_move" if is_goods(env, env.row("sale.order.line", line)) else "manual"


class OrderLine(Behaviour):
    """sale.order.line."""

    reads_first = True
    compute: Mapping[str, Compute] = {
        "price_subtotal": lambda env, line: float(_amounts(env, line).untaxed),
        "price_tax": lambda env, line: _tax(env, _amounts(env, line)),
        "price_total": lambda env, line: float(_amounts(env, line).total),
        "qty_delivered": delivered,
        "qty_to_invoice": _to_invoice,
        "invoice_status": _invoice_status,
        "qty_delivered_method": _method,
    }

    @override
    def creating(self, env: Env, vals: dict[str, Any]) -> dict[str, Any]:
        """Complete the line from its product."""
        if not vals.get("order_id"):
            return {"name": " ", "customer_lead": 0.0, "price_unit": 0.0, "product_uom_qty": 1.0, **vals}
        if vals.get("display_type"):
            empty = {"product_id": False, "product_uom_qty": 0.0, "price_unit": 0.0, tax_field(env): [[5, 0, 0]]}
            return {"sequence": 10, "customer_lead": 0.0, **vals, **empty}
        if not vals.get("product_id"):
            if env.series < 19:
                text = "Missing required fields on accountable sale order line."
                raise constraint(env.series, "sale_order_line_accountable_required_fields", text)
            return {"sequence": 10, "product_uom_qty": 1.0, "price_unit": 0.0, "customer_lead": 0.0, **vals}
        return {**self._from_product(env, vals), **vals}

    def _from_product(self, env: Env, vals: Mapping[str, Any]) -> dict[str, Any]:
        product = vals["product_id"]
        order = env.row("sale.order", vals["order_id"])
        self._same_company(env, product, order)
        described = env.get("product.product", product, "description_sale")
        name = env.name_of("product.product", product)
        unit = env.named("product_uom", "product_uom_id")
        return {
            "sequence": 10,
            "product_uom_qty": 1.0,
            "discount": 0.0,
            "customer_lead": 0.0,
            "name": f"{name}\n{described}" if described else name,
            "price_unit": env.get("product.product", product, "lst_price"),
            unit: env.get("product.product", product, "uom_id"),
            tax_field(env): [[6, 0, self._taxes(env, product, order)]],
        }

    def _taxes(self, env: Env, product: int, order: Mapping[str, Any]) -> list[int]:
        taxes = env.get("product.product", product, "taxes_id")
        mine = [one for one in taxes if env.row("account.tax", one)["company_id"] == order["company_id"]]
        position = order.get("fiscal_position_id")
        if env.series < 19 and not position:
            # An order without a position: the line asks for its customer's, wherever the goods go.
            position = fiscal_position(env, order["partner_id"], order["partner_id"], order["company_id"])
        return map_taxes(env, position, mine) if position else mine

    def _same_company(self, env: Env, product: int, order: Mapping[str, Any]) -> None:
        owner = env.get("product.product", product, "company_id")
        if owner and owner != order["company_id"]:
            raise _mismatch(env, product, order)

    @override
    def created(self, env: Env, record: int, vals: Mapping[str, Any]) -> None:
        """A line added to a confirmed order is delivered too."""
        order = vals.get("order_id")
        if order and env.row("sale.order", order)["state"] == "sale":
            launch(env, record)

    @override
    def writing(self, env: Env, ids: Sequence[int], vals: dict[str, Any]) -> dict[str, Any]:
        """What a locked or confirmed order does not allow is refused."""
        for line in ids:
            order = env.row("sale.order", env.row("sale.order.line", line)["order_id"])
            touched = [label for name, label in _PROTECTED.items() if name in vals]
            if touched and (order["state"] == "done" or order.get("locked")):
                listed = "\n".join(touched)
                raise user_error(f"It is forbidden to modify the following fields in a locked order:\n{listed}")
            other = vals.get("product_id") not in {None, env.row("sale.order.line", line).get("product_id")}
            if other and env.series >= 19 and order["state"] == "sale":
                raise user_error("You cannot modify the product of this order line.")
            if "product_uom_qty" in vals and order["state"] == "sale":
                self._note(env, line, float(vals["product_uom_qty"] or 0))
        return vals

    def _note(self, env: Env, line: int, quantity: float) -> None:
        """14 notes a new quantity on the order, which takes an author with an e-mail address."""
        author = env.row("res.users", env.uid)["partner_id"]
        changed = float(env.row("sale.order.line", line).get("product_uom_qty") or 0) != quantity
        if env.series < 19 and changed and not env.row("res.partner", author).get("email"):
            raise user_error("Unable to log message, please configure the sender's email address.")

    @override
    def written(self, env: Env, ids: Sequence[int], vals: Mapping[str, Any]) -> None:
        """A new quantity takes the price list's price in 19, and reaches the transfers of a confirmed order."""
        if "product_uom_qty" in vals:
            for line in ids:
                self._reprice(env, line, vals)
                if env.get("sale.order.line", line, "state") == "sale":
                    launch(env, line)

    def _reprice(self, env: Env, line: int, vals: Mapping[str, Any]) -> None:
        row = env.row("sale.order.line", line)
        if env.series >= 19 and "price_unit" not in vals and row.get("product_id"):
            env.put("sale.order.line", line, price_unit=env.get("product.product", row["product_id"], "lst_price"))

    @override
    def unlinking(self, env: Env, ids: Sequence[int]) -> None:
        """Lines of a confirmed order stay."""
        for line in ids:
            row = env.row("sale.order.line", line)
            state = env.row("sale.order", row["order_id"])["state"]
            if state in {"sale", "done"} and not row.get("display_type"):
                raise user_error(env.named(_NO_REMOVAL_14, _NO_REMOVAL_19))

    @override
    def display_name(self, env: Env, record: int) -> str:
        """'S00001 - first line of the name'; 19 adds the customer."""
        row = env.row("sale.order.line", record)
        order = env.row("sale.order", row["order_id"])
        first = str(row["name"]).split("\n", maxsplit=1)[0]
        if env.series < 19:
            return f"{order['name']} - {first}"
        text = env.name_of("product.product", row["product_id"]) if row.get("product_id") else first
        return f"{order['name']} - {text} ({env.name_of('res.partner', order['partner_id'])})"


def _mismatch(env: Env, product: int, order: Mapping[str, Any]) -> OdooFault:
    name = env.name_of("product.product", product)
    company = env.name_of("res.company", order["company_id"])
    if env.series >= 19:
        line = f"{order['name']} - {name} ({env.name_of('res.partner', order['partner_id'])})"
        return user_error(
            f"Uh-oh! You’ve got some company inconsistencies here:\n- “{line}” belongs to company “{company}” while "  # noqa: RUF001  # Odoo's own quotes
            f"“Product” (product_id: '{name}') belongs to another company.\n"
            "To avoid a mess, no company crossover is allowed!"
        )
    template = env.get("product.product", product, "product_tmpl_id")
    user = f"{env.name_of('res.users', env.uid)} (id={env.uid})"
    return access_error(
        "Due to security restrictions, you are not allowed to access 'Product Template' (product.template) records."
        f"\n\nRecords: {name} (id={template})\nUser: {user}\n\nThis restriction is due to the following rules:\n"
        "- Product multi-company\n\nNote: this might be a multi-company issue.\n\n"
        "Contact your administrator to request access if necessary."
    )
