"""One token for many threads, forgotten when refused, never shown."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import httpx
import pytest

from clients.amazon import tokens
from clients.amazon.protocol import AmazonBug
from clients.amazon.seller import Application, Seller
from clients.amazon.tokens import SellerTokens
from domain.access_token import AccessToken
from domain.errors import AccountBroken, TokenExpired, Unavailable
from domain.marketplace import Region
from tests.unit.clients_amazon.given import (
    ACCESS,
    APPLICATION,
    NOW,
    REFRESH,
    SECRET,
    SELLER,
    Clock,
    FakeAmazon,
    MemoryTokens,
)


def tokens_of(
    amazon: FakeAmazon,
    store: MemoryTokens,
    clock: Clock | None = None,
    application: Application = APPLICATION,
    seller: Seller = SELLER,
) -> SellerTokens:
    http = httpx.Client(transport=httpx.MockTransport(amazon))
    return SellerTokens(application, seller, store, http, clock or Clock())


def test_asks_with_the_refresh_token_and_keeps_the_answer() -> None:
    amazon, store = FakeAmazon(), MemoryTokens()
    seller_tokens = tokens_of(amazon, store)
    assert seller_tokens.get_auth().access_token == f"{ACCESS}-1"
    assert amazon.token_requests == [
        {
            "grant_type": ["refresh_token"],
            "client_id": ["amzn1.client"],
            "client_secret": [SECRET],
            "refresh_token": [REFRESH],
        }
    ]
    assert list(store.kept.values()) == [
        AccessToken(value=f"{ACCESS}-1", obtained=NOW, expires=NOW + timedelta(hours=1))
    ]
    assert tokens_of(amazon, store).current().value == f"{ACCESS}-1"
    assert len(amazon.token_requests) == 1


def test_a_token_about_to_expire_is_replaced() -> None:
    amazon, store, clock = FakeAmazon(), MemoryTokens(), Clock()
    tokens_of(amazon, store, clock).current()
    clock.move(seconds=3600 - 121)
    assert tokens_of(amazon, store, clock).current().value == f"{ACCESS}-1"
    clock.move(seconds=1)
    assert tokens_of(amazon, store, clock).current().value == f"{ACCESS}-2"


class Crowd(MemoryTokens):
    """A store that lets nobody go on before `size` threads have seen that there is no token."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self._arrived = threading.Barrier(size)
        self._seen = threading.local()

    def get(self, key: str) -> AccessToken | None:
        found = super().get(key)
        if not hasattr(self._seen, "once"):
            self._seen.once = True
            self._arrived.wait(10)
        return found


def test_sixteen_threads_that_all_find_no_token_ask_once() -> None:
    amazon, store = FakeAmazon(), Crowd(16)
    with ThreadPoolExecutor(16) as pool:
        values = list(pool.map(lambda _: tokens_of(amazon, store).current().value, range(16)))
    assert values == [f"{ACCESS}-1"] * 16
    assert len(amazon.token_requests) == 1


def test_other_credentials_have_another_key() -> None:
    amazon, store = FakeAmazon(), MemoryTokens()
    others = [
        tokens_of(amazon, store),
        tokens_of(amazon, store, seller=Seller("acme-eu", "A1SELLER", "Atzr|new", Region.EU)),
        tokens_of(amazon, store, application=Application("other", SECRET, "https://lwa.test")),
        tokens_of(amazon, store, application=Application("amzn1.client", SECRET, "https://lwa2.test")),
    ]
    keys = {other.key for other in others}
    assert len(keys) == 4
    assert all(key.startswith("acme-eu:") and REFRESH not in key for key in keys)


def test_an_old_refused_token_is_forgotten() -> None:
    amazon, store, clock = FakeAmazon(), MemoryTokens(), Clock()
    seller_tokens = tokens_of(amazon, store, clock)
    seller_tokens.current()
    clock.move(seconds=61)
    refusal = TokenExpired("403")
    assert seller_tokens.refused(refusal) is refusal
    assert store.kept == {}


def test_a_token_another_worker_has_renewed_meanwhile_stays() -> None:
    amazon, store, clock = FakeAmazon(), MemoryTokens(), Clock()
    late, quick = tokens_of(amazon, store, clock), tokens_of(amazon, store, clock)
    late.current()
    quick.current()
    clock.move(seconds=61)
    quick.refused(TokenExpired("403"))
    quick.current()
    late.refused(TokenExpired("403"))
    assert [token.value for token in store.kept.values()] == [f"{ACCESS}-2"]


