"""Orders out of a seed: order number n of a seller is the same whatever else was generated."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from domain.marketplace import Marketplace, Region
from domain.money import ZERO, cent
from simulator.amazon import progress
from simulator.amazon.catalogue import Product, catalogue
from simulator.amazon.clock import MARGIN, stamp
from simulator.amazon.oddities import make_odd
from simulator.amazon.people import draw_buyer
from simulator.amazon.proceeds import Line, add_tax, draw_line, draw_tax_rate, item_proceeds, money, order_proceeds
from simulator.amazon.progress import AMAZON, MERCHANT, Raw
from simulator.amazon.sellers import Seller
from simulator.amazon.tax_numbers import tax_number

SPREAD = timedelta(days=3)
FBA_SHARE = 0.45

# Ids of "SI" marketplaces (multi-channel fulfilment) that orders carry and no published table lists.
UNLISTED = {"GB": "A2ZV50J4W1RKNI", "DE": "A38D8NSA03LJTC", "CA": "A1MQXOICRS2Z7M"}

_PREFIXES = {
    Region.NA: ("111", "113", "114", "701"),
    Region.EU: ("028", "302", "306", "402"),
    Region.FE: ("249", "503"),
}
_MERCHANT_STATUSES = {
    progress.UNSHIPPED: 46, progress.SHIPPED: 34, progress.PENDING: 8, progress.PARTIALLY_SHIPPED: 6,
    progress.CANCELLED: 5, progress.PENDING_AVAILABILITY: 1,
}  # fmt: skip
_AMAZON_STATUSES = {
    progress.SHIPPED: 75, progress.UNSHIPPED: 11, progress.PENDING: 8, progress.CANCELLED: 5,
    progress.PENDING_AVAILABILITY: 1,
}  # fmt: skip
_FRESH_STATUSES = {progress.PENDING: 50, progress.UNSHIPPED: 50}
_MESSAGES = ("Happy birthday, Zoé! 🎂", "Alles Gute zum Geburtstag\nDeine Oma", "お誕生日おめでとう", "x" * 240)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A new order, and the names of the oddities it was given: of those the order itself tells nothing."""

    raw: Raw
    oddities: tuple[str, ...] = ()


def draw(seller: Seller, number: int, *, seed: int, start: datetime, fresh: bool = False) -> Drawn:
    """Order `number` of `seller`, which is odd in `seller.odd_share` of all cases; see `draw_order`."""
    order, marketplace = _ordinary(seller, number, seed=seed, start=start, fresh=fresh)
    odd = random.Random(f"{seed}:{seller.seller_id}:odd:{number}")
    return Drawn(order, make_odd(order, odd, marketplace) if odd.random() < seller.odd_share else ())


def draw_order(seller: Seller, number: int, *, seed: int, start: datetime, fresh: bool = False) -> Raw:
    """Ordinary order `number`, complete: what Amazon knows, before roles and includedData take things away.

    Its last update lies within the three days before `start`, never in the last three minutes; a `fresh` order was
    placed just now and is pending or unshipped.
    """
    return _ordinary(seller, number, seed=seed, start=start, fresh=fresh)[0]


def _ordinary(seller: Seller, number: int, *, seed: int, start: datetime, fresh: bool) -> tuple[Raw, Marketplace]:
    rng = random.Random(f"{seed}:{seller.seller_id}:order:{number}")
    updated = start - MARGIN - (timedelta() if fresh else SPREAD * rng.random())
    created = updated - timedelta(seconds=60 if fresh else rng.randint(60, 2 * 86400))
    marketplace = rng.choice(seller.marketplaces)
    merchant = rng.random() >= FBA_SHARE
    statuses = _FRESH_STATUSES if fresh else _MERCHANT_STATUSES if merchant else _AMAZON_STATUSES
    status = rng.choices(list(statuses), weights=list(statuses.values()))[0]
    order: Raw = {
        "orderId": _order_id(rng, seller, number),
        "createdTime": stamp(created),
        "lastUpdatedTime": stamp(updated),
        "salesChannel": {
            "channelName": "AMAZON",
            "marketplaceId": marketplace.id,
            "marketplaceName": marketplace.name,
        },
    }
    _add_people(order, rng, seed=f"{seed}:{seller.seller_id}", marketplace=marketplace, merchant=merchant)
    _add_fulfillment(order, rng, created, merchant=merchant)
    _add_items(order, rng, seed=f"{seed}:{seller.seller_id}", marketplace=marketplace, merchant=merchant)
    status = _make_special(order, rng, marketplace, status)
    if status == progress.PARTIALLY_SHIPPED and not progress.can_ship_partly(order):
        status = progress.SHIPPED
    progress.set_status(order, status, at=updated, rng=rng)
    return order, marketplace


