"""Products (a template with one variant), pricelists, taxes and currencies."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from typing_extensions import override

from simulator.odoo.business.taxes import Tax, line_amounts, line_of
from simulator.odoo.engine.behaviour import Behaviour, Compute, Method
from simulator.odoo.engine.env import Env

# Kept with the variant; the template shows and takes them as its only variant's.
_VARIANT_FIELDS = ("default_code", "barcode", "standard_price", "weight", "volume")


def _of_variant(name: str) -> Any:
    def compute(env: Env, record: int) -> Any:
        variants = env.find("product.product", product_tmpl_id=record)
        field = env.field("product.product", name)
        return env.row("product.product", variants[0]).get(name, field.empty) if len(variants) == 1 else field.empty

    return compute


def variants(env: Env, template: int) -> tuple[int, ...]:
    """The active variants of a template."""
    return env.active("product.product", env.find("product.product", product_tmpl_id=template))


class Template(Behaviour):
    """product.template."""

    reads_first = True
    compute: Mapping[str, Compute] = {
        **{name: _of_variant(name) for name in _VARIANT_FIELDS},
        "product_variant_ids": variants,
        "product_variant_id": lambda env, record: next(iter(variants(env, record)), False),
        "product_variant_count": lambda env, record: len(variants(env, record)),
        "currency_id": lambda env, _record: env.row("res.company", env.company)["currency_id"],
    }

    @override
    def defaults(self, env: Env, vals: Mapping[str, Any]) -> dict[str, Any]:
        """A consumable sold in units with the company's taxes."""
        company = env.row("res.company", env.company)
        unit = env.ref("uom.product_uom_unit")
        sale_tax = company.get("account_sale_tax_id")
        given = {
            "type": "consu",
            "sale_ok": True,
            "purchase_ok": True,
            "invoice_policy": env.named("delivery", "order"),
            "list_price": 1.0,
            "tracking": "none",
            "uom_id": unit,
            "expense_policy": "no",
            "service_type": "manual",
            "sequence": 1,
            "taxes_id": [[6, 0, [sale_tax] if sale_tax else []]],
        }
        if env.series < 19:
            given |= {"uom_po_id": vals.get("uom_id") or unit, "categ_id": env.ref("product.product_category_all")}
        return given

    @override
    def creating(self, env: Env, vals: dict[str, Any]) -> dict[str, Any]:
        """What belongs to the variant waits for it."""
        return {name: value for name, value in vals.items() if name not in _VARIANT_FIELDS}

    @override
    def created(self, env: Env, record: int, vals: Mapping[str, Any]) -> None:
        """With its variant, unless the variant is making the template."""
        if env.context.get("_from_child") != "product.product":
            env.create("product.product", {"product_tmpl_id": record})

    @override
    def writing(self, env: Env, ids: Sequence[int], vals: dict[str, Any]) -> dict[str, Any]:
        """Pass on what belongs to the variant, and archiving."""
        passed = {name: value for name, value in vals.items() if name in {*_VARIANT_FIELDS, "active"}}
        if passed:
            for record in ids:
                env.write("product.product", env.find("product.product", product_tmpl_id=record), passed)
        return {name: value for name, value in vals.items() if name not in _VARIANT_FIELDS}

    @override
    def display_name(self, env: Env, record: int) -> str:
        """'[code] name'."""
        code = _of_variant("default_code")(env, record)
        name = str(env.row("product.template", record)["name"])
        return f"[{code}] {name}" if code else name


def on_hand(env: Env, product: int, location: int = 0) -> float:
    """Units in internal locations, or in `location` alone."""
    total = 0.0
    for one in env.find("stock.quant", product_id=product):
        quant = env.row("stock.quant", one)
        internal = env.row("stock.location", quant["location_id"])["usage"] == "internal"
        if internal and location in {0, quant["location_id"]}:
            total += float(quant.get("quantity") or 0)
    return total


class Product(Behaviour):
    """product.product, called '[code] name'."""

    reads_first = True

    @override
    def display_name(self, env: Env, record: int) -> str:
        """'[code] name'."""
        code = env.row("product.product", record).get("default_code")
        name = str(env.get("product.product", record, "name"))
        return f"[{code}] {name}" if code else name

    compute: Mapping[str, Compute] = {
        "qty_available": on_hand,
        "virtual_available": on_hand,
    }


