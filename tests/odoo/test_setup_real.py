from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from clients.odoo.client import Odoo
from clients.odoo.errors import OdooRefused
from clients.odoo.installed import MODULE, PRODUCT_KINDS, installed
from clients.odoo.partners import load_addresses, load_contacts
from clients.odoo.setup.check import check_setup
from clients.odoo.setup.plan import AccountSeed, Finding, SetupPlan, Step
from clients.odoo.setup.run import run_setup
from clients.odoo.setup.schema import FIELDS, ISSUE, MODELS
from clients.odoo.setup.structure import list_tag
from clients.odoo.setup.views import ACTIONS, SERVER_ACTIONS, VIEWS
from domain.errors import DatabaseBroken
from domain.partner import PartnerCommand
from tests.odoo.conftest import PLAN, Server, record

pytestmark = pytest.mark.odoo
CHANGES_SETUP = True


def test_a_second_run_writes_nothing(admin: Odoo) -> None:
    recording = record(admin)
    report = run_setup(admin, PLAN)
    assert report.changed == ()
    assert recording.writes == []
    whats = [step.what for step in report.steps]
    assert len(whats) == len(set(whats))
    assert {f"field {seed.model}.{seed.name}" for seed in FIELDS} <= set(whats)


def test_the_bot_finds_everything_well(bot: Odoo) -> None:
    recording = record(bot)
    findings = check_setup(bot, PLAN)
    assert [finding for finding in findings if not finding.ok] == []
    assert {f"field {seed.model}.{seed.name}" for seed in FIELDS} <= {finding.what for finding in findings}
    assert recording.writes == []


def test_check_names_what_is_missing_and_setup_mends_only_that(admin: Odoo, bot: Odoo) -> None:
    menu = _id(admin, "menu_offers")
    admin.call("ir.ui.menu", "unlink", ids=[menu])
    remedy = "Run `python -m worker odoo setup` with an administrator's key."
    missing = [finding for finding in check_setup(bot, PLAN) if not finding.ok]
    assert missing == [Finding(f"record {MODULE}.menu_offers", ok=False, remedy=remedy)]
    recording = record(admin)
    assert run_setup(admin, PLAN).changed == (Step("menu Amazon > Offers", "created"),)
    assert recording.writes == ["ir.ui.menu.load"]


def test_setup_corrects_what_was_changed_and_leaves_users_words(admin: Odoo) -> None:
    view = _id(admin, "view_offer_list")
    team = _id(admin, "team")
    admin.call("ir.ui.view", "write", ids=[view], vals={"priority": 5})
    (before,) = admin.search_read("crm.team", [["id", "=", team]], ["name"])
    admin.call("crm.team", "write", ids=[team], vals={"name": "Amazon Team"})
    try:
        assert run_setup(admin, PLAN).changed == (Step("view offer list", "updated"),)
        assert admin.search_read("ir.ui.view", [["id", "=", view]], ["priority"])[0]["priority"] == 99
        assert admin.search_read("crm.team", [["id", "=", team]], ["name"])[0]["name"] == "Amazon Team"
    finally:
        # The other tests of this server find the team by the name that setup gave it.
        admin.call("crm.team", "write", ids=[team], vals={"name": before["name"]})


@pytest.mark.parametrize("writes", [0, 1, 2, 3])
def test_a_broken_run_is_continued(odoo_server: Server, admin: Odoo, writes: int) -> None:
    for model, names in (
        ("ir.ui.menu", [f"menu_{seed.name}" for seed in ACTIONS]),
        ("ir.actions.act_window", [f"action_{seed.name}" for seed in ACTIONS]),
        ("ir.ui.view", [seed.name for seed in VIEWS]),
        ("ir.actions.server", [seed.name for seed in SERVER_ACTIONS]),
    ):
        admin.call(model, "unlink", ids=[_id(admin, name) for name in names])
    broken = odoo_server.admin()
    record(broken).writes_left = writes
    with pytest.raises(KeyboardInterrupt):
        run_setup(broken, PLAN)
    broken.close()
    recording = record(admin)
    run_setup(admin, PLAN)
    loads = ["ir.actions.server.load", "ir.ui.view.load", "ir.actions.act_window.load", "ir.ui.menu.load"]
    assert recording.writes == loads[writes:]
    assert admin.call("ir.ui.view", "search_count", domain=[["name", "=", "Amazon view offer list"]]) == 1
    buttons = [seed for seed in SERVER_ACTIONS if seed.model == ISSUE]
    assert admin.call("ir.actions.server", "search_count", domain=[["model_name", "=", ISSUE]]) == len(buttons)


