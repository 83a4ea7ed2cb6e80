"""Fiscal positions: whom they are for, and which taxes they put in place of others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from simulator.odoo.engine.env import Env

Row = Mapping[str, Any]


def fiscal_position(env: Env, partner: int, delivery: int, company: int) -> int | bool:
    """The position that applies by itself to where the goods go.

    19 takes the first that fits, and none for a customer without a country; 14 takes the one that says most.
    """
    customer, place = env.row("res.partner", partner), env.row("res.partner", delivery)
    by_hand = place.get("property_account_position_id") or customer.get("property_account_position_id")
    if by_hand:
        return int(by_hand)
    if not (place if env.series < 19 else customer).get("country_id"):
        return False
    rows = [env.row("account.fiscal.position", one) for one in env.find("account.fiscal.position")]
    open_ones = [row for row in rows if row.get("auto_apply") and row.get("active", True)]
    fitting = [row for row in open_ones if row["company_id"] == company and _fits(row, place)]
    if env.series < 19:
        known = bool(customer.get("vat"))
        fitting = [row for row in fitting if known or not row.get("vat_required")]
        best = min(fitting, key=lambda row: (bool(row.get("vat_required")) != known, *_vague(row)), default=None)
    else:
        fitting = [row for row in fitting if not row.get("vat_required") or place.get("vat")]
        best = min(fitting, key=lambda row: (row.get("sequence") or 0, row["id"]), default=None)
    return int(best["id"]) if best else False


def _fits(position: Row, place: Row) -> bool:
    country, states = position.get("country_id"), position.get("state_ids")
    if (country and country != place.get("country_id")) or (states and place.get("state_id") not in states):
        return False
    first, last = position.get("zip_from"), position.get("zip_to")
    return not (first and last) or bool(place.get("zip") and first <= place["zip"] <= last)


def _vague(position: Row) -> tuple[bool, bool, bool, int, int]:
    """14's order: a country before none, a range of zip codes before none, states before none."""
    given = (position.get(name) for name in ("country_id", "zip_from", "state_ids"))
    country, zips, states = (not value for value in given)
    return country, zips, states, position.get("sequence") or 0, position["id"]


def map_taxes(env: Env, position: int, taxes: Sequence[int]) -> list[int]:
    """The taxes a fiscal position puts in place of these. In 19 a position that has no taxes at all takes all away."""
    if env.series < 19:
        rows = [env.row("account.fiscal.position.tax", one) for one in env.find("account.fiscal.position.tax")]
        table = {row["tax_src_id"]: row.get("tax_dest_id") for row in rows if row["position_id"] == position}
        mapped = [table.get(one, one) for one in taxes]
        return [int(one) for one in mapped if one]
    members = [
        one
        for one in env.find("account.tax")
        if position in (env.row("account.tax", one).get("fiscal_position_ids") or ())
    ]
    if not members:
        return []
    result: list[int] = []
    for tax in taxes:
        others = [one for one in members if tax in (env.row("account.tax", one).get("original_tax_ids") or ())]
        result += others or [tax]
    return result
