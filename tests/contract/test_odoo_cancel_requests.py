"""The buyer wants to cancel: somebody is told, once, on the simulated and the real Odoo, as the bot."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from clients.odoo.cancel_requests import SUMMARY
from clients.odoo.changes import cancel_orders
from domain.odoo import CancelOrder, UpdateOrder, UpdateStatus
from domain.order import OrderStatus
from tests.builders import an_item, part
from tests.contract.odoo_desk import Desk, a_desk, a_target, newer
from tests.odoo.conftest import record

__all__ = ["a_desk", "a_target"]

MUG = an_item(part("ITEM", "30.00"))
MOST_WRITES = 30


def asked(item: Any) -> Any:
    return replace(item, cancel_requested_by="BUYER", cancel_request_reason="ORDERED_WRONG_ITEM")


def activities(desk: Desk, sale_order: int) -> list[dict[str, Any]]:
    domain = [("res_model", "=", "sale.order"), ("res_id", "=", sale_order)]
    rows = desk.odoo.search_read("mail.activity", domain, ["summary", "note", "user_id", "activity_type_id"])
    return [{name: value for name, value in row.items() if name != "id"} for row in rows]


def people(desk: Desk, sale_order: int) -> list[int]:
    return [one["user_id"][0] for one in activities(desk, sale_order)]


def reason(desk: Desk, sale_order: int) -> Any:
    (row,) = desk.odoo.search_read("sale.order", [("id", "=", sale_order)], ["x_amazon_cancel_reason"])
    return row["x_amazon_cancel_reason"]


def user(desk: Desk, *groups: str) -> tuple[int, str]:
    """A new employee, in `groups` too."""
    login = f"user-{uuid4().hex[:8]}"
    wanted = [desk.admin.ref(name) for name in ("base.group_user", *groups)]
    rights = {desk.admin.first_field("res.users", "group_ids", "groups_id"): [[6, 0, wanted]]}
    values = {"name": login, "login": login, "email": f"{login}@example.invalid", **rights}
    (made,) = desk.admin.call("res.users", "create", vals_list=[values], context={"no_reset_password": True})
    return int(made), login


def seller(desk: Desk) -> tuple[int, str]:
    return user(desk, "sales_team.group_sale_salesman_all_leads")


def landed(desk: Desk, *items: Any, **changes: Any) -> tuple[Any, int]:
    order = desk.order(*items, **changes)
    sale_order = desk.land(order)
    assert isinstance(sale_order, int)
    return order, sale_order


def test_a_request_that_comes_with_the_order_is_an_activity_of_the_salesperson(desk: Desk) -> None:
    salesperson, login = seller(desk)
    mine = replace(desk, account=replace(desk.account, salesperson=login))
    _, sale_order = landed(mine, asked(MUG))
    (activity,) = activities(mine, sale_order)
    assert activity["summary"] == SUMMARY == "The buyer wants to cancel"
    assert "The buyer asked Amazon to cancel this order (ORDERED_WRONG_ITEM)." in activity["note"]
    assert activity["user_id"][0] == salesperson
    assert activity["activity_type_id"][1] == ("To Do" if desk.old else "To-Do")
    assert reason(mine, sale_order) == "BuyerCanceled"


def test_without_a_salesperson_it_is_the_team_leaders_and_without_one_the_bots(desk: Desk) -> None:
    leader, _ = seller(desk)
    team = f"Team {uuid4().hex[:6]}"
    desk.admin.call("crm.team", "create", vals_list=[{"name": team, "user_id": leader, "company_id": False}])
    led = replace(desk, account=replace(desk.account, sales_team=team))
    assert people(led, landed(led, asked(MUG))[1]) == [leader]
    assert people(desk, landed(desk, asked(MUG))[1]) == [desk.odoo.uid]


def test_a_salesperson_whom_odoo_does_not_take_is_no_reason_to_stay_silent(desk: Desk) -> None:
    nobody, login = user(desk)
    theirs = replace(desk, account=replace(desk.account, salesperson=login))
    _, sale_order = landed(theirs, asked(MUG))
    assert people(theirs, sale_order) == [desk.odoo.uid if desk.old else nobody]


def test_a_request_that_comes_later_is_told_once_whatever_comes_after_it(desk: Desk) -> None:
    order, sale_order = landed(desk, MUG)
    assert (activities(desk, sale_order), reason(desk, sale_order)) == ([], False)
    wish = newer(order, asked(order.items[0]))
    assert isinstance(desk.plan(wish), UpdateStatus)
    assert desk.land(wish) == sale_order
    assert len(activities(desk, sale_order)) == 1
    again = newer(wish, minutes=10)
    decision = desk.plan(again)
    assert isinstance(decision, UpdateStatus)
    assert decision.cancel_request == ""
    assert desk.apply(decision) == sale_order
    assert len(activities(desk, sale_order)) == 1


def test_it_comes_with_a_change_of_lines_too(desk: Desk) -> None:
    order, sale_order = landed(desk, an_item(part("ITEM", "30.00"), quantity=3))
    fewer = replace(asked(order.items[0]), quantity=2, breakdowns=(part("ITEM", "20.00"),), total=part("", "20").amount)
    then = newer(order, fewer)
    assert isinstance(desk.plan(then), UpdateOrder)
    assert desk.land(then) == sale_order
    assert (desk.total(sale_order), len(activities(desk, sale_order))) == ("20.00", 1)


def test_what_a_person_has_done_is_not_asked_again(desk: Desk) -> None:
    order, sale_order = landed(desk, asked(MUG))
    domain = [("res_model", "=", "sale.order"), ("res_id", "=", sale_order)]
    (one,) = desk.admin.search_read("mail.activity", domain, ["summary"])
    desk.admin.call("mail.activity", "action_feedback", ids=[one["id"]])
    assert activities(desk, sale_order) == []
    assert desk.land(newer(order)) == sale_order
    assert activities(desk, sale_order) == []


def test_interrupted_before_any_write_a_repeat_tells_it_once(desk: Desk) -> None:
    recording = record(desk.odoo)
    for writes in range(MOST_WRITES):
        recording.writes_left = -1
        order, sale_order = landed(desk, MUG)
        wish = newer(order, asked(order.items[0]))
        recording.writes_left = writes
        try:
            whole = desk.land(wish)
        except KeyboardInterrupt:
            whole = None
        recording.writes_left = -1
        if whole is None:
            assert desk.land(wish) == sale_order
        assert len(activities(desk, sale_order)) == 1
        assert reason(desk, sale_order) == "BuyerCanceled"
        if whole is not None:
            assert writes > 2
            return
    pytest.fail("a request never ends")


def test_amazons_cancellation_takes_the_activity_back_and_nobody_elses(desk: Desk) -> None:
    order, sale_order = landed(desk, asked(MUG))
    own = {"res_model_id": _sale_order_model(desk), "res_id": sale_order, "summary": "Call them", "user_id": 2}
    desk.admin.call("mail.activity", "create", vals_list=[own])
    gone = newer(order, status=OrderStatus.CANCELLED)
    decision = desk.plan(gone)
    assert isinstance(decision, CancelOrder)
    assert cancel_orders(desk.odoo, [decision]) == [sale_order]
    assert [one["summary"] for one in activities(desk, sale_order)] == ["Call them"]


def test_when_it_ships_the_activity_stays_for_a_person(desk: Desk) -> None:
    order, sale_order = landed(desk, asked(MUG))
    assert desk.land(newer(order, status=OrderStatus.SHIPPED)) == sale_order
    assert len(activities(desk, sale_order)) == 1


def test_where_odoo_refuses_activities_it_is_a_note(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clients.odoo.activities._TO_DO", "mail.somebody_deleted_this_type")
    _, sale_order = landed(desk, asked(MUG))
    assert activities(desk, sale_order) == []
    domain = [("model", "=", "sale.order"), ("res_id", "=", sale_order)]
    bodies = [one["body"] for one in desk.odoo.search_read("mail.message", domain, ["body"])]
    assert [body for body in bodies if "The buyer asked Amazon to cancel this order" in body] != []
    assert reason(desk, sale_order) == "BuyerCanceled"


def _sale_order_model(desk: Desk) -> int:
    (model,) = desk.admin.search_read("ir.model", [("model", "=", "sale.order")], ["model"])
    return int(model["id"])
