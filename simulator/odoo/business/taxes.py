"""Amounts of order lines and orders under percent taxes, as Odoo computes them.

Rounding per line (the default of 14's generic chart): every line's taxes are rounded, the order is their sum.
Rounding globally (the default of 19's US chart): an order's taxes are summed unrounded and rounded once per tax.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal


@dataclass(frozen=True, slots=True)
class Tax:
    """A percent tax; `included`: the price contains it."""

    id: int
    percent: Decimal
    included: bool


@dataclass(frozen=True, slots=True)
class Amounts:
    """Untaxed amount, tax and total."""

    untaxed: Decimal
    tax: Decimal

    @property
    def total(self) -> Decimal:
        """What the customer pays."""
        return self.untaxed + self.tax


@dataclass(frozen=True, slots=True)
class Line:
    """A price for a quantity, before taxes are separated; `gross` unrounded."""

    gross: Decimal
    taxes: tuple[Tax, ...]

    def split(self, gross: Decimal) -> tuple[Decimal, list[Decimal]]:
        """Base and the amount of each tax, unrounded, for an amount that holds the included ones."""
        inside = sum((tax.percent for tax in self.taxes if tax.included), Decimal(0))
        base = gross * 100 / (100 + inside)
        return base, [base * tax.percent / 100 for tax in self.taxes]


def line_of(price: float, quantity: float, discount: float, taxes: Iterable[Tax]) -> Line:
    """The line's gross amount, with the taxes in their order."""
    gross = Decimal(repr(price)) * (100 - Decimal(repr(discount))) / 100 * Decimal(repr(quantity))
    return Line(gross, tuple(taxes))


def line_amounts(line: Line, unit: Decimal, *, globally: bool) -> Amounts:
    """What the line itself shows, in multiples of `unit` (the currency's rounding)."""
    if globally:
        base, parts = line.split(line.gross)
        return Amounts(_round(base, unit), sum((_round(part, unit) for part in parts), Decimal(0)))
    gross = _round(line.gross, unit)
    base, parts = line.split(gross)
    base = _round(base, unit)
    included = [_round(part, unit) for part, tax in zip(parts, line.taxes, strict=True) if tax.included]
    if included:
        # The last included tax takes the cent that rounding lost, so that the price stays the price.
        included[-1] = gross - base - sum(included[:-1], Decimal(0))
    excluded = [_round(base * tax.percent / 100, unit) for tax in line.taxes if not tax.included]
    return Amounts(base, sum(included + excluded, Decimal(0)))


def order_amounts(lines: Sequence[Line], unit: Decimal, *, globally: bool) -> Amounts:
    """What the order shows."""
    if not globally:
        shown = [line_amounts(line, unit, globally=False) for line in lines]
        return Amounts(sum((one.untaxed for one in shown), Decimal(0)), sum((one.tax for one in shown), Decimal(0)))
    taxes: dict[Tax, Decimal] = {}
    for line in lines:
        for tax, part in zip(line.taxes, line.split(line.gross)[1], strict=True):
            taxes[tax] = taxes.get(tax, Decimal(0)) + part
    rounded = {tax: _round(amount, unit) for tax, amount in taxes.items()}
    total_tax = sum(rounded.values(), Decimal(0))
    if all(tax.included for tax in taxes):
        # Nothing is added to the prices, so their sum is kept, and the base takes what rounding leaves over.
        return Amounts(_round(sum((line.gross for line in lines), Decimal(0)), unit) - total_tax, total_tax)
    base = sum((line.split(line.gross)[0] for line in lines), Decimal(0))
    return Amounts(_round(base, unit), total_tax)


def _round(amount: Decimal, unit: Decimal) -> Decimal:
    return (amount / unit).quantize(Decimal(1), ROUND_HALF_UP) * unit