class Pricelist(Behaviour):
    """product.pricelist, called 'Name (EUR)'."""

    @override
    def defaults(self, env: Env, vals: Mapping[str, Any]) -> dict[str, Any]:
        """In the company's currency; 14 shares it between companies."""
        company = env.company
        given = {"currency_id": env.row("res.company", company)["currency_id"], "sequence": 16}
        if env.series < 19:
            return {**given, "discount_policy": "with_discount"}
        return {**given, "company_id": company}

    @override
    def display_name(self, env: Env, record: int) -> str:
        """With the currency."""
        row = env.row("product.pricelist", record)
        return f"{row['name']} ({env.row('res.currency', row['currency_id'])['name']})"


def _decimals(rounding: float) -> int:
    """Decimals of amounts in multiples of `rounding`."""
    return 0 if rounding >= 1 else math.ceil(math.log10(1 / rounding))


class Currency(Behaviour):
    """res.currency."""

    compute: Mapping[str, Compute] = {
        "decimal_places": lambda env, record: _decimals(float(env.row("res.currency", record)["rounding"]))
    }

    @override
    def written(self, env: Env, ids: Sequence[int], vals: Mapping[str, Any]) -> None:
        """In 19 a second active currency turns pricelists on, and every company gets its default one."""
        if env.series < 19 or not vals.get("active") or env.find("product.pricelist", name="Default"):
            return
        for company in env.find("res.company"):
            currency = env.row("res.company", company)["currency_id"]
            row = {"name": "Default", "currency_id": currency, "company_id": company, "sequence": 10}
            env.create("product.pricelist", row)


def _price_include(env: Env, record: int) -> bool:
    row = env.row("account.tax", record)
    choice = row.get("price_include_override") or env.row("res.company", row["company_id"]).get("account_price_include")
    return bool(choice == "tax_included")


def compute_all(  # noqa: PLR0917  # the server's own signature
    env: Env, model: str, ids: Sequence[int], price_unit: float, currency: Any = None, quantity: float = 1.0
) -> dict[str, Any]:
    """What taxes make of a price: the totals; currency is the company's."""
    del currency
    env.may(model, "read")
    inner = env.sudo()
    rows = [inner.row("account.tax", tax) for tax in ids]
    taxes = [
        Tax(row["id"], Decimal(repr(float(row["amount"]))), bool(inner.get("account.tax", row["id"], "price_include")))
        for row in sorted(rows, key=lambda row: (row.get("sequence") or 0, row["id"]))
    ]
    shown = line_amounts(line_of(price_unit, quantity, 0.0, taxes), Decimal("0.01"), globally=False)
    return {
        "base_tags": [],
        "taxes": [],
        "total_excluded": float(shown.untaxed),
        "total_included": float(shown.total),
        "total_void": float(shown.untaxed),
    }


class TaxOf19(Behaviour):
    """account.tax where the company may decide whether prices include it."""

    compute: Mapping[str, Compute] = {"price_include": _price_include}
    on_records: Mapping[str, Method] = {"compute_all": compute_all}

    @override
    def defaults(self, env: Env, vals: Mapping[str, Any]) -> dict[str, Any]:
        """A sale tax in percent, in the first group."""
        company = vals.get("company_id") or env.company
        country = env.row("res.company", company).get("country_id") or env.ref("base.us")
        return {**_tax_defaults(env, company), "country_id": country}


class TaxOf14(Behaviour):
    """account.tax that carries the choice itself."""

    on_records: Mapping[str, Method] = {"compute_all": compute_all}

    @override
    def defaults(self, env: Env, vals: Mapping[str, Any]) -> dict[str, Any]:
        """A sale tax in percent, in the first group."""
        return _tax_defaults(env, vals.get("company_id") or env.company)


def _tax_defaults(env: Env, company: int) -> dict[str, Any]:
    group = min(env.store.table("account.tax.group"), default=False)
    kind = {"amount_type": "percent", "type_tax_use": "sale", "sequence": 1}
    return {**kind, "company_id": company, "tax_group_id": group}
