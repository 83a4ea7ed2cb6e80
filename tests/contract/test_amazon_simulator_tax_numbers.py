"""Tax numbers of simulated buyers: their check digits hold, but for one in ten, and no company has them."""

from __future__ import annotations

import pytest

from simulator.amazon.tax_numbers import tax_number

DRAWN = range(100_000_001, 999_999_999, 1_234_567)


def german(number: str) -> bool:
    """ISO 7064 MOD 11,10 over all nine digits comes to 1."""
    check = 5
    for digit in number:
        check = ((check or 10) * 2 % 11 + int(digit)) % 10
    return check == 1


def french(number: str) -> bool:
    """The company number passes Luhn's test, and the key is that of the whole."""
    total = sum(
        sum(divmod(int(digit) * (2 if place % 2 else 1), 10)) for place, digit in enumerate(reversed(number[2:]))
    )
    return total % 10 == 0 and (int(number[2:]) * 100 + 12) % 97 == int(number[:2])


# Numbers that are widely printed as examples of valid ones.
def test_the_checks_know_right_from_wrong() -> None:
    assert (german("136695976"), german("136695977")) == (True, False)
    assert (french("40303265045"), french("41303265045")) == (True, False)


@pytest.mark.parametrize(("country", "holds", "begins"), [("DE", german, "9"), ("FR", french, "0")])
def test_nine_of_ten_numbers_hold_and_belong_to_nobody(country: str, holds: object, begins: str) -> None:
    assert callable(holds)
    made = [(drawn, tax_number(country, drawn)) for drawn in DRAWN]
    right = [number for drawn, number in made if drawn % 10]
    assert 0.88 < len(right) / len(made) < 0.92
    assert all(number.startswith(country) and holds(number[2:]) for number in right)
    assert {number[-9 if country == "FR" else 2] for number in right} == {begins}
    assert [number for drawn, number in made if not drawn % 10] == [f"{country}{n}" for n in DRAWN if not n % 10]


def test_of_other_countries_a_number_is_as_drawn() -> None:
    assert tax_number("IT", 123456789) == "IT123456789"
