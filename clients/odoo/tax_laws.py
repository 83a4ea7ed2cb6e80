"""How Odoo's taxes make a total of a price: asked of Odoo for a very high price, where cents do not blur the answer."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from clients.odoo.client import Odoo
from clients.odoo.errors import OdooBug, OdooRefused
from domain.money import ZERO

# High enough for a share to be exact to nine digits, and far from what floats can hold.
_HIGH: Final = 10_000_000


@dataclass(frozen=True, slots=True)
class TaxLaw:
    """A piece's total under some taxes: `slope` times its price, and `fixed` (in the company's currency)."""

    slope: Decimal = Decimal(1)
    fixed: Decimal = ZERO

    def whole_price(self, gross: Decimal, quantity: int) -> Decimal | None:
        """Return the price of all pieces whose total is `gross`; None when there is none.

        A fixed amount has the sign of the price, so a gross amount that is less than it cannot be reached.
        """
        fixed = self.fixed * quantity
        if fixed and abs(gross) <= abs(fixed):
            return None
        return (gross - (fixed if gross >= 0 else -fixed)) / self.slope


def tax_laws(odoo: Odoo, kinds: Iterable[tuple[int, ...]]) -> dict[tuple[int, ...], TaxLaw]:
    """Return the laws of sets of taxes (ids); two calls for each.

    One that Odoo does not tell, or under which a price makes no total, is left out.
    """
    laws: dict[tuple[int, ...], TaxLaw] = {}
    for taxes in dict.fromkeys(kinds):
        if not taxes:
            laws[taxes] = TaxLaw()
            continue
        # Taxes of addons may want to know more than a price.
        with suppress(OdooRefused, OdooBug):
            fixed = _total(odoo, taxes, 0)
            slope = (_total(odoo, taxes, _HIGH) - fixed) / _HIGH
            if slope > 0:
                laws[taxes] = TaxLaw(slope, fixed)
    return laws


def _total(odoo: Odoo, taxes: tuple[int, ...], price: int) -> Decimal:
    answer = odoo.call("account.tax", "compute_all", ids=list(taxes), price_unit=float(price), quantity=1.0)
    return Decimal(str(answer["total_included"]))