def _order_id(rng: random.Random, seller: Seller, number: int) -> str:
    """3-7-7 digits; the last group is a permutation of the number, so a seller's ids never collide."""
    first, last = rng.choice(_PREFIXES[seller.region]), (number * 6700417 + 1234567) % 10**7
    return f"{first}-{rng.randint(0, 10**7 - 1):07d}-{last:07d}"


def _add_people(order: Raw, rng: random.Random, *, seed: str, marketplace: Marketplace, merchant: bool) -> None:
    buyer = draw_buyer(rng, seed=seed, marketplace=marketplace)
    ship_to = draw_buyer(rng, seed=seed, marketplace=marketplace) if rng.random() < 0.07 else buyer
    order["buyer"] = {"buyerName": buyer.name}
    if merchant and rng.random() < 0.95:
        order["buyer"]["buyerEmail"] = buyer.email
    if buyer.company:
        order["programs"] = ["AMAZON_BUSINESS"]
        order["buyer"]["buyerCompanyName"] = buyer.company
        if rng.random() < 0.6:
            order["buyer"]["buyerPurchaseOrderNumber"] = f"PO-{rng.randint(1, 99999):05d}/Ä"
        if marketplace.region is Region.EU:
            number = tax_number(marketplace.code, rng.randint(10**8, 10**9 - 1))
            order["tax"] = {"taxRegistrations": [_registration(buyer.company, number)]}
    address = dict(ship_to.address)
    if not merchant:
        address.pop("phone", None)
        if rng.random() < 0.3:
            order["buyer"].pop("buyerName")
            address = {key: address[key] for key in ("city", "stateOrRegion", "postalCode", "countryCode")}
    order["recipient"] = {"deliveryAddress": address}


def _registration(company: str, number: str) -> Raw:
    return {
        "entityType": "BUYER",
        "legalName": company,
        "taxRegistrationType": "VAT",
        "taxRegistrationNumber": number,
    }


def _add_fulfillment(order: Raw, rng: random.Random, created: datetime, *, merchant: bool) -> None:
    levels = (
        ("STANDARD", "STANDARD", "EXPEDITED", "FREE_ECONOMY") if merchant else ("STANDARD", "NEXT_DAY", "SECOND_DAY")
    )
    ship_by = created + timedelta(days=rng.randint(1, 3))
    order["fulfillment"] = {
        "fulfillmentStatus": progress.PENDING,
        "fulfilledBy": MERCHANT if merchant else AMAZON,
        "fulfillmentServiceLevel": rng.choice(levels),
        "shipByWindow": {"earliestDateTime": stamp(created), "latestDateTime": stamp(ship_by)},
        "deliverByWindow": {
            "earliestDateTime": stamp(ship_by + timedelta(days=1)),
            "latestDateTime": stamp(ship_by + timedelta(days=rng.randint(2, 9))),
        },
    }
    if not merchant and rng.random() < 0.5:
        order["programs"] = [*order.get("programs", ()), "PRIME"]


def _add_items(order: Raw, rng: random.Random, *, seed: str, marketplace: Marketplace, merchant: bool) -> None:
    count = rng.choices((1, 2, 3, 4, 5, 6, 25), weights=(620, 180, 90, 50, 30, 25, 5))[0]
    products = catalogue(seed)
    rate = draw_tax_rate(rng)
    first = rng.randint(10**12, 9 * 10**13)
    order["orderItems"] = [
        _item(rng, rng.choice(products), marketplace, item_id=f"{first + place:014d}", merchant=merchant, rate=rate)
        for place in range(count)
    ]
    tip = Decimal(rng.randint(1, 12)) / 2 if marketplace.code == "US" and rng.random() < 0.02 else Decimal(0)
    order["proceeds"] = order_proceeds(order["orderItems"], marketplace.currency, tip=tip)