def test_a_new_token_that_is_refused_counts_so_that_it_cannot_go_on_for_ever() -> None:
    store = MemoryTokens()
    seller_tokens = tokens_of(FakeAmazon(), store)
    seller_tokens.current()
    error = seller_tokens.refused(TokenExpired("Amazon getOrder: access token refused (401)"))
    assert error.reason == "Amazon getOrder: access token refused (401), although it is new"
    assert (error.after, error.counted) == (None, True)
    assert store.kept == {}


def test_refusals_leave_nothing_in_the_store() -> None:
    amazon, store = FakeAmazon(), MemoryTokens()
    amazon.lwa = [httpx.Response(400, json={"error": "invalid_grant"}), httpx.Response(503, text="<html>")]
    with pytest.raises(AccountBroken):
        tokens_of(amazon, store).current()
    with pytest.raises(Unavailable):
        tokens_of(amazon, store).current()
    assert store.kept == {}
    assert len(amazon.token_requests) == 2


@pytest.mark.parametrize("failure", [httpx.ConnectError, httpx.ConnectTimeout, httpx.ReadTimeout, httpx.ReadError])
def test_no_answer_is_nobodys_fault(failure: type[httpx.TransportError]) -> None:
    def broken(request: httpx.Request) -> httpx.Response:
        raise failure(f"with {REFRESH}", request=request)

    store = MemoryTokens()
    seller_tokens = SellerTokens(
        APPLICATION, SELLER, store, httpx.Client(transport=httpx.MockTransport(broken)), Clock()
    )
    with pytest.raises(Unavailable) as raised:
        seller_tokens.current()
    assert raised.value.reason == f"Login with Amazon: {failure.__name__}"
    assert raised.value.counted is False
    assert raised.value.__context__ is None
    assert store.kept == {}


def test_a_token_answer_that_drips_is_cut_before_those_who_wait_lose_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    assert tokens._DEADLINE == 20.0
    monkeypatch.setattr(tokens, "_DEADLINE", 0.0)
    amazon, store = FakeAmazon(), MemoryTokens()
    amazon.lwa = [httpx.Response(200, json={"access_token": "x"})]
    with pytest.raises(Unavailable, match="Login with Amazon: answer not complete after 0 s"):
        tokens_of(amazon, store).current()
    assert store.kept == {}


def test_the_lock_is_free_after_a_failure() -> None:
    amazon, store = FakeAmazon(), MemoryTokens()
    amazon.lwa = [httpx.Response(500)]
    with pytest.raises(Unavailable):
        tokens_of(amazon, store).current()
    assert tokens_of(amazon, store).current().value == f"{ACCESS}-2"


def test_an_address_without_a_scheme_is_our_bug() -> None:
    application = Application("id", SECRET, "lwa.test")
    seller_tokens = SellerTokens(application, SELLER, MemoryTokens(), httpx.Client(), Clock())
    with pytest.raises(AmazonBug, match="Login with Amazon: UnsupportedProtocol"):
        seller_tokens.current()


def test_grantless_access_does_not_bypass_the_store() -> None:
    with pytest.raises(AmazonBug):
        tokens_of(FakeAmazon(), MemoryTokens()).get_grantless_auth("sellingpartnerapi::notifications")


def test_no_secret_in_a_repr() -> None:
    store = MemoryTokens()
    seller_tokens = tokens_of(FakeAmazon(), store)
    token = seller_tokens.current()
    shown = (
        f"{token!r} {APPLICATION!r} {SELLER!r} {seller_tokens!r} {seller_tokens.cred!r} {seller_tokens.get_auth()!r}"
    )
    assert "amzn1.client" in shown
    assert not [secret for secret in (SECRET, REFRESH, ACCESS) if secret in shown]


@pytest.mark.parametrize("endpoint", ["https://api.test", "https://api.test/", "https://api.test/auth/o2/token"])
def test_token_url(endpoint: str) -> None:
    assert Application("id", SECRET, endpoint).token_url == "https://api.test/auth/o2/token"
