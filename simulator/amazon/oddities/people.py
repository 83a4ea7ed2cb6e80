"""Odd people: buyers, recipients and addresses out of the ordinary, with the companies of business.py.

Each oddity is one that was reported of real orders, or one that the fields of Amazon's model allow.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any, Final

from domain.marketplace import Marketplace
from simulator.amazon.oddities import business
from simulator.amazon.oddities.kind import Oddity
from simulator.amazon.oddities.whom import address_of, buyer_of
from simulator.amazon.progress import Raw

_WIDE: Final = "千代田区丸の内一丁目ビルディング東館"
_TERRITORIES: Final = (("San Juan", "PR", "00907"), ("Hagåtña", "GU", "96910"), ("Charlotte Amalie", "VI", "00802"))
_ARMED: Final = (("APO", "AE", "09012"), ("FPO", "AP", "96310"), ("DPO", "AA", "34024"))
_CANARIES: Final = (("Las Palmas", "Las Palmas", "35001"), ("Arona", "Tenerife", "38640"), ("Arrecife", "GC", "35500"))
_STATES: Final = (
    ("Portland", "US", "OR", "Oregon", "97205"), ("Montréal", "CA", "QC", "QUÉBEC", "H2X 1K4"),
    ("Milano", "IT", "MI", "Milano", "20121"), ("Lleida", "ES", "L", "Lérida", "25001"),
    ("Köln", "DE", "NW", "Nordrhein-Westfalen", "50667"), ("千代田区", "JP", "13", "東京都", "100-0005"),
)  # fmt: skip
_SCRIPTS: Final[Mapping[str, Mapping[str, str]]] = {
    "japanese": {
        "name": "山田 太郎", "addressLine1": "丸の内1-1-1", "city": "千代田区", "stateOrRegion": "東京都",
        "postalCode": "100-0005", "countryCode": "JP",
    },
    "arabic": {
        "name": "محمد علي", "addressLine1": "شارع الملك فهد", "city": "الرياض", "postalCode": "12211",
        "countryCode": "SA",
    },
    "polish": {
        "name": "Żaneta Wójcik", "addressLine1": "ul. Świętokrzyska 3/5", "city": "Łódź", "stateOrRegion": "łódzkie",
        "postalCode": "90-001", "countryCode": "PL",
    },
}  # fmt: skip


def _to(**changes: Any) -> Oddity:
    """The address gets these values; a part that becomes None goes."""

    def oddity(order: Raw, rng: random.Random, marketplace: Marketplace) -> None:
        del rng, marketplace
        address = address_of(order)
        address.update(changes)
        for name in [name for name, value in address.items() if value is None]:
            del address[name]

    return oddity


def _place(order: Raw, city: str, state: str, postal_code: str, country: str) -> None:
    address_of(order).update(city=city, stateOrRegion=state, postalCode=postal_code, countryCode=country)


def _street_in_line_two(order: Raw, rng: random.Random, marketplace: Marketplace) -> None:
    del rng, marketplace
    address = address_of(order)
    street = next(address[f"addressLine{number}"] for number in (1, 2, 3) if address.get(f"addressLine{number}"))
    address.update(addressLine1="", addressLine2=street)


def _named_in_line_one(key: str, name: str) -> Oddity:
    """The recipient's name or company (`key`) fills line 1, as many address books do."""

    def oddity(order: Raw, rng: random.Random, marketplace: Marketplace) -> None:
        del rng, marketplace
        address = address_of(order)
        shown = address.setdefault(key, name)
        address.update(addressLine1=shown.upper(), addressLine2="Hauptstr. 5")

    return oddity


def _state(order: Raw, rng: random.Random, marketplace: Marketplace) -> None:
    """By code, by code of ISO 3166-2, or by name."""
    del marketplace
    city, country, code, name, postal_code = rng.choice(_STATES)
    _place(order, city, rng.choice((code, f"{country}-{code}", name, name.lower())), postal_code, country)


def _territory(order: Raw, rng: random.Random, marketplace: Marketplace) -> None:
    """A state of the US, or a country of its own: both are in use."""
    del marketplace
    city, code, postal_code = rng.choice(_TERRITORIES)
    _place(order, city, code, postal_code, rng.choice(("US", code)))


def _military(order: Raw, rng: random.Random, marketplace: Marketplace) -> None:
    del marketplace
    city, code, postal_code = rng.choice(_ARMED)
    _place(order, city, code, postal_code, "US")
    address_of(order)["addressLine1"] = f"PSC {rng.randint(1, 999)} Box {rng.randint(1, 9999)}"


