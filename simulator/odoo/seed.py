"""What a fresh database holds: a US company with its warehouse and taxes, countries, currencies, groups, rights."""

from __future__ import annotations

import json
from functools import cache
from typing import Any, Final

from simulator.odoo.business import behaviours
from simulator.odoo.business.warehouse import create_warehouse, route_model
from simulator.odoo.engine.env import SUPERUSER, Env
from simulator.odoo.engine.schema import DATA
from simulator.odoo.engine.store import Row, Store
from simulator.odoo.engine.xmlids import assign

ADMIN: Final = 2
_RIGHTS: Final = {"r": "perm_read", "w": "perm_write", "c": "perm_create", "d": "perm_unlink"}


def fresh(series: int, *, database: str = "demo", login: str = "admin", key: str = "admin") -> Store:
    """A new database with one user, `login`, whose password and API key is `key`."""
    return _filled(series, login, key).copy(database)


@cache
def _filled(series: int, login: str, key: str) -> Store:
    store = Store(series, "")
    with store.transaction():
        env = Env(store, behaviours(series), SUPERUSER, {"_seeding": True})
        _technical(env)
        _countries(env)
        _rights(env)
        _people(env, login, key)
        _products(env)
        _stock(env)
        _sales(env)
    store.writes = 0
    return store


def _add(env: Env, xmlid: str, model: str, /, **row: Any) -> int:
    """Insert a row as it is, under an external id; fields the series lacks are left out."""
    known = env.model(model).fields
    values: Row = {name: value for name, value in row.items() if name in known}
    if "active" in known:
        values.setdefault("active", True)
    now = env.now()
    record = env.store.insert(model, {**values, "create_date": now, "write_date": now, "create_uid": SUPERUSER})
    if xmlid:
        assign(env, model, record, xmlid, noupdate=True)
    return record


def _technical(env: Env) -> None:
    for model in list(env.store.schema.values()):
        slug = model.name.replace(".", "_")
        row = {"name": model.label, "model": model.name, "state": "base", "order": model.order}
        number = _add(env, f"base.model_{slug}", "ir.model", **row)
        for field in model.fields.values():
            shared = {"ttype": field.type, "relation": field.relation or False, "required": field.required}
            named = {"name": field.name, "field_description": field.label, "model_id": number, "state": "base"}
            _add(env, "", "ir.model.fields", **named, **shared, readonly=field.readonly, store=field.stored)
    for xmlid, shown in (("sale.view_order_form", "sale.order"), ("stock.view_picking_form", "stock.picking")):
        form = {"name": f"{shown}.form", "model": shown, "type": "form", "mode": "primary", "priority": 16}
        _add(env, xmlid, "ir.ui.view", **form, arch_db="<form><sheet><notebook/></sheet></form>")
    assign(env, "ir.model", env.find("ir.model", model="sale.order")[0], "sale.model_sale_order", noupdate=True)
    todo = env.named("To Do", "To-Do")
    _add(env, "mail.mail_activity_data_todo", "mail.activity.type", name=todo, sequence=5)
    _add(env, "base.lang_en", "res.lang", name="English (US)", code="en_US")
    for usage in ("Product Price", "Discount", "Stock Weight", "Volume", "Product Unit of Measure"):
        _add(env, "", "decimal.precision", name=usage, digits=2)
    for name in ("base", "sale", "sale_management", "stock", "sale_stock", "account", "delivery"):
        _add(env, f"base.module_{name}", "ir.module.module", name=name, state="installed", shortdesc=name)


def _countries(env: Env) -> None:
    for name, symbol, rounding, position, full in json.loads((DATA / "currencies.json").read_text("utf-8")):
        active = name == "USD" or (name == "EUR" and env.series < 19)
        row = {"symbol": symbol, "rounding": rounding, "position": position, "full_name": full, "active": active}
        _add(env, f"base.{name}", "res.currency", name=name, **row)
    for code, name, currency, phone, states in json.loads((DATA / "countries.json").read_text("utf-8")):
        xmlid = "base.uk" if code == "GB" else f"base.{code.lower()}"
        money = env.ref(f"base.{currency}") if currency else False
        country = _add(env, xmlid, "res.country", name=name, code=code, currency_id=money, phone_code=phone)
        for state, label in states:
            slug = f"base.state_{code.lower()}_{state.lower().replace(' ', '_')}"
            _add(env, slug, "res.country.state", name=label, code=state, country_id=country)


def _rights(env: Env) -> None:
    told = _told(env)
    for xmlid, name, full, _implied in told["groups"]:
        _add(env, xmlid, "res.groups", name=name, full_name=full)
    for xmlid, _name, _full, implied in told["groups"]:
        env.put("res.groups", env.ref(xmlid), implied_ids=tuple(env.ref(one) for one in implied if env.ref(one)))
    for model, group, letters in told["access"]:
        numbers = env.find("ir.model", model=model)
        if not numbers:
            continue
        rights = {name: letter in letters for letter, name in _RIGHTS.items()}
        owner = env.ref(group) if group else False
        _add(env, "", "ir.model.access", name=model, model_id=numbers[0], group_id=owner, **rights)


def _told(env: Env) -> Any:
    return json.loads((DATA / f"rights_{env.series}.json").read_text("utf-8"))


