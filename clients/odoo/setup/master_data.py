"""Products, team, locations, routes, price lists, accounts, bot: the records of setup."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from clients.odoo.client import Odoo
from clients.odoo.installed import CUSTOMERS
from clients.odoo.setup.plan import BotRequest, Outcome, SetupPlan, Step
from clients.odoo.setup.records import Link, Records, Seed, Value
from clients.odoo.setup.schema import ACCOUNT, BOT_GROUP, BOT_GROUPS
from domain.errors import DatabaseBroken

# The parent of all own locations in 14; later versions have none.
LOCATIONS: Final = "stock.stock_location_locations"

# kind -> (name, goods). Goods are not storable: they make deliveries, and never lack stock.
PRODUCTS: Final = {
    "sale": ("Amazon Sale", True),
    "shipping": ("Amazon Shipping", False),
    "gift_wrap": ("Amazon Gift Wrap", False),
    "discount": ("Amazon Discount", False),
    "rounding": ("Amazon Rounding", False),
    "collected_tax": ("Amazon Collected Tax", False),
}
_UNTAXED: Final = frozenset({"rounding", "collected_tax"})


def company_ids(odoo: Odoo, plan: SetupPlan) -> dict[str, int]:
    """Ids of the plan's companies by name; '' is the user's own. Raises DatabaseBroken for an unknown name."""
    own = odoo.search_read("res.users", [["id", "=", odoo.uid]], ["company_id"])[0]["company_id"][0]
    names = sorted({*plan.companies, *(account.company for account in plan.accounts)} - {""})
    found = odoo.search_read("res.company", [["name", "in", names]], ["name"], order="id")
    ids = {"": int(own), **{company["name"]: int(company["id"]) for company in reversed(found)}}
    absent = [name for name in names if name not in ids]
    if absent:
        remedy = "Write the company's name as Odoo has it, or let the user of setup see that company."
        raise DatabaseBroken(f"Odoo has no company {', '.join(absent)}", remedy=remedy)
    return ids


def used_companies(plan: SetupPlan, ids: Mapping[str, int]) -> tuple[int, ...]:
    """Ids of the companies that sell, without repeats."""
    names = plan.companies or ("",)
    return tuple(sorted({ids[name] for name in (*names, *(account.company for account in plan.accounts))}))


def ensure_products(records: Records, companies: Sequence[int]) -> None:
    """The products of order lines. Their names, taxes and accounts belong to Odoo's users afterwards."""
    seeds = []
    for kind, (name, goods) in PRODUCTS.items():
        first: dict[str, Value | Link] = {
            "name": name,
            "type": "consu" if goods else "service",
            "invoice_policy": "delivery" if goods else "order",
            "list_price": "0.0",
            "sale_ok": True,
            "purchase_ok": False,
        }
        if kind in _UNTAXED:
            first["taxes_id"] = ()
        seeds.append(Seed(f"product_{kind}", f"product {name}", at_first=first))
    records.ensure("product.product", seeds)
    for company in companies:
        if records.find(f"location_{company}") is None:
            _add_default_tax(records, company)


def _add_default_tax(records: Records, company: int) -> None:
    """The default sales tax of a company that sells for the first time joins the products.

    A product's taxes are of one company each: without one of its own a company's lines would silently have none.
    """
    odoo = records.odoo
    (found,) = odoo.search_read("res.company", [["id", "=", company]], ["account_sale_tax_id"])
    if not found["account_sale_tax_id"]:
        return
    tax = int(found["account_sale_tax_id"][0])
    ids = [records.id_of(f"product_{kind}") for kind in PRODUCTS if kind != "rounding"]
    taxed = odoo.search_read("product.product", [["id", "in", ids], ["taxes_id.company_id", "=", company]], ["name"])
    untaxed = sorted(set(ids) - {product["id"] for product in taxed})
    if untaxed:
        odoo.call("product.product", "write", ids=untaxed, vals={"taxes_id": [[4, tax]]})
        records.steps.append(Step(f"taxes of the products in company {company}", "updated"))


def ensure_team(records: Records) -> None:
    """The sales team, of no company."""
    first: dict[str, Value | Link] = {"name": "Amazon", "company_id": Link(0)}
    records.ensure("crm.team", [Seed("team", "sales team Amazon", at_first=first)])


