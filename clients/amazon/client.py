"""Calls to the Selling Partner API: one method a call, no retry, no waiting, safe for threads.

Every call makes its own library client, which costs microseconds; what is dear (connections, tokens) is shared.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Final, Self

import httpx

from clients.amazon.library import OrdersV20260101
from clients.amazon.page import ORDER_ID, Page, RawOrder, raw_order, read_page
from clients.amazon.protocol import GET_ORDER, SEARCH_ORDERS, Operation, lost, rate
from clients.amazon.seller import Application, Seller
from clients.amazon.to_order import read_document, to_order
from clients.amazon.tokens import Clock, SellerTokens, TokenStore, utc_now
from clients.amazon.transport import Transport, pooled_http
from domain import parked
from domain.errors import NeedsHuman, TokenExpired

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


class AmazonClient:
    """The Selling Partner API for all sellers of one application.

    `tokens`: where access tokens are shared; `http`: a pooled client (default: `pooled_http()`), left open by
    `close` if it was given. Make one per process, after forking.
    """

    def __init__(
        self, application: Application, tokens: TokenStore, http: httpx.Client | None = None, *, clock: Clock = utc_now
    ) -> None:
        self._application = application
        self._tokens = tokens
        self._http = http or pooled_http()
        self._owns_http = http is None
        self._clock = clock

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
            seller, SEARCH_ORDERS, lambda api: api.search_orders(**parameters), resuming=page_token is not None
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
        answer = self._call(seller, GET_ORDER, lambda api: api.get_order(order_id, includedData=list(INCLUDED_DATA)))
        order = raw_order(answer.payload["order"], rate=rate(answer.headers), now=self._clock())
        if order is None or order.order_id != order_id:
            raise lost(GET_ORDER, "an answer without the order asked for", counted=True)
        return order

    def authorise(self, seller: Seller) -> None:
        """Ask for a new access token, whatever the store holds. Raises AccountBroken with a remedy, or Unavailable."""
        self._seller_tokens(seller).renew()

    def close(self) -> None:
        """Close the connections this client opened itself."""
        if self._owns_http:
            self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _seller_tokens(self, seller: Seller) -> SellerTokens:
        return SellerTokens(self._application, seller, self._tokens, self._http, self._clock)

    def _call(
        self, seller: Seller, operation: Operation, invoke: Callable[[_Orders], Any], *, resuming: bool = False
    ) -> Any:
        tokens = self._seller_tokens(seller)
        endpoint = self._application.endpoint(seller.region)
        refusal: TokenExpired
        try:
            return invoke(_Orders(endpoint, tokens, Transport(self._http, operation, resuming)))
        except TokenExpired as expired:
            refusal = expired
        raise tokens.refused(refusal)


class _Orders(OrdersV20260101):  # type: ignore[misc]  # the library is untyped
    """The library's Orders client, put together by hand.

    Its own constructor lets SP_API_DEFAULT_MARKETPLACE overrule the endpoint, looks for credentials in files and the
    environment, and opens a connection pool (with its TLS context) per object.
    """

    def __init__(self, endpoint: str, tokens: SellerTokens, transport: Transport) -> None:
        self.endpoint = endpoint
        self.version = "2026-01-01"
        self.restricted_data_token = None
        self.marketplace_id = None
        self._auth = tokens
        self._transport = transport


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
    return {name: _iso(bound) for name, bound in bounds.items() if bound is not None}


def _iso(moment: datetime) -> str:
    """Return ISO 8601 in UTC, to the millisecond where needed; always the same text for the same moment."""
    if moment.tzinfo is None:
        raise ValueError("a bound of a search needs a time zone")
    precision = "milliseconds" if moment.microsecond else "seconds"
    return moment.astimezone(UTC).isoformat(timespec=precision).replace("+00:00", "Z")


__all__ = [
    "AmazonClient",
    "Application",
    "Page",
    "RawOrder",
    "Seller",
    "read_document",
    "to_order",
]
