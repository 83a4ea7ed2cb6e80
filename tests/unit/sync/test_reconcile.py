"""The nightly comparison: which orders are imported again, what is parked, how it ends, and when it begins."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, cast

import fakeredis
import pytest
import redis

from clients.amazon.page import RawOrder
from clients.odoo.client import Loaded
from domain.account import Account
from domain.order import Order, OrderRef
from domain.reconciled import Reconciled
from state.lanes import Lanes
from state.reconciliations import Reconciliations
from state.schedule import Schedule
from state.window import Window, reconcile_of
from sync.reconcile import LOOK_SECONDS, Reconcile, begin_night, begin_reconciliation, last_night, reconciling
from tests.builders import DE, NOW, UPDATED, an_account, an_order

ACCOUNT = an_account()
LANE = reconcile_of("all")
UNTIL = NOW - timedelta(minutes=5)


@dataclass
class ComparedOdoo:
    """An Odoo with these sale orders and parked items, by order id; notes what is written."""

    sold: dict[str, dict[str, Any]] = field(default_factory=dict)
    issues: dict[str, dict[str, Any]] = field(default_factory=dict)
    loaded: list[dict[str, Any]] = field(default_factory=list)
    closed: list[int] = field(default_factory=list)

    def search_read(self, model: str, domain: list[tuple[str, str, Any]], *_: Any, **__: Any) -> list[dict[str, Any]]:
        asked: Mapping[str, Any] = {name: value for name, _, value in domain}
        if model == "x_amazon_issue":
            return [row for order_id, row in self.issues.items() if order_id in asked["x_order_ref"]]
        if "client_order_ref" in asked:
            return [row for order_id, row in self.sold.items() if order_id in asked["client_order_ref"]]
        assert asked["x_amazon_marketplace"] == ["DE", "FR"]
        return [*self.sold.values()]

    def load(self, _model: str, columns: Any, rows: Any, **_: Any) -> Loaded:
        self.loaded += [dict(zip(columns, row, strict=True)) for row in rows]
        return Loaded(ids=tuple(range(1, len(rows) + 1)), messages=())

    def call(self, _model: str, _method: str, *, ids: list[int], vals: Mapping[str, str]) -> bool:
        assert vals == {"x_state": "done"}
        self.closed += ids
        return True

    def sells(self, order_id: str, total: float = 20.0, updated: datetime = UPDATED) -> None:
        self.sold[order_id] = {
            "id": len(self.sold) + 70, "client_order_ref": order_id, "state": "sale", "amount_total": total,
            "currency_id": [1, "EUR"], "x_amazon_channel": "fbm", "x_amazon_status": "UNSHIPPED",
            "x_amazon_last_update": f"{updated:%Y-%m-%d %H:%M:%S}",
        }  # fmt: skip

    def parks(self, order_id: str, code: str, state: str = "open") -> None:
        self.issues[order_id] = {
            "id": len(self.issues) + 1, "x_account": "acme-eu", "x_order_ref": order_id, "x_marketplace": "DE",
            "x_code": code, "x_reason": "19.00 EUR in Odoo, 20.00 EUR at Amazon", "x_remedy": "m", "x_state": state,
            "x_version": f"{UPDATED:%Y-%m-%d %H:%M:%S}", "x_since": False, "x_attempts": 1, "x_order_id": False,
        }  # fmt: skip


class Night:
    """What a comparison needs, with Amazon's orders by id."""

    def __init__(self, store: redis.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
        self.odoo, self.lanes, self.notes = ComparedOdoo(), Lanes(store), Reconciliations(store)
        self.schedule = Schedule(store, [("acme-eu", "all")])
        self.orders: dict[bytes, Order] = {}
        monkeypatch.setattr("sync.compare_sides.read_document", self.orders.__getitem__)
        self.reconcile = Reconcile(self.lanes, self.notes)
        self.lanes.set_window("acme-eu", "all", Window(lower=NOW - timedelta(days=9), upper=UNTIL))
        self.lanes.move_on("acme-eu", "all", Window(lower=NOW - timedelta(days=9), upper=UNTIL), "")

    def begin(self, days: int = 3, account: Account = ACCOUNT, now: datetime = NOW) -> dict[str, Window]:
        return begin_reconciliation(account, days, lanes=self.lanes, notes=self.notes, schedule=self.schedule, now=now)

    def tick(self, account: Account, now: datetime) -> bool:
        return begin_night(account, lanes=self.lanes, notes=self.notes, schedule=self.schedule, now=now)

    def page(self, *order_ids: str) -> list[str]:
        raws = []
        for order_id in order_ids:
            self.orders[order_id.encode()] = an_order(order_id=order_id)
            raws.append(
                RawOrder(
                    order_id=order_id, updated=UPDATED, marketplace_id=DE.id, status="", document=order_id.encode()
                )
            )
        gaps = self.reconcile.gaps(ACCOUNT, "all", raws, cast("Any", self.odoo), NOW)
        assert {updated for _, updated in gaps} <= {UPDATED}
        return [order_id for order_id, _ in gaps]

    def wait_for(self, *order_ids: str) -> None:
        window = self.lanes.asked("acme-eu", LANE)
        assert window is not None
        self.lanes.set_window("acme-eu", LANE, window)
        assert self.lanes.expect("acme-eu", LANE, window, [(order_id, UPDATED) for order_id in order_ids])
        assert self.lanes.move_on("acme-eu", LANE, window, "")

    def close(self) -> tuple[list[OrderRef], float | None]:
        return self.reconcile.close(ACCOUNT, "all", cast("Any", self.odoo), NOW)

    def last(self) -> Reconciled:
        found = self.notes.last("acme-eu", "all")
        assert found is not None
        return found


@pytest.fixture
def night(monkeypatch: pytest.MonkeyPatch) -> Iterator[Night]:
    with fakeredis.FakeRedis(server=fakeredis.FakeServer()) as store:
        yield Night(store, monkeypatch)


def test_missing_and_stale_orders_are_imported_again_and_others_left_alone(night: Night) -> None:
    night.odoo.sells("well")
    night.odoo.sells("stale", updated=UPDATED - timedelta(hours=1))
    night.odoo.parks("parked", "odoo_refused")
    night.lanes.attempted("acme-eu", "busy")
    assert night.page("well", "stale", "parked", "busy", "gone") == ["stale", "gone"]
    assert (night.odoo.loaded, night.odoo.closed) == ([], [])


def test_a_changed_total_is_parked_once_with_both_totals_and_the_sale_order(night: Night) -> None:
    night.odoo.sells("1", total=19.0)
    assert night.page("1") == []
    (row,) = night.odoo.loaded
    assert (row["x_order_ref"], row["x_code"], row["x_state"]) == ("1", "changed_in_odoo", "open")
    assert row["x_reason"] == "19.00 EUR in Odoo, 20.00 EUR at Amazon"
    assert row["x_order_id/.id"] == "70"
    assert "retry" in row["x_remedy"]
    assert "dismiss" in row["x_remedy"]
    night.odoo.parks("1", "changed_in_odoo")
    night.page("1")
    night.odoo.parks("1", "changed_in_odoo", "retry")
    night.page("1")
    night.odoo.parks("1", "changed_in_odoo", "dismissed")
    night.page("1")
    assert len(night.odoo.loaded) == 1


def test_an_item_of_its_own_is_closed_when_the_totals_agree_again(night: Night) -> None:
    night.odoo.sells("1")
    night.odoo.sells("2")
    night.odoo.parks("1", "changed_in_odoo")
    night.odoo.parks("2", "delivery_blocked")
    assert night.page("1", "2") == []
    assert night.odoo.closed == [1]


def test_it_ends_when_its_gaps_have_landed_and_says_how(night: Night) -> None:
    (window,) = night.begin().values()
    assert window == Window(lower=datetime(2026, 4, 28, tzinfo=NOW.tzinfo), upper=UNTIL)
    night.odoo.sells("well")
    assert night.page("well", "mended", "lost") == ["mended", "lost"]
    assert night.page("mended") == ["mended"], "a page may be read again"
    night.wait_for("mended", "lost")
    assert night.close() == ([], LOOK_SECONDS)
    night.odoo.sells("mended")
    for order_id in ("mended", "lost"):
        night.lanes.landed("acme-eu", ["all"], order_id, UPDATED)
    assert night.close() == ([], None)
    assert not reconciling(ACCOUNT, night.lanes)
    last = night.last()
    assert (last.since, last.until, last.ended) == (window.lower, window.upper, NOW)
    assert last.named == (
        ("lost", "missing", "not in Odoo, and not parked"), ("mended", "mended", "not in Odoo, and not parked"),
    )  # fmt: skip
    (row,) = last.rows
    assert (row.amazon, row.odoo, row.mended, row.missing, str(row.difference)) == (3, 2, 1, 1, "20.00")
    assert night.notes.notes("acme-eu", "all") == {}
    assert night.close() == ([], None)


def test_a_sale_order_that_only_odoo_has_is_looked_up(night: Night) -> None:
    night.begin()
    night.odoo.sells("1")
    night.odoo.sells("2")
    night.page("1")
    assert night.close() == ([OrderRef(account="acme-eu", order_id="2")], None)
    assert [(order_id, found) for order_id, found, _ in night.last().named] == [("2", "only in Odoo")]


def test_an_end_that_was_cut_short_is_repeated_with_the_same_result(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    night.begin()
    night.odoo.sells("1")
    assert night.page("1", "2") == ["2"]
    with monkeypatch.context() as patch:
        patch.setattr(Lanes, "end", killed)
        with pytest.raises(KeyboardInterrupt):
            night.close()
    before = night.last()
    assert night.close() == ([], None)
    assert night.last() == before
    assert [(order_id, found) for order_id, found, _ in before.named] == [("2", "missing")]


def ended(night: Night) -> None:
    asked = night.lanes.asked("acme-eu", LANE)
    assert asked is not None
    assert night.lanes.end("acme-eu", LANE, asked)


def killed(*_: object) -> None:
    raise KeyboardInterrupt


def test_what_is_asked_for_while_it_ends_is_compared_too(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    night.begin()
    night.page("1")
    finish = Reconciliations.finish

    def asked_meanwhile(*given: Any) -> None:
        night.begin(days=5)
        finish(*given)

    with monkeypatch.context() as patch:
        patch.setattr(Reconciliations, "finish", asked_meanwhile)
        assert night.close() == ([], LOOK_SECONDS)
    asked = night.lanes.asked("acme-eu", LANE)
    assert asked is not None
    assert asked.lower == datetime(2026, 4, 26, tzinfo=NOW.tzinfo)
    assert night.notes.notes("acme-eu", "all").keys() == {"1"}
    assert night.close() == ([], None)
    assert not reconciling(ACCOUNT, night.lanes)


def test_a_comparison_whose_lane_was_lost_goes_on_with_the_next_tick(night: Night) -> None:
    night.begin()
    night.schedule.drop("acme-eu", LANE)
    night.notes.begin("acme-eu", NOW)
    assert not night.tick(ACCOUNT, NOW)
    assert night.schedule.due_in("acme-eu", LANE) is not None


def test_it_reaches_no_further_than_live_searches_have_read(night: Night) -> None:
    assert {window.upper for window in night.begin(now=NOW + timedelta(hours=3)).values()} == {UNTIL}
    late = replace(ACCOUNT, start=UNTIL - timedelta(hours=1))
    assert {window.lower for window in night.begin(account=late).values()} == {datetime(2026, 4, 28, tzinfo=NOW.tzinfo)}
    ended(night)
    assert {window.lower for window in night.begin(account=late).values()} == {UNTIL - timedelta(hours=1)}
    assert night.begin(account=replace(ACCOUNT, key="unread")) == {}


def test_the_night_begins_once_at_its_hour(night: Night) -> None:
    account = replace(ACCOUNT, reconcile_hour=13)
    hour = NOW.replace(hour=13)
    assert not night.tick(account, NOW), "what is not known waits for the next hour"
    assert not night.tick(account, hour - timedelta(seconds=1))
    assert night.tick(account, hour)
    assert reconciling(account, night.lanes)
    ended(night)
    assert not night.tick(account, hour + timedelta(minutes=1))
    assert not night.tick(replace(account, reconcile_days=0), hour + timedelta(days=1))
    assert night.tick(account, hour + timedelta(days=1))
    assert not night.tick(account, hour + timedelta(days=2)), "one is under way"


@pytest.mark.parametrize(
    ("hour", "expected"), [(11, NOW.replace(hour=11)), (12, NOW), (13, NOW.replace(day=30, month=4, hour=13))]
)
def test_the_latest_hour_is_todays_or_yesterdays(hour: int, expected: datetime) -> None:
    assert last_night(replace(ACCOUNT, reconcile_hour=hour), NOW) == expected
