"""The token store of the Amazon client: shared, encrypted, and locked while a token is asked for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from threading import Event, Thread

import pytest
import redis

from clients.amazon.tokens import TokenStore
from domain.access_token import AccessToken
from domain.errors import RetryLater
from state import tokens
from state.documents import document_key
from state.tokens import Tokens

KEY = document_key("client-secret")
SECRET = "Atza|access-77aa"


def a_token(lives: float = 3600.0) -> AccessToken:
    now = datetime.now(UTC)
    return AccessToken(value=SECRET, obtained=now, expires=now + timedelta(seconds=lives))


def test_it_is_what_the_client_wants(store: redis.Redis) -> None:
    kept: TokenStore = Tokens(store, KEY)
    assert kept.get("k") is None
    kept.put("k", a_token())
    assert kept.get("other") is None


def test_there_and_back(store: redis.Redis) -> None:
    token = a_token()
    Tokens(store, KEY).put("k", token)
    assert Tokens(store, KEY).get("k") == token


def test_redis_never_sees_it(store: redis.Redis) -> None:
    Tokens(store, KEY).put("k", a_token())
    kept = store.get("amz:token:k")
    assert isinstance(kept, bytes)
    assert b"Atza" not in kept


@pytest.mark.parametrize("spoilt", [b"", b"rubbish"])
def test_what_cannot_be_read_is_none(store: redis.Redis, spoilt: bytes) -> None:
    Tokens(store, document_key("another")).put("k", a_token())
    assert Tokens(store, KEY).get("k") is None
    store.set("amz:token:k", spoilt)
    assert Tokens(store, KEY).get("k") is None


@pytest.mark.parametrize(("lives", "at_least", "at_most"), [(3600.0, 3590, 3600), (0.3, 1, 1), (-5.0, 1, 1)])
def test_it_lives_as_long_as_the_token(store: redis.Redis, lives: float, at_least: int, at_most: int) -> None:
    Tokens(store, KEY).put("k", a_token(lives))
    assert at_least <= store.ttl("amz:token:k") <= at_most


def test_forget(store: redis.Redis) -> None:
    kept = Tokens(store, KEY)
    kept.put("k", a_token())
    kept.forget("k")
    kept.forget("k")
    assert kept.get("k") is None


def test_one_at_a_time(store: redis.Redis) -> None:
    kept = Tokens(store, KEY)
    inside, go_on, seen = Event(), Event(), []

    def first() -> None:
        with kept.acquire("k"):
            inside.set()
            go_on.wait(10)
            seen.append("first")

    def second() -> None:
        with Tokens(store, KEY).acquire("k"):
            seen.append("second")

    threads = [Thread(target=first), Thread(target=second)]
    threads[0].start()
    assert inside.wait(10)
    threads[1].start()
    with kept.acquire("another key"):
        seen.append("other")
    go_on.set()
    for thread in threads:
        thread.join(10)
    assert seen == ["other", "first", "second"]


def test_who_waits_too_long_comes_back_later(store: redis.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "_PATIENCE_SECONDS", 0.05)
    with Tokens(store, KEY).acquire("k"), pytest.raises(RetryLater) as raised, Tokens(store, KEY).acquire("k"):
        pytest.fail("two hold the lock")
    assert (raised.value.after, raised.value.counted) == (5.0, False)
    assert raised.value.reason == "another process is asking Amazon for the access token"


def test_the_lock_outlives_the_call_and_ends_by_itself(store: redis.Redis) -> None:
    with Tokens(store, KEY).acquire("k"):
        assert 20_000 < store.pttl("amz:token:k:lock") <= 30_000
    assert store.keys() == []


def test_a_wiped_lock_is_no_error(store: redis.Redis) -> None:
    with Tokens(store, KEY).acquire("k"):
        store.flushall()
    with Tokens(store, KEY).acquire("k"):
        store.set("amz:token:k:lock", "somebody else's")
    assert store.get("amz:token:k:lock") == b"somebody else's"
