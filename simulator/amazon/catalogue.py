"""What a seller sells: about 40 products, the same in all of its marketplaces."""

from __future__ import annotations

import random
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from domain.marketplace import Marketplace
from domain.money import cent, round_to

SIZE = 40

# Rough price levels against the euro: enough for believable amounts, no exchange rates.
_LEVELS = {
    "EUR": "1", "USD": "1", "CAD": "1.5", "GBP": "0.85", "SEK": "11", "PLN": "4.3", "TRY": "35", "EGP": "50",
    "SAR": "4", "AED": "4", "INR": "90", "ZAR": "20", "SGD": "1.5", "AUD": "1.6", "JPY": "160", "MXN": "20", "BRL": "6",
}  # fmt: skip
_THINGS = ("Desk Lamp", "Water Bottle 750 ml", "USB-C Cable 2 m", "Yoga Mat", "Cast Iron Pan Ø 28 cm", "Garden Hose",
           "Wool Socks (3 Pairs)", "LED Strip \u2013 5 m", 'Photo Frame 8" \u00d7 10"', "Dog Leash")  # fmt: skip
_BRANDS = ("Nordwind", "ACME®", "Søstrene & Co", "Kumo")
_EXTRAS = {
    "DE": "für Küche & Büro",
    "FR": "idéal pour l'été",
    "JP": "送料無料",
    "PL": "dla każdego",
    "ES": "para niños",
}
_SKUS = ("{b}-{n:04d}", "{n:05d}", "{b}/{n} #2", "{b} {n} blau", "{b}_{n}-FBA", "{b}.{n}.ÄÖ")


@dataclass(frozen=True, slots=True)
class Product:
    """A product: `price` in euro-like units, before the marketplace's price level."""

    sku: str
    asin: str
    title: str
    condition: tuple[str, str, str]
    price: Decimal

    def price_in(self, marketplace: Marketplace) -> Decimal:
        """The unit price in the marketplace's currency, a multiple of its smallest coin."""
        level = Decimal(_LEVELS[marketplace.currency])
        return max(cent(marketplace.currency), round_to(self.price * level, cent(marketplace.currency)))

    def title_in(self, marketplace: Marketplace) -> str:
        """The listing's name in `marketplace`."""
        extra = _EXTRAS.get(marketplace.code)
        return f"{self.title} \u2013 {extra}" if extra else self.title


@lru_cache(maxsize=512)
def catalogue(seed: str) -> tuple[Product, ...]:
    """The products of the seller whose seed this is."""
    return tuple(_product(random.Random(f"{seed}:product:{number}"), number) for number in range(SIZE))


def _product(rng: random.Random, number: int) -> Product:
    brand = rng.choice(_BRANDS)
    title = f"{brand} {rng.choice(_THINGS)} No. {number + 1}"
    if rng.random() < 0.05:
        title = f"{title} | " + "extra strong, washable, gift idea for him and her, " * 9
    condition = ("NEW", "NEW", "")
    if rng.random() < 0.1:
        condition = ("USED", rng.choice(("GOOD", "ACCEPTABLE")), "Light scratches, works \u2013 tested")
    return Product(
        sku=rng.choice(_SKUS).format(b=brand[:3].upper(), n=number + 1),
        asin="B0" + "".join(rng.choice("ABCDEFGHJKLMNPQRSTUVWXYZ0123456789") for _ in range(8)),
        title=title.strip(),
        condition=condition,
        price=Decimal(rng.choice((99, 499, 999, 1299, 1995, 2490, 4999, 12900))) / 100
        + Decimal(rng.randint(0, 40)) / 100,
    )
