"""Buyers and their addresses, with the oddities that real order data has."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from domain.marketplace import Marketplace, Region
from simulator.amazon.places import COUNTRIES, Country, Town

_COMPANIES = ("Nordlicht Handels {form}", "Acme & Sons {form}", "Café Zürich {form}", "Blue Harbor {form}")
_FORMS = {"DE": "GmbH & Co. KG", "AT": "GmbH", "US": "LLC", "GB": "Ltd", "FR": "SARL", "JP": "株式会社", "IT": "S.r.l."}
_EMAIL_LENGTH = 13
_POOL = 600


@dataclass(frozen=True, slots=True)
class Person:
    """A buyer: `company` is "" for consumers, `email` Amazon's anonymised address, `address` the usual delivery."""

    name: str
    company: str
    email: str
    address: dict[str, Any]


def draw_buyer(rng: random.Random, *, seed: str, marketplace: Marketplace) -> Person:
    """A buyer of `marketplace`; low numbers are drawn more often, so buyers repeat. `seed` names the population."""
    number = int(_POOL * rng.random() ** 2)
    return make_buyer(seed=seed, marketplace=marketplace, number=number)


def make_buyer(*, seed: str, marketplace: Marketplace, number: int) -> Person:
    """Buyer `number` of the population `seed`: the same arguments give the same person."""
    rng = random.Random(f"{seed}:{marketplace.code}:buyer:{number}")
    code = marketplace.code
    if rng.random() < 0.06:
        code = rng.choice(COUNTRIES[code].abroad or (code,))
    country = COUNTRIES[code]
    name = _name(rng, country)
    company = _company(rng, country) if rng.random() < 0.12 else ""
    return Person(name, company, _email(rng, seed, marketplace, number, company), _address(rng, country, name, company))


def _name(rng: random.Random, country: Country) -> str:
    given, family = rng.choice(country.given), rng.choice(country.family)
    name = f"{family} {given}" if country.family_first else f"{given} {family}"
    if rng.random() < 0.02:
        name = f"{name} c/o {rng.choice(country.family)} und Partner, Hinterhaus rechts, bitte zweimal klingeln"
    return name.upper() if rng.random() < 0.04 else name


def _company(rng: random.Random, country: Country) -> str:
    return rng.choice(_COMPANIES).format(form=_FORMS.get(country.code, "Ltd."))


def _email(rng: random.Random, seed: str, marketplace: Marketplace, number: int, company: str) -> str:
    """Anonymised; business buyers of the EU share one address among several people of the population."""
    if company and marketplace.region is Region.EU:
        rng = random.Random(f"{seed}:{marketplace.code}:company:{number // 20}")
    letters = "".join(rng.choice("abcdefghijklmnopqrstuvwxyz0123456789") for _ in range(_EMAIL_LENGTH))
    return f"{letters}@marketplace.{marketplace.domain}"


def _address(rng: random.Random, country: Country, name: str, company: str) -> dict[str, Any]:
    town = rng.choice(country.towns)
    street, house = rng.choice(country.streets), str(rng.randint(1, 9999))
    line = f"{house} {street}" if country.house_number_first else f"{street} {house}"
    address: dict[str, Any] = {
        "name": name,
        **_lines(rng, line, company),
        "city": town.city,
        "stateOrRegion": _state(rng, town),
        "postalCode": town.postal_code,
        "countryCode": country.code,
        "addressType": _kind(rng, line, company),
    }
    if company:
        address["companyName"] = company
    if rng.random() < 0.8:
        address["phone"] = _phone(rng, country)
    if country.code in {"IN", "TR", "ZA"}:
        address["districtOrCounty"] = town.city + " District"
    if country.code == "BR":
        address["extendedFields"] = {"streetName": street, "streetNumber": house, "neighborhood": "Centro"}
        address["municipality"] = town.city
    if rng.random() < 0.03:
        del address["name"]
    return address


def _lines(rng: random.Random, line: str, company: str) -> dict[str, str]:
    """The street is in line 1, in line 2 (after a care-of or company line), or alone in line 2; lines may be long."""
    draw = rng.random()
    if draw < 0.03:
        line = f"{line}, Aufgang C, 4. Obergeschoss links, Gegensprechanlage defekt, bitte beim Nachbarn abgeben " * 2
        return {"addressLine1": line.strip()}
    if draw < 0.10:
        return {"addressLine2": line}
    if company and draw < 0.6:
        return {"addressLine1": company, "addressLine2": line, "addressLine3": ""}
    if draw < 0.25:
        return {"addressLine1": line, "addressLine2": rng.choice(("Apt. 12", "2. OG", "c/o Empfang", "Bât. B, 3e ét."))}
    return {"addressLine1": line}


def _state(rng: random.Random, town: Town) -> str:
    """The state's name, its code, or nothing, as buyers happened to type it."""
    draw = rng.random()
    if draw < 0.45:
        return town.state
    return town.state_code if draw < 0.9 else ""


def _kind(rng: random.Random, line: str, company: str) -> str:
    if "Packstation" in line:
        return "PICKUP_POINT"
    return "COMMERCIAL" if company else rng.choice(("RESIDENTIAL", "RESIDENTIAL", "RESIDENTIAL", "COMMERCIAL"))


def _phone(rng: random.Random, country: Country) -> str:
    digits = "".join(rng.choice("0123456789") for _ in range(9))
    draw = rng.random()
    if draw < 0.5:
        return f"{country.dial} {digits[:3]} {digits[3:]}"
    if draw < 0.9:
        return f"0{digits[:2]}/{digits[2:]}"
    return f"{country.dial}{digits} ext. {digits[:5]}"