def _canaries(order: Raw, rng: random.Random, marketplace: Marketplace) -> None:
    del marketplace
    city, state, postal_code = rng.choice(_CANARIES)
    _place(order, city, state, postal_code, rng.choice(("ES", "IC")))


def _lower_case(order: Raw, rng: random.Random, marketplace: Marketplace) -> None:
    del rng
    address = address_of(order)
    address["countryCode"] = address.get("countryCode", marketplace.code).lower()


def _email(email: str) -> Oddity:
    def oddity(order: Raw, rng: random.Random, marketplace: Marketplace) -> None:
        del rng
        buyer_of(order)["buyerEmail"] = email.format(domain=marketplace.domain)

    return oddity


def _no_email(order: Raw, rng: random.Random, marketplace: Marketplace) -> None:
    del rng, marketplace
    buyer_of(order).pop("buyerEmail", None)


def _namesake(order: Raw, rng: random.Random, marketplace: Marketplace) -> None:
    """One of many people of this name, at one of two addresses."""
    alias = "".join(rng.choice("abcdefghijkmnpqrstuvwxyz23456789") for _ in range(13))
    order["buyer"] = {"buyerName": "Anna Schmidt", "buyerEmail": f"{alias}@marketplace.{marketplace.domain}"}
    address_of(order).update(name="Anna Schmidt", addressLine1=rng.choice(("Weg 1", "Weg 2")))


def _regular(order: Raw, rng: random.Random, marketplace: Marketplace) -> None:
    """A buyer who buys all the time: several orders at once on several workers are this one's."""
    order["buyer"] = {"buyerName": "Rita Regular", "buyerEmail": f"regular@marketplace.{marketplace.domain}"}
    address_of(order).update(name=rng.choice(("Rita Regular", "RITA  REGULAR")), addressLine1="Weg 3")


def _withheld(order: Raw, rng: random.Random, marketplace: Marketplace) -> None:
    """What is left without the roles for personal data."""
    del rng, marketplace
    order.pop("buyer", None)
    order.pop("recipient", None)


ODDITIES: Final[Mapping[str, Oddity]] = {
    "nameless-recipient": _to(name=None),
    "street-in-line-two": _street_in_line_two,
    "three-lines": _to(addressLine1="c/o Meier", addressLine2="Hauptstr. 5", addressLine3="Hinterhaus, 2. OG"),
    "name-in-line-one": _named_in_line_one("name", "Erika Mustermann"),
    "company-in-line-one": _named_in_line_one("companyName", "Muster GmbH"),
    "po-box": _to(addressLine1="PO Box 77", addressLine2=None),
    "packstation": _to(addressLine1="Packstation 123", addressLine2="1234567", addressType="PICKUP_POINT"),
    "pick-up-point": _to(addressLine1="Amazon Locker - Erna", addressType="PICKUP_POINT", companyName="Tankstelle Süd"),
    "state-as-code-or-name": _state,
    "state-unknown": _to(stateOrRegion="Atlantis"),
    "state-absent": _to(stateOrRegion=None),
    "territory": _territory,
    "military": _military,
    "canaries": _canaries,
    "lower-case-country": _lower_case,
    "unknown-country": _to(countryCode="ZZ", stateOrRegion="Q"),
    "country-absent": _to(countryCode=None),
    "united-kingdom-as-uk": _to(city="London", stateOrRegion="England", postalCode="SW1A 1AA", countryCode="UK"),
    **{script: _to(**values) for script, values in _SCRIPTS.items()},
    "three-hundred-letters": _to(
        name=_WIDE * 16, addressLine1=_WIDE * 16, addressLine2="2" + _WIDE * 16, city=_WIDE * 16
    ),
    "endless-name": _to(name=_WIDE * 100),
    "control-characters": _to(
        name="Eri\0ka\x01 Muster\x1fmann", addressLine1="Haupt\x0bstr. 5\uffff", city="Ber\x7flin"
    ),
    "line-breaks": _to(addressLine1="Hauptstr. 5\r\n2. OG\t links", city="Ber\u2028lin"),
    "markup": _to(name="<b>Erika</b> & 'Söhne'", addressLine1="<script>alert(1)</script>", city="]]>"),
    "empty-and-blank-parts": _to(addressLine3="   ", districtOrCounty=" ", municipality="", companyName=" "),
    "phone-absent": _to(phone=None),
    "email-absent": _no_email,
    "email-of-ones-own": _email("jane.doe@example.com"),
    "email-shared": _email("no-reply@marketplace.{domain}"),
    "namesake": _namesake,
    "regular-buyer": _regular,
    "personal-data-withheld": _withheld,
    **business.ODDITIES,
}
