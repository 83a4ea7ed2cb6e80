"""What Odoo's taxes make of a price, and the price of a gross amount under them."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from clients.odoo.errors import OdooBug, OdooRefused
from clients.odoo.tax_laws import TaxLaw, tax_laws
from tests.unit.clients_odoo.fakes import fake_odoo

D = Decimal


def taxes_that(total: Callable[[float], float]) -> dict[str, Any]:
    """An Odoo whose taxes make `total` of a price."""
    return {"account.tax.compute_all": lambda _ids, named: {"total_included": round(total(named["price_unit"]), 2)}}


@pytest.mark.parametrize(
    ("total", "law"),
    [
        (lambda price: price, TaxLaw(D(1), D(0))),
        (lambda price: price * 1.19, TaxLaw(D("1.19"), D(0))),
        (lambda price: price * 1.0825, TaxLaw(D("1.0825"), D(0))),
        (lambda price: price + 0.25, TaxLaw(D(1), D("0.25"))),
        (lambda price: (price + 0.25) * 1.2, TaxLaw(D("1.2"), D("0.3"))),
    ],
)
def test_a_law_is_slope_and_fixed_amount(total: Callable[[float], float], law: TaxLaw) -> None:
    odoo, asked = fake_odoo(taxes_that(total))
    assert tax_laws(odoo, [(7, 8), (7, 8)]) == {(7, 8): law}
    assert asked.methods == ["account.tax.compute_all"] * 2


def test_no_taxes_are_asked_for_nothing() -> None:
    odoo, asked = fake_odoo({})
    assert tax_laws(odoo, [(), ()]) == {(): TaxLaw()}
    assert asked.methods == []


@pytest.mark.parametrize("error", [OdooBug("builtins.TypeError", "product"), OdooRefused("odoo_refused", "no", "ask")])
def test_what_odoo_does_not_tell_is_left_out(error: Exception) -> None:
    def refuse(_ids: Any, _named: Any) -> Any:
        raise error

    assert tax_laws(fake_odoo({"account.tax.compute_all": refuse})[0], [(7,), ()]) == {(): TaxLaw()}


def test_a_price_that_makes_no_total_has_no_law() -> None:
    assert tax_laws(fake_odoo(taxes_that(lambda price: price * 0))[0], [(7,)]) == {}


@pytest.mark.parametrize(
    ("law", "gross", "quantity", "whole"),
    [
        (TaxLaw(D("1.25")), "20.00", 3, "16"),
        (TaxLaw(D("1.25")), "-20.00", 1, "-16"),
        (TaxLaw(D(1), D("0.25")), "20.00", 2, "19.50"),
        (TaxLaw(D("1.2"), D("0.30")), "12.60", 2, "10"),
        (TaxLaw(D(1), D("0.25")), "-5.00", 1, "-4.75"),
        (TaxLaw(), "0.00", 2, "0"),
        (TaxLaw(D(1), D("0.25")), "0.00", 2, None),
        (TaxLaw(D(1), D("0.25")), "0.50", 2, None),
        (TaxLaw(D(1), D("0.25")), "-0.01", 1, None),
    ],
)
def test_the_price_of_all_pieces(law: TaxLaw, gross: str, quantity: int, whole: str | None) -> None:
    assert law.whole_price(D(gross), quantity) == (None if whole is None else D(whole))
