"""Of two bundles that want to create the same record one comes later, and only then."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from threading import Event, Thread
from time import monotonic

import pytest

from clients.odoo.claims import Claims

PATIENCE = 20.0  # seconds, far above what any test needs
SHORT = 0.2


class Holder:
    """Claims names in a thread of its own, until it may end."""

    def __init__(self, claims: Claims, names: Collection[str], error: Exception | None = None) -> None:
        self.began, self.may_end = Event(), Event()
        self._given = claims, names, error
        self._thread = Thread(target=self._work, daemon=True)
        self._thread.start()

    def _work(self) -> None:
        claims, names, error = self._given
        with suppress(ValueError), claims.on([names]):
            self.began.set()
            assert self.may_end.wait(PATIENCE)
            if error is not None:
                raise error

    def end(self) -> None:
        self.may_end.set()
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive()


def holding(claims: Claims, *names: str, error: Exception | None = None) -> Holder:
    holder = Holder(claims, names, error)
    assert holder.began.wait(PATIENCE)
    return holder


@pytest.mark.parametrize("error", [None, ValueError("refused")])
def test_who_wants_a_name_that_is_held_waits_until_its_holder_ends(error: Exception | None) -> None:
    claims = Claims()
    first = holding(claims, "a", "b", error=error)
    second = Holder(claims, ("b", "c"))
    assert not second.began.wait(SHORT)
    first.end()
    assert second.began.wait(PATIENCE)
    second.end()


def test_others_do_not_wait() -> None:
    claims = Claims()
    first = holding(claims, "a")
    second = holding(claims, "b")
    third = holding(claims)
    for holder in (first, second, third):
        holder.end()


def test_who_waits_holds_nothing() -> None:
    claims = Claims()
    first = holding(claims, "a")
    second = Holder(claims, ("a", "b"))
    assert not second.began.wait(SHORT)
    third = holding(claims, "b")
    third.end()
    first.end()
    assert second.began.wait(PATIENCE)
    second.end()


def test_what_nobody_else_wants_goes_first() -> None:
    claims = Claims()
    first = holding(claims, "a", "x")
    wanted = [("b",), ("a", "c"), ("d", "e"), (), ("x",)]
    with claims.on(wanted) as free:
        assert free == [0, 2, 3]
        second = holding(claims, "c")
        third = Holder(claims, ("e",))
        assert not third.began.wait(SHORT)
    assert third.began.wait(PATIENCE)
    third.end()
    first.end()
    with claims.on([wanted[1], wanted[4]]) as free:
        assert free == [1]
    second.end()
    with claims.on([wanted[1]]) as free:
        assert free == [0]


def test_one_bundle_may_want_a_name_more_than_once() -> None:
    with Claims().on([("a", "b"), ("a", "c")]) as free:
        assert free == [0, 1]


def test_nobody_waits_for_a_name_that_is_known_to_be_there() -> None:
    claims = Claims()
    claims.know({"a"})
    first = holding(claims, "a", "b")
    second = holding(claims, "a", "c")
    third = Holder(claims, ("b",))
    assert not third.began.wait(SHORT)
    for holder in (first, second, third):
        holder.end()


def test_who_waits_goes_on_when_the_holder_knows_that_it_is_there() -> None:
    claims = Claims()
    first = holding(claims, "a")
    second = Holder(claims, ("a",))
    assert not second.began.wait(SHORT)
    claims.know(["a"])
    first.end()
    assert second.began.wait(PATIENCE)
    third = holding(claims, "a")
    second.end()
    third.end()


def test_nobody_waits_beyond_patience_and_the_holder_keeps_its_claim() -> None:
    claims = Claims(patience=SHORT)
    first = holding(claims, "a")
    began = monotonic()
    with claims.on([("a",), ("a", "b")]) as free:
        assert free == [0, 1]
        assert monotonic() - began >= SHORT
    third = Holder(claims, ("a",))
    assert not third.began.wait(SHORT / 4)
    first.end()
    assert third.began.wait(PATIENCE)
    third.end()


def test_no_more_names_are_known_than_may_be_kept() -> None:
    claims = Claims(kept=2)
    claims.know(["a", "b"])
    claims.know(["c"])
    first = holding(claims, "a", "b", "c")
    for known in ("b", "c"):
        holding(claims, known).end()
    forgotten = Holder(claims, ("a",))
    assert not forgotten.began.wait(SHORT)
    first.end()
    forgotten.end()
