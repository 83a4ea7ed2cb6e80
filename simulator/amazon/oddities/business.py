"""Odd orders of companies: tax numbers, recipients elsewhere, and Amazon itself as the buyer."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any, Final

from domain.marketplace import Marketplace, Region
from simulator.amazon.oddities.kind import Oddity
from simulator.amazon.oddities.whom import address_of, buyer_of
from simulator.amazon.progress import Raw

_AMAZONS_EMAIL: Final = "no-reply-amazon-iba-buyer@marketplace."
# The first have right check digits (examples in the documentation of python-stdnum), the others have not.
_NUMBERS: Final = ("DE136695976", "FR40303265045", "IT00743110157", "NL004495445B01")
_BAD_NUMBERS: Final = ("DE000000000", "DE 12", "n/a", "FR00000000000")


def _firm(order: Raw, **more: Any) -> None:
    order["programs"] = list(dict.fromkeys([*order.get("programs", ()), "AMAZON_BUSINESS"]))
    buyer_of(order).setdefault("buyerName", "Max Käufer")
    buyer_of(order).update(buyerCompanyName="Käufer & Söhne <AG>", buyerPurchaseOrderNumber="PO 7/Ä-2026", **more)


def _number(kind: str, number: str, **more: Any) -> Raw:
    return {"entityType": "BUYER", "taxRegistrationType": kind, "taxRegistrationNumber": number, **more}


def _business(*, bad: bool = False, further: bool = False, seat: bool = False) -> Oddity:
    """A company with a tax number; `bad`: one that is none, `further`: and more, `seat`: registered elsewhere."""

    def oddity(order: Raw, rng: random.Random, marketplace: Marketplace) -> None:
        del marketplace
        _firm(order)
        own = _number("VAT", rng.choice(_BAD_NUMBERS if bad else _NUMBERS), legalName="Käufer Holding SE")
        if seat:
            own["taxRegistrationAddress"] = {
                "name": "Käufer Holding SE", "addressLine1": "Sitz 1", "city": "Köln", "postalCode": "50667",
                "countryCode": "DE",
            }  # fmt: skip
        others = [
            _number("CST", f"C-{rng.randint(1, 999)}"),
            _number("VAT", "LU20260743") | {"entityType": "MARKETPLACE"},
        ]
        order["tax"] = {"taxRegistrations": [*others, own] if further else [own]}

    return oddity


def _company_without_number(order: Raw, rng: random.Random, marketplace: Marketplace) -> None:
    del rng, marketplace
    order.pop("tax", None)
    _firm(order)
    address_of(order)["companyName"] = "Muster Logistik GmbH"


def _persons_number(order: Raw, rng: random.Random, marketplace: Marketplace) -> None:
    del rng, marketplace
    order["buyer"] = {name: value for name, value in buyer_of(order).items() if name in {"buyerName", "buyerEmail"}}
    order["tax"] = {"taxRegistrations": [_number("CPF", "529.982.247-25", legalName="João da Silva")]}


def _amazon_business_eu(order: Raw, rng: random.Random, marketplace: Marketplace) -> None:
    """Amazon buys and sells on (IBA): one name and address for all, the customer is the recipient only."""
    if marketplace.region is not Region.EU:
        return
    _firm(order, buyerName="Amazon Business EU SARL", buyerEmail=f"{_AMAZONS_EMAIL}{marketplace.domain}")
    order["programs"].append("INVOICE_BY_AMAZON")
    order["tax"] = {"taxRegistrations": [_number("VAT", rng.choice(_NUMBERS), legalName="Käufer & Söhne <AG>")]}
    address_of(order)


ODDITIES: Final[Mapping[str, Oddity]] = {
    "company-without-number": _company_without_number,
    "company-with-number": _business(),
    "company-with-bad-number": _business(bad=True),
    "company-with-several-numbers": _business(further=True),
    "company-registered-elsewhere": _business(seat=True),
    "person-with-number": _persons_number,
    "amazon-business-eu": _amazon_business_eu,
}
