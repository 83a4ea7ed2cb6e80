"""Money: a decimal amount with its currency, never a float."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

# ISO 4217 minor units of the currencies of Amazon's marketplaces that differ from two.
_DECIMALS = {"JPY": 0, "KRW": 0, "CLP": 0, "VND": 0, "KWD": 3, "BHD": 3, "OMR": 3, "JOD": 3, "TND": 3}

ZERO = Decimal(0)


def decimals(currency: str) -> int:
    """Number of decimals of `currency`'s smallest coin (ISO 4217)."""
    return _DECIMALS.get(currency, 2)


def cent(currency: str) -> Decimal:
    """The smallest amount of `currency`: 0.01 EUR, 1 JPY."""
    return Decimal(1).scaleb(-decimals(currency))


def round_to(amount: Decimal, step: Decimal) -> Decimal:
    """`amount` rounded half up, away from zero, to a multiple of `step` (Odoo's rounding rule)."""
    return (amount / step).quantize(Decimal(1), rounding=ROUND_HALF_UP) * step


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in a currency (ISO 4217 code)."""

    amount: Decimal
    currency: str

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"
