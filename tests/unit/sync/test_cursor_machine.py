"""The cursor's promise over any history: every change of Amazon's up to the cursor is in Odoo, whatever happened.

The real fetch and the real lanes on a real Valkey, against an Amazon that is a table of versions and an Odoo that is a
table of what landed. Tasks die between any two steps, read a page twice, and Redis is wiped.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, cast

import redis
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from clients.amazon.page import Page, RawOrder
from clients.amazon.protocol import PageTokenRefused
from domain.errors import RetryLater
from state.documents import Documents, document_key
from state.lanes import Lanes
from state.limiter import Limiter, Quota
from state.reconciliations import Reconciliations
from state.schedule import Schedule
from state.window import backfill_of, text_of
from sync.backfill import begin_backfill
from sync.fetch_orders import BEHIND_NOW, Fetch, Fetched
from sync.reconcile import Reconcile
from tests.builders import NOW, an_account
from tests.unit.state.machines import check, on_valkey

pytestmark = on_valkey

ACCOUNT = replace(an_account(), start=NOW - timedelta(days=1))
KEY, LIVE = ACCOUNT.key, "all"
LANES = (LIVE, backfill_of(LIVE))
ORDERS = st.sampled_from(["1", "2", "3", "4", "5"])
PAGE = 1


class Amazon:
    """Orders by id with the time of their newest version; a search keeps what it found first, by its token."""

    def __init__(self) -> None:
        self.orders: dict[str, datetime] = {}
        self.searches: dict[str, list[tuple[str, datetime]]] = {}
        self.tokens_live = True

    def search_orders(
        self,
        _seller: object,
        *,
        updated_after: datetime,
        updated_before: datetime,
        page_token: str | None,
        **_other: object,
    ) -> Page:
        if page_token is None:
            found = sorted(
                (o for o in self.orders.items() if updated_after <= o[1] <= updated_before), key=lambda o: o[1]
            )
            name, start = f"{len(self.searches)}", 0
            self.searches[name] = found
        elif self.tokens_live:
            name, _, place = page_token.partition(" ")
            start = int(place)
        else:
            raise PageTokenRefused("expired")
        found = self.searches[name]
        page = found[start : start + PAGE]
        more = f"{name} {start + PAGE}" if start + PAGE < len(found) else None
        return Page(tuple(_raw(order_id, updated) for order_id, updated in page), more, None)


def _raw(order_id: str, updated: datetime) -> RawOrder:
    return RawOrder(order_id=order_id, updated=updated, marketplace_id="", status="", document=b"{}")


class CursorMachine(RuleBasedStateMachine):
    """`landed`: versions in Odoo; `cursor`: in Odoo; `given`: pages that a task has read and not finished."""

    store: redis.Redis

    def __init__(self) -> None:
        super().__init__()
        self.store.flushall()
        self.store.set("amz:limit:born", "1")
        self.amazon, self.lanes, self.now = Amazon(), Lanes(self.store), NOW
        limiter = Limiter(self.store, {"searchOrders": Quota(10000.0, 1000)})
        documents = Documents(self.store, document_key("secret"), 24)
        reconcile = Reconcile(self.lanes, Reconciliations(self.store))
        self.fetch = Fetch(cast("Any", self.amazon), documents, self.lanes, limiter, reconcile)
        self.schedule = Schedule(self.store, [(KEY, LIVE)])
        self.cursor: datetime | None = None
        self.landed: dict[str, datetime] = {}
        self.given: list[tuple[str, Fetched]] = []
        self.messages: list[tuple[str, datetime]] = []

    # what `read_cursor` and `_search` need of a database
    @property
    def odoo(self) -> Any:
        return self

    def search_read(self, *_: object, **__: object) -> list[dict[str, Any]]:
        return [{"x_until": f"{self.cursor:%Y-%m-%d %H:%M:%S}"}] if self.cursor else []

    # ------------------------------------------------------------ Amazon
    @rule(order_id=ORDERS, seconds=st.integers(0, 90))
    def change(self, order_id: str, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)
        self.amazon.orders[order_id] = self.now

    @rule()
    def tokens_expire(self) -> None:
        self.amazon.tokens_live = not self.amazon.tokens_live

    # ------------------------------------------------------------ tasks
    @rule(lane=st.sampled_from([LIVE, LIVE, LANES[1]]), finish=st.sampled_from([True, True, False]))
    def read_a_page(self, lane: str, finish: bool) -> None:
        """A fetch task; one that does not finish has died, or goes on later beside another."""
        self.now += timedelta(minutes=3)
        with suppress(RetryLater):
            fetched = self.fetch.page(ACCOUNT, cast("Any", None), lane, cast("Any", self), self.now)
            self.given.append((lane, fetched))
            if finish:
                self.go_on(len(self.given) - 1)

    @rule(place=st.integers(0, 5))
    def go_on(self, place: int) -> None:
        """A task goes on after its page was read, however late: the messages first."""
        if self.given:
            lane, fetched = self.given.pop(place % len(self.given))
            self.messages += [(ref.order_id, ref.updated) for ref in fetched.refs if ref.updated]
            self.fetch.move_on(ACCOUNT, lane, fetched)

    @rule(place=st.integers(0, 9), again=st.booleans())
    def land(self, place: int, again: bool) -> None:
        """An order's task imports the version it was sent for, or a newer one that Amazon has by now."""
        if self.messages:
            order_id, asked = self.messages[place % len(self.messages)]
            newest = self.amazon.orders[order_id] if again else asked
            self.landed[order_id] = max(newest, self.landed.get(order_id, newest))
            self.lanes.landed(KEY, [LIVE], order_id, newest)
            self.messages.remove((order_id, asked))

    @rule(place=st.integers(0, 9))
    def lose_a_message(self, place: int) -> None:
        """It is found again an hour later: nobody is at it any more."""
        if self.messages:
            order_id, _ = self.messages.pop(place % len(self.messages))
            self.lanes.rested(KEY, order_id)

    @rule()
    def rescue(self) -> None:
        for lane in LANES:
            for order_id, updated in self.lanes.stranded(KEY, lane):
                self.lanes.attempted(KEY, order_id)
                self.messages.append((order_id, updated))

    def advance(self, lane: str) -> None:
        """`control.advance_cursor`."""
        reached = self.lanes.complete(KEY, lane)
        if reached is not None:
            if lane == LIVE:
                self.cursor = reached
            self.lanes.forget_until(KEY, lane, reached)

    @rule(hours=st.integers(1, 30))
    def resync(self, hours: int) -> None:
        since = self.now - timedelta(hours=hours)
        begin_backfill(ACCOUNT, since, lanes=self.lanes, schedule=self.schedule, now=self.now)

    # ------------------------------------------------------------ faults
    @rule()
    def wipe(self) -> None:
        """Redis is empty; messages are gone, running tasks are not."""
        self.store.flushall()
        self.store.set("amz:limit:born", "1")
        self.messages.clear()

    @rule()
    def restart(self) -> None:
        self.lanes.restart(KEY, LIVE)

    # ------------------------------------------------------------ the promise
    @invariant()
    def all_up_to_the_cursor_has_landed(self) -> None:
        for lane in LANES:  # as soon as it may: then a cursor that goes too far is seen
            self.advance(lane)
        if self.cursor is not None:
            assert self.cursor <= self.now - BEHIND_NOW
            for order_id, updated in self.amazon.orders.items():
                if updated <= self.cursor:
                    assert self.landed.get(order_id, updated - timedelta(1)) >= updated, order_id

    @invariant()
    def what_waits_is_known_to_somebody(self) -> None:
        """An order that is waited for has a message, a task that will send it, or is found by the rescue."""
        for lane in LANES:
            with_task = {order_id for order_id, _ in self.messages}
            with_task |= {ref.order_id for _, fetched in self.given for ref in fetched.refs}
            with_task |= {order_id for order_id, _ in self.lanes.stranded(KEY, lane)}
            assert set(self._awaited(lane)) <= with_task

    def _awaited(self, lane: str) -> list[str]:
        return [
            text_of(order_id)
            for key in self.store.scan_iter(f"amz:lane:{KEY}:{lane}:waiting:*")
            for order_id in self.store.hkeys(key)
        ]

    def teardown(self) -> None:
        """Left alone, everything comes in: no window waits for ever."""
        self.amazon.tokens_live = True
        self.now += timedelta(hours=1)
        for _ in range(3):
            for _ in range(40):
                for lane in LANES:
                    self.read_a_page(lane, finish=True)
                while self.given:
                    self.go_on(0)
                if self.lanes.window(KEY, LIVE) is None:
                    break
            self.store.delete(*(f"amz:attempt:{KEY}:{order_id}" for order_id in self.amazon.orders), "-")
            self.messages.clear()
            self.rescue()
            while self.messages:
                self.land(0, again=True)
            self.now += timedelta(minutes=10)
        self.advance(LIVE)
        assert all(self.landed.get(key) == updated for key, updated in self.amazon.orders.items())
        assert self.cursor is not None
        assert self.cursor >= max(self.amazon.orders.values(), default=self.cursor)


def test_the_cursor_never_passes_what_has_not_landed(valkey: redis.Redis) -> None:
    check(CursorMachine, valkey, examples=80, steps=50)
