"""Order documents: there and back, unreadable on the way, and gone in time."""

from __future__ import annotations

import zlib

import pytest
import redis
from cryptography.fernet import Fernet

from state.documents import Documents, document_key

KEY = document_key("client-secret")
PERSONAL = b"Erika Mustermann, Hauptstr. 5"


def test_there_and_back(store: redis.Redis) -> None:
    documents = Documents(store, KEY)
    documents.put("a", {"1": PERSONAL, "2": b""})
    assert (documents.get("a", "1"), documents.get("a", "2")) == (PERSONAL, b"")
    assert documents.get("a", "3") is documents.get("b", "1") is None


def test_many_come_in_the_order_in_which_they_are_asked_for(store: redis.Redis) -> None:
    documents = Documents(store, KEY)
    documents.put("a", {"1": PERSONAL, "2": b"two"})
    documents.put("b", {"1": b"other"})
    store.set("amz:doc:b:2", b"rubbish")
    asked = [("b", "1"), ("a", "2"), ("b", "2"), ("a", "3"), ("a", "1"), ("a", "2")]
    assert documents.get_all(asked) == [b"other", b"two", None, None, PERSONAL, b"two"]
    assert documents.get_all([]) == []


def test_a_newer_one_replaces_it(store: redis.Redis) -> None:
    documents = Documents(store, KEY)
    documents.put("a", {"1": b"old"})
    documents.put("a", {"1": b"new"})
    assert documents.get("a", "1") == b"new"


def test_nothing_to_keep(store: redis.Redis) -> None:
    Documents(store, KEY).put("a", {})
    assert store.keys() == []


def test_redis_never_sees_the_text(store: redis.Redis) -> None:
    Documents(store, KEY).put("a", {"1": PERSONAL})
    kept = store.get("amz:doc:a:1")
    assert isinstance(kept, bytes)
    assert store.keys() == [b"amz:doc:a:1"]
    for raw in (PERSONAL, b"Mustermann", zlib.compress(PERSONAL)):
        assert raw not in kept


def test_another_key_reads_nothing(store: redis.Redis) -> None:
    Documents(store, KEY).put("a", {"1": PERSONAL})
    assert Documents(store, document_key("another secret")).get("a", "1") is None
    assert Documents(store, KEY).get("a", "1") == PERSONAL


SPOILT = {"empty": b"", "rubbish": b"rubbish", "not compressed": Fernet(KEY).encrypt(b"not compressed")}


@pytest.mark.parametrize("kept", SPOILT.values(), ids=SPOILT)
def test_what_is_spoilt_counts_as_gone(store: redis.Redis, kept: bytes) -> None:
    store.set("amz:doc:a:1", kept)
    assert Documents(store, KEY).get("a", "1") is None


@pytest.mark.parametrize(("hours", "seconds"), [(24.0, 86400), (0.5, 1800), (0.0001, 1)])
def test_it_expires(store: redis.Redis, hours: float, seconds: int) -> None:
    Documents(store, KEY, hours).put("a", {"1": PERSONAL})
    assert seconds - 10 < store.ttl("amz:doc:a:1") <= seconds


def test_it_can_be_dropped(store: redis.Redis) -> None:
    documents = Documents(store, KEY)
    documents.put("a", {"1": PERSONAL, "2": PERSONAL})
    documents.drop(("a", "1"))
    documents.drop(("a", "1"))
    assert (documents.get("a", "1"), documents.get("a", "2")) == (None, PERSONAL)
    documents.put("b", {"1": PERSONAL, "2": PERSONAL})
    documents.drop(("a", "2"), ("b", "1"), ("b", "3"))
    documents.drop()
    assert store.keys() == [b"amz:doc:b:2"]


def test_the_key_of_a_secret_is_always_the_same_and_does_not_show_it() -> None:
    assert document_key("client-secret") == KEY
    assert document_key("client-secre") != KEY
    assert len(KEY) == 44
    assert b"client" not in KEY
