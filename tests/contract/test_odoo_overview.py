"""What operators see of Odoo: parked items and tasks, stopped accounts, the overview, one order's trace."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from clients.odoo.accounts import read_cursors, stop_account, stopped_accounts, write_account, write_cursor
from clients.odoo.client import Odoo
from clients.odoo.issues import (
    DISMISSED,
    DONE,
    OPEN,
    RETRY,
    Issue,
    parked_domain,
    read_issues,
    set_state,
    task_ref,
    write_issues,
)
from clients.odoo.order_trace import trace_order
from clients.odoo.overview import KeyLife, key_life, overview
from clients.odoo.setup.plan import SetupPlan
from clients.odoo.setup.run import run_setup
from tests.builders import an_account
from tests.contract.odoo_targets import Shop, Target, a_shop, a_target, connected  # noqa: F401  # fixtures

SINCE = datetime(2026, 5, 1, 8, tzinfo=UTC)


@pytest.fixture(scope="module", autouse=True)
def _set_up(odoo: Odoo) -> None:
    run_setup(odoo, SetupPlan())


@pytest.fixture
def key(odoo: Odoo) -> Iterator[str]:
    """An account's key that nobody has used; its records are gone afterwards."""
    name = f"ops-{uuid4().hex[:8]}"
    yield name
    for model, field in (
        ("x_amazon_issue", "x_account"),
        ("x_amazon_cursor", "x_account"),
        ("x_amazon_account", "x_key"),
    ):
        ids = [row["id"] for row in odoo.search_read(model, [[field, "=", name]], ["id"])]
        if ids:
            odoo.call(model, "unlink", ids=ids)


def an_item(key: str, order_id: str, **changes: object) -> Issue:
    given: dict[str, object] = {
        "account": key, "order_id": order_id, "code": "bad_order", "reason": "unreadable", "remedy": "Look.",
        "since": SINCE,
    }  # fmt: skip
    return Issue(**(given | changes))  # type: ignore[arg-type]  # a table of a test


def test_items_are_chosen_by_account_order_code_time_and_state(odoo: Odoo, key: str) -> None:
    items = [
        an_item(key, "1"),
        an_item(key, "2", code="odoo_refused", since=SINCE + timedelta(days=1)),
        an_item(key, "3", state=RETRY),
        an_item(key, "4", state=DONE),
        an_item(key, "5", state=DISMISSED),
        an_item(key, task_ref("amazon.fetch_orders", "all"), code="unexpected_error"),
    ]
    write_issues(odoo, items)

    def found(*order_ids: str, **chosen: object) -> list[str]:
        domain = parked_domain([key], order_ids, **chosen)  # type: ignore[arg-type]
        return sorted(item.order_id for item in read_issues(odoo, domain) if item.account == key)

    assert found() == ["1", "2", "3", "amazon.fetch_orders:all"]
    assert found(closed=True) == ["1", "2", "3", "4", "5", "amazon.fetch_orders:all"]
    assert found("2", "4", closed=True) == ["2", "4"]
    assert found(codes=["odoo_refused"]) == ["2"]
    assert found(since=SINCE + timedelta(hours=1)) == ["2"]
    assert found(since=SINCE) == ["1", "2", "3", "amazon.fetch_orders:all"]


def test_a_task_about_no_account_has_one_item_for_ever(odoo: Odoo, key: str) -> None:
    ref = task_ref(f"control.{key}")
    try:
        write_issues(odoo, [an_item("", ref)])
        write_issues(odoo, [an_item("", ref, reason="another")])
        (item,) = (item for item in read_issues(odoo, parked_domain([key])) if item.order_id == ref)
        assert (item.account, item.reason, item.state) == ("", "another", OPEN)
        set_state(odoo, [item.odoo_id], DONE)
        assert [one for one in read_issues(odoo, parked_domain([key])) if one.order_id == ref] == []
    finally:
        odoo.call(
            "x_amazon_issue",
            "unlink",
            ids=[row["id"] for row in odoo.search_read("x_amazon_issue", [["x_order_ref", "=", ref]], ["id"])],
        )