def _item(
    rng: random.Random, product: Product, marketplace: Marketplace, *, item_id: str, merchant: bool, rate: Decimal
) -> Raw:
    quantity = rng.choices((1, 2, 3, 4, 5), weights=(70, 14, 8, 4, 4))[0]
    gift = rng.random() < 0.06
    unit = product.price_in(marketplace)
    line = draw_line(rng, marketplace, unit=unit, quantity=quantity, gift=gift, merchant=merchant)
    tax: Raw = {}
    if not marketplace.tax_included:
        add_tax(line, rate, cent(marketplace.currency))
        tax = {"taxCollections": [{"model": "MARKETPLACE_FACILITATOR", "responsibleParty": "Amazon Services, Inc."}]}
    elif marketplace.region is Region.EU and rng.random() < 0.05:
        add_tax(line, Decimal("0.19"), cent(marketplace.currency))
        tax = {"taxCalculationBreakdowns": [{"reportingScheme": rng.choice(("UOSS", "IOSS"))}]}
    item: Raw = {
        "orderItemId": item_id,
        "quantityOrdered": quantity,
        "measurement": {"unit": "COUNT", "value": 1},
        "product": {
            "asin": product.asin,
            "title": product.title_in(marketplace),
            "sellerSku": product.sku,
            "condition": dict(
                zip(("conditionType", "conditionSubtype", "conditionNote"), product.condition, strict=True)
            ),
            "price": {"unitPrice": money(unit, marketplace.currency)},
        },
        "proceeds": item_proceeds(line, marketplace.currency),
        "fulfillment": {},
    }
    if tax:
        item["tax"] = tax
        if any(part["reportingScheme"] == "IOSS" for part in tax.get("taxCalculationBreakdowns", ())):
            item["fulfillment"]["shipping"] = {"internationalShipping": {"iossNumber": "IM0400000007"}}
    if line.item_discount:
        item["promotion"] = {"breakdowns": [{"promotionId": f"Summer {marketplace.code} {rng.randint(1, 9)}"}]}
    if marketplace.code == "JP" and rng.random() < 0.3:
        points = rng.randint(1, 300)
        granted = {"pointsNumber": points, "pointsMonetaryValue": money(Decimal(points), "JPY")}
        item["expense"] = {"pointsCost": {"pointsGranted": granted}}
    if gift:
        item["fulfillment"]["packing"] = {"giftOption": _gift(rng, wrapped=bool(line.wrap))}
    return item


def _gift(rng: random.Random, *, wrapped: bool) -> Raw:
    option: Raw = {"giftMessage": rng.choice(_MESSAGES)} if rng.random() < 0.8 else {}
    return option | {"giftWrapLevel": "PREMIUM"} if wrapped else option


def _make_special(order: Raw, rng: random.Random, marketplace: Marketplace, status: str) -> str:
    """A few orders out of the ordinary; returns the status they need."""
    draw = rng.random()
    channel = order["salesChannel"]
    if draw < 0.015:
        order["salesChannel"] = {"channelName": "NON_AMAZON", "marketplaceId": marketplace.id}
        return status if order["fulfillment"]["fulfilledBy"] == MERCHANT else progress.UNFULFILLABLE
    if draw < 0.03 and marketplace.code in UNLISTED:
        channel |= {"marketplaceId": UNLISTED[marketplace.code], "marketplaceName": f"SI {marketplace.code} Prod"}
    elif draw < 0.045:
        _make_replacement(order, rng, marketplace)
    elif draw < 0.09:
        order["orderAliases"] = [{"aliasId": f"SO-{rng.randint(1, 99999)}", "aliasType": "SELLER_ORDER_ID"}]
    if status == progress.PENDING_AVAILABILITY:
        order["programs"] = [*order.get("programs", ()), "PREORDER"]
    order["payment"] = {"paymentExecutions": [{"paymentMethod": "Other"}]}
    return status


def _make_replacement(order: Raw, rng: random.Random, marketplace: Marketplace) -> None:
    """A free replacement, or an exchange, of an earlier order."""
    kind = rng.choice(("REPLACEMENT_ORIGINAL_ID", "EXCHANGE_ORIGINAL_ID"))
    original = f"{order['orderId'][:4]}{rng.randint(0, 9999999):07d}-{rng.randint(0, 9999999):07d}"
    order["associatedOrders"] = [{"orderId": original, "associationType": kind}]
    if kind == "REPLACEMENT_ORIGINAL_ID":
        for item in order["orderItems"]:
            item["proceeds"] = item_proceeds(Line(item=ZERO), marketplace.currency)
            item["product"]["price"] = {"unitPrice": money(ZERO, marketplace.currency)}
        order["proceeds"] = order_proceeds(order["orderItems"], marketplace.currency)