def _people(env: Env, login: str, key: str) -> None:
    america = env.ref("base.us") if env.series >= 19 else False
    company_card = _add(env, "base.main_partner", "res.partner", name="My Company", is_company=True, type="contact")
    robot = _add(env, "base.partner_root", "res.partner", name="OdooBot", type="contact", active=False, lang="en_US")
    person = _add(env, "base.partner_admin", "res.partner", name="Administrator", type="contact", lang="en_US")
    if env.series < 19:
        env.put("res.partner", person, email="admin@example.com")
    env.put("res.partner", company_card, country_id=america, lang="en_US")
    company = _add(
        env,
        "base.main_company",
        "res.company",
        name="My Company",
        partner_id=company_card,
        currency_id=env.ref("base.USD"),
        country_id=america,
        sequence=10,
        tax_calculation_rounding_method="round_per_line" if env.series < 19 else "round_globally",
        account_price_include="tax_excluded",
    )
    groups = tuple(env.ref(one) for one in _told(env)["admin"] if env.ref(one))
    for xmlid, name, card, secret in (("user_root", "__system__", robot, False), ("user_admin", login, person, key)):
        mine = {"company_id": company, "company_ids": (company,), env.named("groups_id", "group_ids"): groups}
        row = {"login": name, "password": secret, "partner_id": card, "notification_type": "email", **mine}
        _add(env, f"base.{xmlid}", "res.users", **row, active=bool(secret))


def _products(env: Env) -> None:
    old = env.series < 19
    if old:
        everything = _add(env, "product.product_category_all", "product.category", name="All", complete_name="All")
        _add(env, "product.product_category_1", "product.category", name="Saleable", parent_id=everything)
        kind = _add(env, "uom.product_uom_categ_unit", "uom.category", name="Unit")
        unit = {"category_id": kind, "uom_type": "reference"}
    else:
        _add(env, "product.product_category_goods", "product.category", name="Goods", complete_name="Goods")
        unit = {"relative_factor": 1.0}
    _add(env, "uom.product_uom_unit", "uom.uom", name="Units", factor=1.0, rounding=0.01, **unit)
    group = _add(env, "account.tax_group_15", "account.tax.group", name="Tax 15%", company_id=1, sequence=10)
    none = group if old else _add(env, "account.tax_group_0", "account.tax.group", name="Tax 0%", company_id=1)
    module = "l10n_generic_coa" if old else "account"
    name = "Tax 15.00%" if old else "15%"
    sale = _tax(env, f"{module}.1_sale_tax_template", name, group)
    purchase = _tax(env, f"{module}.1_purchase_tax_template", name, group)
    env.put("res.company", 1, account_sale_tax_id=sale)
    if old:
        _add(env, "product.list0", "product.pricelist", name="Public Pricelist", currency_id=env.ref("base.USD"))
        return
    home = {"auto_apply": True, "company_id": 1}
    domestic = _add(
        env, "", "account.fiscal.position", name="Domestic", sequence=10, country_id=env.ref("base.us"), **home
    )
    abroad = _add(env, "", "account.fiscal.position", name="Foreign Trade", sequence=20, **home)
    exports = _tax(env, "account.1_sale_export_tax_template", "0% Exports", none, 0.0)
    imports = _tax(env, "account.1_purchase_import_tax_template", "0% Imports", none, 0.0)
    for tax, original in ((exports, sale), (imports, purchase)):
        env.put("account.tax", tax, fiscal_position_ids=(abroad,), original_tax_ids=(original,))
        env.put("account.tax", original, fiscal_position_ids=(domestic,))


def _tax(env: Env, xmlid: str, name: str, group: int, amount: float = 15.0) -> int:
    kind = "purchase" if "purchase" in xmlid else "sale"
    row = {"name": name, "amount": amount, "amount_type": "percent", "type_tax_use": kind, "company_id": 1}
    return _add(env, xmlid, "account.tax", **row, tax_group_id=group, sequence=1, country_id=env.ref("base.us"))


def _stock(env: Env) -> None:
    places: list[tuple[str, str, str, str]] = []
    if env.series < 19:
        for name, label in (
            ("locations", "Physical"),
            ("locations_partner", "Partner"),
            ("locations_virtual", "Virtual"),
        ):
            places.append((name, f"{label} Locations", "view", ""))
    partners = "locations_partner" if env.series < 19 else ""
    places += [("suppliers", "Vendors", "supplier", partners), ("customers", "Customers", "customer", partners)]
    for name, label, usage, parent in places:
        above = env.ref(f"stock.stock_location_{parent}") if parent else False
        _add(env, f"stock.stock_location_{name}", "stock.location", name=label, usage=usage, location_id=above)
    _add(env, "stock.route_warehouse0_mto", route_model(env), name="Replenish on Order (MTO)", active=False)
    code = {"name": "Sales Order", "code": "sale.order", "prefix": "S", "padding": 5}
    _add(env, "sale.seq_sale_order", "ir.sequence", **code, implementation="standard")
    admin = Env(env.store, env.behaviours, ADMIN, su=True)
    warehouse = create_warehouse(admin, 1, env.named("San Francisco", "My Company"), "WH")
    made = env.row("stock.warehouse", warehouse)
    assign(env, "stock.warehouse", warehouse, "stock.warehouse0", noupdate=True)
    assign(env, "stock.location", made["lot_stock_id"], "stock.stock_location_stock", noupdate=True)
    assign(env, "stock.picking.type", made["in_type_id"], "stock.picking_type_in", noupdate=True)
    assign(env, "stock.picking.type", made["out_type_id"], "stock.picking_type_out", noupdate=True)


def _sales(env: Env) -> None:
    _add(env, "sales_team.team_sales_department", "crm.team", name="Sales", sequence=0)
    fee = {"name": "Standard delivery", "type": "service", "sale_ok": False, "purchase_ok": False, "list_price": 0.0}
    admin = Env(env.store, env.behaviours, ADMIN, su=True)
    (product,) = admin.create("product.product", {**fee, "default_code": "Delivery_007", "taxes_id": [[5, 0, 0]]})
    assign(env, "product.product", product, "delivery.product_product_delivery", noupdate=True)
    _add(env, "delivery.free_delivery_carrier", "delivery.carrier", name="Standard delivery", product_id=product)
