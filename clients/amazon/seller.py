"""Whose name a call is made in: our application at Amazon, and one seller that authorised it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.marketplace import Region

TOKEN_PATH = "/auth/o2/token"  # noqa: S105 - a path, not a secret
LWA_ENDPOINT = "https://api.amazon.com"
ENDPOINTS: Mapping[Region, str] = {
    Region.NA: "https://sellingpartnerapi-na.amazon.com",
    Region.EU: "https://sellingpartnerapi-eu.amazon.com",
    Region.FE: "https://sellingpartnerapi-fe.amazon.com",
}


@dataclass(frozen=True)
class Application:
    """Our application: Login with Amazon (LWA) client id and secret, and where the servers are.

    `lwa_endpoint` and `endpoints` are base URLs ("https://api.amazon.com", no path), so a simulator or Amazon's
    sandbox is just other URLs.
    """

    client_id: str
    client_secret: str = field(repr=False)
    lwa_endpoint: str = LWA_ENDPOINT
    endpoints: Mapping[Region, str] = field(default_factory=lambda: ENDPOINTS)

    @property
    def token_url(self) -> str:
        """Where access tokens are asked for."""
        base = self.lwa_endpoint.rstrip("/")
        return base if base.endswith(TOKEN_PATH) else base + TOKEN_PATH

    def endpoint(self, region: Region) -> str:
        """Base URL of the Selling Partner API in `region`."""
        return self.endpoints[region].rstrip("/")


@dataclass(frozen=True)
class Seller:
    """A seller account: our name of it, Amazon's id of it, its refresh token and region."""

    account: str
    seller_id: str
    refresh_token: str = field(repr=False)
    region: Region
