"""Fiscal positions where Odoo leaves them to its form (14, 15): asked of the form, never reckoned here.

Since 16 a new order computes its position from contact and delivery address. Before that only the form does, by its
onchange, and an order that is made without it has none: its lines then take the taxes of the contact's country, not
those of the country the goods go to (seen on 14).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from clients.odoo.client import Odoo
from clients.odoo.isolate import load_or_refuse
from domain.odoo import CreateOrder, Taxes

_FORM: Final = {"partner_id": "1", "partner_shipping_id": "1", "company_id": "1", "fiscal_position_id": ""}
_TRAITS: Final = ("country_id", "state_id", "zip", "vat", "property_account_position_id")
_QUIET: Final = {"tracking_disable": True, "mail_notrack": True}

Traits = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Position:
    """An order's fiscal position, None for none; `own_taxes`: its lines must be given their products' own taxes."""

    odoo_id: int | None = None
    own_taxes: bool = False


def is_computed(odoo: Odoo) -> bool:
    """Whether a new order finds its fiscal position by itself."""

    def ask() -> bool:
        told = odoo.call("sale.order", "fields_get", allfields=["fiscal_position_id"], attributes=["depends"])
        return bool(told["fiscal_position_id"]["depends"])

    return odoo.once("computed", "sale.order.fiscal_position_id", ask)


def ask_positions(odoo: Odoo, orders: Sequence[CreateOrder]) -> list[Position]:
    """Return what Odoo's form says for each of `orders`, whose contacts and addresses are there.

    One call when the database has no fiscal positions; else two and one per company, and one per kind of customer:
    those alike in all that a fiscal position can ask for.
    """
    there = odoo.search_read("account.fiscal.position", [], ["state_ids", "zip_from"])
    if not there or not orders:
        return [Position() for _ in orders]
    asked = {"state_id": any(one["state_ids"] for one in there), "zip": any(one["zip_from"] for one in there)}
    ids = _ids(odoo, orders)
    traits = _traits(odoo, orders, ids, [name for name in _TRAITS if asked.get(name, True)])
    found: dict[tuple[int, Traits, Traits], int | None] = {}

    def position(order: CreateOrder, address: str) -> int | None:
        company = order.facts.company
        key = (company, traits[company, order.contact.xid], traits[company, address])
        if key not in found:
            found[key] = _of_form(odoo, company, ids[order.contact.xid], ids[address])
        return found[key]

    positions = []
    for order in orders:
        chosen = position(order, order.address.xid)
        # Without a position the lines ask for the contact's.
        other = chosen is None and position(order, order.contact.xid) is not None
        positions.append(Position(chosen, own_taxes=other))
    return positions


def give_own_taxes(odoo: Odoo, orders: Sequence[CreateOrder]) -> None:
    """Give the lines of `orders` that Odoo taxes their products' own taxes of the company; three calls, or none."""
    if not orders:
        return
    lines = [(order, line) for order in orders for line in order.lines if line.taxes is Taxes.ODOO and line.product]
    products = sorted({line.product for _, line in lines if line.product})
    found = odoo.call("product.product", "read", ids=products, fields=["taxes_id"])
    taxes = {one["id"]: one["taxes_id"] for one in found}
    wanted = sorted({tax for some in taxes.values() for tax in some})
    domain = [("id", "in", wanted)]
    companies = {one["id"]: one["company_id"][0] for one in odoo.search_read("account.tax", domain, ["company_id"])}
    rows = [
        [line.xid, ",".join(str(tax) for tax in taxes[line.product] if companies.get(tax) == order.facts.company)]
        for order, line in lines
        if line.product
    ]
    column = odoo.first_field("sale.order.line", "tax_ids", "tax_id")
    load_or_refuse(odoo, "sale.order.line", ("id", f"{column}/.id"), rows, update=True, context=_QUIET)


def _ids(odoo: Odoo, orders: Iterable[CreateOrder]) -> Mapping[str, int]:
    """Ids of the orders' contacts and addresses, which are there: loading them again writes nothing."""
    xids = sorted({xid for order in orders for xid in (order.contact.xid, order.address.xid)})
    return dict(zip(xids, load_or_refuse(odoo, "res.partner", ("id",), [[xid] for xid in xids]), strict=True))


def _traits(
    odoo: Odoo, orders: Iterable[CreateOrder], ids: Mapping[str, int], names: Sequence[str]
) -> Mapping[tuple[int, str], Traits]:
    """What a fiscal position can ask of a customer, by company and external id: some of it differs by company."""
    of_company: dict[int, set[str]] = defaultdict(set)
    for order in orders:
        of_company[order.facts.company] |= {order.contact.xid, order.address.xid}
    traits: dict[tuple[int, str], Traits] = {}
    for company, xids in of_company.items():
        wanted = sorted({ids[xid] for xid in xids})
        rows = odoo.call("res.partner", "read", ids=wanted, fields=list(names), context=_within(company))
        read = {row["id"]: tuple(_plain(row[name]) for name in names) for row in rows}
        traits |= {(company, xid): read[ids[xid]] for xid in xids}
    return traits


def _plain(value: Any) -> Any:
    return value[0] if isinstance(value, list) else value


def _of_form(odoo: Odoo, company: int, contact: int, address: int) -> int | None:
    """The position that Odoo's form puts in when the delivery address is chosen."""
    answer = odoo.call(
        "sale.order",
        "onchange",
        ids=[],
        values={"partner_id": contact, "partner_shipping_id": address, "company_id": company},
        field_name="partner_shipping_id",
        field_onchange=_FORM,
        context=_within(company),
    )
    found = answer.get("value", {}).get("fiscal_position_id")
    return int(found[0]) if found else None


def _within(company: int) -> dict[str, Any]:
    return {"allowed_company_ids": [company]}
