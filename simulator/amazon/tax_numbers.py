"""Tax numbers of simulated business buyers: as in life, most of them hold by their check digits and few do not.

None is a company's, as far as is known: German ones begin with a 9, where none have been seen given out, and the
company number (SIREN) inside the French ones with a 0. Of other countries no check digit is reckoned.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

# One number in ten is as people mistype it.
_WRONG_IN: Final = 10


def tax_number(country: str, drawn: int) -> str:
    """Return the number with its country for a `drawn` one of nine digits, from which all of it follows."""
    make = _VALID.get(country)
    if make is None or drawn % _WRONG_IN == 0:
        return f"{country}{drawn}"
    return country + make(f"{drawn}")


def _german(digits: str) -> str:
    """Eight digits and the check digit of ISO 7064 MOD 11,10."""
    body = "9" + digits[1:8]
    product = 10
    for digit in body:
        total = (int(digit) + product) % 10 or 10
        product = total * 2 % 11
    return body + str((11 - product) % 10)


def _french(digits: str) -> str:
    """The key of two digits, and a company number of nine that passes Luhn's test."""
    body = "0" + digits[1:8]
    doubled = [int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(body)]
    total = sum(number - 9 if number > 9 else number for number in doubled)
    siren = f"{body}{-total % 10}"
    return f"{(12 + 3 * (int(siren) % 97)) % 97:02d}{siren}"


_VALID: Final[Mapping[str, Callable[[str], str]]] = {"DE": _german, "FR": _french}