def test_a_wrong_company_stops_setup_before_it_writes(odoo_server: Server) -> None:
    odoo = odoo_server.admin()
    recording = record(odoo)
    with pytest.raises(DatabaseBroken) as caught:
        run_setup(odoo, SetupPlan(companies=("No Such Company",)))
    assert caught.value.reason == "Odoo has no company No Such Company"
    assert recording.writes == []


def test_an_account_is_shown_and_its_state_left_alone(admin: Odoo) -> None:
    account = _id(admin, "account_tests")
    admin.call("x_amazon_account", "write", ids=[account], vals={"x_state": "paused"})
    renamed = SetupPlan(accounts=(AccountSeed("tests", "Renamed", "A1TESTS", "eu", ("DE",)),))
    assert run_setup(admin, renamed).changed == (Step("account tests", "updated"),)
    columns = ["x_name", "x_key", "x_marketplaces", "x_state"]
    found = admin.search_read("x_amazon_account", [["id", "=", account]], columns)
    assert found == [
        {"id": account, "x_name": "Renamed", "x_key": "tests", "x_marketplaces": "DE", "x_state": "paused"}
    ]
    admin.call("x_amazon_account", "write", ids=[account], vals={"x_state": "active"})


def test_installed_names_every_id(bot: Odoo) -> None:
    there = installed(bot)
    assert tuple(there.products) == PRODUCT_KINDS
    assert {"EUR", "JPY"} <= set(there.pricelists)
    own = bot.search_read("res.users", [["id", "=", bot.uid]], ["company_id"])[0]["company_id"][0]
    assert own in there.fba_routes
    assert own in there.fba_locations
    rounding = bot.search_read("product.product", [["id", "=", there.products["rounding"]]], ["name", "taxes_id"])
    assert rounding == [{"id": there.products["rounding"], "name": "Amazon Rounding", "taxes_id": []}]


def test_every_window_of_the_menu_opens(admin: Odoo, bot: Odoo) -> None:
    for seed in ACTIONS:
        (action,) = admin.search_read(
            "ir.actions.act_window",
            [["id", "=", _id(admin, f"action_{seed.name}")]],
            ["res_model", "view_mode", "view_id", "search_view_id", "domain"],
        )
        tag = action["view_mode"].split(",")[0]
        views = [[action["view_id"][0], tag], [False, "form"], [action["search_view_id"][0], "search"]]
        for odoo in (admin, bot):
            shown = _views(odoo, action["res_model"], views)
            assert sorted(shown) == sorted([tag, "form", "search"]), seed.name
            assert shown[tag]["arch"].startswith(f"<{tag}"), seed.name
            assert isinstance(odoo.search_read(action["res_model"], [], ["display_name"], limit=1), list), seed.name


def _id(admin: Odoo, name: str) -> int:
    found = admin.ref(f"{MODULE}.{name}")
    assert found is not None
    return found


def _views(odoo: Odoo, model: str, views: list[list[Any]]) -> dict[str, Any]:
    # Odoo has get_views since 16.
    old = odoo.version[0] < 16
    told: dict[str, Any] = odoo.call(model, "load_views" if old else "get_views", views=views)
    shown: dict[str, Any] = told["fields_views" if old else "views"]
    return shown


@pytest.mark.parametrize(
    ("action", "before", "after"),
    [
        ("action_issue_retry", "open", "retry"),
        ("action_issue_retry", "done", "done"),
        ("action_issue_dismiss", "open", "dismissed"),
        ("action_issue_dismiss", "done", "done"),
    ],
)
def test_the_buttons_of_an_issue(
    odoo_server: Server, admin: Odoo, bot: Odoo, action: str, before: str, after: str
) -> None:
    name = f"{MODULE}.issue_{odoo_server.key}_{action}_{before}"
    loaded = bot.load(ISSUE, ["id", "x_name", "x_state"], [[name, "Test", before]])
    assert loaded.ids is not None
    chosen = {"active_model": ISSUE, "active_ids": list(loaded.ids), "active_id": loaded.ids[0]}
    bot.call("ir.actions.server", "run", ids=[_id(admin, action)], context=chosen)
    assert bot.search_read(ISSUE, [["id", "=", loaded.ids[0]]], ["x_state"])[0]["x_state"] == after
    bot.call(ISSUE, "unlink", ids=list(loaded.ids))


