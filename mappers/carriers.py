"""Odoo's shipping methods -> Amazon's carrier codes. Data; case matters to Amazon, not to us.

`CODES`: words of Amazon's CarrierCode list. `ALIASES`: what people and Odoo's delivery modules call them. A name
that is neither is told as 'Other' with its name; `[carriers]` in accounts.toml adds names of one's own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

OTHER: Final = "Other"

CODES: Final = (
    "4PX", "Amazon Shipping", "Aramex", "Asendia", "Australia Post", "BlueDart", "Canada Post", "CEVA", "China Post",
    "Chronopost", "City Link", "Colis Prive", "Colissimo", "Correios", "Correos", "Correos Express", "Delhivery",
    "Deutsche Post", "DHL", "DHL eCommerce", "DHL Express", "DHL Freight", "DHL Global Mail", "DPD", "DTDC",
    "DX Freight", "Endicia", "Estafeta", "Evri", "Fastway", "FedEx", "FedEx SmartPost", "First Flight", "Geodis",
    "GLS", "Hermes", "Hermes Logistik Gruppe", "India Post", "InPost", "Japan Post", "La Poste", "Lasership", "MRW",
    "Nacex", "Newgistics", "NipponExpress", "OnTrac", "Panther", "Parcelforce", "Poczta Polska", "Poste Italiane",
    "PostNL", "PostNord", "Purolator", "Royal Mail", "SagawaExpress", "SDA", "SEUR", "SF Express", "Singapore Post",
    "StarTrack", "Target", "TNT", "Tuffnells", "UPS", "UPS Freight", "UPS Mail Innovations", "USPS", "YamatoTransport",
    "Yanwen", "Yodel", "YunExpress",
)  # fmt: skip

# By what is left of a name when only letters and digits count (see `_plain`).
ALIASES: Final = {
    "auspost": "Australia Post", "bluedartexpress": "BlueDart", "deutschepostdhl": "DHL", "dhlde": "DHL",
    "dhlpaket": "DHL", "dhlparcel": "DHL", "dhlrest": "DHL", "easypostusps": "USPS", "federalexpress": "FedEx",
    "fedexrest": "FedEx", "glsgermany": "GLS", "japanpost": "Japan Post", "myhermes": "Hermes",
    "royalmailgroup": "Royal Mail", "sagawa": "SagawaExpress", "unitedparcelservice": "UPS", "upsrest": "UPS",
    "uspostalservice": "USPS", "uspsrest": "USPS", "yamato": "YamatoTransport", "yuupack": "Japan Post",
    "kuroneko": "YamatoTransport", "kuronekoyamato": "YamatoTransport", "dpdde": "DPD", "bpost": OTHER,
}  # fmt: skip

# Delivery types of Odoo's own that say how a price is found, not who carries.
_NO_CARRIERS: Final = frozenset({"", "fixed", "baseonrule"})


class Carrier(NamedTuple):
    """`name` is given with the code 'Other' alone."""

    code: str
    name: str = ""


def carrier(carrier_type: str, name: str, own: Mapping[str, str]) -> Carrier:
    """Return Amazon's word for a shipping method, by its delivery type first, then by its name.

    `own`: the seller's table, name or delivery type -> Amazon's code. A name is also found by how it begins ('DHL
    Paket 2-5 kg'); the longest beginning wins.
    """
    table = {_plain(code): code for code in CODES} | ALIASES | {_plain(word): code for word, code in own.items()}
    if _plain(carrier_type) not in _NO_CARRIERS and (code := table.get(_plain(carrier_type))):
        return _told(code, name)
    words = name.split()
    for count in range(len(words), 0, -1):
        if code := table.get(_plain(" ".join(words[:count]))):
            return _told(code, name)
    return Carrier(OTHER, name)


def _told(code: str, name: str) -> Carrier:
    return Carrier(OTHER, name) if code == OTHER else Carrier(code)


def _plain(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.casefold())
