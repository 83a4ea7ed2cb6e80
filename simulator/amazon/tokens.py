"""What Login with Amazon hands out: refresh tokens that stay, access tokens that end."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from simulator.amazon.clock import now
from simulator.amazon.sellers import Seller

LIFETIME = timedelta(seconds=3600)
SCOPES = frozenset({"sellingpartnerapi::notifications", "sellingpartnerapi::client_credential:rotation"})

_LIMIT = 50_000


@dataclass(frozen=True, slots=True)
class Grant:
    """Who an access token speaks for ("" for a grantless one) and until when."""

    seller_id: str
    ends: datetime


class Tokens:
    """The tokens of one application. Thread-safe.

    `client_id`, `client_secret`: the application's credentials, checked on every token request.
    """

    def __init__(self, sellers: Iterable[Seller], *, client_id: str, client_secret: str) -> None:
        self._client = (client_id, client_secret)
        self._refresh = {seller.refresh_token: seller.seller_id for seller in sellers}
        self._access: dict[str, Grant] = {}
        self._issued = 0
        self._lock = threading.Lock()

    @property
    def issued(self) -> int:
        """How many access tokens were handed out."""
        return self._issued

    def is_client(self, client_id: str, client_secret: str) -> bool:
        """Whether these are the application's credentials."""
        return secrets.compare_digest(f"{client_id}\n{client_secret}".encode(), "\n".join(self._client).encode())

    def owner(self, refresh_token: str) -> str | None:
        """The seller who gave this refresh token, or None when unknown or revoked."""
        return self._refresh.get(refresh_token)

    def issue(self, seller_id: str) -> str:
        """A new access token for `seller_id` ("" for a grantless one)."""
        token = f"Atza|{secrets.token_urlsafe(48)}"
        with self._lock:
            if len(self._access) >= _LIMIT:
                del self._access[next(iter(self._access))]
            self._access[token] = Grant(seller_id, now() + LIFETIME)
            self._issued += 1
        return token

    def grant(self, access_token: str) -> Grant | None:
        """What is known of an access token; it may have ended."""
        return self._access.get(access_token)

    def expire(self, seller_id: str | None = None) -> int:
        """End the access tokens of `seller_id`, or all; returns how many were alive."""
        moment = now()
        with self._lock:
            alive = [
                (token, grant)
                for token, grant in self._access.items()
                if grant.ends > moment and seller_id in {None, grant.seller_id}
            ]
            for token, grant in alive:
                self._access[token] = Grant(grant.seller_id, moment)
        return len(alive)

    def revoke(self, seller_id: str) -> None:
        """Take back the seller's authorisation: its refresh token and access tokens are refused from now on."""
        with self._lock:
            self._refresh = {token: owner for token, owner in self._refresh.items() if owner != seller_id}
            self._access = {token: grant for token, grant in self._access.items() if grant.seller_id != seller_id}

    def authorise(self, seller_id: str, refresh_token: str) -> None:
        """The seller authorises (again) with a new refresh token."""
        with self._lock:
            self._refresh[refresh_token] = seller_id
