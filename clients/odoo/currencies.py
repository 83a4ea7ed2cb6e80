"""Making a currency usable for orders: active, and with a price list, as setup does for those it is told of."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from clients.odoo.client import Odoo
from clients.odoo.errors import OdooRefused
from clients.odoo.installed import MODULE
from clients.odoo.isolate import load_or_refuse
from domain.errors import NeedsHuman
from domain.parked import UNKNOWN_CURRENCY

_ARCHIVED_TOO: Final = {"active_test": False}
_COLUMNS: Final = ("id", "name", "currency_id/.id", "company_id/.id")


def activate_currencies(odoo: Odoo, codes: Iterable[str]) -> dict[str, NeedsHuman | None]:
    """Activate the currencies `codes` (ISO 4217) and make their price lists; return None, or what stands in the way.

    A plain sales user may do neither: `odoo setup` gives the bot the right where an account's policy asks for it.
    A repeat changes nothing, and two at once make one price list. Three calls a currency.
    """
    return {code: _activate(odoo, code) for code in sorted(set(codes))}


def _activate(odoo: Odoo, code: str) -> NeedsHuman | None:
    fields = ["active"]
    found = odoo.search_read("res.currency", [("name", "=", code)], fields, limit=1, context=_ARCHIVED_TOO)
    if not found:
        return NeedsHuman(
            UNKNOWN_CURRENCY,
            f"the order is in {code}, a currency that Odoo does not know",
            "Create it in Odoo (Accounting > Configuration > Currencies), then retry.",
        )
    currency = found[0]["id"]
    try:
        if not found[0]["active"]:
            odoo.call("res.currency", "write", ids=[currency], vals={"active": True})
        row = [f"{MODULE}.pricelist_{code}", f"Amazon {code}", str(currency), ""]
        load_or_refuse(odoo, "product.pricelist", _COLUMNS, [row])
    except OdooRefused as refused:
        return NeedsHuman(
            UNKNOWN_CURRENCY,
            f"the order is in {code}, which could not be made usable in Odoo: {refused.reason}",
            f"Run 'python -m worker odoo setup --currency {code}', which also gives the bot the right, then retry.",
        )
    return None
