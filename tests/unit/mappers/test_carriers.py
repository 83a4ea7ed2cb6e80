"""Amazon's word for whoever carries a delivery."""

from __future__ import annotations

import pytest

from mappers.carriers import ALIASES, CODES, OTHER, Carrier, carrier


@pytest.mark.parametrize(
    ("kind", "name", "told"),
    [
        ("fixed", "DHL", Carrier("DHL")),
        ("fixed", "dhl paket 2-5 kg", Carrier("DHL")),
        ("fixed", "DHL Express Worldwide", Carrier("DHL Express")),
        ("dhl_rest", "Our parcel man", Carrier("DHL")),
        ("base_on_rule", "ROYAL-MAIL Tracked 24", Carrier("Royal Mail")),
        ("fedex", "DHL", Carrier("FedEx")),
        ("fixed", "Rider & Sons", Carrier("Other", "Rider & Sons")),
        ("", "Upstairs Couriers", Carrier("Other", "Upstairs Couriers")),
        ("fixed", "Kiwi Post", Carrier("DPD")),
        ("kiwi_api", "Anything", Carrier("GLS")),
        ("bpost", "bpost World", Carrier("Other", "bpost World")),
        ("fixed", "bpost World", Carrier("Other", "bpost World")),
    ],
)
def test_carriers_by_type_first_then_by_name_else_other(kind: str, name: str, told: Carrier) -> None:
    assert carrier(kind, name, {"kiwi post": "DPD", "Kiwi API": "GLS"}) == told


def test_every_code_is_found_by_its_own_name_in_any_case() -> None:
    assert [carrier("fixed", code.upper(), {}).code for code in CODES] == list(CODES)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("AusPost", "Australia Post"), ("Blue Dart Express", "BlueDart"), ("Deutsche Post DHL", "DHL"),
        ("DHL DE", "DHL"), ("DHL Parcel", "DHL"), ("dhl_rest", "DHL"), ("easypost_usps", "USPS"),
        ("Federal Express", "FedEx"), ("fedex_rest", "FedEx"), ("GLS Germany", "GLS"), ("JapanPost", "Japan Post"),
        ("myHermes", "Hermes"), ("Royal Mail Group", "Royal Mail"), ("Sagawa", "SagawaExpress"),
        ("United Parcel Service", "UPS"), ("ups_rest", "UPS"), ("US Postal Service", "USPS"), ("usps_rest", "USPS"),
        ("Yamato", "YamatoTransport"), ("Yuu-Pack", "Japan Post"), ("Kuroneko", "YamatoTransport"),
        ("Kuroneko Yamato", "YamatoTransport"), ("DPD.de", "DPD"), ("DHL Paket", "DHL"), ("bpost", "Other"),
    ],
)  # fmt: skip
def test_what_people_and_delivery_modules_call_them(name: str, code: str) -> None:
    assert carrier(name, "", {}).code == carrier("", name, {}).code == code


def test_every_alias_means_a_code() -> None:
    assert set(ALIASES.values()) - set(CODES) == {OTHER}
    assert len(CODES) == len({code.casefold() for code in CODES})