def test_an_account_is_stopped_and_started(odoo: Odoo, key: str) -> None:
    account = an_account(key=key)
    write_account(odoo, account)
    assert stopped_accounts(odoo, [key]) == {}
    stop_account(odoo, account, "stocktaking")
    assert stopped_accounts(odoo, [key, "nobody"]) == {key: "stocktaking"}
    columns = ["x_state", "x_reason", "x_remedy", "x_region"]
    (shown,) = odoo.search_read("x_amazon_account", [["x_key", "=", key]], columns)
    assert (shown["x_state"], shown["x_reason"], shown["x_remedy"], shown["x_region"]) == (
        "stopped", "stocktaking", "Start it again when it may work.", "eu",
    )  # fmt: skip
    write_account(odoo, account)
    assert stopped_accounts(odoo, [key]) == {}


def test_the_buttons_stop_and_start_an_account(odoo: Odoo, key: str) -> None:
    write_account(odoo, an_account(key=key))
    (row,) = odoo.search_read("x_amazon_account", [["x_key", "=", key]], ["id"])
    chosen = {"active_model": "x_amazon_account", "active_ids": [row["id"]], "active_id": row["id"]}

    def press(name: str) -> None:
        action = odoo.ref(f"__amazon_sync__.{name}")
        assert action is not None
        odoo.call("ir.actions.server", "run", ids=[action], context=chosen)

    press("action_account_start")
    assert stopped_accounts(odoo, [key]) == {}
    press("action_account_stop")
    assert stopped_accounts(odoo, [key]) == {key: "stopped in Odoo"}
    press("action_account_start")
    assert stopped_accounts(odoo, [key]) == {}


def test_the_overview_counts_what_is_open(odoo: Odoo, key: str) -> None:
    write_cursor(odoo, key, "all", SINCE)
    write_cursor(odoo, key, "DE", SINCE + timedelta(hours=1))
    older = SINCE - timedelta(days=2)
    write_issues(
        odoo,
        [
            an_item(key, "1"),
            an_item(key, "2", since=older),
            an_item(key, "3", state=RETRY, since=older - timedelta(days=1)),
            an_item(key, "4", state=DONE, since=older - timedelta(days=1)),
            an_item(key, "5", code="odoo_refused"),
        ],
    )
    seen = overview(odoo, [key])
    assert seen.cursors == {(key, "all"): SINCE, (key, "DE"): SINCE + timedelta(hours=1)}
    assert read_cursors(odoo, []) == {}
    assert {state: number for state, number in seen.parked.items() if state[0] == key} == {
        (key, "bad_order", "open"): 2,
        (key, "bad_order", "retry"): 1,
        (key, "odoo_refused", "open"): 1,
    }
    assert seen.oldest[key] == older
    assert seen.shipments == {}


def test_an_order_is_traced_with_its_deliveries(odoo: Odoo, shop: Shop, key: str) -> None:
    line = {"product_id": shop.storable(), "product_uom_qty": 2, "price_unit": 10.0, shop.taxes: [[6, 0, []]]}
    order_id = f"302-{shop.key}"
    assert trace_order(odoo, key, order_id) is None
    order = shop.confirmed(
        line,
        client_order_ref=order_id,
        x_amazon_account=key,
        x_amazon_channel="fbm",
        x_amazon_marketplace="DE",
        x_amazon_status="UNSHIPPED",
        x_amazon_last_update="2026-05-01 08:00:00",
    )
    (picking,) = shop.pickings(order)
    shop.write(
        "stock.picking",
        picking["id"],
        x_amazon_sync_status="error",
        x_amazon_sync_reason="no carrier",
        x_amazon_sync_key="17=3f2a91c0d4b7 18!3f2a91c0d4b7",
    )
    found = trace_order(odoo, key, order_id)
    assert found is not None
    currency = shop.read("sale.order", order, "currency_id")["currency_id"][1]
    assert (found.state, found.total, found.channel, found.marketplace, found.status, found.updated) == (
        "sale", f"20.00 {currency}", "fbm", "DE", "UNSHIPPED", SINCE,
    )  # fmt: skip
    (delivery,) = found.deliveries
    assert (delivery.status, delivery.reason, delivery.done) == ("error", "no carrier", None)
    assert delivery.told == {"17": "told", "18": "refused"}
    assert trace_order(odoo, "somebody-else", order_id) is None


def test_the_ends_of_api_keys(odoo: Odoo, target: Target) -> None:
    """The administrator of the real servers has one that never ends; 14's never do, and 14 does not say so."""
    life = key_life(odoo)
    if odoo.version < (18, 0):
        assert life is None
    else:
        assert life in (KeyLife(1, None, None), KeyLife(0, None, None))
