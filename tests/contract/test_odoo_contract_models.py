"""The schema: names that differ between 14 and 19, models and views made by RPC, rights."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from clients.odoo.client import Connection, Odoo, connect
from clients.odoo.errors import OdooBug, OdooRefused
from domain.errors import DatabaseBroken
from tests.contract.odoo_targets import Shop, Target, a_shop, a_target, connected  # noqa: F401  # fixtures

# model, field: (type, relation) in 14 and in 19; None: not there.
Told = tuple[str, str] | None
FIELDS: list[tuple[str, str, Told, Told]] = [
    ("sale.order.line", "tax_id", ("many2many", "account.tax"), None),
    ("sale.order.line", "tax_ids", None, ("many2many", "account.tax")),
    ("sale.order.line", "product_uom", ("many2one", "uom.uom"), None),
    ("sale.order.line", "product_uom_id", None, ("many2one", "uom.uom")),
    ("sale.order.line", "route_id", ("many2one", "stock.location.route"), None),
    ("sale.order.line", "route_ids", None, ("many2many", "stock.route")),
    ("sale.order", "client_order_ref", ("char", ""), ("char", "")),
    ("sale.order", "note", ("text", ""), ("html", "")),
    ("sale.order", "locked", None, ("boolean", "")),
    ("stock.move", "quantity_done", ("float", ""), None),
    ("stock.move", "quantity", None, ("float", "")),
    ("stock.move", "picked", None, ("boolean", "")),
    ("stock.picking", "move_lines", ("one2many", "stock.move"), None),
    ("stock.picking", "move_ids", None, ("one2many", "stock.move")),
    ("stock.picking", "carrier_tracking_ref", ("char", ""), ("char", "")),
    ("stock.rule", "location_id", ("many2one", "stock.location"), None),
    ("stock.rule", "location_dest_id", None, ("many2one", "stock.location")),
    ("res.users", "groups_id", ("many2many", "res.groups"), None),
    ("res.users", "group_ids", None, ("many2many", "res.groups")),
    ("res.users.apikeys", "scope", ("char", ""), ("char", "")),
    ("res.users.apikeys", "expiration_date", None, ("datetime", "")),
    ("product.product", "is_storable", None, ("boolean", "")),
    ("product.product", "default_code", ("char", ""), ("char", "")),
    ("res.partner", "mobile", ("char", ""), None),
    ("account.tax", "price_include_override", None, ("selection", "")),
]


@pytest.mark.parametrize(
    ("model", "name", "fourteen", "nineteen"), FIELDS, ids=[f"{row[0]}.{row[1]}" for row in FIELDS]
)
def test_fields(odoo: Odoo, shop: Shop, model: str, name: str, fourteen: Told, nineteen: Told) -> None:
    field = odoo.fields(model).get(name)
    assert (field and (field.type, field.relation)) == (fourteen if shop.old else nineteen)


def test_selections_and_required(odoo: Odoo, shop: Shop) -> None:
    kinds = {value for value, _label in odoo.fields("product.template")["type"].selection}
    assert kinds == ({"consu", "service", "product"} if shop.old else {"consu", "service", "combo"})
    states = [value for value, _label in odoo.fields("sale.order")["state"].selection]
    assert states == (["draft", "sent", "sale", "done", "cancel"] if shop.old else ["draft", "sent", "sale", "cancel"])
    assert odoo.fields("sale.order")["pricelist_id"].required is shop.old
    assert odoo.fields("sale.order")["partner_id"].required is True


class Made:
    """A manual model with a few fields, open to everybody."""

    def __init__(self, shop: Shop) -> None:
        self.name = f"x_contract_{shop.key}"
        self.id = shop.create("ir.model", name=f"Contract {shop.key}", model=self.name, state="manual")
        chosen = [
            [0, 0, {"value": value, "name": value.title(), "sequence": at}] for at, value in enumerate(("open", "done"))
        ]
        fields: list[dict[str, Any]] = [
            {"name": "x_state", "field_description": "State", "ttype": "selection", "selection_ids": chosen},
            {"name": "x_order_id", "field_description": "Order", "ttype": "many2one", "relation": "sale.order"},
            {"name": "x_since", "field_description": "Since", "ttype": "datetime"},
            {"name": "x_attempts", "field_description": "Attempts", "ttype": "integer"},
        ]
        rows = [{"model_id": self.id, "state": "manual", **one} for one in fields]
        assert len(shop.odoo.call("ir.model.fields", "create", vals_list=rows)) == len(rows)
        rights = {f"perm_{what}": True for what in ("read", "write", "create", "unlink")}
        access = shop.create("ir.model.access", name=self.name, model_id=self.id, group_id=False, **rights)
        # 19 remembers who may create from before the rule was there, until the rules are touched again.
        shop.write("ir.model.access", access, active=True)


@pytest.fixture(scope="module", name="made")
def a_made_model(odoo: Odoo) -> Made:
    """One for all tests, which leave it as it is: a real Odoo rebuilds its models at each, in every process."""
    return Made(Shop(odoo, uuid4().hex[:12]))


def test_a_model_made_by_rpc_works_like_any_other(odoo: Odoo, shop: Shop, made: Made) -> None:
    odoo.forget()
    fields = odoo.fields(made.name)
    assert {name: fields[name].type for name in fields if name.startswith("x_")} == {
        "x_name": "char",
        "x_state": "selection",
        "x_order_id": "many2one",
        "x_since": "datetime",
        "x_attempts": "integer",
    }
    assert fields["x_state"].selection == (("open", "Open"), ("done", "Done"))
    order = shop.order()
    row = [shop.xid("issue"), "Issue", "open", str(order), "2026-01-02 03:04:05", "2"]
    columns = ["id", "x_name", "x_state", "x_order_id/.id", "x_since", "x_attempts"]
    loaded = odoo.load(made.name, columns, [row])
    assert (loaded.messages, len(loaded.ids or ())) == ((), 1)
    wanted = [["x_state", "=", "open"], ["x_order_id", "=", order]]
    (found,) = odoo.search_read(made.name, wanted, ["x_name", "x_order_id", "x_since", "x_attempts"])
    assert found["x_order_id"][0] == order
    assert (found["x_name"], found["x_since"], found["x_attempts"]) == ("Issue", "2026-01-02 03:04:05", 2)
    with pytest.raises(OdooBug, match="ValueError"):
        shop.write(made.name, found["id"], x_state="nonsense")
    assert shop.read(made.name, found["id"], "x_state") == {"x_state": "open"}


def test_a_manual_field_on_a_sale_order(odoo: Odoo, shop: Shop) -> None:
    (model,) = odoo.search_read("ir.model", [["model", "=", "sale.order"]], ["model"])
    name = f"x_contract_{shop.key}"
    shop.create("ir.model.fields", model_id=model["id"], state="manual", name=name, field_description="C", ttype="char")
    odoo.forget()
    assert odoo.fields("sale.order")[name].type == "char"
    order = shop.order(**{name: "hello"})
    assert odoo.search_read("sale.order", [[name, "=", "hello"]], [name]) == [{"id": order, name: "hello"}]
    (row,) = odoo.search_read("ir.model.fields", [["model", "=", "sale.order"], ["name", "=", name]], ["state"])
    assert odoo.call("ir.model.fields", "unlink", ids=[row["id"]]) is True
    odoo.forget()
    assert name not in odoo.fields("sale.order")


@pytest.mark.parametrize(
    "vals",
    [{"name": "state", "ttype": "char"}, {"name": "x_order_id", "ttype": "char"},
     {"name": "x_other_id", "ttype": "many2one", "relation": "no.model"}],
    ids=["without x_", "twice", "unknown relation"],
)  # fmt: skip
def test_fields_that_cannot_be(odoo: Odoo, shop: Shop, made: Made, vals: dict[str, Any]) -> None:
    before = odoo.call("ir.model.fields", "search_count", domain=[["model", "=", made.name]])
    with pytest.raises(OdooRefused):
        shop.create("ir.model.fields", model_id=made.id, state="manual", field_description="F", **vals)
    assert odoo.call("ir.model.fields", "search_count", domain=[["model", "=", made.name]]) == before


def test_a_model_name_begins_with_x(odoo: Odoo, shop: Shop) -> None:
    with pytest.raises(OdooRefused, match="The model name must start with 'x_'"):
        shop.create("ir.model", name="Wrong", model=f"wrong_{shop.key}", state="manual")
    assert odoo.search_read("ir.model", [["model", "=", f"wrong_{shop.key}"]], ["id"]) == []


def test_views_actions_and_menus(odoo: Odoo, shop: Shop, made: Made) -> None:
    tag = "tree" if shop.old else "list"
    kinds = {value for value, _label in odoo.fields("ir.ui.view")["type"].selection}
    assert tag in kinds
    assert ({"tree", "list"} - {tag}).isdisjoint(kinds)
    arch = f'<{tag}><field name="x_name"/><field name="x_state"/></{tag}>'
    view = shop.create("ir.ui.view", name="Contract list", model=made.name, arch=arch)
    assert shop.read("ir.ui.view", view, "type", "mode") == {"type": tag, "mode": "primary"}
    action = shop.create("ir.actions.act_window", name="C", res_model=made.name, view_mode=f"{tag},form")
    menu = shop.create("ir.ui.menu", name=f"Menu {shop.key}", action=f"ir.actions.act_window,{action}")
    child = shop.create("ir.ui.menu", name="Child", parent_id=menu, action=f"ir.actions.act_window,{action}")
    assert shop.read("ir.ui.menu", child, "complete_name") == {"complete_name": f"Menu {shop.key}/Child"}
    wanted = [[False, "list"], [False, "form"], [False, "search"]]
    told = odoo.call(made.name, "load_views" if shop.old else "get_views", views=wanted)
    views = told["fields_views" if shop.old else "views"]
    assert set(views) == {"list", "form", "search"}
    assert views["list"]["arch"].count("<field ") == 2


@pytest.mark.parametrize(
    ("arch", "text"),
    [
        ('<form><field name="nope"/></form>', 'Field "nope" does not exist in model'),
        (
            '<form><header><button type="object" name="nope" string="N"/></header></form>',
            "nope is not a valid action on",
        ),
        ('<search><filter name="f" string="F" domain="[(\'nope\', \'=\', 1)]"/></search>', "Unknown field"),
    ],
)
def test_views_that_cannot_be(odoo: Odoo, shop: Shop, made: Made, arch: str, text: str) -> None:
    with pytest.raises(OdooRefused, match=text):
        shop.create("ir.ui.view", name=f"Wrong {shop.key}", model=made.name, arch=arch)
    assert odoo.search_read("ir.ui.view", [["name", "=", f"Wrong {shop.key}"]], ["id"]) == []


def test_a_server_action_writes_on_the_records_of_the_context(odoo: Odoo, shop: Shop, made: Made) -> None:
    one, two = shop.create(made.name, x_name="1", x_state="open"), shop.create(made.name, x_name="2", x_state="open")
    code = "records.write({'x_state': 'done'})"
    action = shop.create("ir.actions.server", name="Close", model_id=made.id, state="code", code=code)
    context = {"active_model": made.name, "active_id": one, "active_ids": [one]}
    assert odoo.call("ir.actions.server", "run", ids=[action], context=context) is False
    assert [shop.read(made.name, each, "x_state")["x_state"] for each in (one, two)] == ["done", "open"]


def test_a_user_may_do_what_the_groups_allow(odoo: Odoo, shop: Shop, target: Target) -> None:
    groups = [odoo.ref(name) for name in (
        "base.group_user", "sales_team.group_sale_salesman_all_leads", "stock.group_stock_user",
        "base.group_partner_manager",
    )]  # fmt: skip
    login, password = f"bot-{shop.key}", f"Secret-{shop.key}"
    field = odoo.first_field("res.users", "groups_id", "group_ids")
    user = shop.create("res.users", name="Bot", login=login, password=password, **{field: [[6, 0, groups]]})
    bot = connect(Connection(target.url, target.database, login, password, protocol="jsonrpc"))
    try:
        assert bot.uid == user
        mine = Shop(bot, shop.key)
        order = mine.confirmed({"product_id": shop.goods()})
        assert mine.pickings(order)[0]["state"] == "assigned"
        with pytest.raises(OdooRefused, match="not allowed to create"):
            mine.goods()
        with pytest.raises(OdooRefused, match="not allowed to"):
            mine.create("ir.model", name="No", model=f"x_no_{shop.key}")
        loaded = bot.load("product.product", ["id", "name"], [[shop.xid("product"), "P"]])
        assert loaded.ids is None
        assert "You are not allowed to create 'Product" in loaded.messages[0].text
        assert odoo.ref(shop.xid("product")) is None
        assert bot.ref("base.main_company") == 1
    finally:
        bot.close()
    shop.write("res.users", user, active=False)
    with pytest.raises(DatabaseBroken):
        connect(Connection(target.url, target.database, login, password, protocol="jsonrpc"))
