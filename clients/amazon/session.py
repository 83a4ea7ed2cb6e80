"""What all calls share: our application, the token store, one HTTP pool; and one call's way through the library."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Self, TypeVar

import httpx

from clients.amazon.library import FeedsV20210630, OrdersV0, OrdersV20260101
from clients.amazon.protocol import Operation
from clients.amazon.seller import Application, Seller
from clients.amazon.tokens import Clock, SellerTokens, TokenStore, utc_now
from clients.amazon.transport import Transport, pooled_http
from domain.errors import TokenExpired


class Wired:
    """A client class of the library, put together by hand for one call.

    Its own constructor lets SP_API_DEFAULT_MARKETPLACE overrule the endpoint, looks for credentials in files and the
    environment, and opens a connection pool (with its TLS context) per object.
    """

    version = ""

    def __init__(self, endpoint: str, tokens: SellerTokens, transport: Transport) -> None:
        self.endpoint = endpoint
        self.restricted_data_token = None
        self.marketplace_id = None
        self._auth = tokens
        self._transport = transport


class Orders(Wired, OrdersV20260101):  # type: ignore[misc]  # the library is untyped
    """Orders API 2026-01-01."""

    version = "2026-01-01"


class OrdersOfOld(Wired, OrdersV0):  # type: ignore[misc]  # the library is untyped
    """Orders API v0: confirmShipment has no successor."""

    version = "v0"


class Feeds(Wired, FeedsV20210630):  # type: ignore[misc]  # the library is untyped
    """Feeds API 2021-06-30, by the library's request core alone.

    The library's own methods put the path (and, for documents, two spellings of a marketplace) into the bodies, and
    upload and download without limits on waiting.
    """

    version = "2021-06-30"

    def ask(self, method: str, path: str, *, data: dict[str, Any] | None = None, **params: Any) -> Any:
        """Send one request and return the library's answer."""
        if data is None:
            return self._request(path, params={"method": method} | params, add_marketplace=False)
        return self._request(path, data={"method": method} | data, add_marketplace=False)


Api = TypeVar("Api", bound=Wired)


class Session:
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
        self,
        seller: Seller,
        operation: Operation,
        api: type[Api],
        invoke: Callable[[Api], Any],
        *,
        resuming: bool = False,
    ) -> Any:
        """Return the library's answer of one call.

        The library client is made for the call, which costs microseconds; what is dear is shared.
        """
        tokens = self._seller_tokens(seller)
        endpoint = self._application.endpoint(seller.region)
        refusal: TokenExpired
        try:
            return invoke(api(endpoint, tokens, Transport(self._http, operation, resuming)))
        except TokenExpired as expired:
            refusal = expired
        raise tokens.refused(refusal)


def iso(moment: datetime) -> str:
    """Return ISO 8601 in UTC, to the millisecond where needed; always the same text for the same moment.

    Raises ValueError for a time without a zone.
    """
    if moment.tzinfo is None:
        raise ValueError("a time that is told to Amazon needs a time zone")
    precision = "milliseconds" if moment.microsecond else "seconds"
    return moment.astimezone(UTC).isoformat(timespec=precision).replace("+00:00", "Z")
