"""What lies in Redis, and what other programs put into the queues."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, cast

import fakeredis
from kombu.message import Message
from redis.exceptions import RedisError

from clients.amazon.client import read_document
from domain.access_token import AccessToken
from domain.errors import ForeignMessage, SyncError
from domain.reconciled import Finding, Found, Reconciled
from state.documents import Documents, document_key, document_name
from state.journal import Failure, Journal
from state.lanes import Lanes
from state.outbox import Errand, Outbox
from state.pauses import Pauses
from state.reconciliations import Reconciliations
from state.tokens import Tokens
from state.window import Window
from tasks.base import order_kwargs, order_ref
from tasks.shipments import package_key
from tests.builders import NOW, UPDATED
from tests.fuzz.boundary import Boundary
from tests.fuzz.mutate import raw, spoilt
from tests.unit.clients_amazon.test_full_order import FULL
from worker.foreign import fault

_KEY = document_key("secret")
_WINDOW = Window(lower=UPDATED, upper=NOW)
_STORE = fakeredis.FakeRedis(server=fakeredis.FakeServer())


def redis_value(rng: Random) -> None:
    """Every kind of value of ours, spoilt where it lies, then read as the fleet does."""
    _STORE.flushall()
    lanes, outbox, notes = Lanes(_STORE), Outbox(_STORE), Reconciliations(_STORE)
    documents, tokens, journal, pauses = Documents(_STORE, _KEY), Tokens(_STORE, _KEY), Journal(_STORE), Pauses(_STORE)
    lanes.ask("a", "all+backfill", _WINDOW)
    lanes.set_window("a", "all", _WINDOW)
    lanes.set_interval("a", "all", 5.0)
    lanes.set_cursor("a", "all", NOW)
    outbox.take("p", Errand(token_at=NOW, look=False), 60)
    outbox.set_since("main", NOW)
    finding = Finding(order_id="1", found=Found.AGREES, day=NOW.date(), currency="EUR", updated=NOW)
    notes.begin("a", NOW)
    notes.finish("a", "all", Reconciled(since=UPDATED, until=NOW, ended=NOW))
    notes.note("a", "all", {"1": finding})
    documents.put("a", {"1": json.dumps(FULL).encode()})
    tokens.put("a", AccessToken(value="Atza|x", obtained=NOW, expires=datetime.now(UTC) + timedelta(hours=1)))
    pauses.pause("a", "revoked")
    journal.failed(Failure(task="t", about={}, code="c", reason="r", remedy="m", task_id="i", since=NOW, last=NOW))
    _spoil(rng, rng.choice(sorted(_STORE.keys())))
    lanes.window("a", "all")
    lanes.asked("a", "all+backfill")
    lanes.interval("a", "all")
    lanes.cursor("a", "all")
    outbox.errand("p")
    outbox.since("main")
    notes.begun("a")
    notes.last("a", "all")
    notes.notes("a", "all")
    tokens.get("a")
    pauses.paused("a")
    pauses.reason("a")
    journal.failures(NOW)
    journal.counts()
    found = documents.get("a", "1")
    if found is not None:
        read_document(found)


def _spoil(rng: Random, key: Any) -> None:
    kind = _STORE.type(key)
    if rng.random() < 0.1:
        _STORE.delete(key)
        _STORE.sadd(key, "another type")
    elif kind == b"string":
        stored = _STORE.get(key)
        assert isinstance(stored, bytes)
        _STORE.set(key, _changed(rng, stored), keepttl=True)
    elif kind == b"hash":
        field, stored = rng.choice(sorted(_STORE.hgetall(key).items()))
        _STORE.hset(key, field, _changed(rng, stored))


def _changed(rng: Random, stored: Any) -> bytes:
    try:
        value = json.loads(stored)
    except ValueError:
        return raw(rng, stored)
    return json.dumps(spoilt(rng, value)).encode() if rng.random() < 0.6 else raw(rng, stored)


def document(rng: Random) -> None:
    """An order document spoilt in its cipher, or swapped for another key's."""
    documents = Documents(_STORE, _KEY)
    documents.put("a", {"1": json.dumps(FULL).encode()})
    stored = _STORE.get(document_name("a", "1"))
    assert isinstance(stored, bytes)
    _STORE.set(document_name("a", "1"), raw(rng, stored))
    found = documents.get("a", "1")
    assert found is None or json.loads(found) == FULL


_MESSAGES: list[dict[str, Any]] = [
    {"account": "acme-eu", "order_id": "304-1234567-1234567", "updated": UPDATED.isoformat()},
    {"account": "acme-eu", "order_id": "304-1234567-1234567", "delivery": 17, "package": 0},
]


def arguments(rng: Random) -> None:
    """Arguments of tasks about an order, or a package."""
    given = spoilt(rng, rng.choice(_MESSAGES))
    kwargs = given if isinstance(given, dict) else {"account": given}
    if rng.random() < 0.5:
        assert order_ref(order_kwargs(order_ref(kwargs))) == order_ref(kwargs)
    else:
        package_key(kwargs)


def message(rng: Random) -> None:
    """The form of a message: headers and body."""
    whole = {"headers": {"task": "t", "id": "1", "retries": 0}, "body": [[], _MESSAGES[0], {"chain": None}]}
    given = spoilt(rng, whole)
    given = given if isinstance(given, dict) else {"headers": given, "body": given}
    headers = given.get("headers")
    if not isinstance(headers, dict | None):
        return  # refused by worker.transport before
    body: Any = json.dumps(given.get("body"))
    told = fault(
        Message(
            body=cast("Any", body if rng.random() < 0.7 else raw(rng, body.encode())),
            headers=headers,
            content_type=rng.choice(["application/json"] * 5 + ["text/plain", "application/x-python-serialize", "odd"]),
            content_encoding=rng.choice(["utf-8"] * 5 + ["binary", "rot13", ""]),
            accept={"application/json"},
        )
    )
    assert isinstance(told, str)


BOUNDARIES = [
    Boundary("Redis: any value", redis_value, (SyncError, RedisError), share=4, quiet=False),
    Boundary("Redis: a document", document, (), share=2),
    Boundary("messages: arguments", arguments, (ForeignMessage,), share=4),
    Boundary("messages: form", message, (), share=4),
]
