"""Reading what the mappers need to know of Odoo: in few calls for many orders, never one by one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from clients.odoo.client import Odoo
from clients.odoo.installed import Installed, installed
from clients.odoo.lines import CONTENT_FIELDS, read_contents
from clients.odoo.offers import read_shelves
from domain.account import Account
from domain.errors import AccountBroken, Unavailable
from domain.odoo_facts import AccountFacts, CountryFacts, DefaultProducts, ExistingOrder, OrderFacts
from domain.order import Order
from mappers.changes import is_newer
from mappers.places import spellings

# Enough for a cent to be exact over some thousand pieces.
_MOST_DIGITS = 6
_ORDER_FIELDS = (
    "client_order_ref", "x_amazon_account", "state", "x_amazon_status", "x_amazon_last_update",
    "x_amazon_cancel_reason", *CONTENT_FIELDS,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Warehouse:
    """A warehouse, and the two names by which settings may call it."""

    odoo_id: int
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Reference:
    """What hardly ever changes in a database.

    `own_company`: the connector's user's; `companies` by name, `warehouses` by company, in Odoo's order.
    """

    installed: Installed
    own_company: int
    companies: Mapping[str, int]
    warehouses: Mapping[int, Sequence[Warehouse]]
    countries: Mapping[str, CountryFacts]
    defaults: DefaultProducts
    price_digits: int


def reference(odoo: Odoo) -> Reference:
    """Read countries, states, companies, warehouses, default products and the decimals of prices.

    Raises DatabaseBroken when `odoo setup` has not been run.
    """
    there = installed(odoo)
    return Reference(
        installed=there,
        own_company=_own_company(odoo),
        companies=_companies(odoo),
        warehouses=_warehouses(odoo),
        countries=_countries(odoo),
        defaults=DefaultProducts(**there.products),
        price_digits=_price_digits(odoo),
    )


def _price_digits(odoo: Odoo) -> int:
    """Decimals of unit prices: 14 rounds them when storing, 19 keeps what it gets and tells no digits."""
    told = odoo.call("sale.order.line", "fields_get", allfields=["price_unit"], attributes=["digits"])
    digits = told["price_unit"].get("digits")
    return int(digits[1]) if digits else _MOST_DIGITS


def account_facts(odoo: Odoo, account: Account, known: Reference) -> AccountFacts:
    """Resolve the names in an account's settings; a call each for a sales team and a salesperson, none else.

    Raises AccountBroken, naming the setting, when Odoo has no such company, warehouse, team or salesperson, or the
    company was not set up.
    """
    there = known.installed
    company = known.companies.get(account.company) if account.company else known.own_company
    if company is None:
        raise _unknown(account, "company", account.company, [])
    if company not in there.fba_routes:
        raise AccountBroken(
            f"Odoo's company {account.company or 'of the bot user'} is not set up for Amazon",
            "Run `python -m worker odoo setup` with an administrator's key.",
        )
    warehouses = known.warehouses.get(company, ())
    named = [one for one in warehouses if account.warehouse in ("", one.code, one.name)]
    if not named:
        raise _unknown(account, "warehouse", account.warehouse, [one.code for one in warehouses])
    return AccountFacts(
        company=company,
        warehouse=named[0].odoo_id,
        team=_team(odoo, account, company) or there.team,
        salesperson=_salesperson(odoo, account),
        fba_route=there.fba_routes[company],
        pricelists=there.pricelists,
    )


def order_facts(
    odoo: Odoo,
    orders: Sequence[tuple[Account, Order]],
    about: Mapping[str, AccountFacts],
    known: Reference,
    doubted: Mapping[tuple[str, str], datetime] = MappingProxyType({}),
) -> list[OrderFacts]:
    """Return the facts about each of `orders`; `about`: facts by account key. At most three calls for all of them.

    `doubted`: versions by order (account, order id): where that version landed, the order is compared with Odoo anyway.

    Two more when some SKU is new to Odoo; five to six when some are in Odoo, not finished or of an older version.
    """
    if not orders:
        return []
    existing = _existing(odoo, orders, doubted)
    shelves = read_shelves(odoo, orders, {account.key: about[account.key].company for account, _ in orders})
    return [
        OrderFacts(
            account=about[account.key],
            defaults=known.defaults,
            countries=known.countries,
            price_digits=known.price_digits,
            existing=existing.get((account.key, order.order_id)),
            offers=shelf.offers,
            unpaired=shelf.unpaired,
            products=shelf.products,
        )
        for (account, order), shelf in zip(orders, shelves, strict=True)
    ]


def _existing(
    odoo: Odoo, orders: Sequence[tuple[Account, Order]], doubted: Mapping[tuple[str, str], datetime]
) -> dict[tuple[str, str], ExistingOrder]:
    domain = [
        ("client_order_ref", "in", sorted({order.order_id for _, order in orders})),
        ("x_amazon_account", "in", sorted({account.key for account, _ in orders})),
    ]
    there = {
        (found["x_amazon_account"], found["client_order_ref"]): found
        for found in odoo.search_read("sale.order", domain, _ORDER_FIELDS, order="id desc")
    }
    landed = {key: parse_moment(found["x_amazon_last_update"]) for key, found in there.items()}
    again = {key for key, version in doubted.items() if (last := landed.get(key)) is not None and last >= version}
    # One without a version was begun, perhaps by another version of Amazon's.
    changed = [
        there[key]
        for account, order in orders
        if (key := (account.key, order.order_id)) in there
        and (landed[key] is None or is_newer(order, landed[key]) or key in again)
    ]
    contents = read_contents(odoo, changed)
    return {
        key: ExistingOrder(
            odoo_id=found["id"],
            state=found["state"],
            status=found["x_amazon_status"] or "",
            updated=landed[key],
            content=contents.get(found["id"]),
            cancel_asked=bool(found["x_amazon_cancel_reason"]),
            doubted=key in again,
        )
        for key, found in there.items()
    }


def _countries(odoo: Odoo) -> dict[str, CountryFacts]:
    codes = {one["id"]: one["code"] for one in odoo.search_read("res.country", [], ["code"]) if one["code"]}
    words: dict[int, list[tuple[int, str, int]]] = defaultdict(list)
    for state in odoo.search_read("res.country.state", [], ["code", "name", "country_id"]):
        country = state["country_id"][0]
        for rank, word in enumerate(spellings(codes.get(country, ""), state["code"], state["name"])):
            words[country].append((rank, word, state["id"]))
    return {
        # The surest spelling last, as it is the one that stays: a state's code before another state's name.
        code: CountryFacts(odoo_id=country, states={word: id_ for _, word, id_ in sorted(words[country], reverse=True)})
        for country, code in codes.items()
    }


def _own_company(odoo: Odoo) -> int:
    user = odoo.call("res.users", "read", ids=[odoo.uid], fields=["company_id"])
    return int(user[0]["company_id"][0])


def _companies(odoo: Odoo) -> Mapping[str, int]:
    """Of two with one name the first."""
    found = odoo.search_read("res.company", [], ["name"], order="id desc")
    return {company["name"]: company["id"] for company in found}


def _warehouses(odoo: Odoo) -> Mapping[int, Sequence[Warehouse]]:
    found: dict[int, list[Warehouse]] = defaultdict(list)
    for one in odoo.search_read("stock.warehouse", [], ["company_id", "code", "name"], order="sequence, id"):
        found[one["company_id"][0]].append(Warehouse(one["id"], one["code"], one["name"]))
    return found


def _team(odoo: Odoo, account: Account, company: int) -> int | None:
    """The company's own team of that name before a shared one, never another company's: names are not unique."""
    if not account.sales_team:
        return None
    domain = [("name", "=", account.sales_team), ("company_id", "in", [company, False])]
    found = odoo.search_read("crm.team", domain, ["company_id"], order="id")
    if not found:
        raise _unknown(account, "sales_team", account.sales_team, [])
    return int(min(found, key=lambda team: not team["company_id"])["id"])


def _salesperson(odoo: Odoo, account: Account) -> int | None:
    if not account.salesperson:
        return None
    found = odoo.search_read("res.users", [("login", "=", account.salesperson)], ["login"], limit=1, order="id")
    if not found:
        raise _unknown(account, "salesperson", account.salesperson, [])
    return int(found[0]["id"])


def _unknown(account: Account, setting: str, value: str, there: Sequence[str]) -> AccountBroken:
    hint = f" (there are: {', '.join(there)})" if there else ""
    return AccountBroken(
        f"Odoo has no {setting.replace('_', ' ')} {value!r}{hint}",
        f"Mend accounts.{account.key}.{setting}, or add it in Odoo.",
    )


def parse_moment(text: Any) -> datetime | None:
    """Return the aware moment of Odoo's text (UTC, 'YYYY-MM-DD HH:MM:SS'), None for an empty field.

    Raises Unavailable for anything else: it is no answer of Odoo's.
    """
    if not text:
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    except (ValueError, TypeError):
        raise Unavailable("Odoo gives a time of another form") from None
