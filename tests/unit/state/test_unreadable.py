"""What lies in Redis and cannot be read counts as lost: another program may write there too."""

from __future__ import annotations

from collections.abc import Iterator

import fakeredis
import pytest
import redis

from state.journal import Failure, Journal
from state.lanes import Lanes
from state.outbox import Outbox
from state.reconciliations import Reconciliations
from state.window import backfill_of, lane_key
from tests.builders import NOW

GARBAGE = [b"", b"\xff\x00", b"null", b"[]", b'{"lower": 7}', b"-1", b"nan", b"yesterday"]


@pytest.fixture
def store() -> Iterator[redis.Redis]:
    with fakeredis.FakeRedis(server=fakeredis.FakeServer()) as fake:
        yield fake


@pytest.mark.parametrize("garbage", GARBAGE)
def test_it_is_as_if_it_were_gone(store: redis.Redis, garbage: bytes) -> None:
    for part in ("window", "scanned", "cursor", "interval"):
        store.set(lane_key("a", "all", part), garbage)
    store.set(lane_key("a", backfill_of("all"), "asked"), garbage)
    lanes = Lanes(store)
    found = (
        lanes.window("a", "all"), lanes.scanned("a", "all"), lanes.cursor("a", "all"), lanes.interval("a", "all"),
        lanes.asked("a", backfill_of("all")),
    )  # fmt: skip
    assert found == (None,) * 5
    for key in ("amz:out:hand:p", "amz:out:since:main", "amz:reconcile:a:begun", "amz:reconcile:a:all:last"):
        store.set(key, garbage)
    store.hset("amz:reconcile:a:all:notes", "1", garbage)
    outbox, notes = Outbox(store), Reconciliations(store)
    assert (outbox.errand("p"), outbox.since("main")) == (None, None)
    assert (notes.begun("a"), notes.last("a", "all"), notes.notes("a", "all")) == (None, None, {})


@pytest.mark.parametrize("garbage", GARBAGE)
def test_a_failure_that_cannot_be_read_is_dropped_and_noted_anew(store: redis.Redis, garbage: bytes) -> None:
    journal = Journal(store)
    failure = Failure(task="t", about={}, code="c", reason="r", remedy="m", task_id="i", since=NOW, last=NOW)
    journal.failed(failure)
    ((field, _),) = store.hgetall("amz:journal:failures").items()
    store.hset("amz:journal:failures", field, garbage)
    assert journal.failures(NOW) == []
    store.hset("amz:journal:failures", field, garbage)
    journal.failed(failure)
    assert journal.failures(NOW) == [failure]