def test_the_bot_may_not_change_the_structure(bot: Odoo) -> None:
    with pytest.raises(OdooRefused) as caught:
        bot.call("ir.model", "create", vals_list=[{"name": "Not mine", "model": "x_not_mine", "state": "manual"}])
    assert caught.value.code == "odoo_refused"
    with pytest.raises(DatabaseBroken):
        bot.fields("x_not_mine")
    assert set(MODELS) == {model for model in MODELS if "x_name" in bot.fields(model)}


def test_the_bot_imports_a_delivery_address_under_a_contact_without_accounting_rights(
    odoo_server: Server, admin: Odoo, bot: Odoo
) -> None:
    group = admin.ref("account.group_account_readonly")
    groups = admin.first_field("res.users", "group_ids", "groups_id")
    admin.call("res.users", "write", ids=[bot.uid], vals={groups: [[3, group]]})
    contact = PartnerCommand(xid=f"{MODULE}.contact_{odoo_server.key}", name="Contact")
    address = PartnerCommand(xid=f"{MODULE}.address_{odoo_server.key}", name="Address", parent=contact.xid)
    second = replace(address, xid=f"{MODULE}.address2_{odoo_server.key}")
    load_contacts(bot, [contact], [second])
    load_contacts(bot, [contact, contact], [second, address])
    assert bot.ref(address.xid) is None  # a contact that is there stays as it is
    first = load_addresses(bot, [address, second])
    assert load_addresses(bot, [address, second, address]) == [*first, first[0]]
    found = bot.search_read("res.partner", [["id", "in", first]], ["parent_id", "type"])
    assert [(one["parent_id"][0], one["type"]) for one in found] == [(bot.ref(contact.xid), "delivery")] * 2


def test_a_repeat_writes_no_address_that_is_under_a_contact(odoo_server: Server, bot: Odoo) -> None:
    contact = PartnerCommand(xid=f"{MODULE}.contact_{odoo_server.key}", name="Contact")
    address = PartnerCommand(xid=f"{MODULE}.address_{odoo_server.key}", name="Address", parent=contact.xid)
    load_contacts(bot, [contact])
    load_addresses(bot, [address])
    (merged,) = bot.call("res.partner", "create", vals_list=[{"name": "Chosen by a person"}])
    bot.call("res.partner", "write", ids=[bot.ref(address.xid) or 0], vals={"parent_id": merged})
    load_addresses(bot, [address])
    found = bot.search_read("res.partner", [["id", "=", bot.ref(address.xid)]], ["parent_id"])
    assert [one["parent_id"][0] for one in found] == [merged]


def test_the_bot_loses_a_right_and_setup_gives_it_back(admin: Odoo, bot: Odoo) -> None:
    group = admin.ref("stock.group_stock_user")
    groups = admin.first_field("res.users", "group_ids", "groups_id")
    admin.call("res.users", "write", ids=[bot.uid], vals={groups: [[3, group]]})
    assert any(not finding.ok for finding in check_setup(bot, PLAN))
    assert run_setup(admin, PLAN).changed == (Step("bot user", "updated"),)
    assert [finding for finding in check_setup(bot, PLAN) if not finding.ok] == []


def test_views_of_an_earlier_release_are_brought_up_to_date(admin: Odoo) -> None:
    view, window = _id(admin, "view_issue_list"), _id(admin, "action_issues")
    tag = list_tag(admin)
    admin.call("ir.ui.view", "write", ids=[view], vals={"arch_base": f'<{tag}><field name="x_code"/></{tag}>'})
    admin.call("ir.actions.act_window", "write", ids=[window], vals={"name": "Amazon Needs attention", "help": False})
    steps = (Step("view issue list", "updated"), Step("action Needs attention", "updated"))
    assert run_setup(admin, PLAN).changed == steps
    assert run_setup(admin, PLAN).changed == ()
    shown = _views(admin, ISSUE, [[view, tag]])[tag]["arch"]
    assert [name for name in ("x_order_ref", "x_reason", "x_state") if f'name="{name}"' not in shown] == []


@pytest.mark.parametrize(
    ("model", "base"), [("sale.order", "sale.view_order_form"), ("stock.picking", "stock.view_picking_form")]
)
def test_odoos_forms_have_a_page_of_amazon(admin: Odoo, bot: Odoo, model: str, base: str) -> None:
    for odoo in (admin, bot):
        arch = _views(odoo, model, [[admin.ref(base), "form"]])["form"]["arch"]
        assert arch.count('name="x_amazon"') == 1
        assert 'name="x_amazon_account"' in arch
