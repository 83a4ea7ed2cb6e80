"""The operations of the Selling Partner API in use: quota, shape of a good answer, meaning of a refusal.

Sources: Amazon's official models orders_2026-01-01, ordersV0 (confirmShipment) and feeds_2021-06-30.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from domain import parked

_REMEDY_ORDER_ID = "Check the order id (three groups of digits, 3-7-7) and the account it belongs to."
_REMEDY_NOT_FOUND = (
    "Look the order up in Seller Central under this account. If it is there, retry; if it belongs to another account,"
    " import it there; else dismiss this entry."
)
_REMEDY_SHIPMENT = (
    "Compare carrier, tracking number, quantities and dates of the delivery with the order in Seller Central; correct"
    " the delivery in Odoo and retry, or confirm the shipment in Seller Central and dismiss this entry."
)
_REMEDY_FEED = (
    "Look into Seller Central (Orders > Upload Order Related Files) and at the orders named here. What is still to be"
    " told to Amazon is told by a retry."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """What a final refusal (400, 404) of one item means to people: code of `domain.parked`, words, remedy."""

    code: str
    words: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """An operation of the Selling Partner API and its documented default quota.

    `rate`: requests a second; `burst`: size of the bucket; `root`: key and type of what a good answer must hold, None
    for an answer without content; `also`: further keys to hand on, text where they are there; `writes`: a lost answer
    may have had an effect; `refused`, `unknown`: what a 400, a 404 means when it concerns one item alone, None where
    it is our own mistake; `done_words`: a 400 that holds one of them says that the effect is there already.
    """

    name: str
    rate: float
    burst: int
    root: tuple[str, type] | None
    also: tuple[str, ...] = ()
    writes: bool = False
    refused: Refusal | None = None
    unknown: Refusal | None = None
    done_words: tuple[str, ...] = ()


_SHIPMENT_REFUSED: Final = Refusal(
    code=parked.SHIPMENT_REFUSED, words="Amazon refuses this shipment", remedy=_REMEDY_SHIPMENT
)
_FEED_REFUSED: Final = Refusal(code=parked.FEED_FAILED, words="Amazon refuses this feed", remedy=_REMEDY_FEED)
_FEED_UNKNOWN: Final = Refusal(code=parked.FEED_FAILED, words="Amazon does not know this feed", remedy=_REMEDY_FEED)
_REPORT_GONE: Final = Refusal(
    code=parked.FEED_FAILED, words="Amazon has no such feed document (kept for 28 days)", remedy=_REMEDY_FEED
)

SEARCH_ORDERS: Final = Operation(name="searchOrders", rate=0.0056, burst=20, root=("orders", list))
GET_ORDER: Final = Operation(
    name="getOrder",
    rate=0.5,
    burst=30,
    root=("order", dict),
    refused=Refusal(code=parked.BAD_ORDER, words="Amazon refuses this order id", remedy=_REMEDY_ORDER_ID),
    unknown=Refusal(code=parked.NOT_FOUND, words="Amazon does not know this order", remedy=_REMEDY_NOT_FOUND),
)
CONFIRM_SHIPMENT: Final = Operation(
    name="confirmShipment",
    rate=2,
    burst=10,
    root=None,
    writes=True,
    refused=_SHIPMENT_REFUSED,
    unknown=_SHIPMENT_REFUSED,
    # Amazon's sentence, as sellers report it: "... not finding a matching package or order already fulfilled ...
    # errorMetric=PackageToUpdateNotFound".
    done_words=("already fulfilled", "already been fulfilled", "packagetoupdatenotfound"),
)
# Nothing happens to a document that no feed names: asking again for a lost one is harmless.
CREATE_FEED_DOCUMENT: Final = Operation(
    name="createFeedDocument", rate=0.5, burst=15, root=("feedDocumentId", str), also=("url",)
)
CREATE_FEED: Final = Operation(
    name="createFeed",
    rate=0.0083,
    burst=15,
    root=("feedId", str),
    writes=True,
    refused=_FEED_REFUSED,
    unknown=_FEED_REFUSED,
)
_FEED_PARTS: Final = ("feedType", "createdTime", "processingStatus", "resultFeedDocumentId")
GET_FEED: Final = Operation(
    name="getFeed",
    rate=2,
    burst=15,
    root=("feedId", str),
    also=_FEED_PARTS,
    refused=_FEED_UNKNOWN,
    unknown=_FEED_UNKNOWN,
)
GET_FEEDS: Final = Operation(name="getFeeds", rate=0.0222, burst=10, root=("feeds", list), also=("nextToken",))
GET_FEED_DOCUMENT: Final = Operation(
    name="getFeedDocument",
    rate=0.0222,
    burst=10,
    root=("feedDocumentId", str),
    also=("url", "compressionAlgorithm"),
    refused=_REPORT_GONE,
    unknown=_REPORT_GONE,
)
