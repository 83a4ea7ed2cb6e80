"""What is remembered of packages that a task has in hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import fakeredis
import pytest

from state.outbox import Errand, Outbox

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
SURE = Errand(token_at=NOW + timedelta(seconds=2.5), look=False)


@pytest.fixture
def outbox() -> Outbox:
    return Outbox(fakeredis.FakeRedis(server=fakeredis.FakeServer()))


def ttl(outbox: Outbox, name: str) -> int:
    return round(int(outbox._store.pttl(f"amz:out:hand:{name}")) / 1000)


def test_one_takes_a_package_and_knows_what_its_sender_knew(outbox: Outbox) -> None:
    assert outbox.take("a", SURE, 60) is True
    assert outbox.take("a", Errand(token_at=NOW, look=True), 60) is False
    assert outbox.free(["a", "b"]) == ["b"]
    assert outbox.errand("a") == SURE
    assert outbox.errand("b") is None
    assert ttl(outbox, "a") == 60


def test_an_errand_is_used_up_by_beginning_and_the_package_stays_in_hand(outbox: Outbox) -> None:
    outbox.take("a", SURE, 60)
    assert outbox.untold("a") is True
    outbox.begin("a")
    assert (outbox.errand("a"), outbox.untold("a"), outbox.free(["a"]), ttl(outbox, "a")) == (None, False, [], 60)
    outbox.begin("b")
    assert outbox.free(["b"]) == ["b"]


def test_a_package_that_waits_before_it_was_begun_is_surely_untold(outbox: Outbox) -> None:
    outbox.take("a", SURE, 60)
    outbox.keep("a", 7)
    assert (outbox.errand("a"), outbox.untold("a"), ttl(outbox, "a")) == (None, True, 7)
    outbox.take("b", Errand(token_at=NOW, look=True), 60)
    assert outbox.untold("b") is False


def test_attempts_are_counted_until_it_is_settled(outbox: Outbox) -> None:
    assert [outbox.failed("a"), outbox.failed("a"), outbox.failed("b")] == [1, 2, 1]
    outbox.take("a", SURE, 60)
    outbox.settled("a", "b")
    assert (outbox.failed("a"), outbox.failed("b"), outbox.free(["a"]), outbox.untold("a")) == (1, 1, ["a"], False)


def test_looks_go_on_where_the_last_one_ended(outbox: Outbox) -> None:
    assert outbox.since("main") is None
    outbox.set_since("main", NOW)
    assert (outbox.since("main"), outbox.since("other")) == (NOW, None)


def test_a_version_that_was_looked_at_is_known_in_its_database(outbox: Outbox) -> None:
    outbox.saw("main", [(1, "10:00"), (2, "10:00")])
    assert outbox.unseen("main", {1: "10:00", 2: "10:01", 3: "10:00"}) == [2, 3]
    assert outbox.unseen("other", {1: "10:00"}) == [1]
    assert outbox.unseen("main", {}) == []


def test_nobody_is_asked_about_nothing(outbox: Outbox) -> None:
    assert outbox.free([]) == []