def ensure_fba(records: Records, companies: Sequence[int]) -> None:
    """Per company the stock at Amazon, and the route that delivers from there.

    The location lies outside the warehouses: goods at Amazon must not look free for the company's own shipping.
    """
    odoo = records.odoo
    customers = records.id_of(CUSTOMERS)
    parent = records.find(LOCATIONS) or 0
    locations = [
        Seed(
            f"location_{company}",
            f"location Amazon of company {company}",
            {"usage": "internal", "company_id": Link(company)},
            {"name": "Amazon", "location_id": Link(parent)},
        )
        for company in companies
    ]
    records.ensure("stock.location", locations)
    route_model = odoo.fields("stock.rule")["route_id"].relation
    routes = [
        Seed(
            f"route_fba_{company}",
            f"route Amazon FBA of company {company}",
            {"sale_selectable": True, "product_selectable": False, "company_id": Link(company)},
            {"name": "Amazon FBA", "sequence": "100"},
        )
        for company in companies
    ]
    records.ensure(route_model, routes)
    destination = odoo.first_field("stock.rule", "location_dest_id", "location_id")
    rules = [
        Seed(
            f"rule_fba_{company}",
            f"rule Amazon > Customers of company {company}",
            {
                "route_id": Link(records.id_of(f"route_fba_{company}")),
                "action": "pull",
                "procure_method": "make_to_stock",
                "location_src_id": Link(records.id_of(f"location_{company}")),
                destination: Link(customers),
                "company_id": Link(company),
            },
            {"name": "Amazon > Customers", "picking_type_id": Link(_delivery_type(odoo, company))},
        )
        for company in companies
    ]
    records.ensure("stock.rule", rules)


def _delivery_type(odoo: Odoo, company: int) -> int:
    found = odoo.search_read(
        "stock.warehouse", [["company_id", "=", company]], ["out_type_id"], order="sequence, id", limit=1
    )
    if not found:
        remedy = "Make a warehouse for it (Inventory > Configuration > Warehouses), then run setup again."
        raise DatabaseBroken(f"company {company} has no warehouse", remedy=remedy)
    return int(found[0]["out_type_id"][0])


def ensure_pricelists(records: Records, currencies: Sequence[str]) -> None:
    """A price list per currency, because an order takes its currency from there. Activates the currency if need be."""
    odoo = records.odoo
    wanted = sorted(set(currencies))
    found = odoo.search_read(
        "res.currency", [["name", "in", wanted]], ["name", "active"], context={"active_test": False}
    )
    by_code = {currency["name"]: currency for currency in found}
    seeds = []
    for code in wanted:
        if code not in by_code:
            raise DatabaseBroken(f"Odoo has no currency {code}", remedy="Create it (Accounting > Currencies).")
        if not by_code[code]["active"]:
            odoo.call("res.currency", "write", ids=[by_code[code]["id"]], vals={"active": True})
        outcome: Outcome = "unchanged" if by_code[code]["active"] else "updated"
        records.steps.append(Step(f"currency {code}", outcome))
        links: dict[str, Value | Link] = {"currency_id": Link(by_code[code]["id"]), "company_id": Link(0)}
        seeds.append(Seed(f"pricelist_{code}", f"price list Amazon {code}", links, {"name": f"Amazon {code}"}))
    if seeds:
        records.ensure("product.pricelist", seeds)


def ensure_accounts(records: Records, plan: SetupPlan, companies: Mapping[str, int]) -> None:
    """The accounts as Odoo's users see them; whether one is paused is not setup's to say."""
    seeds = [
        Seed(
            f"account_{account.key}",
            f"account {account.key}",
            {
                "x_name": account.name,
                "x_key": account.key,
                "x_seller_ref": account.seller_id,
                "x_region": account.region,
                "x_marketplaces": ", ".join(account.marketplaces),
                "x_company_id": Link(companies[account.company]),
            },
            {"x_state": "active"},
        )
        for account in plan.accounts
    ]
    if seeds:
        records.ensure(ACCOUNT, seeds)


def ensure_bot(records: Records, bot: BotRequest, companies: Sequence[int]) -> None:
    """The user of the daily work, with the rights it needs and no more. Rights are added, never taken."""
    odoo = records.odoo
    groups = odoo.first_field("res.users", "group_ids", "groups_id")
    wanted = {records.id_of(xmlid) for xmlid in (*BOT_GROUPS, BOT_GROUP)}
    found = odoo.search_read(
        "res.users", [["login", "=", bot.login]], [groups, "company_ids", "email"], context={"active_test": False}
    )
    what = "bot user"
    if not found:
        values: dict[str, Any] = {
            "name": "Amazon Connector",
            "login": bot.login,
            "email": _bot_email(bot),
            "company_id": companies[0],
            "company_ids": [[6, 0, list(companies)]],
            groups: [[6, 0, sorted(wanted)]],
            **({"password": bot.password} if bot.password else {}),
        }
        odoo.call("res.users", "create", vals_list=[values], context={"no_reset_password": True})
        records.steps.append(Step(what, "created"))
        return
    there = found[0]
    changes: dict[str, Any] = {}
    if missing := wanted - set(there[groups]):
        changes[groups] = [[4, group] for group in sorted(missing)]
    if absent := set(companies) - set(there["company_ids"]):
        changes["company_ids"] = [[4, company] for company in sorted(absent)]
    if not there["email"]:
        changes["email"] = _bot_email(bot)
    if changes:
        odoo.call("res.users", "write", ids=[there["id"]], vals=changes)
    records.steps.append(Step(what, "updated" if changes else "unchanged"))


def _bot_email(bot: BotRequest) -> str:
    """Odoo 14 refuses a changed quantity by a user without an e-mail address, as it cannot note who did it."""
    return bot.login if "@" in bot.login else f"{bot.login}@example.invalid"
