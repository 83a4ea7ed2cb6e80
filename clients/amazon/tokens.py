"""Access tokens: asked for once, shared by all threads and processes through a store, never shown."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Final, Protocol

import httpx

from clients.amazon.library import AccessTokenClient, AccessTokenResponse, Credentials
from clients.amazon.lwa import judge_token
from clients.amazon.protocol import AmazonBug
from clients.amazon.seller import Application, Seller
from clients.amazon.transport import USER_AGENT, NoAnswer, send
from domain.access_token import AccessToken
from domain.errors import TokenExpired, Unavailable

Clock = Callable[[], datetime]

_TIMEOUT: Final = httpx.Timeout(connect=5.0, read=10.0, write=5.0, pool=5.0)
_DEADLINE: Final = 20.0  # seconds: below the patience of those who wait for the lock
_MARGIN: Final = timedelta(seconds=120)  # a request may wait for its answer longer than a token's last moments
_YOUNG: Final = timedelta(seconds=60)


class TokenStore(Protocol):
    """What tokens are kept in; shared by processes in production. Its errors are those of domain.errors."""

    def get(self, key: str) -> AccessToken | None:
        """Return the token kept under `key`, or None."""

    def put(self, key: str, token: AccessToken) -> None:
        """Keep `token` under `key` until it expires."""

    def forget(self, key: str) -> None:
        """Drop what is kept under `key`; nothing there is fine."""

    def acquire(self, key: str) -> AbstractContextManager[object]:
        """Hold `key`'s lock for the block; waits for it, or raises RetryLater(counted=False)."""


def utc_now() -> datetime:
    """Return the present in aware UTC."""
    return datetime.now(UTC)


class SellerTokens(AccessTokenClient):  # type: ignore[misc]  # the library is untyped
    """The library's token client for one call of one seller, working on the shared store.

    The library's own keeps tokens per process, without a lock, a limit on waiting, or a way to forget a refused one.
    """

    def __init__(
        self, application: Application, seller: Seller, store: TokenStore, http: httpx.Client, clock: Clock
    ) -> None:
        keys = SimpleNamespace(
            lwa_app_id=application.client_id,
            lwa_client_secret=application.client_secret,
            refresh_token=seller.refresh_token,
        )
        self.cred = Credentials(seller.refresh_token, keys)
        self.key = _store_key(application, seller)
        self._url = application.token_url
        self._store = store
        self._http = http
        self._clock = clock
        self._used: AccessToken | None = None

    def get_auth(self) -> AccessTokenResponse:
        """Return a valid token in the library's form. Raises what `current` raises."""
        return AccessTokenResponse(access_token=self.current().value)

    def get_grantless_auth(self, scope: str = "") -> AccessTokenResponse:
        """Refuse: no grantless operation is in use, and the library's way would bypass store and limits."""
        raise AmazonBug(f"grantless access ({scope}) is not in use")

    def current(self) -> AccessToken:
        """Return the shared token, or a new one where there is none or it is about to expire.

        Raises AccountBroken, Unavailable (not counted), and what the store raises.
        """
        token = self._shared()
        if token is None:
            with self._store.acquire(self.key):
                token = self._shared() or self._ask()  # another one may have asked while this one waited
        self._used = token
        return token

    def renew(self) -> AccessToken:
        """Ask for a new token whatever the store holds, and share it. Raises as `current`."""
        with self._store.acquire(self.key):
            return self._ask()

    def refused(self, refusal: TokenExpired) -> TokenExpired:
        """Forget the token Amazon just refused, and return the error to raise.

        Only the refused token is forgotten, not one that another process has put there meanwhile. A token that is
        refused within a minute of its birth is no matter of age: that attempt counts, or it would go on for ever.
        """
        used = self._used
        if used is None:
            return refusal
        with self._store.acquire(self.key):
            held = self._store.get(self.key)
            if held is not None and held.value == used.value:
                self._store.forget(self.key)
        if self._clock() - used.obtained < _YOUNG:
            return TokenExpired(f"{refusal.reason}, although it is new", after=None, counted=True)
        return refusal

    def _shared(self) -> AccessToken | None:
        token = self._store.get(self.key)
        return token if token is not None and token.expires - self._clock() > _MARGIN else None

    def _ask(self) -> AccessToken:
        asked = self._clock()
        headers = {"content-type": self.content_type, "user-agent": USER_AGENT}
        request = self._http.build_request("POST", self._url, data=self.data, headers=headers, timeout=_TIMEOUT)
        failure: Exception
        try:
            answer = send(self._http, request, within=_DEADLINE)
        except NoAnswer as none:
            what = f"Login with Amazon: {none.what}"
            failure = AmazonBug(what) if none.ours else Unavailable(what, counted=False)
        else:
            value, seconds = judge_token(answer.status, answer.headers, answer.body)
            token = AccessToken(value=value, obtained=asked, expires=asked + timedelta(seconds=seconds))
            self._store.put(self.key, token)
            return token
        raise failure


def _store_key(application: Application, seller: Seller) -> str:
    """Return the store's key: new credentials mean a new key, so an old token never hides a mistake in them."""
    parts = (application.token_url, application.client_id, seller.refresh_token)
    return f"{seller.account}:{hashlib.sha256('|'.join(parts).encode()).hexdigest()[:24]}"
