"""Amazon's marketplaces: one table, a row each.

Source: Amazon's pages "Marketplace IDs" and "SP-API Endpoints". `tax_included` (consumer prices include tax) is not
stated by Amazon; it follows consumer law. `amazon_collects_tax`: all sales tax of this marketplace is Amazon's to
remit, whoever sells. That is so in the US alone, where every state that has a sales tax has a marketplace facilitator
law (the last, Missouri's, since 2023). In Canada, Australia, the EU and the UK it depends on seller, goods and value.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Region(StrEnum):
    """A selling region: one endpoint, one refresh token per seller."""

    NA = "na"
    EU = "eu"
    FE = "fe"


@dataclass(frozen=True, slots=True)
class Marketplace:
    """A marketplace: `code` is the country code used in settings, `id` is Amazon's."""

    code: str
    id: str
    region: Region
    domain: str
    currency: str
    tax_included: bool
    amazon_collects_tax: bool = False

    @property
    def name(self) -> str:
        """The name buyers know: Amazon.de."""
        return self.domain.capitalize()


MARKETPLACES = (
    Marketplace("CA", "A2EUQ1WTGCTBG2", Region.NA, "amazon.ca", "CAD", False),
    Marketplace("US", "ATVPDKIKX0DER", Region.NA, "amazon.com", "USD", False, amazon_collects_tax=True),
    Marketplace("MX", "A1AM78C64UM0Y8", Region.NA, "amazon.com.mx", "MXN", True),
    Marketplace("BR", "A2Q3Y263D00KWC", Region.NA, "amazon.com.br", "BRL", True),
    Marketplace("IE", "A28R8C7NBKEWEA", Region.EU, "amazon.ie", "EUR", True),
    Marketplace("ES", "A1RKKUPIHCS9HS", Region.EU, "amazon.es", "EUR", True),
    Marketplace("GB", "A1F83G8C2ARO7P", Region.EU, "amazon.co.uk", "GBP", True),
    Marketplace("FR", "A13V1IB3VIYZZH", Region.EU, "amazon.fr", "EUR", True),
    Marketplace("BE", "AMEN7PMS3EDWL", Region.EU, "amazon.com.be", "EUR", True),
    Marketplace("NL", "A1805IZSGTT6HS", Region.EU, "amazon.nl", "EUR", True),
    Marketplace("DE", "A1PA6795UKMFR9", Region.EU, "amazon.de", "EUR", True),
    Marketplace("IT", "APJ6JRA9NG5V4", Region.EU, "amazon.it", "EUR", True),
    Marketplace("SE", "A2NODRKZP88ZB9", Region.EU, "amazon.se", "SEK", True),
    Marketplace("PL", "A1C3SOZRARQ6R3", Region.EU, "amazon.pl", "PLN", True),
    Marketplace("TR", "A33AVAJ2PDY3EV", Region.EU, "amazon.com.tr", "TRY", True),
    Marketplace("EG", "ARBP9OOSHTCHU", Region.EU, "amazon.eg", "EGP", True),
    Marketplace("SA", "A17E79C6D8DWNP", Region.EU, "amazon.sa", "SAR", True),
    Marketplace("AE", "A2VIGQ35RCS4UG", Region.EU, "amazon.ae", "AED", True),
    Marketplace("IN", "A21TJRUUN4KGV", Region.EU, "amazon.in", "INR", True),
    Marketplace("ZA", "AE08WJ6YKNBMC", Region.EU, "amazon.co.za", "ZAR", True),
    Marketplace("SG", "A19VAU5U5O7RUS", Region.FE, "amazon.sg", "SGD", True),
    Marketplace("AU", "A39IBJ37TRP1C6", Region.FE, "amazon.com.au", "AUD", True),
    Marketplace("JP", "A1VC38T7YXB528", Region.FE, "amazon.co.jp", "JPY", True),
)

BY_CODE = {marketplace.code: marketplace for marketplace in MARKETPLACES}
BY_ID = {marketplace.id: marketplace for marketplace in MARKETPLACES}
