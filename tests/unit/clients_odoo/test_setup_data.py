"""The data of setup against itself; what it does in Odoo is tried in tests/odoo and in the contract suite."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from clients.odoo.errors import OdooBug, OdooRefused
from clients.odoo.installed import PRODUCT_KINDS, Installed, installed
from clients.odoo.setup.master_data import PRODUCTS, company_ids, used_companies
from clients.odoo.setup.plan import AccountSeed, BotRequest, SetupPlan, SetupReport, Step
from clients.odoo.setup.records import _MODELS, Link, Records, Seed, Value
from clients.odoo.setup.schema import ACCESS, FIELDS, ISSUE, MODELS, OFFER
from clients.odoo.setup.seeds import ViewSeed
from clients.odoo.setup.structure import arch
from clients.odoo.setup.views import ACTIONS, CONDITIONS, SERVER_ACTIONS, VIEWS
from domain.errors import DatabaseBroken, NeedsHuman
from tests.unit.clients_odoo.fakes import fake_odoo

Values = dict[str, Value | Link]

OURS = {(seed.model, seed.name) for seed in FIELDS}
READONLY = "account.group_account_readonly"
# The page in Odoo's own forms has a name like a field's.
PAGE = "x_amazon"
BUTTONS = {seed.name: number for number, seed in enumerate(SERVER_ACTIONS, 71)}


@pytest.mark.parametrize(("tag", "domains"), [("list", False), ("tree", False), ("tree", True)])
@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_a_view_is_well_formed_and_shows_fields_that_setup_makes(view: ViewSeed, tag: str, *, domains: bool) -> None:
    tree = ET.fromstring(arch(view, tag=tag, known_fields=["carrier_tracking_ref"], ids=BUTTONS, domains=domains))
    kind = view.name.rpartition("_")[2]
    assert tree.tag == ("xpath" if view.extends else tag if kind == "list" else kind)
    names = [str(element.get("name")) for element in tree.iter("field")]
    assert len(names) == len(set(names))
    for name in names:
        assert not name.startswith("x_") or (view.model, name) in OURS
    assert view.model not in MODELS or all(name.startswith("x_") for name in names)
    for tested in set(re.findall(r"\bx_\w+", view.arch)) - {PAGE}:
        assert (view.model, tested) in OURS


def test_a_field_of_an_app_that_is_absent_is_left_out() -> None:
    shipments = next(view for view in VIEWS if view.name == "view_shipment_list")
    names = {"carrier_id", "carrier_tracking_ref"}
    for known in (set[str](), {"carrier_id"}, names):
        tree = ET.fromstring(arch(shipments, tag="list", known_fields=sorted(known), ids={}, domains=False))
        assert {element.get("name") for element in tree.iter("field")} & names == known


def test_buttons_carry_the_ids_of_their_actions() -> None:
    form = next(view for view in VIEWS if view.name == "view_issue_form")
    tree = ET.fromstring(arch(form, tag="list", known_fields=[], ids=BUTTONS, domains=False))
    assert [(button.get("name"), button.get("string"), button.get("invisible")) for button in tree.iter("button")] == [
        ("71", "Retry", "x_state not in ('open', 'dismissed')"),
        ("72", "Dismiss", "x_state not in ('open', 'retry')"),
    ]


def test_conditions_are_domains_for_older_servers() -> None:
    form = next(view for view in VIEWS if view.name == "view_issue_form")
    tree = ET.fromstring(arch(form, tag="tree", known_fields=[], ids=BUTTONS, domains=True))
    assert [button.get("attrs") for button in tree.iter("button")] == [
        "{'invisible': [('x_state', 'not in', ('open', 'dismissed'))]}",
        "{'invisible': [('x_state', 'not in', ('open', 'retry'))]}",
    ]
    assert [element.tag for element in tree.iter() if element.get("invisible")] == []


def test_every_condition_has_its_domain_and_none_is_idle() -> None:
    used = {found for view in VIEWS for found in re.findall(r'\binvisible="([^"]+)"', view.arch)}
    assert used == set(CONDITIONS)


def test_names_are_unique_and_name_each_other() -> None:
    names = [seed.name for seed in (*VIEWS, *SERVER_ACTIONS)]
    assert len(names) == len(set(names))
    assert len(OURS) == len(FIELDS)
    models = {view.name: view.model for view in VIEWS}
    for action in ACTIONS:
        assert models[action.list_view] == models[action.search_view] == action.model
    titles = [action.title for action in sorted(ACTIONS, key=lambda action: action.sequence)]
    assert titles == ["Orders", "Offers", "Shipments", "Needs attention", "Accounts"]


@pytest.mark.parametrize(
    ("group", "model", "rights"),
    [
        ("group_bot", ISSUE, "crud"),
        ("sales_team.group_sale_salesman", ISSUE, "ru"),
        ("sales_team.group_sale_salesman", OFFER, "ru"),
        ("sales_team.group_sale_salesman", "x_amazon_account", "r"),
        ("sales_team.group_sale_salesman", "x_amazon_cursor", "r"),
        ("sales_team.group_sale_manager", "x_amazon_cursor", "crud"),
    ],
)
def test_who_may_do_what(group: str, model: str, rights: str) -> None:
    assert [seed.rights for seed in ACCESS if (seed.group, seed.model) == (group, model)] == [rights]


def test_products_are_those_that_daily_work_looks_for() -> None:
    assert tuple(PRODUCTS) == PRODUCT_KINDS
    assert [kind for kind, (_name, goods) in PRODUCTS.items() if goods] == ["sale"]


def test_a_password_is_never_shown() -> None:
    assert "hush" not in repr(SetupPlan(bot=BotRequest("bot", "hush")))


def test_a_report_tells_what_changed() -> None:
    report = SetupReport((Step("a", "unchanged"), Step("b", "created"), Step("c", "updated")))
    assert [step.what for step in report.changed] == ["b", "c"]


def test_companies_are_found_by_name_and_the_users_own_without() -> None:
    plan = SetupPlan(companies=("B",), accounts=(AccountSeed("k", "n", "s", "eu", ("DE",)),))
    companies = [{"id": 5, "name": "B"}, {"id": 8, "name": "B"}]
    answers = {"res.users.search_read": [{"company_id": [3, "A"]}], "res.company.search_read": companies}
    odoo, _ = fake_odoo(answers)
    ids = company_ids(odoo, plan)
    assert ids == {"": 3, "B": 5}
    assert used_companies(plan, ids) == (3, 5)
    assert used_companies(SetupPlan(), {"": 3}) == (3,)


def _records(found: list[dict[str, Any]], **answers: Any) -> tuple[Records, list[str], list[Any]]:
    known = [
        {"id": 0, "module": "__amazon_sync__", "name": f"r{record['id']}", "res_id": record["id"]} for record in found
    ]
    known.append({"id": 0, "module": "base", "name": "group_user", "res_id": 77})
    told = {"ir.model.data.search_read": known, "x.search_read": found, "x.write": True}
    odoo, transport = fake_odoo({**told, **answers})
    return Records(odoo, {"base.group_user", "base.group_system"}), transport.methods, transport.asked


def test_all_ids_are_read_in_one_call() -> None:
    records, _, asked = _records([{"id": 1, "name": "a"}, {"id": 2, "name": "b"}])
    records.ensure("x", [Seed("r1", "one", {"name": "a"})])
    records.ensure("x", [Seed("r2", "two", {"name": "b"})])
    assert (records.find("r1"), records.find("r3"), records.id_of("base.group_user")) == (1, None, 77)
    assert [call[0] for call in asked] == ["ir.model.data.search_read", "x.search_read", "x.search_read"]
    domain = asked[0][2]["domain"]
    ours = ["&", ["module", "=", "__amazon_sync__"], ["model", "in", list(_MODELS)]]
    apps = ["&", ["module", "in", ["base"]], ["name", "in", ["group_system", "group_user"]]]
    assert domain == ["|", *ours, *apps]
    assert not {"sale.order", "sale.order.line", "res.partner", "x_amazon_offer"} & set(_MODELS)


def test_only_what_differs_is_written() -> None:
    found = [
        {"id": 1, "name": "a", "link": [4, "x"], "many": [2, 1], "empty": False, "arch": "<list>\n  <field/>\n</list>"}
    ]
    same: Values = {"name": "a", "link": Link(4), "many": (1, 2), "empty": Link(0), "arch": "<list><field /></list>"}
    records, _, asked = _records(found)
    records.ensure("x", [Seed("r1", "one", same, {"title": "of the users"})])
    assert [step.outcome for step in records.steps] == ["unchanged"]
    assert "x.write" not in [call[0] for call in asked]
    records.ensure("x", [Seed("r1", "one", {**same, "link": Link(5), "many": (1,), "name": "b"})])
    changes = {"vals": {"link": 5, "many": [[6, 0, [1]]], "name": "b"}}
    assert [call[1:3] for call in asked if call[0] == "x.write"] == [([1], changes)]
    assert [step.outcome for step in records.steps] == ["unchanged", "updated"]


def test_what_is_missing_is_loaded_in_one_call() -> None:
    records, _, asked = _records([], **{"x.load": {"ids": [8, 9], "messages": []}})
    first: Values = {"name": "n", "yes": True, "no": False, "number": 3}
    seeds = [
        Seed(f"r{number}", f"{number}", {"link": Link(4), "many": (1, 2), "none": Link(0)}, first) for number in (8, 9)
    ]
    records.ensure("x", seeds)
    loads = [call[2] for call in asked if call[0] == "x.load"]
    cells = ["4", "1,2", "", "n", "True", "", "3"]
    assert loads == [
        {
            "fields": ["id", "link/.id", "many/.id", "none/.id", "name", "yes", "no", "number"],
            "data": [["__amazon_sync__.r8", *cells], ["__amazon_sync__.r9", *cells]],
        }
    ]
    assert (records.id_of("r8"), records.id_of("r9")) == (8, 9)
    assert [step.outcome for step in records.steps] == ["created", "created"]


def test_what_odoo_refuses_stops_setup_with_its_words() -> None:
    refusal = {"ids": False, "messages": [{"type": "error", "message": "No such field"}]}
    records, _, _ = _records([], **{"x.load": refusal})
    with pytest.raises(NeedsHuman) as caught:
        records.ensure("x", [Seed("r8", "eight")])
    assert caught.value.reason == "setup of x: No such field"
    assert records.steps == []


def test_a_missing_app_is_named() -> None:
    records, _, _ = _records([], **{"ir.model.data.check_object_reference": OdooBug("builtins.ValueError", "")})
    with pytest.raises(DatabaseBroken) as caught:
        records.id_of("stock.group_stock_user")
    assert caught.value.remedy == "Install Odoo's Sales and Inventory apps (module stock)."


def _installed(missing: str = "", error: Exception | None = None) -> Installed:
    ids: dict[str, int] = {}

    def reference(_ids: Any, named: dict[str, Any]) -> list[Any]:
        name = named["xml_id"]
        if name == missing:
            raise error or OdooBug("builtins.ValueError", "")
        return ["m", ids.setdefault(name, 100 + len(ids))]

    answers = {
        "ir.model.data.check_object_reference": reference,
        "res.company.search_read": [{"id": 1}, {"id": 2}],
        "product.pricelist.search_read": [{"currency_id": [3, "EUR"]}, {"currency_id": [4, "USD"]}],
    }
    return installed(fake_odoo(answers)[0])


def test_installed_leaves_out_what_setup_was_not_asked_for() -> None:
    there = _installed(missing="route_fba_2")
    kinds = ("sale", "shipping", "gift_wrap", "discount", "rounding", "collected_tax")
    assert there.products == dict(zip(kinds, range(100, 106), strict=True))
    assert (there.team, there.customers) == (106, 107)
    assert there.fba_locations == {1: 108, 2: 109}
    assert there.fba_routes == {1: 110}
    assert there.pricelists == {"EUR": 111, "USD": 112}


@pytest.mark.parametrize("name", ["product_sale", "product_rounding", "team", "stock_location_customers"])
def test_installed_says_when_setup_was_not_run(name: str) -> None:
    with pytest.raises(DatabaseBroken) as caught:
        _installed(missing=name)
    assert caught.value.remedy == "Run `python -m worker odoo setup` with an administrator's key."


def test_installed_says_which_right_is_missing() -> None:
    refused = OdooRefused("odoo_refused", "no right to crm.team", "Give the group.")
    with pytest.raises(DatabaseBroken) as caught:
        _installed(missing="team", error=refused)
    assert (caught.value.reason, caught.value.remedy) == ("no right to crm.team", "Give the group.")
