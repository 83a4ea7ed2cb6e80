"""Amounts of orders under percent taxes, on every Odoo, by the rounding method of its company."""

from __future__ import annotations

import pytest

from tests.contract.odoo_targets import Shop, a_shop, a_target, connected  # noqa: F401  # fixtures

PER_LINE, GLOBALLY = "round_per_line", "round_globally"
# (quantity, price, taxes as (percent, included), discount) per line; then untaxed, tax, total for each method.
Line = tuple[float, float, tuple[tuple[float, bool], ...], float]


def both(*amounts: float) -> dict[str, tuple[float, ...]]:
    """The methods agree."""
    return {PER_LINE: amounts, GLOBALLY: amounts}


AMOUNTS: list[tuple[str, list[Line], dict[str, tuple[float, ...]]]] = [
    (
        "included",
        [(3, 9.99, ((19, True),), 0), (1, 4.5, ((19, True),), 0)],
        {PER_LINE: (28.96, 5.51, 34.47), GLOBALLY: (28.97, 5.5, 34.47)},
    ),
    (
        "excluded",
        [(3, 3.33, ((8.25, False),), 0), (7, 1.11, ((8.25, False),), 0)],
        {PER_LINE: (17.76, 1.46, 19.22), GLOBALLY: (17.76, 1.47, 19.23)},
    ),
    ("seven included", [(1, 0.99, ((19, True),), 0)] * 7, {PER_LINE: (5.81, 1.12, 6.93), GLOBALLY: (5.82, 1.11, 6.93)}),
    (
        "seven excluded",
        [(1, 0.33, ((8.25, False),), 0)] * 7,
        {PER_LINE: (2.31, 0.21, 2.52), GLOBALLY: (2.31, 0.19, 2.5)},
    ),
    (
        "mixed, with a discount line",
        [(3, 9.99, ((19, True),), 0), (1, -2.5, ((8.25, False),), 0), (2, 5.55, (), 0)],
        both(33.78, 4.58, 38.36),
    ),
    ("two excluded", [(3, 9.99, ((8.25, False), (2, False)), 10)], both(26.97, 2.77, 29.74)),
    ("one of each", [(2, 10.01, ((19, True), (8.25, False)), 0)], both(16.82, 4.59, 21.41)),
    ("two included", [(2, 10.01, ((19, True), (7, True)), 0)], both(15.89, 4.13, 20.02)),
    ("percent discount", [(3, 9.99, ((19, True),), 12.5)], both(22.03, 4.19, 26.22)),
    (
        "all included, with a percent discount",
        [(3, 6.71, ((20, True),), 5), (5, 45.83, ((20, True),), 12.5), (1, 46.09, ((7, True),), 0)],
        {PER_LINE: (226.09, 39.63, 265.72), GLOBALLY: (226.1, 39.62, 265.72)},
    ),
    (
        "included and excluded, with a percent discount",
        [(3, 14.9, ((7, True),), 0), (3, 59.79, ((19, True),), 0), (1, 59.14, ((8.25, False),), 12.5)],
        {PER_LINE: (244.26, 35.83, 280.09), GLOBALLY: (244.25, 35.83, 280.08)},
    ),
    (
        "negative",
        [(1, 20, ((19, True),), 0), (1, -5.55, ((19, True),), 0)],
        {PER_LINE: (12.15, 2.3, 14.45), GLOBALLY: (12.14, 2.31, 14.45)},
    ),
]  # fmt: skip


def amounts(shop: Shop, order: int) -> tuple[float, float, float]:
    row = shop.read("sale.order", order, "amount_untaxed", "amount_tax", "amount_total")
    return row["amount_untaxed"], row["amount_tax"], row["amount_total"]


def rounding(shop: Shop) -> str:
    (company,) = shop.odoo.search_read("res.company", [["id", "=", 1]], ["tax_calculation_rounding_method"])
    return str(company["tax_calculation_rounding_method"])


@pytest.mark.parametrize(("name", "lines", "expected"), AMOUNTS, ids=[name for name, _, _ in AMOUNTS])
def test_amounts(shop: Shop, name: str, lines: list[Line], expected: dict[str, tuple[float, ...]]) -> None:
    product = shop.goods()
    made: dict[tuple[float, bool], int] = {}
    values = []
    for quantity, price, taxes, discount in lines:
        for percent, included in taxes:
            made.setdefault((percent, included), shop.tax(percent, included=included))
        mine = [[6, 0, [made[tax] for tax in taxes]]]
        line = {"product_id": product, "product_uom_qty": quantity, "price_unit": price, "discount": discount}
        values.append({**line, shop.taxes: mine})
    order = shop.order(*values)
    assert amounts(shop, order) == expected[rounding(shop)]


@pytest.mark.parametrize(
    ("taxes", "price", "expected"),
    [
        (((19, False),), 10_000_000, (10_000_000, 11_900_000)),
        (((8.25, False),), 10_000_000, (10_000_000, 10_825_000)),
        (((21, True),), 10_000_000, (8_264_462.81, 10_000_000)),
        (((5, False), (9.975, False)), 10_000_000, (10_000_000, 11_497_500)),
        (((19, True), (8.25, False)), 10_000_000, (8_403_361.34, 10_693_277.31)),
        (((19, False),), 0, (0, 0)),
        (((-100, False),), 10_000_000, (10_000_000, 0)),
    ],
)  # fmt: skip
def test_what_taxes_make_of_a_price(
    shop: Shop, taxes: tuple[tuple[float, bool], ...], price: float, expected: tuple[float, float]
) -> None:
    made = [shop.tax(percent, included=included) for percent, included in taxes]
    answer = shop.odoo.call("account.tax", "compute_all", ids=made, price_unit=float(price), quantity=1.0)
    # Odoo answers in floats, with their noise.
    assert (round(answer["total_excluded"], 2), round(answer["total_included"], 2)) == expected
