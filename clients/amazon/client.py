"""Calls to the Selling Partner API: one method a call, no retry, no waiting, safe for threads."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from clients.amazon.feeds import FeedCalls, FeedDocument, FeedPage, FeedState, FeedStatus
from clients.amazon.operations import GET_ORDER, SEARCH_ORDERS
from clients.amazon.page import ORDER_ID, Page, RawOrder, raw_order, read_page
from clients.amazon.protocol import lost, rate
from clients.amazon.report import FeedResult, ProcessingReport
from clients.amazon.seller import Application, Seller
from clients.amazon.session import Orders, iso
from clients.amazon.shipments import Confirmed, ShipmentCalls
from clients.amazon.to_order import read_document, to_order
from domain import parked
from domain.errors import NeedsHuman

INCLUDED_DATA: Final = (
    "BUYER",
    "RECIPIENT",
    "PROCEEDS",
    "EXPENSE",
    "PROMOTION",
    "CANCELLATION",
    "FULFILLMENT",
    "PACKAGES",
    "TAX",
)
LARGEST_PAGE: Final = 100
MOST_MARKETPLACES: Final = 50


class AmazonClient(ShipmentCalls, FeedCalls):
    """The Selling Partner API for all sellers of one application: orders here, shipments and feeds in its bases."""

    def search_orders(
        self,
        seller: Seller,
        *,
        marketplace_ids: Sequence[str],
        updated_after: datetime | None = None,
        updated_before: datetime | None = None,
        created_after: datetime | None = None,
        created_before: datetime | None = None,
        page_token: str | None = None,
        page_size: int = LARGEST_PAGE,
    ) -> Page:
        """Return one page of the orders of a window (bounds aware, both inclusive; one family of bounds).

        A page token needs the same other arguments as the call that gave it. An order that cannot be read does not
        fail its page: `read_document` tells.
        Raises ValueError for arguments Amazon would refuse, PageTokenRefused, AmazonBug, and of domain.errors:
        Throttled, TokenExpired, Unavailable, AccountBroken.
        """
        window = _window(updated_after, updated_before, created_after, created_before)
        if not 1 <= len(marketplace_ids) <= MOST_MARKETPLACES or not 1 <= page_size <= LARGEST_PAGE:
            raise ValueError("a search takes 1 to 50 marketplaces and pages of 1 to 100 orders")
        parameters: dict[str, Any] = {
            # Never without marketplaces: the library would add four spellings of its own default.
            "marketplaceIds": list(marketplace_ids),
            "includedData": list(INCLUDED_DATA),
            "maxResultsPerPage": page_size,
            **window,
        }
        if page_token is not None:
            parameters["paginationToken"] = page_token
        answer = self._call(
            seller, SEARCH_ORDERS, Orders, lambda api: api.search_orders(**parameters), resuming=page_token is not None
        )
        if page_token is not None and answer.next_token == page_token:
            raise lost(SEARCH_ORDERS, "a page that names itself as the next one", counted=True)
        return read_page(
            answer.payload["orders"], next_token=answer.next_token, rate=rate(answer.headers), now=self._clock()
        )

    def get_order(self, seller: Seller, order_id: str) -> RawOrder:
        """Return the order as it is now.

        Raises NeedsHuman (bad_order, not_found_at_amazon), AmazonBug, and of domain.errors: Throttled, TokenExpired,
        Unavailable, AccountBroken.
        """
        if not ORDER_ID.fullmatch(order_id):
            raise NeedsHuman(parked.BAD_ORDER, "this is no Amazon order id", "Check the id: three groups of digits.")
        included = list(INCLUDED_DATA)
        answer = self._call(seller, GET_ORDER, Orders, lambda api: api.get_order(order_id, includedData=included))
        order = raw_order(answer.payload["order"], rate=rate(answer.headers), now=self._clock())
        if order is None or order.order_id != order_id:
            raise lost(GET_ORDER, "an answer without the order asked for", counted=True)
        return order


def _window(
    updated_after: datetime | None,
    updated_before: datetime | None,
    created_after: datetime | None,
    created_before: datetime | None,
) -> dict[str, str]:
    updated = updated_after is not None and created_after is None and created_before is None
    created = created_after is not None and updated_after is None and updated_before is None
    if not (updated or created):
        raise ValueError("a search takes updated_after (and updated_before) or created_after (and created_before)")
    bounds = {
        "lastUpdatedAfter": updated_after,
        "lastUpdatedBefore": updated_before,
        "createdAfter": created_after,
        "createdBefore": created_before,
    }
    return {name: iso(bound) for name, bound in bounds.items() if bound is not None}


__all__ = [
    "AmazonClient",
    "Application",
    "Confirmed",
    "FeedDocument",
    "FeedPage",
    "FeedResult",
    "FeedState",
    "FeedStatus",
    "Page",
    "ProcessingReport",
    "RawOrder",
    "Seller",
    "read_document",
    "to_order",
]
